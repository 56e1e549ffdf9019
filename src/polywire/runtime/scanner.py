"""Keeps the watched set fresh: reads the catalogue, lists what was chosen, drops what ended.

A market with a position, an open or unknown order is always watched, whatever the limits.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import structlog
from msgspec import structs

from polywire.core.errors import DecodeError, TransportError
from polywire.core.ids import GroupId, MarketId
from polywire.core.model.control import AlertRaised
from polywire.core.model.event import Event
from polywire.core.model.instrument import Market
from polywire.core.model.market import InstrumentDropped, InstrumentListed, InstrumentRetired
from polywire.core.units import SECOND, Ns
from polywire.net.clock import Clock
from polywire.runtime.catalogue import CatalogueReader
from polywire.runtime.pool import Pool
from polywire.runtime.tasks import Task, end, spawn
from polywire.runtime.watch_list import Watch
from polywire.venues.polymarket.query import PageQuery
from polywire.venues.polymarket.selection import select

RETRY_NS = 5 * SECOND
"""After a scan that failed; an announcement may have been what it was for."""

log = structlog.get_logger()


class Scanner:
    """Scans at the start, every interval, and soon after a new market was announced."""

    def __init__(
        self,
        reader: CatalogueReader,
        clock: Clock,
        watch: Watch,
        put: Callable[[Iterable[Event]], None],
        pool: Pool,
        must_watch: Callable[[], Iterable[MarketId]],
    ) -> None:
        self.failures = 0
        self.refused = 0
        self.watched: dict[MarketId, Market] = {}
        self._retired: dict[MarketId, None] = {}
        self._resumed: dict[MarketId, None] = {}
        self._reader = reader
        self._clock = clock
        self._watch = watch
        self._put = put
        self._pool = pool
        self._must_watch = must_watch
        self._open: Counter[GroupId] = Counter()
        """Markets of each group that the last scan found open."""
        self._empty = False
        self._task: Task | None = None

    async def start(self) -> None:
        """Scan once, then keep at it; raises TransportError if the first scan cannot be made."""
        await self.scan()
        self._task = spawn(self._keep_scanning())

    def resume(self, markets: Sequence[Market]) -> None:
        """Watch what an earlier run watched, on the terms of then, and buy nothing of it.

        The first scan decides what stays, and lists that anew.
        """
        now = self._clock.now()
        self._list(markets)
        self._put([InstrumentRetired(now, market.id) for market in markets])
        self._resumed = {market.id: None for market in markets}

    async def close(self) -> None:
        """Scan no more."""
        await end(self._task)

    async def scan(self) -> None:
        """Read the catalogue and bring the watched set up to date."""
        now = self._clock.now()
        listed = await self._reader.listings(PageQuery())
        self.refused = len(listed.refused)
        held = dict.fromkeys(self._must_watch())
        chosen = select(listed.listings, self._watch.criteria, now).chosen
        self._tell_empty(now, empty=not chosen)
        by_id = {listing.market.id: listing.market for listing in chosen}
        by_id.update(
            await self._held(held, by_id, {one.market.id: one.market for one in listed.listings})
        )
        await self._resolve([key for key in {**self.watched, **held} if key not in by_id])
        held = dict.fromkeys(self._must_watch())  # orders may have gone out in the meantime
        self._drop([key for key in self.watched if key not in by_id and key not in held])
        await self._list_news(by_id, [one.market for one in listed.listings])
        self._resumed = {}
        self._retire(dict.fromkeys(listing.market.id for listing in chosen))

    def _tell_empty(self, now: Ns, *, empty: bool) -> None:
        """Each scan that finds nothing is logged; that it begins is told to who reads alerts."""
        reason = "no market passes the filters"
        if empty:
            log.error("scanner_empty", reason=reason)
        if empty and not self._empty:
            self._put([AlertRaised(now, "scanner", reason)])
        self._empty = empty

    async def _held(
        self,
        held: Iterable[MarketId],
        chosen: dict[MarketId, Market],
        listed: dict[MarketId, Market],
    ) -> dict[MarketId, Market]:
        """Terms of the markets that must be watched though they were not chosen."""
        current = self.watched.keys() - self._resumed.keys()
        wanted = [key for key in held if key not in chosen and key not in current]
        known = {key: listed[key] for key in wanted if key in listed}
        missing = [key for key in wanted if key not in listed]
        if missing:
            known.update({market.id: market for market in await self._reader.markets(missing)})
        return known

    async def _list_news(self, wanted: Mapping[MarketId, Market], listed: list[Market]) -> None:
        """List what is new or has other terms than it was listed with.

        The size of a group is asked for again once another number of its markets is open.
        """
        known = {key: one for key, one in self.watched.items() if key not in self._resumed}
        open_ones = Counter(market.group for market in listed if market.group is not None)
        moved = {key for key in {*open_ones, *self._open} if open_ones[key] != self._open[key]}
        maybe = [
            market
            for key, market in wanted.items()
            if key not in known or market.group in moved or _differ(market, known[key], sized=False)
        ]
        sized = await self._sized(maybe, open_ones)
        self._open = open_ones
        self._list([one for one in sized if one.id not in known or _differ(one, known[one.id])])

    async def _sized(self, fresh: list[Market], open_ones: Counter[GroupId]) -> list[Market]:
        """The same, with the sizes of exclusive groups that are watched as a whole.

        Pages of markets do not tell them, and a member that is closed may have won.
        """
        watching = self.watched | {market.id: market for market in fresh}
        watched = Counter(market.group for market in watching.values())
        sizes: dict[GroupId, int] = {}
        for market in fresh:
            group = market.group
            if group is None or group in sizes or not market.group_exclusive:
                continue
            if watched[group] >= open_ones[group] > 1:
                sizes[group] = await self._reader.group_size(group)
        return [
            structs.replace(market, group_size=sizes[market.group])
            if market.group is not None and market.group in sizes
            else market
            for market in fresh
        ]

    async def _resolve(self, gone: list[MarketId]) -> None:
        """What is not listed may have resolved, perhaps while nobody watched and we held shares."""
        if gone:
            self._put(await self._reader.resolutions(gone, self._clock.now()))

    def _drop(self, gone: list[MarketId]) -> None:
        now = self._clock.now()
        self._pool.remove(gone)
        self._put([InstrumentDropped(now, key) for key in gone])
        for key in gone:
            del self.watched[key]

    def _retire(self, chosen: Mapping[MarketId, None]) -> None:
        """What is watched without being chosen is only sold; what is chosen again is not."""
        now = self._clock.now()
        retired = {key: None for key in self.watched if key not in chosen}
        self._put([InstrumentRetired(now, key) for key in retired if key not in self._retired])
        back = [self.watched[key] for key in self._retired if key in self.watched and key in chosen]
        self._put([InstrumentListed(now, market) for market in back])
        self._retired = retired

    def _list(self, markets: Sequence[Market]) -> None:
        now = self._clock.now()
        self._put([InstrumentListed(now, market) for market in markets])
        self.watched.update({market.id: market for market in markets})
        if markets:
            self._pool.add(markets)

    async def _keep_scanning(self) -> None:
        wait_ns = self._watch.every_ns
        while True:
            await self._pause(wait_ns)
            wait_ns = self._watch.every_ns
            try:
                await self.scan()
            except (TransportError, DecodeError) as error:
                self.failures += 1
                wait_ns = min(wait_ns, RETRY_NS)
                log.warning("catalogue_unavailable", error=str(error))

    async def _pause(self, wait_ns: int) -> None:
        """Wait that long, or until an announcement."""
        for _ in range(max(1, wait_ns // SECOND)):
            await asyncio.sleep(self._clock.wait_s(SECOND))
            if self._pool.announced():
                return


def _differ(new: Market, old: Market, *, sized: bool = True) -> bool:
    """Whether terms are others; volume and liquidity, which always move, are none."""
    size = new.group_size if sized else old.group_size
    same = structs.replace(new, volume=old.volume, liquidity=old.liquidity, group_size=size)
    return same != old
