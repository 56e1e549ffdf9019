"""Filters, order and pages of the catalogue, as query texts ask for them."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from polywire.exchange.gamma_objects import liquidity
from polywire.exchange.listing import Group, Listing
from polywire.exchange.venue import Venue

LIMIT_DEFAULT = 20
LIMIT_MAX = 100
EVENTS_LIMIT_MAX = 500
OFFSET_MAX = 2000

Query = Mapping[str, list[str]]


class BadQueryError(ValueError):
    """A query the venue refuses; its text is the answer."""


@dataclass(frozen=True, slots=True)
class Row:
    """One market or event with the numbers it is filtered and ordered by."""

    id: int
    closed: bool
    start_ns: int
    end_ns: int
    volume: float
    volume_day: float
    liquidity: float
    tags: frozenset[str]
    item: Listing | Group


def market_row(venue: Venue, listing: Listing) -> Row:
    """A market's row."""
    return Row(
        id=int(listing.id),
        closed=listing.closed,
        start_ns=listing.start_ns,
        end_ns=listing.end_ns,
        volume=listing.volume,
        volume_day=listing.volume_day,
        liquidity=liquidity(venue.flow.books.get(listing.condition_id)),
        tags=frozenset(tag.id for tag in listing.group.tags),
        item=listing,
    )


def event_row(venue: Venue, group: Group) -> Row:
    """An event's row: sums over its markets."""
    members = [market_row(venue, listing) for listing in group.listings]
    return Row(
        id=int(group.id),
        closed=group.closed,
        start_ns=group.start_ns,
        end_ns=group.end_ns,
        volume=sum(row.volume for row in members),
        volume_day=sum(row.volume_day for row in members),
        liquidity=sum(row.liquidity for row in members),
        tags=frozenset(tag.id for tag in group.tags),
        item=group,
    )


ORDERS: dict[str, Callable[[Row], float]] = {
    "id": lambda row: row.id,
    "volume": lambda row: row.volume,
    "volumeNum": lambda row: row.volume,
    "volumeClob": lambda row: row.volume,
    "volume24hr": lambda row: row.volume_day,
    "liquidity": lambda row: row.liquidity,
    "liquidityNum": lambda row: row.liquidity,
    "startDate": lambda row: row.start_ns,
    "endDate": lambda row: row.end_ns,
}
NUMBERS: tuple[tuple[str, Callable[[Row], float]], ...] = (
    ("liquidity_num", ORDERS["liquidity"]),
    ("liquidity", ORDERS["liquidity"]),
    ("volume_num", ORDERS["volume"]),
    ("volume", ORDERS["volume"]),
)
DATES: tuple[tuple[str, Callable[[Row], float]], ...] = (
    ("start_date", ORDERS["startDate"]),
    ("end_date", ORDERS["endDate"]),
)


def chosen(rows: Iterable[Row], query: Query) -> list[Row]:
    """The rows that pass every filter both kinds know."""
    closed = flag(query, "closed", default=False)
    ids, tags = set(query.get("id", ())), set(query.get("tag_id", ()))
    kept = [
        row
        for row in rows
        if (row.closed == closed or closed is None)
        and (not ids or str(row.id) in ids)
        and (not tags or not tags.isdisjoint(row.tags))
        and tags.isdisjoint(set(query.get("exclude_tag_id", ())) & row.tags)
    ]
    for name, value in NUMBERS:
        kept = _between(kept, value, number(query, f"{name}_min"), number(query, f"{name}_max"))
    for name, value in DATES:
        kept = _between(kept, value, moment(query, f"{name}_min"), moment(query, f"{name}_max"))
    return kept


def ordered(rows: list[Row], query: Query) -> list[Row]:
    """Rows in the order asked for; unknown fields are ignored, ids break ties."""
    fields = [name for name in first(query, "order").split(",") if name in ORDERS]
    ascending = flag(query, "ascending", default=True) is not False
    return sorted(rows, key=lambda row: _key(row, fields), reverse=not ascending)


def keyset_page(
    rows: list[Row], query: Query, limit_max: int = LIMIT_MAX
) -> tuple[list[Row], str | None]:
    """One page of ordered rows after the cursor, and the cursor of the next one if any."""
    if "offset" in query:
        raise BadQueryError("offset is not supported, use after_cursor")
    cursor = first(query, "after_cursor")
    if cursor:
        fields = [name for name in first(query, "order").split(",") if name in ORDERS]
        last = _decoded(cursor)
        ascending = flag(query, "ascending", default=True) is not False
        keys = [_key(row, fields) for row in rows]
        rows = [
            row
            for row, key in zip(rows, keys, strict=True)
            if (key > last if ascending else key < last)
        ]
    limit = page_limit(query, limit_max)
    page = rows[:limit]
    if len(rows) <= limit:
        return page, None
    fields = [name for name in first(query, "order").split(",") if name in ORDERS]
    return page, base64.urlsafe_b64encode(json.dumps(_key(page[-1], fields)).encode()).decode()


def offset_page(rows: list[Row], query: Query) -> list[Row]:
    """One page the old way."""
    offset = int(number(query, "offset") or 0)
    if not 0 <= offset <= OFFSET_MAX:
        raise BadQueryError(f"offset must be between 0 and {OFFSET_MAX}")
    return rows[offset : offset + page_limit(query, EVENTS_LIMIT_MAX)]


def first(query: Query, name: str) -> str:
    """The first value of a parameter, or an empty text."""
    return next(iter(query.get(name, ())), "")


def flag(query: Query, name: str, *, default: bool) -> bool | None:
    """A truth value; the text `null` is neither."""
    text = first(query, name).lower()
    if text in ("null", "none"):
        return None
    return {"": default, "true": True, "1": True}.get(text, False)


def number(query: Query, name: str) -> float | None:
    """A number, or None where the parameter is absent."""
    text = first(query, name)
    try:
        return float(text) if text else None
    except ValueError:
        raise BadQueryError(f"invalid {name}") from None


def moment(query: Query, name: str) -> float | None:
    """An ISO time as nanoseconds, or None where the parameter is absent."""
    text = first(query, name)
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise BadQueryError(f"invalid {name}") from None
    if at is None:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1e9


def page_limit(query: Query, limit_max: int) -> int:
    """Rows a page."""
    limit = number(query, "limit")
    if limit is None:
        return LIMIT_DEFAULT
    if not 1 <= limit <= limit_max:
        raise BadQueryError(f"limit must be between 1 and {limit_max}")
    return int(limit)


def _between(
    rows: list[Row], value: Callable[[Row], float], low: float | None, high: float | None
) -> list[Row]:
    if low is not None:
        rows = [row for row in rows if value(row) >= low]
    if high is not None:
        rows = [row for row in rows if value(row) <= high]
    return rows


def _key(row: Row, fields: list[str]) -> list[float]:
    return [ORDERS[name](row) for name in fields] + [row.id]


def _decoded(cursor: str) -> list[float]:
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, binascii.Error):
        raise BadQueryError("invalid after_cursor") from None
    if not isinstance(key, list) or not all(isinstance(value, int | float) for value in key):
        raise BadQueryError("invalid after_cursor")
    return key
