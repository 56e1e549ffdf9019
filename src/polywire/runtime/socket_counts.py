"""What each connection of a run has counted, whichever kind its pool is."""

from polywire.core.model.counts import SocketCount
from polywire.runtime.poll import FEED, PollPool
from polywire.runtime.pool import FeedPool, Pool


def socket_counts(pool: Pool) -> list[SocketCount]:
    """One count a connection; polling, also where it stood in for sockets, is one.

    Its frames are the answers that brought books; it is gone while it stands in for nobody.
    """
    if isinstance(pool, PollPool):
        return _polled(pool)
    assert isinstance(pool, FeedPool)
    sockets = [one for shard in pool.shards for one in shard.counted()]
    return sockets + _polled(pool.fallback.polled) if pool.fallback else sockets


def _polled(pool: PollPool) -> list[SocketCount]:
    counts, stands_by = pool.counts(), not pool.lines()
    if stands_by and not pool.answered:
        return []
    return [
        SocketCount(
            FEED,
            frames=pool.answered,
            undecodable=counts.undecodable,
            unknown=counts.unknown,
            pongs=0,
            reconnects=counts.reconnects,
            gone=stands_by,
        )
    ]
