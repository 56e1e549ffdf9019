"""What each connection of a run has counted, whichever kind its pool is."""

from polywire.core.ids import FeedId
from polywire.core.model.counts import SocketCount
from polywire.runtime.pool import FeedPool, Pool


def socket_counts(pool: Pool) -> list[SocketCount]:
    """One count a connection; polling, also where it stands in for sockets, is one."""
    if not isinstance(pool, FeedPool):
        return _polled(pool)
    sockets = [one for shard in pool.shards for one in shard.counted()]
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
