"""Markets and frames for the tests of the Polymarket package."""

import json
from typing import Any

from polywire.core.ids import FeedId, InstrumentId, MarketId, VenueId
from polywire.core.model.instrument import FeeSchedule, Market, Outcome
from polywire.core.units import Ns, Price, Quantity
from polywire.venues.polymarket.market_ws import MarketSession

FEED = FeedId("market-0")
NOW = Ns(1_800_000_000_000_000_000)
AT_MS = 1_778_204_225_252
AT_NS = 1_778_204_225_252_000_000
SECOND = 1_000_000_000


def market(number: int = 1, **terms: object) -> Market:
    """A market whose condition id and assets are told by its number."""
    usual: dict[str, Any] = {
        "id": condition(number),
        "venue": VenueId("polymarket"),
        "catalogue_id": str(number),
        "question": f"Will it be {number}?",
        "slug": f"will-it-be-{number}",
        "outcomes": (
            Outcome(InstrumentId(asset(number, 0)), "Yes"),
            Outcome(InstrumentId(asset(number, 1)), "No"),
        ),
        "tick": Price(10_000),
        "lot": Quantity(10_000),
        "size_min": Quantity(5_000_000),
        "fees": FeeSchedule(0, 1, 0),
        "neg_risk": False,
        "version": "v1",
        "end_ns": Ns(0),
    }
    return Market(**(usual | terms))


def condition(number: int) -> MarketId:
    """The condition id of a numbered market."""
    return MarketId(f"0x{number:064x}")


def asset(number: int, outcome: int) -> str:
    """An asset id of a numbered market."""
    return f"{7 + outcome}{number:076d}"


def entry(outcome: int = 0, number: int = 1, **keys: str) -> dict[str, str]:
    """One entry of a change: 503.32 shares bid at 0.85, unless told otherwise."""
    usual = {"price": "0.85", "size": "503.32", "side": "BUY", "hash": "a" * 40}
    touch = {"best_bid": "0.85", "best_ask": "0.86"}
    return {"asset_id": asset(number, outcome), **usual, **touch, **keys}


def mirror(number: int = 1, **keys: str) -> dict[str, str]:
    """The No side of the usual entry."""
    usual = {"price": "0.15", "side": "SELL", "hash": "b" * 40}
    return entry(1, number, **({**usual, "best_bid": "0.14", "best_ask": "0.15"} | keys))


def change(*entries: dict[str, str], number: int = 1) -> dict[str, Any]:
    """A price_change with these entries, its keys in the venue's order."""
    return {
        "market": condition(number),
        "price_changes": list(entries),
        "timestamp": str(AT_MS),
        "event_type": "price_change",
    }


def frame(message: object) -> bytes:
    """A message as bytes, compact as the venue sends it."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()


def session(*numbers: int, live: bool = True) -> MarketSession:
    """A session that carries numbered markets (the first unless told), connected and live."""
    made = MarketSession(FEED, lambda: 0.5)
    made.subscribe([market(number) for number in numbers or (1,)], NOW)
    if live:
        made.connected(NOW)
        made.outbox()
        made.receive(frame({"event_type": "new_market"}), NOW)
    return made
