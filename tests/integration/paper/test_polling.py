"""The polling feed instead of the stream: the same books, quotes and fills, seen less often."""

import asyncio

import pytest
from tests.integration.accounts import rows
from tests.integration.paper.conftest import Start, bought

from polywire.config.build import engine_from
from polywire.config.schema import load
from polywire.core.ids import MarketId
from polywire.modes.replay import audit
from polywire.runtime.polling import Polling

SECOND = 1_000_000_000
EACH_SECOND = Polling(SECOND, batched=True)
ONE_BY_ONE = Polling(SECOND, batched=False)
RARELY = Polling(300 * SECOND, batched=True)


@pytest.mark.parametrize("polling", [EACH_SECOND, ONE_BY_ONE])
async def test_a_polled_run_quotes_fills_stops_and_replays(
    started: Start, polling: Polling
) -> None:
    run = await started(polling=polling)
    await run.proven(12)
    await bought(run)
    await run.stop()
    status = run.paper.status()
    assert status.engine.halted == "done", "the venue's report agrees"
    assert (status.errors, status.engine.gaps) == (0, 0)
    assert not run.paper.engine.ledger.open_orders
    told = [row for _, kind, row in rows(run.journal, "market") if kind == "BookSnapshot"]
    assert {row[8] for row in told} == {"poll-1"}
    assert status.engine.hash.snapshots == status.engine.hash.snapshots_agreed == len(told)
    seen = audit(run.journal, lambda started: engine_from(load(started.configuration)))
    assert seen.commands > 0


async def test_a_polled_and_a_streamed_run_beside_each_other_end_with_the_same_books(
    started: Start,
) -> None:
    streamed = await started(journal="streamed")
    polled = await started(journal="polled", exchange=streamed.exchange, polling=EACH_SECOND)
    await streamed.proven(12)
    await polled.proven(12)
    await polled.until(lambda: polled.paper.status().rest_calls.book >= 4)
    await streamed.agreed()
    await polled.until(lambda: polled.ours() == polled.theirs())
    assert polled.ours() == streamed.ours()
    await asyncio.gather(streamed.stop(), polled.stop())
    for run, calls, frames in ((streamed, False, True), (polled, True, False)):
        status = run.paper.status()
        assert (status.rest_calls.book > 0, status.frames > 0) == (calls, frames)
        assert (status.engine.halted, status.errors, status.reconnects) == ("done", 0, 0)
        assert status.engine.orders.sent > 0
        assert status.engine.gaps == 0


async def test_trouble_of_one_run_is_not_the_others(started: Start) -> None:
    streamed = await started(journal="streamed")
    polled = await started(journal="polled", exchange=streamed.exchange, polling=EACH_SECOND)
    await streamed.proven(12)
    await polled.proven(12)
    await polled.tell("drop", code=1011)
    await streamed.until(lambda: streamed.tally() == (12, 0))
    assert polled.tally() == (12, 12)
    await polled.tell("refuse_requests", status=503, count=100)
    await polled.until(lambda: polled.tally() == (12, 0))
    await streamed.until(lambda: streamed.tally() == (12, 12))


@pytest.mark.parametrize(("polling", "calls_a_poll"), [(EACH_SECOND, 1), (ONE_BY_ONE, 12)])
async def test_calls_are_as_many_as_the_interval_and_the_way_say(
    started: Start, polling: Polling, calls_a_poll: int
) -> None:
    run = await started(polling=polling)
    await run.proven(12)
    began = run.paper.status()
    await run.until(lambda: run.paper.status().seconds - began.seconds >= 3.5)
    ended = run.paper.status()
    polls = (ended.rest_calls.book - began.rest_calls.book) / calls_a_poll
    assert 3 <= polls <= 4


async def test_a_new_market_does_not_wait_for_the_interval(started: Start) -> None:
    run = await started(polling=RARELY)
    await run.proven(12)
    await run.tell("list")
    await run.proven(13)
    assert run.paper.status().rest_calls.book == 2


async def test_polls_that_fail_take_the_feed_down_and_it_comes_back_by_itself(
    started: Start,
) -> None:
    run = await started(polling=EACH_SECOND)
    await run.proven(12)
    await run.tell("refuse_requests", status=503, count=1)
    await run.until(lambda: run.paper.status().errors)
    assert run.tally() == (12, 12), "one failed poll is borne"
    await run.until(lambda: run.paper.status().feeds[0].attempt == 0)
    market, _ = run.first_market()
    await run.tell("refuse_requests", status=503, count=100)
    await run.until(lambda: run.distrust(market) == "feed down")
    assert run.tally() == (12, 0)
    (line,) = run.paper.status().feeds
    assert (line.feed, line.state, line.assets) == ("poll-1", "waiting", 12)
    assert "503" in line.cause
    await run.tell("heal")
    await run.proven(12)
    assert run.paper.status().reconnects == 1


async def test_a_book_in_doubt_is_asked_about_before_the_next_poll(started: Start) -> None:
    run = await started(polling=RARELY)
    await run.proven(12)
    market, _ = run.first_market()
    run.books[MarketId(market)].integrity.doubt("checksum")
    await run.until(lambda: not run.distrust(market))
    assert run.paper.status().rest_calls.book == 2
