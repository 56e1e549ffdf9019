"""Paper trading while things go wrong: sockets, REST, hashes, frames; told, counted and healed."""

import asyncio

import pytest
from msgspec.structs import replace
from tests.integration.accounts import rows
from tests.integration.paper.conftest import Run, Start, bought

from polywire.core.engine.tending import MISSED
from polywire.core.errors import TransportError
from polywire.core.ids import MarketId
from polywire.core.ledger.order import Order, OrderState
from polywire.core.model.event import Event
from polywire.core.units import Ns
from polywire.exchange.app import serve
from polywire.exchange.faults import Fault, Kind
from polywire.exchange.options import ExchangeOptions
from polywire.venues.session import ConnectionState

SECOND = 1_000_000_000


@pytest.mark.parametrize("code", [1000, 1006, 1011, 4999])
async def test_a_dropped_socket_is_opened_again_and_every_book_proven_again(
    started: Start, code: int
) -> None:
    run = await started()
    await run.proven(12)
    market, _ = run.first_market()
    feed = run.paper.pool.feeds[0]
    doubts: list[str] = []
    states: list[ConnectionState] = []

    def seen_down() -> bool:
        doubts.append(run.distrust(market))
        states.append(feed.session.state)
        return "feed down" in doubts

    await run.tell("drop", code=code)
    await run.until(seen_down)
    assert feed.session.state is ConnectionState.WAITING
    wait_ns = feed.session.retry_at() - run.paper._clock.now()
    assert 0 < wait_ns <= 2 * SECOND, "the first wait is one to two seconds"
    assert feed.session.cause
    if code != 1006:
        assert str(code) in feed.session.cause
    assert run.tally()[1] == 0, "no book is trusted without its feed"
    await run.proven(12)
    assert run.paper.status().reconnects == 1
    assert run.paper.status().engine.hash.wrong == 0
    await run.stop()
    closed = [
        row for _, kind, row in rows(run.journal) if kind == "GapClosed" and row[4] != "no snapshot"
    ]
    assert {row[1] for row in closed} == {str(key) for key in run.paper.engine.watch.books}
    assert {row[4] for row in closed} == {"feed down"}
    downs = [row for _, kind, row in rows(run.journal, "account") if kind == "FeedDown"]
    assert len(downs) == 1


async def test_an_upgrade_refused_with_429_is_tried_again(started: Start) -> None:
    exchange = await serve(ExchangeOptions(control=True))
    exchange.venue.plan(Fault(kind=Kind.REFUSE_UPGRADES, count=1), 0)
    run = await started(exchange=exchange)
    try:
        feed = run.paper.pool.feeds[0]
        await run.until(lambda: feed.session.attempt == 1)
        assert "429" in feed.session.cause
        assert run.tally() == (12, 0)
        await run.proven(12)
        assert run.paper.status().reconnects == 1
        assert feed.session.attempt == 0
    finally:
        await run.stop()
        await exchange.close()


async def test_rest_that_is_down_is_counted_and_asked_again_until_it_answers(
    started: Start,
) -> None:
    run = await started()
    await run.proven(12)
    market, _ = run.first_market()
    run.exchange.venue.clock.stop()
    await run.tell("refuse_requests", status=503, count=1)
    run.say(f'{{"event_type":"price_change","market":"{market}","broken":')
    await run.until(lambda: run.distrust(market) == "undecodable frame")
    await run.until(lambda: run.paper.status().errors >= 1, within_s=20)
    assert run.distrust(market) == "undecodable frame", "a failed answer proves nothing"
    await run.until(lambda: not run.distrust(market), within_s=20)
    assert run.paper.status().undecodable == 1
    assert run.paper.status().rest_calls.book >= 2
    assert run.paper.loop.failure is None


async def test_a_catalogue_that_goes_down_is_counted_and_asked_again(started: Start) -> None:
    run = await started()
    await run.proven(12)
    gamma = run.exchange._applications[1]
    await gamma.cleanup()
    await run.until(lambda: run.paper.scanner.failures >= 2, within_s=20)
    assert run.paper.status().errors >= 2
    assert run.tally() == (12, 12), "trading goes on"


async def test_a_catalogue_that_is_down_at_the_start_is_one_sentence(started: Start) -> None:
    run = await started(begin=False)
    await run.exchange._applications[1].cleanup()
    with pytest.raises(
        TransportError, match=r"^GET http://127\.0\.0\.1:\d+/markets/keyset: cannot connect \("
    ):
        await run.paper.start()


async def test_a_wrong_hash_makes_a_book_suspect_after_the_grace_until_it_is_proven(
    started: Start,
) -> None:
    run = await started()
    await run.proven(12)
    market, tokens = run.first_market()
    await run.agreed()
    bid = max(run.theirs()[market][0])
    run.say(unchanged_level(run, market, tokens, bid))
    await run.until(lambda: run.paper.status().engine.hash.waiting >= 2)
    assert not run.distrust(market), "two seconds of grace"
    await run.until(lambda: run.distrust(market) == "checksum")
    assert run.paper.status().engine.hash.wrong >= 2
    asked = run.paper.status().rest_calls.book
    await run.until(lambda: not run.distrust(market))
    assert run.paper.status().rest_calls.book == asked + 1
    assert run.ours() == run.theirs()


