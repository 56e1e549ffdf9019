"""What each connection of a run has counted, whichever kind its pool is."""

from polywire.core.ids import FeedId
from polywire.core.model.counts import SocketCount
from polywire.observe.latency import Histogram
from polywire.runtime.feed import Feed
from polywire.runtime.pool import FeedPool, Pool


def socket_counts(pool: Pool) -> list[SocketCount]:
    """One count a connection; polling, also where it stands in for sockets, is one."""
    if not isinstance(pool, FeedPool):
        return _polled(pool)
    sockets = [
        _counted(feed, shard.leads.get(feed.name)) for shard in pool.shards for feed in shard.feeds
    ]
    return sockets + _polled(pool.fallback.polled) if pool.fallback else sockets


def _polled(pool: Pool) -> list[SocketCount]:
    counts = pool.counts()
    return [
        SocketCount(
            FeedId(line.feed),
            frames=counts.frames,
            undecodable=counts.undecodable,
            unknown=counts.unknown,
            pongs=0,
            reconnects=counts.reconnects,
        )
        for line in pool.lines()
    ]


def _counted(feed: Feed, leads: Histogram | None) -> SocketCount:
    stats = feed.session.stats
    return SocketCount(
        feed.session.feed,
        frames=stats.frames,
        undecodable=stats.undecodable,
        unknown=sum(stats.unknown.values()),
        pongs=stats.pongs,
        reconnects=feed.reconnects,
        first=leads.count if leads else 0,
        lead_p50_ns=leads.percentile(0.5) if leads else 0,
        lead_p99_ns=leads.percentile(0.99) if leads else 0,
    )
