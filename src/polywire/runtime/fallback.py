"""Polling for the markets of sockets that fail, until the stream has proven itself again.

Owns when it takes over and hands back. Both feeds stand beside each other for a moment.
"""

from collections.abc import Sequence
from typing import Final

import structlog

from polywire.core.ids import MarketId
from polywire.core.model.instrument import Market
from polywire.core.units import SECOND, Ns
from polywire.runtime.poll import PollPool
from polywire.runtime.shard import Shard

PROVEN_NS: Final = 5 * SECOND
"""For so long a stream must have been live, with a book of every market, before polls end."""

log = structlog.get_logger()


class Fallback:
    """Has `polled` carry the markets of failing shards; `look` is called a few times a second."""

    def __init__(self, polled: PollPool) -> None:
        self.polled = polled
        self._proven_ns: dict[Shard, Ns | None] = {}
        self._carried: dict[MarketId, Market] = {}

    def look(self, shards: Sequence[Shard], now: Ns) -> None:
        """Take over where all sockets of a shard fail, hand back where one is well again."""
        for shard in shards:
            self._judge(shard, now)
        wanted = {market.id: market for shard in self._proven_ns for market in shard.markets}
        gone = [key for key in self._carried if key not in wanted]
        new = [market for key, market in wanted.items() if key not in self._carried]
        self._carried = wanted
        if gone:
            self.polled.remove(gone)
        if new:
            self.polled.add(new)

    def _judge(self, shard: Shard, now: Ns) -> None:
        feed = shard.feeds[0]
        if shard not in self._proven_ns:
            if shard.failing:
                self._proven_ns[shard] = None
                log.warning("fallback_started", feed=feed.name, reason=feed.session.cause)
            return
        since = self._proven_ns[shard]
        if not shard.proven:
            self._proven_ns[shard] = None
        elif since is None:
            self._proven_ns[shard] = now
        elif now - since >= PROVEN_NS:
            del self._proven_ns[shard]
            log.info("fallback_ended", feed=feed.name)
