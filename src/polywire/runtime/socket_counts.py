"""What each connection of a run has counted, whichever kind its pool is."""

from polywire.core.ids import FeedId
from polywire.core.model.counts import SocketCount
from polywire.runtime.feed import Feed
from polywire.runtime.pool import FeedPool, Pool


def socket_counts(pool: Pool) -> list[SocketCount]:
    """One count a connection; a polling pool is one connection."""
    if isinstance(pool, FeedPool):
        return [_counted(feed) for feed in pool.feeds]
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


def _counted(feed: Feed) -> SocketCount:
    stats = feed.session.stats
    return SocketCount(
        feed.session.feed,
        frames=stats.frames,
        undecodable=stats.undecodable,
        unknown=sum(stats.unknown.values()),
        pongs=stats.pongs,
        reconnects=feed.reconnects,
    )
