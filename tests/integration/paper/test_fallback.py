"""Polling that stands in for a stream which cannot be had, and hands back once that is proven."""

from collections.abc import Callable

import pytest
from structlog.testing import capture_logs
from tests.integration.accounts import rows
from tests.integration.paper.conftest import Run, Start

from polywire.exchange.app import serve
from polywire.exchange.faults import Fault, Kind
from polywire.exchange.options import ExchangeOptions
from polywire.runtime import fallback
from polywire.runtime.polling import Polling
from polywire.runtime.socket_counts import socket_counts
from polywire.venues.polymarket import market_ws
from polywire.venues.reconnector import Backoff

SECOND = 1_000_000_000
EACH_SECOND = Polling(SECOND, batched=True)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts and handing back in fractions of a second."""
    monkeypatch.setattr(market_ws, "Backoff", lambda: Backoff(SECOND // 20, SECOND // 4))
    monkeypatch.setattr(fallback, "PROVEN_NS", SECOND // 2)


def states(run: Run) -> dict[str, str]:
    return {line.feed: line.state for line in run.paper.pool.lines()}


def watching(run: Run, holds: Callable[[], object], tallies: set[tuple[int, int]]) -> object:
    """Note how many books are proven each time it is asked whether something holds."""

    def look() -> object:
        tallies.add(run.tally())
        return holds()

    return look


async def test_after_three_refused_upgrades_polls_take_over_and_hand_back(started: Start) -> None:
    exchange = await serve(ExchangeOptions(control=True))
    exchange.venue.plan(Fault(kind=Kind.REFUSE_UPGRADES, seconds=3), exchange.venue.clock.now())
    with capture_logs() as logged:
        run = await started(exchange=exchange, fallback=EACH_SECOND)
        try:
            await run.until(lambda: "poll-1" in states(run), within_s=2)
            await run.proven(12)
            assert not run.paper.pool.feeds[0].session.heard_at
            assert run.paper.pool.lines()[0].reconnector in {"open", "half open"}
            tallies: set[tuple[int, int]] = set()
            await run.until(watching(run, lambda: states(run) == {"market-1": "live"}, tallies))
            assert tallies == {(12, 12)}, "no book was in doubt between the polls and the stream"
            polls = run.paper.status().rest_calls.book
            frames = run.paper.status().frames
            await run.until(lambda: run.paper.status().frames > frames + 50)
            assert run.paper.status().rest_calls.book == polls, "nobody polls any more"
            (told,) = [one for one in socket_counts(run.paper.pool) if one.feed == "poll-1"]
            assert (told.gone, 0 < told.frames <= polls) == (True, True)
            await run.agreed()
        finally:
            await run.stop()
            await exchange.close()
    names = [line["event"] for line in logged if line["event"].startswith("fallback")]
    assert names == ["fallback_started", "fallback_ended"]
    moves = [row[3] for _, kind, row in rows(run.journal) if kind == "ReconnectorMoved"]
    assert moves[:2] == ["open", "half open"]
    assert moves[-2:] == ["half open", "closed"]
    carried = [
        (row[2], len(row[3]))
        for _, kind, row in rows(run.journal, "account")
        if kind == "FeedCarries"
    ]
    assert carried == [("market-1", 12), ("poll-1", 12), ("poll-1", 0)]


async def test_a_stream_that_lacks_a_book_does_not_get_its_markets_back(started: Start) -> None:
    exchange = await serve(ExchangeOptions(control=True))
    market = next(iter(exchange.venue.flow.books))
    now = exchange.venue.clock.now()
    exchange.venue.plan(Fault(kind=Kind.REFUSE_UPGRADES, seconds=2), now)
    exchange.venue.plan(Fault(kind=Kind.MISSING_BOOK, asset=market, seconds=60), now)
    run = await started(exchange=exchange, fallback=EACH_SECOND)
    try:
        await run.until(lambda: states(run).get("market-1") == "live")
        began = run.paper.status().seconds
        await run.until(lambda: run.paper.status().seconds - began > 1.2)
        assert states(run) == {"market-1": "live", "poll-1": "live"}
        assert run.tally() == (12, 12)
    finally:
        await run.stop()
        await exchange.close()


async def test_without_a_fallback_nobody_polls(started: Start) -> None:
    exchange = await serve(ExchangeOptions(control=True))
    exchange.venue.plan(Fault(kind=Kind.REFUSE_UPGRADES, count=4), 0)
    run = await started(exchange=exchange)
    try:
        await run.until(lambda: run.paper.pool.feeds[0].session.attempt == 4)
        assert set(states(run)) == {"market-1"}
        await run.proven(12)
        assert run.paper.status().rest_calls.book == 0
    finally:
        await run.stop()
        await exchange.close()
