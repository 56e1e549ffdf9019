"""Two connections with the same markets: the same events as one, and neither's freeze is felt."""

import asyncio
from collections import Counter
from itertools import pairwise

from tests.integration.accounts import rows
from tests.integration.paper.conftest import Run, Start

from polywire.exchange.options import ExchangeOptions

BUSY = ExchangeOptions(control=True, frames_a_second=300.0)
FEED = {"BookDelta": 6, "PublicTrade": 8, "BookSnapshot": 8}
"""Where a row says by which feed it came; when it came stands at 1, and at 7 for a change."""


def told(run: Run, since_ns: int, *kinds: str) -> Counter[str]:
    """What the engine saw of what happened since then, apart from when and by which feed."""
    seen: Counter[str] = Counter()
    for _, kind, row in rows(run.journal, "market"):
        if kind in kinds and row[2] > since_ns:
            apart = {1, FEED[kind]} | ({7} if kind == "BookDelta" else set())
            seen[repr([field for place, field in enumerate(row) if place not in apart])] += 1
    return seen


def apart(ours: Counter[str], theirs: Counter[str]) -> list[str]:
    """Some of what only one of both has, or has more often; of all, a failure takes a minute."""
    return list(((ours - theirs) + (theirs - ours)).elements())[:3]


async def connected(run: Run, sockets: int) -> None:
    """Wait until every socket has told all its books."""
    feeds = run.paper.pool.feeds
    assert len(feeds) == sockets
    await run.until(lambda: all(one.session.heard_at and not one.session.untold for one in feeds))


async def test_twins_tell_exactly_what_one_connection_tells(started: Start) -> None:
    alone = await started(BUSY, journal="alone", merge=False, begin=False)
    alone.exchange.venue.clock.stop()
    await alone.paper.start()
    twins = await started(exchange=alone.exchange, journal="twins", merge=False, redundancy=2)
    await connected(alone, 1)
    await connected(twins, 2)
    since_ns = alone.exchange.venue.clock.now()
    alone.exchange.venue.clock.start()
    await asyncio.sleep(1.5)
    await alone.agreed()
    await twins.until(lambda: twins.ours() == twins.theirs())
    await asyncio.gather(alone.stop(), twins.stop())
    ours = told(twins, since_ns, "BookDelta", "PublicTrade")
    assert sum(ours.values()) > 300
    assert apart(ours, told(alone, since_ns, "BookDelta", "PublicTrade")) == []
    books = [told(run, since_ns, "BookSnapshot") for run in (twins, alone)]
    assert apart(*books) == []
    status = twins.paper.status()
    assert (status.engine.hash.wrong, status.engine.gaps) == (0, 0)
    assert twins.paper.pool.counts().frames > 600, "what was dropped counts as heard"
    lines = twins.paper.pool.lines()
    assert [line.feed for line in lines] == ["market-1", "market-1b"]
    assert 0.999 < sum(line.first for line in lines) < 1.001


async def test_a_twin_that_freezes_is_told_and_replaced_and_no_book_is_in_doubt(
    started: Start,
) -> None:
    run = await started(BUSY, redundancy=2)
    await run.proven(12)
    await connected(run, 2)
    await asyncio.sleep(1.1)
    await run.tell("freeze", socket=2, seconds=60)
    tallies = set()

    def replaced() -> bool:
        tallies.add(run.tally())
        names = [line.feed for line in run.paper.pool.lines()]
        return len(names) == 2 and any(name.endswith(".2") for name in names)

    await run.until(replaced)
    assert tallies == {(12, 12)}
    await run.agreed()
    await run.stop()
    behind = [row for _, kind, row in rows(run.journal, "market") if kind == "FeedBehind"]
    (frozen,) = {row[2] for row in behind}
    assert frozen in {"market-1", "market-1b"}
    asked = [row for _, kind, row in rows(run.journal) if kind == "ReplaceSocket"]
    assert {row[1] for row in asked} == {frozen}
    for market in {row[3] for row in behind}:
        times = [row[1] for row in behind if row[3] == market]
        assert all(later - one >= 10**9 for one, later in pairwise(times)), "once a second"


async def test_with_one_connection_nothing_is_compared(started: Start) -> None:
    run = await started(BUSY)
    await run.proven(12)
    (feed,) = run.paper.pool.feeds
    assert feed.receive == feed.session.receive
