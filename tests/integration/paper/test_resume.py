"""A restart takes up its connections and its markets where the run before left them."""

import asyncio

import pytest
from tests.integration.accounts import rows
from tests.integration.paper.conftest import CASH, QUICK, Run, Start
from typing_extensions import override

from polywire.config.build import engine_from
from polywire.config.demo import demo_settings
from polywire.core.engine.roster import Seat
from polywire.core.errors import ConfigError, TransportError
from polywire.core.ids import StrategyId
from polywire.core.model.command import StrategyHalted
from polywire.core.model.conversion import Conversion
from polywire.core.units import Money, Price, Quantity
from polywire.exchange.app import serve
from polywire.exchange.faults import Fault, Kind
from polywire.exchange.options import ExchangeOptions
from polywire.journal.files import day_files
from polywire.journal.snapshot import newest_snapshot
from polywire.modes.paper import PaperAccount
from polywire.runtime.polling import Polling
from polywire.strategies.touch_quoter import TouchQuoter, TouchQuoterParameters
from polywire.venues.polymarket import market_ws
from polywire.venues.reconnector import Backoff

SECOND = 1_000_000_000


class Others(PaperAccount):
    """The same, with somebody's name on it."""

    @property
    @override
    def owner(self) -> str:
        """Somebody's."""
        return "0xabc at the venue"


async def test_markets_are_fed_before_the_catalogue_answers(started: Start) -> None:
    first = await started()
    await first.proven(12)
    await first.stop()
    exchange = first.exchange
    again = await started(exchange=exchange, begin=False)
    scan = asyncio.Event()
    listings = again.paper.scanner._reader.listings

    async def slow(query: object) -> object:
        await scan.wait()
        return await listings(query)  # type: ignore[arg-type]

    again.paper.scanner._reader.listings = slow  # type: ignore[assignment,method-assign]
    starting = asyncio.ensure_future(again.paper.start())
    await again.proven(12)
    assert again.paper.status().rest_calls.catalogue == 0
    assert again.paper.status().engine.orders.sent == 0, "nothing is bought before the scan"
    scan.set()
    await starting
    await again.until(lambda: again.paper.status().engine.orders.sent > 0)
    await again.agreed()


async def test_a_venue_that_refused_is_not_asked_again_at_once(
    started: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(market_ws, "Backoff", lambda: Backoff(SECOND // 10, 2 * SECOND))
    exchange = await serve(ExchangeOptions(control=True))
    fault = Fault(kind=Kind.REFUSE_UPGRADES, seconds=60)
    exchange.venue.plan(fault, exchange.venue.clock.now())
    each_second = Polling(SECOND, batched=True)
    runs: list[Run] = []
    try:
        runs.append(await started(exchange=exchange))
        await runs[0].until(lambda: runs[0].paper.pool.feeds[0].session.attempt == 5)
        await runs[0].stop()
        retry_ns = runs[0].paper.pool.feeds[0].session.retry_at()
        moves = [row for _, kind, row in rows(runs[0].journal) if kind == "ReconnectorMoved"]
        assert (moves[-1][3], moves[-1][4], moves[-1][5]) == ("open", 5, retry_ns)
        runs.append(await started(exchange=exchange, fallback=each_second))
        session = runs[1].paper.pool.feeds[0].session
        assert (session.attempt, session.retry_at(), session.state) == (5, retry_ns, "waiting")
        await runs[1].proven(12)
        assert [line.feed for line in runs[1].paper.pool.lines()] == ["market-1", "poll-1"]
        told = [row for _, kind, row in rows(runs[1].journal) if kind == "ReconnectorMoved"]
        assert told[-1][3:6] == ["open", 5, retry_ns], "for a run that follows before it is tried"
        await runs[1].until(lambda: session.attempt == 6)
        assert runs[1].paper._clock.now() >= retry_ns
    finally:
        for run in runs:
            await run.stop()
        await exchange.close()


async def test_a_catalogue_that_is_down_still_stops_a_restart_in_words(started: Start) -> None:
    first = await started()
    await first.proven(12)
    await first.stop()
    again = await started(exchange=first.exchange, begin=False)
    await again.exchange._applications[1].cleanup()
    with pytest.raises(TransportError, match="cannot connect"):
        await again.paper.start()


async def test_the_journal_of_another_account_is_not_gone_on_with(started: Start) -> None:
    first = await started()
    await first.proven(12)
    await first.stop()
    before = [*rows(first.journal)]
    with pytest.raises(ConfigError, match=r"the journal of play money, .*0xabc at the venue"):
        await started(exchange=first.exchange, account=Others(CASH, QUICK))
    assert [*rows(first.journal)] == before
    again = await started(exchange=first.exchange)
    await again.proven(12)


async def test_who_was_halted_is_kept_with_the_account(started: Start) -> None:
    first = await started()
    await first.proven(12)
    (seat,) = first.paper.engine.roster.seats.values()
    seat.failed = "ValueError: a bug"
    await first.until(lambda: bool(seat.halted))
    await first.stop()
    found = newest_snapshot(day_files(first.journal)[-1])
    assert found is not None
    halted = StrategyHalted(seat.strategy.name, "ValueError: a bug")
    assert found[1].standing[:1] == (halted,)


async def test_a_strategy_that_needs_what_nothing_executes_is_refused(started: Start) -> None:
    strategy = TouchQuoter(
        StrategyId("arb"),
        TouchQuoterParameters(size=Quantity(1), cap=Quantity(1), price_min=Price(1)),
    )
    needs = frozenset({Conversion.SPLIT, Conversion.MERGE})
    greedy = engine_from(demo_settings(1))
    greedy.roster.seats[strategy.name] = Seat(strategy, Money(1), 0, 0, needs=needs)
    with pytest.raises(ConfigError, match="arb needs merge, split, which nothing here executes"):
        await started(engine=greedy)
