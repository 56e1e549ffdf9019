"""Queries of the catalogue's keyset pages (polymarket.md 6.1); arrays repeat their key."""

from typing import Final
from urllib.parse import urlencode

from msgspec import Struct

from polywire.core.ids import MarketId

MARKETS_PATH: Final = "/markets/keyset"
EVENTS_PATH: Final = "/events"
LIMIT_MAX: Final = 100


class PageQuery(Struct, frozen=True, kw_only=True):
    """What to list, largest volume first; an empty cursor asks for the first page."""

    closed: bool = False
    condition_ids: tuple[MarketId, ...] = ()
    tag_ids: tuple[str, ...] = ()
    limit: int = LIMIT_MAX

    def text(self, cursor: str = "") -> str:
        """The query part of the address, without the question mark."""
        assert 1 <= self.limit <= LIMIT_MAX, f"limit {self.limit}"
        pairs: list[tuple[str, str]] = [
            ("limit", str(self.limit)),
            ("closed", "true" if self.closed else "false"),
            ("order", "volumeNum"),
            ("ascending", "false"),
            ("include_tag", "true"),
        ]
        pairs += [("condition_ids", market) for market in self.condition_ids]
        pairs += [("tag_id", tag) for tag in self.tag_ids]
        if cursor:
            pairs.append(("after_cursor", cursor))
        return urlencode(pairs)
