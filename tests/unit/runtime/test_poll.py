"""The polling feed against a REST of a few lines, in virtual time: calls, failures, return."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest
from structlog.testing import capture_logs
from tests.unit.core.building import market
from tests.unit.runtime.test_edges import settled
from typing_extensions import override

from polywire.core.errors import ConfigError, TransportError
from polywire.core.ids import MarketId
from polywire.core.model.event import Event
from polywire.core.model.healing import ProveBook
from polywire.core.model.market import BookSnapshot, FeedCarries, FeedDown, FeedUp
from polywire.core.units import Ns
from polywire.net.clock import Clock
from polywire.runtime.poll import PollPool
from polywire.runtime.polling import Polling

SECOND = 1_000_000_000
T0 = 1_785_000_000 * SECOND


class Skipping(Clock):
    """Time that passes only by being waited for, at once."""

    def __init__(self) -> None:
        self.ns = T0

    def now(self) -> Ns:
        """Where the waits have led to."""
        return Ns(self.ns)

    def wait_s(self, ns: int) -> float:
        """No time at all."""
        self.ns += max(0, ns)
        return 0.0


class Rest:
    """Answers with an empty book for each token asked for; `does` may fail or take its time."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.at: list[float] = []
        self.asked: list[list[str]] = []
        self.paths: list[str] = []
        self.stamp_ms = 1_785_000_000_000
        self.does: Callable[[int], None] = lambda _: None
        self.enough: int | None = None

    async def post(self, url: str, body: bytes, *, label: str) -> bytes:
        """POST /books."""
        tokens = [one["token_id"] for one in json.loads(body)]
        return json.dumps(await self._answer(url, tokens, label)).encode()

    async def get(self, url: str, *, label: str) -> bytes:
        """GET /book?token_id=."""
        url, _, token = url.partition("?token_id=")
        (book,) = await self._answer(url, [token], label)
        return json.dumps(book).encode()

    async def _answer(self, url: str, tokens: list[str], label: str) -> list[dict[str, str]]:
        assert label == "book"
        while len(self.at) == self.enough:  # noqa: ASYNC110 - a test waits for it
            await asyncio.sleep(0)
        self.at.append((self.clock.now() - T0) / SECOND)
        self.asked.append(tokens)
        self.paths.append(url.removeprefix("http://clob"))
        self.does(len(self.at))
        await asyncio.sleep(0)
        return [{"asset_id": token, "timestamp": str(self.stamp_ms)} for token in tokens]


class Rig:
    """A polling feed, its REST and what it put."""

    def __init__(self, every_s: int, clock: Clock, *, batched: bool = True) -> None:
        self.clock = clock
        self.rest = Rest(clock)
        self.put: list[Event] = []
        self.pool = PollPool(
            Polling(every_s * SECOND, batched),
            self.rest,  # type: ignore[arg-type]
            "http://clob",
            clock,
            self.put.extend,
            lambda: 0.0,
        )

    async def calls(self, count: int) -> list[float]:
        """Let so many calls be made in virtual time; when each was."""
        self.rest.enough = count
        await settled(lambda: len(self.rest.at) == count)
        for _ in range(5):
            await asyncio.sleep(0)
        return self.rest.at

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.put]


Make = Callable[..., Rig]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """A function that makes a rig; its feed ends with the test."""
    rigs: list[Rig] = []

    def made(every_s: int = 10, *, batched: bool = True, clock: Clock | None = None) -> Rig:
        rigs.append(Rig(every_s, clock or Skipping(), batched=batched))
        return rigs[-1]

    yield made
    for rig in rigs:
        await rig.pool.close()


def markets(count: int) -> list[str]:
    return [f"m{number}" for number in range(count)]


def listed(*names: str) -> list[object]:
    return [market(name) for name in names]


@pytest.mark.parametrize("every_s", [0.999, 301, 0, -1])
def test_an_interval_outside_1_to_300_s_is_refused_in_words(every_s: float) -> None:
    with pytest.raises(ConfigError, match=r"^a polling interval is from 1 to 300 s, found "):
        Polling(int(every_s * SECOND), batched=True)


async def test_the_first_answer_brings_the_feed_up_before_its_books(make: Make) -> None:
    rig = make()
    rig.pool.add(listed("a", "b"))
    await rig.calls(1)
    carries, up, *books = rig.put
    assert carries == FeedCarries(Ns(T0), "poll-1", ("a", "b"))
    assert up == FeedUp(Ns(T0), "poll-1")
    assert [(one.market, one.outcome, one.feed, one.recv_ns) for one in books] == [
        ("a", 0, "poll-1", T0), ("b", 0, "poll-1", T0),
    ]  # fmt: skip


async def test_calls_are_an_interval_apart(make: Make) -> None:
    rig = make(every_s=7)
    rig.pool.add(listed("a"))
    assert await rig.calls(5) == [0, 7, 14, 21, 28]


