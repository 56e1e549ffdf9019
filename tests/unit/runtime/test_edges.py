"""The small edges: tasks that tell, proofs in one call, recorded gaps, a disk that fills up."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.core.building import market

from polywire.core.errors import TransportError
from polywire.core.ids import FeedId, MarketId
from polywire.core.model.event import Event
from polywire.core.model.healing import ProveBook
from polywire.core.model.instrument import Market
from polywire.core.model.market import FeedDown, FeedUp
from polywire.core.units import Ns
from polywire.journal.frames import read_frames
from polywire.net.clock import Clock
from polywire.runtime import prover as prover_module
from polywire.runtime.prover import BookProver
from polywire.runtime.recorder import Recorder
from polywire.runtime.tasks import end, spawn

WS = FeedId("market-1")
TURNS = 1_500
"""Of a millisecond at least, however slow the machine; each wait takes a few."""


async def settled(holds: Callable[[], object]) -> None:
    for _ in range(TURNS):
        if holds():
            return
        await asyncio.sleep(0.001)
    pytest.fail("did not happen")


async def test_what_a_task_raises_is_told_at_once_and_a_cancelled_one_says_nothing() -> None:
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: told.append(context["exception"])
    )

    async def fail() -> None:
        raise AssertionError("a bug")

    async def wait() -> None:
        await asyncio.Event().wait()

    waiting = spawn(wait())
    spawn(fail())
    await settled(lambda: told)
    await end(waiting, None)
    assert waiting.cancelled()
    assert [str(error) for error in told] == ["a bug"]


class Rest:
    """Answers POST /books with as many empty books as were asked for, or fails."""

    def __init__(self) -> None:
        self.bodies: list[list[dict[str, str]]] = []
        self.fails = False
        self.hangs = False

    async def post(self, url: str, body: bytes, *, label: str) -> bytes:
        """One call."""
        assert (url, label) == ("http://clob/books", "book")
        self.bodies.append(json.loads(body))
        if self.hangs:
            await asyncio.Event().wait()
        if self.fails:
            raise TransportError("POST http://clob/books: HTTP 503")
        return b"[]"


class Proofs:
    """A prover with its REST and what it put."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(prover_module, "GATHER_NS", 1_000_000)
        self.rest = Rest()
        self.put: list[Event] = []
        self.markets: dict[MarketId, Market] = {}
        self.prover = BookProver(
            self.rest,  # type: ignore[arg-type]
            "http://clob",
            Clock(),
            self.put.extend,
            self.markets.get,
        )

    def ask(self, *names: str) -> None:
        """Ask about markets, each of which is known."""
        for name in names:
            self.markets[MarketId(name)] = market(name)
            self.prover.ask(ProveBook(MarketId(name), "audit"))


@pytest.fixture
def proofs(monkeypatch: pytest.MonkeyPatch) -> Proofs:
    return Proofs(monkeypatch)


async def test_questions_that_come_together_are_one_call(proofs: Proofs) -> None:
    proofs.ask("a", "b", "a")
    await settled(lambda: proofs.rest.bodies)
    asked = [one["token_id"] for one in proofs.rest.bodies[0]]
    assert sorted(asked) == ["a-no", "a-yes", "b-no", "b-yes"]
    assert len(proofs.rest.bodies) == 1


async def test_a_call_names_at_most_500_tokens(proofs: Proofs) -> None:
    proofs.ask(*(f"m{number}" for number in range(600)))
    await settled(lambda: len(proofs.rest.bodies) == 3)
    assert [len(body) for body in proofs.rest.bodies] == [500, 500, 200]


async def test_a_failed_call_is_counted_and_the_next_question_is_asked(proofs: Proofs) -> None:
    proofs.rest.fails = True
    proofs.ask("a")
    await settled(lambda: proofs.prover.failures == 1)
    assert proofs.put == []
    proofs.ask("a")
    await settled(lambda: len(proofs.rest.bodies) == 2)


async def test_a_slow_answer_holds_up_no_other_question_and_ends_with_the_prover(
    proofs: Proofs,
) -> None:
    proofs.rest.hangs = True
    proofs.ask("slow")
    await settled(lambda: proofs.rest.bodies)
    proofs.ask("other")
    await settled(lambda: len(proofs.rest.bodies) == 2)
    await proofs.prover.close()
    assert not proofs.prover._tasks


async def test_a_market_that_left_is_not_asked_about(proofs: Proofs) -> None:
    proofs.prover.ask(ProveBook(MarketId("gone"), "audit"))
    await settled(lambda: proofs.prover._gathering is None)
    assert proofs.rest.bodies == []


def test_frames_are_kept_with_their_times_and_absences_as_gaps(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, {"venue": "polymarket"})
    recorder.event(FeedUp(Ns(1), WS))
    recorder.frame(WS, b'{"a":1}', Ns(10))
    recorder.event(FeedDown(Ns(20), WS, "closed by the venue: 1006"))
    recorder.event(FeedDown(Ns(25), WS, "cannot connect"))
    recorder.event(FeedUp(Ns(30), WS))
    recorder.frame(WS, b"\xff[]", Ns(40))
    recorder.event(FeedDown(Ns(50), WS, "again"))
    recorder.close(Ns(60))
    (file,) = tmp_path.glob("*.zst")
    lines = [(line.recv_ns, line.feed, line.frame) for line in read_frames(file)]
    assert lines == [(10, "market-1", '{"a":1}'), (40, "market-1", "\\xff[]")]
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    times = [(gap["opened_ns"], gap["closed_ns"], gap["cause"]) for gap in manifest["gaps"]]
    assert times == [(20, 30, "closed by the venue: 1006"), (50, 60, "again")]
    assert (recorder.frames, recorder.bytes, recorder.gaps) == (2, 10, 2)
