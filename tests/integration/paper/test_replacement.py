"""A socket that is replaced while it works, while it is frozen, and while nothing works."""

import asyncio

import pytest
from tests.integration.accounts import rows
from tests.integration.paper.conftest import Run, Start

from polywire.core.ids import FeedId
from polywire.core.model.healing import ReplaceSocket
from polywire.exchange.options import ExchangeOptions
from polywire.runtime import shard

SECOND = 1_000_000_000
BUSY = ExchangeOptions(control=True, frames_a_second=300.0)


def names(run: Run) -> list[str]:
    return [line.feed for line in run.paper.pool.lines()]


def replace(run: Run, feed: str) -> None:
    run.paper.pool.replace(ReplaceSocket(FeedId(feed), "a test"))


async def test_a_socket_that_works_is_replaced_without_a_moment_unfed(started: Start) -> None:
    run = await started(BUSY)
    await run.proven(12)
    gaps = run.paper.status().engine.gaps
    tallies = set()

    def replaced() -> bool:
        tallies.add(run.tally())
        return names(run) == ["market-1.2"]

    replace(run, "market-1")
    assert names(run) == ["market-1", "market-1.2"], "the new one first"
    replace(run, "market-1")
    replace(run, "market-1.2")
    run.paper.pool.shards[0].look(run.paper._clock.now())
    assert names(run) == ["market-1", "market-1.2"], "the new one has told nothing yet"
    await run.until(replaced)
    await run.until(lambda: run.exchange.channel.readers() == 1)
    assert tallies == {(12, 12)}, "no book was in doubt at any time"
    assert run.paper.status().engine.gaps == gaps
    assert run.paper.status().reconnects == 1
    sockets = run.paper.counting.whole(run.paper._clock.now()).sockets
    assert [(one.feed, one.gone) for one in sockets] == [("market-1", True), ("market-1.2", False)]
    assert sum(one.frames for one in sockets) == run.paper.pool.counts().frames
    await run.agreed()
    assert run.paper.status().engine.hash.wrong == 0
    await run.stop()
    told = [
        (kind, row[2])
        for _, kind, row in rows(run.journal, "account")
        if kind in {"FeedUp", "FeedDown"} or (kind == "FeedCarries" and not row[3])
    ]
    assert told == [
        ("FeedUp", "market-1"),
        ("FeedUp", "market-1.2"),
        ("FeedDown", "market-1"),
        ("FeedCarries", "market-1"),
    ]


async def test_a_new_market_joins_both_sockets_of_a_replacement(
    started: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard, "PROOF_NS", SECOND)
    run = await started(BUSY)
    await run.proven(12)
    market, _ = run.first_market()
    await run.tell("missing_book", asset=market, seconds=60)
    replace(run, "market-1")
    await run.tell("list")
    await run.until(lambda: len(run.books) == 13)
    assert [len(feed.session.markets) for feed in run.paper.pool.feeds] == [13, 13]
    await run.until(lambda: names(run) == ["market-1"])
    assert run.paper.pool.feeds[0].session.untold == 0
    await run.agreed()


async def test_a_replacement_that_tells_nothing_goes_and_is_tried_less_often(
    started: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard, "PROOF_NS", SECOND // 2)
    run = await started(BUSY)
    await run.proven(12)
    await run.tell("freeze", seconds=60)
    for failures in (1, 2, 3):
        await run.until(lambda: len(run.exchange.channel._connections) == 1)
        run.paper.pool.feeds[0].session.reconnector.retry_at = 0
        replace(run, "market-1")
        assert len(names(run)) == 2
        await run.until(lambda: len(names(run)) == 1)
        (line,) = run.paper.pool.lines()
        assert (line.feed, line.attempt) == ("market-1", failures)
    replace(run, "market-1")
    assert names(run) == ["market-1"], "its pause is not over"
    await run.stop()
    moves = [row[2:4] for _, kind, row in rows(run.journal) if kind == "ReconnectorMoved"]
    assert moves == [["market-1", "open"]]


async def test_of_two_that_tell_too_little_the_frozen_one_goes(
    started: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard, "PROOF_NS", SECOND)
    run = await started(BUSY)
    await run.proven(12)
    market, _ = run.first_market()
    await run.tell("freeze", socket=1, seconds=60)
    await run.tell("missing_book", asset=market, seconds=60)
    await asyncio.sleep(0.1)
    replace(run, "market-1")
    await run.until(lambda: names(run) == ["market-1.2"])
    assert run.paper.pool.feeds[0].session.untold == 1
