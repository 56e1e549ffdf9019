"""The engine's side of its alerter, when that dies and when it speaks."""

import asyncio

import pytest
from typing_extensions import override

from polywire.observe.alert import AlertTerms, Severity
from polywire.observe.alert_pace import PaceTerms
from polywire.runtime import alert_companion as module
from polywire.runtime.alert_companion import AlertCompanion
from polywire.runtime.alerter import AlertSettings, HandOver
from polywire.runtime.beside import Beside

TOLD = HandOver(
    journal="j",
    run="one",
    settings=AlertSettings(
        terms=AlertTerms(suspect_ns=1), pace=PaceTerms(severity_min=Severity.INFO), urls=()
    ),
)


class Dying(AlertCompanion):
    """Starts nothing: what it starts ends at once, or fails to start, until the third lives."""

    def __init__(self) -> None:
        self.told: list[str] = []
        super().__init__(TOLD, self.told.append)
        self.runs: list[HandOver] = []
        self.lives = asyncio.Event()

    @override
    async def _run(self) -> int:
        self.runs.append(self._hand_over)
        if len(self.runs) == 2:
            raise OSError("too many processes")
        if len(self.runs) == 3:
            self.lives.set()
            await asyncio.Event().wait()
        return 7


async def test_one_that_dies_is_told_of_and_replaced_by_one_that_begins_with_what_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "AGAIN_S", 0.001)
    monkeypatch.setattr(module, "STOP_S", 0.0)
    companion = Dying()
    companion.start()
    await asyncio.wait_for(companion.lives.wait(), 5)
    await companion.close()
    ended = [
        "the alerter ended with code 7; what waited to be sent is lost",
        "the alerter could not be started; what waited to be sent is lost",
    ]
    assert companion.told == ended
    assert [(one.run, one.lost) for one in companion.runs] == [
        ("one", ""), ("", ended[0]), ("", ended[1])
    ]  # fmt: skip
    assert companion._task is not None
    assert companion._task.done()


class Ended:
    """A process that is gone already."""

    async def wait(self) -> int:
        return 3


async def test_a_close_while_none_lives_waits_for_none_and_starts_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, told, pauses = list[HandOver](), list[str](), asyncio.Event()

    def tell(sentence: str) -> None:
        told.append(sentence)
        if len(told) == 2:
            pauses.set()

    async def begin(_: str, hand_over: HandOver) -> Beside:
        begun.append(hand_over)
        hears = asyncio.StreamReader()
        hears.feed_data(b"channel 1 fails\n")
        hears.feed_eof()
        return Beside(Ended(), None, hears)  # type: ignore[arg-type]  # nobody writes to it

    monkeypatch.setattr(module, "begin", begin)
    companion = AlertCompanion(TOLD, tell)
    companion.start()
    await asyncio.wait_for(pauses.wait(), 5)
    async with asyncio.timeout(1):
        await companion.close()
    assert told[0] == "channel 1 fails"
    assert told[1].startswith("the alerter ended with code 3")
    assert begun == [TOLD]


async def test_the_pause_before_another_doubles_up_to_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    class Always(Dying):
        @override
        async def _run(self) -> int:
            self._closing = len(pauses) == 6
            return 1

    async def pause(delay_s: float) -> None:
        pauses.append(delay_s)

    monkeypatch.setattr(module.asyncio, "sleep", pause)
    await Always()._keep()
    assert pauses == [5, 10, 20, 40, 60, 60]


async def test_one_that_was_never_started_is_closed() -> None:
    await AlertCompanion(TOLD, lambda _: None).close()
