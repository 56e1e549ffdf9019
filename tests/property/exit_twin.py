"""The naive twin of exits, which knows only what crosses the wire, and the plans of its world."""

import math
from dataclasses import dataclass, field
from fractions import Fraction

from tests.unit.core.building import BUY, CENT, DOLLAR, MS, SECOND, SELL, NaiveVenue

from polywire.core.execution.exits import ExitPlan, ExitStyle, Rung
from polywire.core.model.command import PlaceOrder
from polywire.core.units import Price

STOP, TARGET, TRAIL, FLOOR = 10 * CENT, 8 * CENT, 15 * CENT, 3 * CENT
STEPS = ((5 * CENT, 50), (12 * CENT, 30), (20 * CENT, 20))
ODDS = 0.6
CONFIRM = 100 * MS
END = 104 * SECOND
BEFORE_END = (None, 2 * SECOND, 3_500 * MS)


def plan(style: ExitStyle, before_end_ns: int | None, *, grown: bool) -> ExitPlan:
    """`grown`: with a ladder in place of the target, trailing in log-odds."""
    return ExitPlan(
        style=style,
        target=None if grown else Price(TARGET),
        ladder=tuple(Rung(Price(above), part) for above, part in STEPS) if grown else (),
        stop=Price(STOP),
        trail=None if grown else Price(TRAIL),
        trail_odds=int(ODDS * 1_000_000) if grown else None,
        before_end_ns=before_end_ns,
        confirm_ns=CONFIRM,
        slack=Price(2 * CENT),
        floor=Price(FLOOR),
        attempts_max=2,
        rest_ns=200 * MS,
    )


@dataclass
class Twin:
    """What was held and paid, what is open, and which sales a careful reader would expect."""

    style: ExitStyle
    before_end_ns: int | None
    grown: bool
    held: int = 0
    paid: Fraction = Fraction(0)
    sold: int = 0
    peak: Fraction | None = None
    since: int | None = None
    due: bool = False
    protects: bool = False
    open: dict[str, PlaceOrder] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    orders: dict[str, PlaceOrder] = field(default_factory=dict)
    sales: int = 0

    def look(self, venue: NaiveVenue, size_min: int, now: int) -> None:
        """At a cut with a proven book: read the bids as the engine should."""
        if self.held < size_min:
            self.peak, self.since, self.due, self.protects = None, None, False, False
            return
        self.sold = 0 if self.peak is None and not self.due else self.sold
        price = self._price(venue, size_min)
        if price is None:
            self.since = None
            return
        entry = self.paid / self.held
        self.peak = max(self.peak or price, price)
        low = price <= entry - STOP + 2 or price <= self._trail() + 2 * CENT
        target = entry + (STEPS[0][0] if self.grown else TARGET) - 2
        best = max(venue.bids) if self.grown else price  # a step may be sold, and not the rest
        high = self.style is ExitStyle.WATCH and best >= target
        ends = self.before_end_ns is not None and now >= END - self.before_end_ns
        self.protects = self.protects or low or ends
        if not (low or high or ends):
            self.since = None
        else:
            self.since = now if self.since is None else self.since
            self.due = self.due or now - self.since >= CONFIRM

    def _trail(self) -> Fraction:
        assert self.peak is not None
        if not self.grown:
            return self.peak - TRAIL
        p = float(self.peak) / DOLLAR
        return Fraction(p / (p + (1 - p) * math.exp(ODDS)) * DOLLAR)

    def _price(self, venue: NaiveVenue, size_min: int) -> Fraction | None:
        wanted = self.held // CENT * CENT
        each = [(p, s) for p, s in sorted(venue.bids.items(), reverse=True)]
        taken, brings = 0, 0
        for price, size in each:
            part = min(size, wanted - taken)
            taken, brings = taken + part, brings + price * part
        return Fraction(brings, taken) if taken >= size_min else None

    def placing(self, order: PlaceOrder, tick: int, size_min: int) -> None:
        """Hold an order against what is held and open."""
        assert order.price % tick == 0
        assert order.quantity >= size_min
        others = [each for each in self.open.values() if each.side is SELL]
        if order.side is SELL:
            self.sales += 1
            assert sum(self.left[each.order_id] for each in others) + order.quantity <= self.held
            takes = order.time_in_force == "IOC"
            if takes:
                assert others == [], "a sale beside a sale"
                assert self.due, "a sale that nothing triggered"
                assert order.price >= FLOOR
                assert self.protects or self._steps(order, size_min, self._target(order))
            else:
                assert order.post_only
                assert self.style is ExitStyle.RESTING
                assert all(each.time_in_force == "GTC" for each in others)
                assert self._steps(order, size_min, order.layer if self.grown else 0)
        self.open[order.order_id] = self.orders[order.order_id] = order
        self.left[order.order_id] = order.quantity

    def _target(self, order: PlaceOrder) -> int:
        """The highest step that sells at this price."""
        gains = order.price - self.paid / self.held + 2
        return max((n for n, (above, _) in enumerate(STEPS) if above <= gains), default=0)

    def _steps(self, order: PlaceOrder, size_min: int, step: int) -> bool:
        """Whether it sells no more than the steps up to this one may, and not under its price."""
        above = STEPS[step][0] if self.grown else TARGET
        assert order.price >= self.paid / self.held + above - 2
        whole = self.held + self.sold
        percent = sum(part for _, part in STEPS[: step + 1]) if self.grown else 100
        part = Fraction(whole * percent, 100)
        others = (one for one in self.open.values() if one.side is SELL and one.layer <= step)
        sold = self.sold + sum(self.left[one.order_id] for one in others) + order.quantity
        return sold <= (part if whole - part >= size_min else whole)

    def filled(self, order_id: str, price: int, quantity: int) -> None:
        order = self.orders[order_id]
        if order.side is BUY:
            self.paid += price * quantity
            self.held += quantity
        else:
            assert price >= order.price
            self.paid -= self.paid * Fraction(quantity, self.held)
            self.held -= quantity
            self.sold += quantity
        self.left[order_id] -= quantity
        if not self.left[order_id]:
            self.open.pop(order_id, None)
