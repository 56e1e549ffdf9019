"""What a recording shows about its markets: tokens, ticks, names; the rest is guessed."""

import hashlib

from polywire.exchange.books import MarketBook
from polywire.exchange.decimals import micros
from polywire.exchange.founding import DAY, HOUR, digest
from polywire.exchange.frames import compact
from polywire.exchange.listing import Catalogue, FeePlan, Group, Listing, Tag

RECORDED = Tag("900001", "Recorded", "recorded")
FEE = FeePlan("general_fees", "0.05", "0.25")
"""A recording does not say its category; this is the rate of most of them."""
DEFAULT_TICK = 10_000
Event = dict[str, object]


class Sighting:
    """One market as seen so far."""

    def __init__(self, market: str) -> None:
        self.market = market
        self.tokens: dict[str, None] = {}
        self.tick: int | None = None
        self.finest = DEFAULT_TICK
        self.neg_risk: bool | None = None
        self.named: Event = {}

    def pair(self) -> tuple[str, str]:
        """Both tokens; one that never appeared gets a number made from the other."""
        tokens = list(self.tokens)[:2]
        while len(tokens) < 2:
            tokens.append(str(int.from_bytes(digest("unseen", self.market, *tokens))))
        return tokens[0], tokens[1]


class Survey:
    """Reads every event of a recording once, then makes its catalogue."""

    def __init__(self, now_ns: int) -> None:
        self._now_ns = now_ns
        self._sightings: dict[str, Sighting] = {}

    def see(self, event: Event) -> None:
        """Take in one event."""
        market = event.get("market")
        if not isinstance(market, str):
            return
        seen = self._sightings.setdefault(market, Sighting(market))
        match event["event_type"]:
            case "book":
                self._see_book(seen, event)
            case "price_change":
                changes = event.get("price_changes")
                for change in changes if isinstance(changes, list) else ():
                    seen.tokens[str(change["asset_id"])] = None
                    seen.finest = min(seen.finest, grid_of(str(change["price"])))
            case "new_market":
                seen.named = event
                for token in _texts(event.get("assets_ids")):
                    seen.tokens[token] = None
            case _:
                if "asset_id" in event:
                    seen.tokens[str(event["asset_id"])] = None

    def catalogue(self) -> Catalogue:
        """Listings of all markets that showed a token, in the order they appeared."""
        made = Catalogue()
        sightings = [seen for seen in self._sightings.values() if seen.tokens]
        for number, seen in enumerate(sightings, start=1):
            made.add(self._listing(seen, number))
        return made

    def empty_book(self, listing: Listing) -> MarketBook:
        """A book with the market's constants and no levels."""
        seen = self._sightings[listing.condition_id]
        return MarketBook(
            listing.condition_id,
            listing.tokens,
            tick=seen.tick or seen.finest,
            neg_risk=bool(seen.neg_risk),
        )

    def _see_book(self, seen: Sighting, event: Event) -> None:
        seen.tokens[str(event["asset_id"])] = None
        if event.get("tick_size") and seen.tick is None:
            seen.tick = micros(str(event["tick_size"]))
        for side in ("bids", "asks"):
            levels = event.get(side)
            for level in levels if isinstance(levels, list) else ():
                seen.finest = min(seen.finest, grid_of(str(level["price"])))
        if seen.neg_risk is None:
            seen.neg_risk = guessed_neg_risk(event)

    def _listing(self, seen: Sighting, number: int) -> Listing:
        named, neg_risk = seen.named, bool(seen.neg_risk)
        question = str(named.get("question") or f"Recorded market {number} ({seen.market[:10]})")
        group = Group(
            id=str(40_000 + number),
            slug=f"recorded-event-{number}",
            title=question,
            description="Made from a recording: fees, outcomes and dates are not recorded.",
            tags=(RECORDED,),
            start_ns=self._now_ns - DAY,
            end_ns=self._now_ns + 7 * DAY + HOUR,
            neg_risk_id="0x" + digest("group", seen.market).hex() if neg_risk else "",
        )
        outcomes = _texts(named.get("outcomes"))
        return Listing(
            id=str(600_000 + number),
            condition_id=seen.market,
            question_id="0x" + digest("question", seen.market).hex(),
            slug=str(named.get("slug") or f"recorded-market-{number}"),
            question=question,
            outcomes=(outcomes[0], outcomes[1]) if len(outcomes) == 2 else ("Yes", "No"),
            tokens=seen.pair(),
            fee=FEE,
            group=group,
            start_ns=group.start_ns,
            end_ns=group.end_ns,
        )


def grid_of(price: str) -> int:
    """The coarsest decimal tick a price text fits on, in micros, at most a cent."""
    amount = micros(price)
    return next((tick for tick in (10_000, 1_000, 100) if amount % tick == 0), 100)


def guessed_neg_risk(event: Event) -> bool | None:
    """The flag that makes a recorded book's hash come out right; None if neither does."""
    for neg_risk in (False, True):
        whole = {
            "market": event["market"],
            "asset_id": event["asset_id"],
            "timestamp": event["timestamp"],
            "hash": "",
            "bids": event["bids"],
            "asks": event["asks"],
            "min_order_size": "5",
            "tick_size": event.get("tick_size", ""),
            "neg_risk": neg_risk,
            "last_trade_price": event.get("last_trade_price", ""),
        }
        found = hashlib.sha1(compact(whole).encode(), usedforsecurity=False).hexdigest()
        if found == event.get("hash"):
            return neg_risk
    return None


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
