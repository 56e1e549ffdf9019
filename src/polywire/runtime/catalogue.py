"""Reads the catalogue page by page over HTTP; what the pages mean is the venue package's."""

from collections.abc import Sequence

from msgspec import Struct

from polywire.core.ids import GroupId, MarketId
from polywire.core.model.instrument import Market
from polywire.core.model.market import MarketResolved
from polywire.core.units import Ns
from polywire.net.http import Http
from polywire.venues.polymarket.catalogue import (
    Refused,
    parse_group_size,
    parse_page,
    parse_resolutions,
)
from polywire.venues.polymarket.listing import Listing
from polywire.venues.polymarket.query import EVENTS_PATH, MARKETS_PATH, PageQuery

IDS_MAX = 50
"""Condition ids in one request; the address stays short enough for every proxy."""


class Listed(Struct, frozen=True):
    """What a reading found: tradable markets, the others with reasons, and how many pages."""

    listings: tuple[Listing, ...]
    refused: tuple[Refused, ...]
    pages: int
    complete: bool


class CatalogueReader:
    """GETs keyset pages, largest volume first; raises TransportError or DecodeError."""

    def __init__(self, http: Http, url: str, pages_max: int) -> None:
        self._http = http
        self._address = f"{url}{MARKETS_PATH}"
        self._events = f"{url}{EVENTS_PATH}"
        self._pages_max = pages_max

    async def listings(self, query: PageQuery) -> Listed:
        """All open markets, up to the page limit."""
        listings: list[Listing] = []
        refused: list[Refused] = []
        cursor = ""
        for pages in range(1, self._pages_max + 1):
            page = parse_page(await self._get(query, cursor))
            listings += page.listings
            refused += page.refused
            cursor = page.next_cursor
            if not cursor:
                return Listed(tuple(listings), tuple(refused), pages, complete=True)
        return Listed(tuple(listings), tuple(refused), self._pages_max, complete=False)

    async def markets(self, ids: Sequence[MarketId]) -> list[Market]:
        """The terms of these markets, as far as they are still open."""
        found: list[Market] = []
        for query in _by_ids(ids, closed=False):
            page = parse_page(await self._get(query))
            found += page.markets
        return found

    async def resolutions(self, ids: Sequence[MarketId], now: Ns) -> list[MarketResolved]:
        """What those of these markets pay that are closed and resolved."""
        found: list[MarketResolved] = []
        for query in _by_ids(ids, closed=True):
            found += parse_resolutions(await self._get(query), now)
        return found

    async def group_size(self, group: GroupId) -> int:
        """How many markets the venue lists in a group, closed ones too."""
        return parse_group_size(await self._http.get(f"{self._events}/{group}", label="catalogue"))

    async def _get(self, query: PageQuery, cursor: str = "") -> bytes:
        return await self._http.get(f"{self._address}?{query.text(cursor)}", label="catalogue")


def _by_ids(ids: Sequence[MarketId], *, closed: bool) -> list[PageQuery]:
    return [
        PageQuery(closed=closed, condition_ids=tuple(ids[start : start + IDS_MAX]))
        for start in range(0, len(ids), IDS_MAX)
    ]
