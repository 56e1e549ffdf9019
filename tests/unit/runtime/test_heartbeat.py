"""The venue's dead-man switch: when it is fed, with which id, and what is told when it was not."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import pytest
import structlog

from polywire.core.model.control import AlertRaised
from polywire.core.units import Ns
from polywire.net.line import BrokenError, Reply
from polywire.runtime import heartbeat as module
from polywire.runtime import tasks
from polywire.runtime.heartbeat import DeadManSwitch

SECOND = 1_000_000_000


class Venue:
    """Stands where the gateway stands: knows which id comes next, or does not answer."""

    def __init__(self) -> None:
        self.now = 100 * SECOND
        self.beats: list[str] = []
        self.expected = ""
        self.down = False
        self.hangs = 0

    async def ask(self, method: str, path: str, body: bytes) -> Reply:
        assert (method, path) == ("POST", "/v1/heartbeats")
        if self.down:
            raise BrokenError("no answer")
        if self.hangs:
            self.hangs -= 1
            await asyncio.sleep(60)
        told = json.loads(body)["heartbeat_id"]
        self.beats.append(told)
        if told != self.expected:
            wrong = {"error_msg": "Invalid Heartbeat ID", "heartbeat_id": self.expected}
            return Reply(400, {}, json.dumps(wrong).encode())
        self.expected = f"id-{len(self.beats)}"
        return Reply(200, {}, json.dumps({"heartbeat_id": self.expected}).encode())


class Beating:
    """A heartbeat whose seconds pass when they are told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "EVERY_S", 0.0)
        monkeypatch.setattr(module, "RETRY_S", 0.0)
        monkeypatch.setattr(tasks, "AGAIN_S", 0.01)
        self.venue = Venue()
        self.alive, self.others = True, False
        self.alerts: list[str] = []
        self.heart = DeadManSwitch(
            self.venue,  # type: ignore[arg-type]
            self,  # type: ignore[arg-type]
            self._put,  # type: ignore[arg-type]
            alive=lambda: self.alive,
            others=lambda: self.others,
        )

    def now(self) -> Ns:
        return Ns(self.venue.now)

    def _put(self, alert: AlertRaised) -> None:
        self.alerts.append(alert.text)

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not holds():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0)


@pytest.fixture
async def beating(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Beating]:
    """One that is ended for good, whatever the test found: it beats without a pause."""
    made = Beating(monkeypatch)
    yield made
    await made.heart.close()


async def test_each_beat_says_the_id_that_was_told_last(beating: Beating) -> None:
    assert beating.heart.state.startswith("off")
    beating.heart.start()
    await beating.until(lambda: len(beating.venue.beats) >= 3)
    assert beating.venue.beats[:3] == ["", "id-1", "id-2"]
    assert beating.heart.state == "on"
    assert beating.alerts == []


async def test_a_beat_that_hangs_does_not_keep_the_next_from_being_sent(
    beating: Beating, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ANSWER_S", 0.01)
    beating.venue.hangs = 2
    beating.heart.start()
    await beating.until(lambda: beating.heart.state == "on")
    assert beating.venue.hangs == 0
    assert beating.alerts == []


async def test_a_wrong_id_is_answered_with_the_right_one_at_once(beating: Beating) -> None:
    beating.venue.expected = "of-an-earlier-run"
    beating.heart.start()
    await beating.until(lambda: beating.heart.state == "on")
    assert beating.venue.beats[:2] == ["", "of-an-earlier-run"]


async def test_an_engine_that_decides_nothing_gets_no_beat(beating: Beating) -> None:
    beating.alive = False
    beating.heart.start()
    for _ in range(50):
        await asyncio.sleep(0)
    assert beating.venue.beats == []
    assert beating.heart.state == "off: no beat reaches the venue"
    beating.alive = True
    await beating.until(lambda: beating.venue.beats)


async def test_ten_seconds_without_a_beat_are_told_as_what_they_mean(beating: Beating) -> None:
    beating.heart.start()
    await beating.until(lambda: beating.heart.state == "on")
    beating.venue.down = True
    beating.venue.now += 9 * SECOND
    for _ in range(50):
        await asyncio.sleep(0)
    assert beating.alerts == []
    beating.venue.now += 2 * SECOND
    with structlog.testing.capture_logs() as lines:
        await beating.until(lambda: beating.alerts)
    (fired,) = [line for line in lines if line["log_level"] == "critical"]
    assert fired["event"] == "dead_man_switch_fired"
    assert fired["reason"] == beating.alerts[0]
    assert "it has fired" in beating.alerts[0]
    assert beating.heart.state == "off: no beat reaches the venue"
    beating.venue.down = False
    await beating.until(lambda: beating.heart.state == "on")
    assert len(beating.alerts) == 1


async def test_an_order_of_others_is_told_once(beating: Beating) -> None:
    beating.others = True
    beating.heart.start()
    await beating.until(lambda: len(beating.venue.beats) > 5)
    (alert,) = beating.alerts
    assert "of others" in alert
