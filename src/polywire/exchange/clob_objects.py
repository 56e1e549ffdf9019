"""Market objects of the CLOB's REST side: full, simplified and the short-key form."""

from polywire.exchange.books import MarketBook
from polywire.exchange.decimals import ONE
from polywire.exchange.gamma_objects import Json, iso
from polywire.exchange.listing import Listing


def _mid(book: MarketBook | None, index: int) -> float:
    if book is None:
        return 0.0
    bid, ask = book.best(index)
    return ((bid or 0) + (ONE if ask is None else ask)) / 2 / ONE


def _tokens(listing: Listing, book: MarketBook | None) -> list[Json]:
    payout = listing.payout
    return [
        {
            "token_id": token,
            "outcome": listing.outcomes[index],
            "price": float(payout[index]) if payout else _mid(book, index),
            "winner": payout is not None and payout[index] == "1",
        }
        for index, token in enumerate(listing.tokens)
    ]


def simplified(listing: Listing, book: MarketBook | None) -> Json:
    """The object of `/simplified-markets`."""
    return {
        "condition_id": listing.condition_id,
        "rewards": {"rates": None, "min_size": 0, "max_spread": 0},
        "tokens": _tokens(listing, book),
        "active": listing.active,
        "closed": listing.closed,
        "archived": False,
        "accepting_orders": listing.trades,
    }


def full(listing: Listing, book: MarketBook | None) -> Json:
    """The object of `/markets`."""
    group = listing.group
    return simplified(listing, book) | {
        "enable_order_book": True,
        "accepting_order_timestamp": iso(listing.start_ns),
        "minimum_order_size": 5 if book is None else int(book.min_size),
        "minimum_tick_size": 0.01 if book is None else book.tick / ONE,
        "question_id": listing.question_id,
        "question": listing.question,
        "description": group.description,
        "market_slug": listing.slug,
        "end_date_iso": iso(listing.end_ns),
        "game_start_time": None,
        "seconds_delay": 0,
        "fpmm": "",
        "maker_base_fee": 0,
        "taker_base_fee": 0,
        "notifications_enabled": True,
        "neg_risk": group.neg_risk,
        "neg_risk_market_id": group.neg_risk_id,
        "neg_risk_request_id": listing.question_id if group.neg_risk else "",
        "icon": "",
        "image": "",
        "is_50_50_outcome": listing.payout == ("0.5", "0.5"),
        "tags": [tag.label for tag in group.tags],
    }


def short(listing: Listing, book: MarketBook) -> Json:
    """The object of `/clob-markets/{condition_id}`; absent keys mean no neg risk, no fee."""
    market: Json = {
        "c": listing.condition_id,
        "t": [
            {"t": token, "o": outcome}
            for token, outcome in zip(listing.tokens, listing.outcomes, strict=True)
        ],
        "mos": int(book.min_size),
        "mts": book.tick / ONE,
        "mbf": 1000,
        "tbf": 1000,
        "ao": listing.trades,
        "aot": iso(listing.start_ns),
        "ibce": True,
        "v": "v1",
    }
    if listing.group.neg_risk:
        market["nr"] = True
    if listing.fee.charged:
        market["fd"] = {"r": float(listing.fee.rate), "e": 1, "to": True}
    return market
