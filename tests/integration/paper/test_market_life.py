"""Paper trading while nothing goes wrong: books, new markets, ticks, resolutions, one socket."""

from tests.integration.accounts import fold, rows
from tests.integration.paper.conftest import Start, bought

from polywire.core.ids import MarketId
from polywire.exchange.options import ExchangeOptions

LIVELY = ExchangeOptions(control=True, frames_a_second=400.0)


async def test_the_books_equal_the_exchanges_and_every_hash_agrees(started: Start) -> None:
    run = await started(LIVELY)
    await run.proven(12)
    await run.until(lambda: run.paper.status().engine.hash.checked > 500)
    await run.agreed()
    await run.until(lambda: run.paper.status().engine.hash.waiting == 0)
    hashes = run.paper.status().engine.hash
    assert hashes.wrong == 0
    assert hashes.unverifiable == 0
    assert hashes.agreed + hashes.late + hashes.superseded == hashes.checked
    touch = run.paper.status().engine.touch
    assert (touch.checked > 100, touch.differing) == (True, 0)


async def test_a_new_market_is_listed_and_subscribed_soon_after_its_announcement(
    started: Start,
) -> None:
    run = await started()
    await run.proven(12)
    before = {*run.books}
    await run.tell("list")
    await run.proven(13)
    (new,) = {*run.books} - before
    assert new in run.paper.scanner.watched
    assert run.paper.pool.lines()[0].assets == 26
    await run.agreed()


async def test_a_resolved_market_pays_its_shares_and_is_dropped(started: Start) -> None:
    run = await started()
    market, token = await bought(run)
    index = run.exchange.venue.flow.books[market].tokens.index(token)
    await run.tell("resolve", market=market, payout="1" if index == 0 else "0")
    await run.until(lambda: market not in run.books)
    assert market not in run.paper.scanner.watched
    assert not any(
        order.command.market == market for order in run.paper.engine.ledger.open_orders.values()
    )
    await run.stop()
    account = fold(run.journal)
    assert account.shares[token] == 0
    paid = [row for _, kind, row in rows(run.journal) if kind == "MarketResolved"]
    assert paid
    assert paid[0][4][index] == 1_000_000
    assert account.reports == [(account.cash, account.positions)]
    assert run.paper.engine.ledger.cash == account.cash
    assert run.paper.engine.standing.halted == "done"


async def test_a_changed_tick_is_taken_over_and_the_book_proven_on_it(started: Start) -> None:
    run = await started()
    await run.proven(12)
    market = next(b.market for b in run.exchange.venue.flow.books.values() if b.tick == 10_000)
    await run.tell("tick", market=market, tick="0.001")
    await run.until(lambda: run.books[MarketId(market)].market.tick == 1_000)
    await run.until(lambda: not run.distrust(market))
    await run.agreed()
    assert run.paper.status().engine.hash.wrong == 0
    await run.stop()
    ticks = [row for _, kind, row in rows(run.journal, "market") if kind == "TickSizeChanged"]
    assert [row[3:] for row in ticks] == [[market, 1_000]] * len(ticks)


async def test_ten_strategies_cause_the_same_sockets_and_calls_as_one(started: Start) -> None:
    seen = []
    for strategies in (1, 10):
        options = ExchangeOptions(control=True, markets=25)
        run = await started(options, strategies=strategies, journal=f"journal-{strategies}")
        await run.proven(25)
        await run.until(lambda run=run: run.paper.status().engine.orders.sent >= 10)
        run.exchange.venue.clock.stop()
        calls = run.paper.status().rest_calls
        seen.append((run.exchange.channel.readers(), len(run.paper.pool.feeds), calls.book))
        books = run.paper.engine.watch.books.values()
        groups = {one.market.group for one in books if one.market.group_exclusive}
        assert calls.catalogue <= 1 + len(groups) + run.paper.status().seconds
    assert seen[0] == seen[1] == (1, 1, 0)