async def test_slow_answers_neither_shift_the_rhythm_nor_pile_up(make: Make) -> None:
    rig = make(every_s=10)
    took = {2: 4, 3: 25}

    def slow(number: int) -> None:
        rig.clock.ns += took.get(number, 0) * SECOND

    rig.rest.does = slow
    rig.pool.add(listed("a"))
    assert await rig.calls(6) == [0, 10, 20, 50, 60, 70]


async def test_many_books_a_call_or_one(make: Make) -> None:
    together = make()
    together.pool.add(listed(*markets(501)))
    await together.calls(2)
    assert [len(tokens) for tokens in together.rest.asked] == [500, 1]
    assert together.rest.asked[1] == ["m500-yes"]
    assert set(together.rest.paths) == {"/books"}
    apart = make(batched=False)
    apart.pool.add(listed("a", "b", "c"))
    assert await apart.calls(6) == [0, 0, 0, 10, 10, 10]
    assert apart.rest.asked[:3] == [["a-yes"], ["b-yes"], ["c-yes"]]
    assert set(apart.rest.paths) == {"/book"}


async def test_five_positions_every_ten_seconds_one_get_each_are_1800_calls_an_hour(
    make: Make,
) -> None:
    rig = make(batched=False)
    rig.pool.add(listed(*markets(5)))
    times = await rig.calls(1_801)
    assert times[-2:] == [3_590, 3_600]


async def test_a_new_market_and_a_wanted_book_do_not_wait_for_the_interval(make: Make) -> None:
    rig = make(300, clock=Clock())
    rig.pool.add(listed("a"))
    await settled(lambda: rig.pool.rhythm.up)
    rig.pool.add(listed("b"))
    await settled(lambda: len(rig.rest.asked) == 2)
    rig.pool.ask(ProveBook(MarketId("a"), "checksum"))
    rig.pool.ask(ProveBook(MarketId("gone"), "checksum"))
    await settled(lambda: len(rig.rest.asked) == 3)
    assert rig.rest.asked == [["a-yes"], ["b-yes"], ["a-yes"]]
    assert rig.put[-1].market == "a"


async def test_a_removed_market_is_asked_about_no_more_and_a_late_answer_is_not_told(
    make: Make,
) -> None:
    rig = make()

    def remove(number: int) -> None:
        if number == 2:
            rig.pool.remove([MarketId("a"), MarketId("unknown")])

    rig.rest.does = remove
    rig.pool.add(listed("a", "b"))
    await rig.calls(3)
    assert rig.rest.asked == [["a-yes", "b-yes"], ["a-yes", "b-yes"], ["b-yes"]]
    books = [event.market for event in rig.put if isinstance(event, BookSnapshot)]
    assert books == ["a", "b", "b", "b"]
    carried = [event.markets for event in rig.put if isinstance(event, FeedCarries)]
    assert carried == [("a", "b"), ("b",)]