async def test_a_tick_that_only_the_channel_claims_is_taken_back_by_rest(started: Start) -> None:
    run = await started()
    await run.proven(12)
    await run.agreed()
    book = next(one for one in run.exchange.venue.flow.books.values() if one.tick == 10_000)
    run.say(
        f'{{"event_type":"tick_size_change","market":"{book.market}","asset_id":"{book.tokens[0]}",'
        '"old_tick_size":"0.01","new_tick_size":"0.001","timestamp":"1"}'
    )
    await run.until(lambda: run.distrust(book.market) == "tick size changed")
    assert run.books[MarketId(book.market)].market.tick == 1_000
    await run.until(lambda: not run.distrust(book.market))
    assert run.books[MarketId(book.market)].market.tick == 10_000
    assert run.paper.status().rest_calls.book == 1
    await run.stop()
    told = {kind: row for _, kind, row in rows(run.journal) if kind in ("ProveBook", "GapClosed")}
    assert told["ProveBook"][1:] == [book.market, "tick size changed"]
    assert told["GapClosed"][4:6] == ["tick size changed", "hash"]


async def test_undecodable_frames_are_counted_and_healed(started: Start) -> None:
    run = await started()
    await run.proven(12)
    run.exchange.venue.clock.stop()
    for text in ("{", '{"event_type":"book"}', "[1,2", "NO SUCH WORD"):
        run.say(text)
    await run.until(lambda: run.paper.status().undecodable >= 2)
    await run.until(lambda: run.tally() == (12, 12), within_s=20)
    assert run.paper.status().reconnects == 0


async def test_no_print_fills_our_bid_while_its_book_is_distrusted(started: Start) -> None:
    run = await started()
    await run.proven(12)
    await run.agreed()
    orders = run.paper.engine.ledger.open_orders

    def bids() -> list[Order]:
        live = [one for one in orders.values() if one.state is OrderState.LIVE]
        return [one for one in live if one.command.side == 0]

    await run.until(bids)
    bid = bids()[0]
    market, token = bid.command.market, bid.command.instrument
    run.say(f'{{"event_type":"price_change","market":"{market}","broken":')
    await run.until(lambda: run.distrust(market) == "undecodable frame")
    told, cuts = run.paper.loop.events, run.paper.loop.cuts
    now_ms = run.exchange.venue.clock.now() // 1_000_000 + 1
    run.say(
        f'{{"event_type":"last_trade_price","market":"{market}","asset_id":"{token}",'
        f'"price":"0.001","size":"1000000","side":"SELL","timestamp":"{now_ms}"}}'
    )
    await run.until(lambda: run.paper.loop.events > told and run.paper.loop.cuts > cuts + 2)
    assert run.distrust(market) == "undecodable frame"
    assert bid.filled == 0


async def test_a_frozen_socket_is_found_out_by_the_audit_and_replaced(started: Start) -> None:
    run = await started()
    await run.proven(12)
    await run.tell("freeze", seconds=60)
    watch = run.paper.engine.watch
    often = replace(watch._tending._ages, audit_ns=4 * SECOND)  # the demo asks after 45 s
    watch._tending._ages = often
    asked = run.paper.status().rest_calls.book
    await run.until(lambda: run.paper.status().rest_calls.book > asked)
    await run.until(lambda: all(line.distrust for line in run.paper.status().books))
    await run.until(lambda: len(run.paper.pool.feeds) > 1)
    await run.stop()
    reasons = [row[2] for _, kind, row in rows(run.journal) if kind == "ReplaceSocket"]
    assert reasons[0] == MISSED


async def test_a_bug_in_a_task_beside_the_loop_is_told_at_once(started: Start) -> None:
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: told.append(context["exception"])
    )
    run = await started()
    await run.proven(12)
    run.paper.pool.feeds[0].receive = broken
    await run.until(lambda: told)
    assert str(told[0]) == "a bug"


def broken(frame: bytes, now: Ns) -> list[Event]:
    """A session with a bug in what it reads."""
    raise AssertionError("a bug" if frame and now else "no frame")


def unchanged_level(run: Run, market: str, tokens: tuple[str, str], bid: int) -> str:
    """A change that changes nothing, with two hashes of no book."""
    size = dict(run.theirs()[market][0])[bid]
    ask = min(run.theirs()[market][1])
    at = run.exchange.venue.flow.books[market].timestamp

    def entry(token: str, side: str, price: int, bid: int, ask: int) -> str:
        return (
            f'{{"asset_id":"{token}","price":"{price / 1e6:.6g}","size":"{size / 1e6:.6f}",'
            f'"side":"{side}","hash":"{"0" * 40}","best_bid":"{bid / 1e6:.6g}",'
            f'"best_ask":"{ask / 1e6:.6g}"}}'
        )

    first = entry(tokens[0], "BUY", bid, bid, ask)
    second = entry(tokens[1], "SELL", 1_000_000 - bid, 1_000_000 - ask, 1_000_000 - bid)
    return (
        f'{{"market":"{market}","price_changes":[{first},{second}],'
        f'"timestamp":"{at}","event_type":"price_change"}}'
    )


async def test_a_held_market_that_resolved_while_we_were_away_is_paid(started: Start) -> None:
    run = await started()
    market, token = await bought(run)
    await run.stop()
    shares = run.paper.engine.ledger.held(
        run.paper.engine.ledger.markets[token].outcomes[0].instrument
    )
    assert shares >= 0
    index = run.exchange.venue.flow.books[market].tokens.index(token)
    await run.tell("resolve", market=market, payout="1" if index == 0 else "0")
    again = await started(exchange=run.exchange)
    await again.until(lambda: again.paper.engine.ledger.payouts.get(MarketId(market)))
    ledger = again.paper.engine.ledger
    await again.until(lambda: ledger.held(ledger.markets[token].outcomes[index].instrument) == 0)
    await again.stop()
    assert again.paper.engine.standing.halted == "done", "the venue's report agrees"
