"""Notifications of each API key, made from the events of its user channel (polymarket.md 4.3)."""

from collections import deque
from collections.abc import Iterable
from enum import IntEnum
from typing import Final

from polywire.exchange.decimals import micros, text
from polywire.exchange.listing import Catalogue

KEPT: Final = 1_000
Json = dict[str, object]


class NoticeType(IntEnum):
    """The venue's numbers of what it notifies of; the others do not happen here."""

    CANCELLED = 1
    FILLED = 2
    FILL_FAILED = 8


class Notices:
    """What each key has not yet dropped, oldest first."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._kept: dict[str, deque[Json]] = {}
        self._told = 0

    def of(self, key: str) -> list[Json]:
        """The notifications of a key."""
        return list(self._kept.get(key, ()))

    def drop(self, key: str, ids: Iterable[str]) -> None:
        """Forget some."""
        gone = set(ids)
        kept = [one for one in self.of(key) if str(one["id"]) not in gone]
        self._kept[key] = deque(kept, KEPT)

    def hear(self, key: str, event: Json, now_s: int) -> None:
        """Make of an event of the user channel what is worth a notification."""
        kind, fields = _kind(event), _fields(key, event)
        if kind is None or fields is None:
            return
        self._told += 1
        token = str(fields["asset_id"])
        listing, index = self._catalogue.by_token[token]
        payload = fields | {
            "market": listing.condition_id,
            "outcome": listing.outcomes[index],
            "outcome_index": index,
            "question": listing.question,
            "market_slug": listing.slug,
            "eventSlug": listing.group.slug,
            "icon": "",
            "image": "",
            "seriesSlug": "",
        }
        self._kept.setdefault(key, deque(maxlen=KEPT)).append(
            {
                "id": self._told,
                "owner": key,
                "timestamp": now_s,
                "type": int(kind),
                "payload": payload,
            }
        )


def _kind(event: Json) -> NoticeType | None:
    match event["event_type"], event["type"], event["status"]:
        case "order", "CANCELLATION", _:
            return NoticeType.CANCELLED
        case "trade", _, "MATCHED":
            return NoticeType.FILLED
        case "trade", _, "FAILED":
            return NoticeType.FILL_FAILED
        case _:
            return None


def _fields(key: str, event: Json) -> Json | None:
    """Order, side and sizes of an event, as a notification names them."""
    if event["event_type"] == "order":
        size, matched = str(event["original_size"]), str(event["size_matched"]) or "0"
        return {
            "asset_id": event["asset_id"],
            "order_id": event["id"],
            "side": event["side"],
            "type": event["order_type"],
            "price": event["price"],
            "original_size": size,
            "matched_size": matched,
            "remaining_size": text(micros(size) - micros(matched)),
        }
    order, size = event, "size"
    order_id = event["taker_order_id"]
    if event["trader_side"] == "MAKER":
        makers = event["maker_orders"]
        assert isinstance(makers, list)
        order = next(one for one in makers if one["owner"] == key)
        order_id, size = order["order_id"], "matched_amount"
    return {
        "asset_id": order["asset_id"],
        "order_id": order_id,
        "side": order["side"],
        "type": "",
        "price": order["price"],
        "original_size": order[size],
        "matched_size": order[size],
        "remaining_size": "0",
        "transaction_hash": event["transaction_hash"],
        "trade_id": event["id"],
    }
