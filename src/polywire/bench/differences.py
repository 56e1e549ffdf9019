"""Positions that two modes did not share, each with what either mode saw, and when.

A difference is explained by what the modes had in view: another price at a trigger, or another
moment or price of entry. What neither shows is told as unexplained.
"""

from bisect import bisect_right
from collections.abc import Sequence

from msgspec import Struct

from polywire.bench.hour import START_NS, Followed
from polywire.bench.mode_report import Look, Report
from polywire.bench.position_bot import CONFIRM_NS
from polywire.bench.trips import Trip
from polywire.core.ids import MarketId
from polywire.core.units import MILLISECOND, MINUTE, SECOND, format_micros

FOREVER = 1 << 62
Pair = tuple[Trip | None, Trip | None]


class Difference(Struct, frozen=True):
    """One position that differs; `line` says what each mode saw when."""

    market: str
    explained: bool
    line: str


class Side(Struct, frozen=True):
    """One mode's view of one market."""

    name: str
    trips: list[Trip]
    looks: list[Look]
    polls: bool

    def price_at(self, market: Followed, now: int) -> int | None:
        """What it had in view at a venue time; a resting order fills before the next decision."""
        at = bisect_right(self.looks, now, key=lambda look: look.had_ns)
        return market.price_at(self.looks[at - 1].book_ns // MILLISECOND) if at else None


def differences(markets: Sequence[Followed], one: Report, other: Report) -> list[Difference]:
    """Every position that one mode had and the other had not, or left by another cause."""
    found: list[Difference] = []
    for market in markets:
        sides = _side(one, market), _side(other, market)
        for first, second in pairs(sides[0].trips, sides[1].trips):
            if not _alike(first, second):
                found.append(_difference(market, sides, (first, second)))
    return found


def pairs(ours: Sequence[Trip], theirs: Sequence[Trip]) -> list[Pair]:
    """Positions held at the same time, one to one, in order; those without a partner alone."""
    found: list[Pair] = []
    left = list(theirs)
    for trip in ours:
        match = max(left, key=lambda each: _overlap(trip, each), default=None)
        if match is None or _overlap(trip, match) <= 0:
            found.append((trip, None))
            continue
        found += [(None, each) for each in left[: left.index(match)]]
        left = left[left.index(match) + 1 :]
        found.append((trip, match))
    return found + [(None, each) for each in left]


def _overlap(one: Trip, other: Trip) -> int:
    return min(_end(one), _end(other)) - max(one.opened_ns, other.opened_ns)


def _end(trip: Trip) -> int:
    return trip.closed_ns if trip.closed else FOREVER


def _alike(one: Trip | None, other: Trip | None) -> bool:
    if one is None or other is None:
        return False
    return (one.cause, one.closed) == (other.cause, other.closed) and (
        not one.closed or one.won == other.won
    )


def _side(report: Report, market: Followed) -> Side:
    key = MarketId(market.id)
    return Side(
        report.name,
        [trip for trip in report.trips if trip.market == market.id],
        report.looks.get(key, []),
        report.every_ns > 0,
    )


def _difference(market: Followed, sides: tuple[Side, Side], pair: Pair) -> Difference:
    told = [f"{side.name} {_story(trip)}" for side, trip in zip(sides, pair, strict=True)]
    reason = (
        _entered_apart(market, sides, pair)
        or _saw_apart(market, sides, pair)
        or _unseen_print(market, sides, pair)
    )
    line = f"{market.slug}: {'; '.join(told)}: {reason or 'NOT EXPLAINED'}"
    return Difference(market.id, bool(reason), line)


def _entered_apart(market: Followed, sides: tuple[Side, Side], pair: Pair) -> str:
    """Why the position began at another time or price in the two modes, if it did."""
    opened = [trip.opened_ns for trip in pair if trip is not None]
    entries = {trip.entry for trip in pair if trip is not None}
    if len(opened) == 2 and abs(opened[0] - opened[1]) < SECOND and len(entries) == 1:
        return ""
    begun = min(opened)
    for side, trip in zip(sides, pair, strict=True):
        held = next((each for each in side.trips if each.opened_ns < begun < _end(each)), None)
        if trip is None and held is not None:
            return f"{side.name} still held what it bought at {_time(held.opened_ns)}"
    left = [
        max((each.closed_ns for each in side.trips if each.closed_ns <= begun), default=0)
        for side in sides
    ]
    if abs(left[0] - left[1]) >= SECOND // 10:
        return "they left the position before it at different times"
    return _views(market, sides, begun)


def _saw_apart(market: Followed, sides: tuple[Side, Side], pair: Pair) -> str:
    """What each had in view when either was triggered, or while the trigger had to hold."""
    for trip in pair:
        if trip is not None and trip.triggered_ns:
            for now in (trip.triggered_ns, trip.triggered_ns - CONFIRM_NS, trip.closed_ns):
                reason = _views(market, sides, now)
                if reason:
                    return reason
    return ""


def _unseen_print(market: Followed, sides: tuple[Side, Side], pair: Pair) -> str:
    """Whether a resting target was filled by a print, which no poll shows, at an unmoved book."""
    for trip, other in zip(pair, reversed(sides), strict=True):
        if trip is None or not other.polls or trip.cause != "target" or trip.seen:
            continue
        price = other.price_at(market, trip.closed_ns)
        if price is not None and price < trip.exit:
            return f"a print that {other.name} cannot see, for it had {_price(price)} in view"
    return ""


def _views(market: Followed, sides: tuple[Side, Side], now: int) -> str:
    prices = [side.price_at(market, now) for side in sides]
    if prices[0] == prices[1]:
        return ""
    saw = " and ".join(
        f"{side.name} {_price(price)}" for side, price in zip(sides, prices, strict=True)
    )
    return f"at {_time(now)} in view of {saw}"


def _story(trip: Trip | None) -> str:
    if trip is None:
        return "had none"
    story = f"bought at {_price(trip.entry)} at {_time(trip.opened_ns)}"
    if not trip.cause:
        return f"{story} and held it"
    seen = f" seen at {_price(trip.seen)}" if trip.seen else ""
    return f"{story}, {trip.cause}{seen} at {_time(trip.triggered_ns)}, sold at {_price(trip.exit)}"


def _price(price: int | None) -> str:
    return format_micros(price) if price is not None else "no bid"


def _time(now: int) -> str:
    """Minutes and seconds of the hour."""
    minutes, rest = divmod(now - START_NS, MINUTE)
    return f"{minutes:02d}:{rest / SECOND:04.1f}"