async def test_an_answer_older_than_the_last_is_dropped_and_the_same_again_is_a_proof(
    make: Make,
) -> None:
    rig = make()
    stamps = {1: 5_000, 2: 4_999, 3: 5_000, 4: 5_001}

    def stamp(number: int) -> None:
        rig.rest.stamp_ms = stamps.get(number, 5_001)

    rig.rest.does = stamp
    rig.pool.add(listed("a"))
    await rig.calls(4)
    books = [event for event in rig.put if isinstance(event, BookSnapshot)]
    assert [(one.venue_ns // 1_000_000, (one.recv_ns - T0) // SECOND) for one in books] == [
        (5_000, 0), (5_000, 20), (5_001, 30),
    ]  # fmt: skip


async def test_an_answer_from_the_future_does_not_silence_a_market(make: Make) -> None:
    rig = make()
    now_ms = T0 // 1_000_000

    def stamp(number: int) -> None:
        rig.rest.stamp_ms = now_ms + (10**9 if number == 2 else 1_000 * number)

    rig.rest.does = stamp
    rig.pool.add(listed("a"))
    await rig.calls(5)
    books = [event for event in rig.put if isinstance(event, BookSnapshot)]
    assert [one.venue_ns // 1_000_000 - now_ms for one in books][:2] == [1_000, 10**9]
    rig.rest.does = lambda number: setattr(rig.rest, "stamp_ms", now_ms + 10_000 * number)
    await rig.calls(7)
    books = [event for event in rig.put if isinstance(event, BookSnapshot)]
    assert books[-1].venue_ns // 1_000_000 - now_ms == 70_000


def failing(*numbers: int, **terms: int) -> Callable[[int], None]:
    """Calls of these numbers fail."""

    def fail(number: int) -> None:
        if number in numbers:
            raise TransportError("POST http://clob/books: no", **terms)

    return fail


async def test_one_failed_poll_is_counted_and_told_and_the_feed_stays_up(make: Make) -> None:
    rig = make()
    rig.rest.does = failing(2)
    with capture_logs() as lines:
        rig.pool.add(listed("a"))
        assert await rig.calls(4) == [0, 10, 20, 30]
    assert rig.pool.failures == 1
    assert FeedDown not in map(type, rig.put)
    assert [line["event"] for line in lines] == ["poll_failed"]
    assert rig.pool.counts().reconnects == 0


async def test_a_second_failed_poll_takes_the_feed_down_until_one_is_answered(make: Make) -> None:
    rig = make()
    rig.rest.does = failing(2, 3, 4)
    with capture_logs() as lines:
        rig.pool.add(listed("a"))
        assert await rig.calls(6) == [0, 10, 20, 30, 50, 60]
    kinds = rig.kinds()
    assert kinds == [
        "FeedCarries", "FeedUp", "BookSnapshot", "FeedDown", "FeedUp", "BookSnapshot",
        "BookSnapshot",
    ]  # fmt: skip
    (down,) = (event for event in rig.put if isinstance(event, FeedDown))
    assert (down.recv_ns, down.cause) == (T0 + 20 * SECOND, "POST http://clob/books: no")
    told = [line["event"] for line in lines if line["event"] != "poll_failed"]
    assert told == ["feed_down", "feed_up"]
    assert rig.pool.failures == 3
    assert rig.pool.counts().reconnects == 1


async def test_a_feed_that_stays_away_is_told_once_as_critical(make: Make) -> None:
    rig = make()
    rig.rest.does = failing(*range(2, 50))
    with capture_logs() as lines:
        rig.pool.add(listed("a"))
        await rig.calls(12)
    critical = [line for line in lines if line["log_level"] == "critical"]
    assert [(line["event"], line["attempt"]) for line in critical] == [("feed_unreachable", 5)]
    (line,) = rig.pool.lines()
    assert (line.feed, line.state, line.attempt) == ("poll-1", "waiting", 11)
    assert (line.assets, line.cause) == (1, "POST http://clob/books: no")


class Asking(Skipping):
    """Time during which proof is wanted: each wait is first ended by a question, then waited."""

    def __init__(self) -> None:
        super().__init__()
        self.ask: Callable[[], None] | None = None
        self._asks = True

    @override
    def wait_s(self, ns: int) -> float:
        self._asks = not self._asks
        if self._asks or self.ask is None:
            return super().wait_s(ns)
        self.ask()
        return 0.0


async def test_no_book_is_fetched_for_proof_while_the_feed_is_down(make: Make) -> None:
    clock = Asking()
    rig = make(clock=clock)
    rig.rest.does = failing(2, 3, 4, 5)
    rig.pool.add(listed("a"))
    await rig.calls(3)
    assert not rig.pool.rhythm.up
    clock.ask = partial(rig.pool.ask, ProveBook(MarketId("a"), "feed down"))
    assert (await rig.calls(6))[3:] == [30, 50, 80]


async def test_429_is_waited_out_as_long_as_it_says(make: Make) -> None:
    rig = make(batched=False)
    rig.rest.does = failing(3, status=429, wait_s=77)
    rig.pool.add(listed("a", "b", "c", "d"))
    assert await rig.calls(8) == [0, 0, 0, 77, 77, 77, 77, 80], "the rest of the round waits too"
    assert rig.pool.failures == 1
    assert FeedDown not in map(type, rig.put)


async def test_one_book_that_is_refused_costs_the_others_nothing(make: Make) -> None:
    rig = make(batched=False)

    def refuse(_: int) -> None:
        if rig.rest.asked[-1] == ["b-yes"]:
            raise TransportError("No orderbook exists", status=404)

    rig.rest.does = refuse
    rig.pool.add(listed("a", "b", "c"))
    await rig.calls(9)
    books = [event.market for event in rig.put if isinstance(event, BookSnapshot)]
    assert books == ["a", "c"] * 3
    assert FeedDown not in map(type, rig.put)
    assert rig.pool.failures == 3


async def test_an_answer_that_cannot_be_read_is_counted_apart(make: Make) -> None:
    rig = make()
    rig.rest.does = lambda number: setattr(rig.rest, "stamp_ms", "now" if number == 2 else 1)
    with capture_logs() as lines:
        rig.pool.add(listed("a"))
        assert await rig.calls(3) == [0, 10, 20]
    assert (rig.pool.counts().undecodable, rig.pool.failures) == (1, 0)
    assert [line["event"] for line in lines] == ["poll_failed"]


async def test_without_markets_nothing_is_asked_and_nothing_counts_as_failed(make: Make) -> None:
    rig = make()
    assert rig.pool.lines() == []
    rig.rest.does = lambda _: rig.pool.remove([MarketId("a")])
    rig.pool.add(listed("a"))
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(rig.rest.at) == 1
    assert rig.clock.now() > T0 + 100 * SECOND
    assert rig.pool.rhythm.up
    assert rig.pool.failures == 0
    assert not rig.pool.announced()
