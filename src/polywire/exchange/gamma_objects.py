"""Catalogue objects in the venue's own, odd encodings: lists inside texts, numbers as texts."""

import json
from datetime import UTC, datetime

from polywire.exchange.books import MarketBook
from polywire.exchange.decimals import ONE
from polywire.exchange.listing import Group, Listing, Tag

Json = dict[str, object]
COLLATERAL = "0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB"


def iso(at_ns: int) -> str:
    """A time as most fields write it: "2026-06-17T00:00:00Z"."""
    return f"{datetime.fromtimestamp(at_ns // 10**9, UTC):%Y-%m-%dT%H:%M:%SZ}"


def closed_time(at_ns: int) -> str:
    """A time as `closedTime` writes it, which is not ISO: "2026-07-24 00:00:16+00"."""
    return f"{datetime.fromtimestamp(at_ns // 10**9, UTC):%Y-%m-%d %H:%M:%S}+00"


def liquidity(book: MarketBook | None) -> float:
    """Dollars resting on both sides."""
    return 0.0 if book is None else round((book.bids.notional + book.asks.notional) / ONE**2, 5)


def tag_object(tag: Tag) -> Json:
    """One tag."""
    return {"id": tag.id, "label": tag.label, "slug": tag.slug, "requiresTranslation": False}


def market_object(listing: Listing, book: MarketBook | None, *, with_tags: bool = False) -> Json:
    """One market as `/markets` shows it, with a short form of its event."""
    market = _identity(listing) | _state(listing) | _trading(listing, book) | _prices(listing, book)
    market["events"] = [_event_head(listing.group)]
    if with_tags:
        market["tags"] = [tag_object(tag) for tag in listing.group.tags]
    return market


def event_object(group: Group, books: dict[str, MarketBook]) -> Json:
    """One event with all its markets."""
    event = _event_head(group)
    liquid = sum(liquidity(books.get(one.condition_id)) for one in group.listings)
    volume = sum(one.volume for one in group.listings)
    event |= {
        "liquidity": round(liquid, 5),
        "liquidityClob": round(liquid, 5),
        "volume": round(volume, 6),
        "volume24hr": round(sum(one.volume_day for one in group.listings), 6),
        "tags": [tag_object(tag) for tag in group.tags],
        "markets": [],
    }
    markets = []
    for listing in group.listings:
        market = market_object(listing, books.get(listing.condition_id))
        del market["events"]
        markets.append(market)
    event["markets"] = markets
    return event


def _event_head(group: Group) -> Json:
    head: Json = {
        "id": group.id,
        "ticker": group.slug,
        "slug": group.slug,
        "title": group.title,
        "description": group.description,
        "resolutionSource": "",
        "startDate": iso(group.start_ns),
        "creationDate": iso(group.start_ns),
        "endDate": iso(group.end_ns),
        "active": True,
        "closed": group.closed,
        "archived": False,
        "new": False,
        "featured": False,
        "restricted": True,
        "enableOrderBook": True,
        "negRisk": group.neg_risk,
        "enableNegRisk": group.neg_risk,
        "negRiskAugmented": group.augmented,
    }
    if group.neg_risk:
        head["negRiskMarketID"] = group.neg_risk_id
    return head


def _identity(listing: Listing) -> Json:
    return {
        "id": listing.id,
        "question": listing.question,
        "conditionId": listing.condition_id,
        "slug": listing.slug,
        "questionID": listing.question_id,
        "version": "v1",
        "description": listing.group.description,
        "resolutionSource": "",
        "outcomes": json.dumps(listing.outcomes, ensure_ascii=False),
        "clobTokenIds": json.dumps(listing.tokens),
        "positionIds": [],
        "groupItemTitle": listing.title,
        "groupItemThreshold": str(listing.rank),
        "image": "",
        "icon": "",
    }


def _state(listing: Listing) -> Json:
    state: Json = {
        "active": listing.active,
        "closed": listing.closed,
        "archived": False,
        "acceptingOrders": listing.trades,
        "enableOrderBook": True,
        "restricted": True,
        "new": False,
        "featured": False,
        "ready": False,
        "funded": False,
        "startDate": iso(listing.start_ns),
        "startDateIso": iso(listing.start_ns)[:10],
        "endDate": iso(listing.end_ns),
        "endDateIso": iso(listing.end_ns)[:10],
        "acceptingOrdersTimestamp": iso(listing.start_ns),
        "createdAt": iso(listing.start_ns),
        "updatedAt": iso(listing.closed_ns or listing.start_ns),
        "umaResolutionStatuses": json.dumps(["proposed", "resolved"] if listing.closed else []),
        "automaticallyResolved": listing.closed,
        "negRisk": listing.group.neg_risk,
        "negRiskOther": listing.other,
    }
    if listing.group.neg_risk:
        state["negRiskMarketID"] = listing.group.neg_risk_id
        state["negRiskRequestID"] = listing.question_id
    if listing.closed:
        state["closedTime"] = closed_time(listing.closed_ns)
        state["umaResolutionStatus"] = "resolved"
    return state


def _trading(listing: Listing, book: MarketBook | None) -> Json:
    trading: Json = {
        "orderPriceMinTickSize": 0.01 if book is None else book.tick / ONE,
        "orderMinSize": 5 if book is None else int(book.min_size),
        "secondsDelay": 0,
        "clearBookOnStart": False,
        "makerBaseFee": 1000,
        "takerBaseFee": 1000,
        "feesEnabled": listing.fee.charged,
        "rewardsMinSize": 0,
        "rewardsMaxSpread": 0,
        "cyom": False,
        "rfqEnabled": False,
    }
    if listing.fee.charged:
        trading["feeType"] = listing.fee.kind
        trading["feeSchedule"] = {
            "exponent": 1,
            "rate": float(listing.fee.rate),
            "takerOnly": True,
            "rebateRate": float(listing.fee.rebate),
        }
    return trading


def _prices(listing: Listing, book: MarketBook | None) -> Json:
    liquid = liquidity(book)
    prices: Json = {
        "volume": repr(listing.volume),
        "volumeNum": listing.volume,
        "volumeClob": listing.volume,
        "volume24hr": listing.volume_day,
        "volume24hrClob": listing.volume_day,
        "liquidity": repr(liquid),
        "liquidityNum": liquid,
        "liquidityClob": liquid,
        "outcomePrices": json.dumps(listing.payout or ("0.5", "0.5")),
    }
    if book is None:
        return prices
    bid, ask = book.best(0)
    low, high = bid or 0, ONE if ask is None else ask
    middle = (low + high) / 2 / ONE
    prices |= {
        "outcomePrices": json.dumps([f"{middle:.6g}", f"{1 - middle:.6g}"]),
        "spread": round((high - low) / ONE, 6),
        "lastTradePrice": float(book.last_trade or 0),
    }
    # A side without orders is left out rather than shown as a price nobody pays.
    if bid is not None:
        prices["bestBid"] = bid / ONE
    if ask is not None:
        prices["bestAsk"] = ask / ONE
    return prices
