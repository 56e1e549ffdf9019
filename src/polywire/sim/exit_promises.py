"""Promises about exits, watched from the wire: one side sells, for a cause, and a cause is heeded.

Shares no code with the exits. Costs are exact fractions of the fills told; the bids are shown to it
at every cut at which the engine trusts them.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from polywire.core.ids import FillId, InstrumentId, MarketId, StrategyId
from polywire.core.model.account import OrderFilled
from polywire.core.model.command import ExitMoved, ExitStep, PlaceOrder
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import TimeInForce
from polywire.core.units import Ns

MILLION = 1_000_000
ROUNDING = 5
"""Micros by which the engine's cost or price of a share may be off."""
LATE_NS = 15_000_000_000
"""How long a trigger may hold without a sale: confirmed, refused, lost, in vain."""
BARE_NS = 1_500_000_000
"""How long a position that could be sold may be without an exit: every market is looked at once a
second, and at once after a fill."""
STALE_NS = 10_000_000_000
"""How old a sale's cause may be: a target is cancelled first, a lost cancel is asked again after
2 s and 4 s, a lost word is asked for, a sale is tried again. Time in which nothing could be sold
(doubt, halt, pace, no bids) does not count."""

GUARDS = (ExitStep.ARMED, ExitStep.SELLING)
Level = tuple[int, int]
There = Callable[[StrategyId, InstrumentId], int]


@dataclass(frozen=True, slots=True)
class Leaving:
    """How a strategy's positions are to be left, in micros and ns; None is no such level.

    `target` rests on the book, `watched` is a target that is sold when it is seen; of a ladder,
    whose `steps` are a distance and a part in per cent each, it is that of the first.
    """

    target: int | None
    stop: int | None
    floor: int
    watched: int | None = None
    trail: int | None = None
    before_end_ns: int | None = None
    steps: tuple[tuple[int, int], ...] = ()
    trail_odds: int | None = None


@dataclass(slots=True)
class Lot:
    """What a strategy holds of an instrument, what that cost, and why it should be sold.

    `late` is the trigger that has held since `late_ns`; `stale_ns` the time that counts since any
    trigger was seen, None before the first; `seen_ns` the last look at which it could be sold.
    `sold` counts all sales, `before` those before the position was opened, None while it is not.
    `bare_ns`: since when it could be sold and nothing was told that guards it.
    """

    market: MarketId
    held: int = 0
    size_min: int = 0
    paid: Fraction = Fraction(0)
    fills: dict[FillId, tuple[bool, OrderFilled]] = field(default_factory=dict)
    peak: Fraction | None = None
    late: str = ""
    late_ns: Ns = Ns(0)
    stale_ns: int | None = None
    seen_ns: Ns | None = None
    sold: int = 0
    before: int | None = None
    bare_ns: Ns | None = None

    @property
    def entry(self) -> Fraction:
        """What a share cost."""
        return self.paid / self.held


@dataclass(frozen=True, slots=True)
class Sight:
    """What a share would bring on average, and the first; the time against the market's end."""

    price: Fraction
    best: int
    end_ns: Ns
    now: Ns


class ExitPromises:
    """Hears what `Promises` hears; `objection` and `overdue` are empty while all is well."""

    def __init__(self, plans: Mapping[StrategyId, Leaving]) -> None:
        self.plans = plans
        self._lots: dict[tuple[StrategyId, InstrumentId], Lot] = {}
        self._guards: dict[tuple[StrategyId, InstrumentId], ExitStep] = {}

    @property
    def markets(self) -> set[MarketId]:
        """Where something that has a plan was ever traded."""
        return {lot.market for (who, _), lot in self._lots.items() if who in self.plans}

    def restarted(self) -> None:
        """A new run: what it was late with is counted anew."""
        for lot in self._lots.values():
            lot.late, lot.seen_ns, lot.bare_ns = "", None, None
        self._guards.clear()

    def stand_aside(self, strategy: StrategyId) -> None:
        """Its exits are over: all it holds is sold, or it has left."""
        self.plans = {name: plan for name, plan in self.plans.items() if name != strategy}

    def told(self, rows: Iterable[object]) -> None:
        """Where the engine says that exits stand; after a restart, what it had written down."""
        for row in rows:
            if isinstance(row, ExitMoved):
                self._guards[row.strategy, row.instrument] = row.step

    def bare(self, market: Market, now: Ns) -> str:
        """Which position could be sold and has no exit; call where exits may act on the book."""
        said = ""
        for key, lot in self._lots.items():
            if key[0] in self.plans and lot.market == market.id:
                if lot.held < market.size_min or self._guards.get(key) in GUARDS:
                    lot.bare_ns = None
                elif lot.bare_ns is None:
                    lot.bare_ns = now
                elif now - lot.bare_ns > BARE_NS:
                    said = f"{key[0]} holds {lot.held} of {key[1]} without an exit"
        return said

    def objection(self, order: PlaceOrder, selling: Iterable[PlaceOrder]) -> str:
        """Why an order may not be sent beside these open sales, or empty."""
        plan = self.plans.get(order.strategy)
        if plan is None or order.side is Side.BUY:
            return ""
        lot = self._lot(order)
        lot.late = ""
        beside = [other for other in selling if _same_post(order, other)]
        if _takes(order):
            if lot.stale_ns is None or lot.stale_ns > STALE_NS:
                return "sells at once, and nothing triggered it"
            if beside:
                return "sells at once beside an open sale"
            return f"sells under the floor of {plan.floor}" if order.price < plan.floor else ""
        return _standing(plan, lot, order, beside)

    def filled(self, event: OrderFilled, order: PlaceOrder) -> None:
        """An execution, told for the first time."""
        lot = self._lot(order)
        lot.fills[event.fill_id] = (order.side is Side.BUY, event)
        _count(lot, event, buys=order.side is Side.BUY)

    def undone(self, event: OrderFilled, order: PlaceOrder) -> None:
        """An execution never was: all others are counted again."""
        lot = self._lot(order)
        del lot.fills[event.fill_id]
        lot.held, lot.paid, lot.sold = 0, Fraction(0), 0
        for buys, other in lot.fills.values():
            _count(lot, other, buys=buys)

    def unseen(self, market: MarketId) -> None:
        """Nobody could trade on this market's book now."""
        for lot in self._lots.values():
            if lot.market == market:
                lot.late, lot.seen_ns, lot.bare_ns = "", None, None

    def overdue(
        self,
        market: Market,
        sides: tuple[Iterable[Level], Iterable[Level]],
        now: Ns,
        there: There | None = lambda *_: MILLION * MILLION,
    ) -> str:
        """Which position is left too late, given the first outcome's bids and asks.

        Call at every cut, before its orders. `there` says how many shares somebody could sell now:
        others may have sold them, on a purchase that was undone; None where no sale could leave.
        """
        bids, asks = sides
        each = (list(bids), [(MILLION - price, size) for price, size in asks])
        said = ""
        for outcome, levels in zip(market.outcomes, each, strict=True):
            for (strategy, instrument), lot in self._lots.items():
                plan = self.plans.get(strategy)
                if instrument != outcome.instrument or plan is None:
                    continue
                late = _look(plan, lot, levels, market, now)
                least = market.size_min
                if there is None or (lot.late and there(strategy, instrument) < least):
                    lot.late, lot.seen_ns = "", None
                elif late:
                    said = f"{strategy} does not sell {instrument} through its {late}"
        return said

    def _lot(self, order: PlaceOrder) -> Lot:
        return self._lots.setdefault((order.strategy, order.instrument), Lot(order.market))


def _count(lot: Lot, event: OrderFilled, *, buys: bool) -> None:
    """At average cost; what was sold before it was bought cost nothing that is held."""
    if buys:
        spent = Fraction(event.price * event.quantity) + event.fee * MILLION
        kept = min(event.quantity, max(0, lot.held + event.quantity))
        lot.paid += spent * kept / event.quantity
        lot.held += event.quantity
        return
    if lot.held > 0:
        lot.paid -= lot.paid * Fraction(min(event.quantity, lot.held), lot.held)
    lot.held -= event.quantity
    lot.sold += event.quantity


def _takes(order: PlaceOrder) -> bool:
    return order.time_in_force is TimeInForce.IOC


def _same_post(order: PlaceOrder, other: PlaceOrder) -> bool:
    return order.strategy == other.strategy and order.instrument == other.instrument


def _standing(plan: Leaving, lot: Lot, order: PlaceOrder, beside: list[PlaceOrder]) -> str:
    """Why a sale may not rest beside these, or empty."""
    if any(_takes(other) for other in beside):
        return "rests beside a sale that takes"
    if not order.post_only or plan.target is None:
        return "is a sale that no exit wants"
    if lot.held <= 0:
        return "sells what is not held"
    above = plan.steps[order.layer][0] if plan.steps else plan.target
    least = lot.entry + above - ROUNDING
    if order.price < least:
        return f"rests under its target of {least}"
    return _too_much(plan, lot, order, beside) if plan.steps else ""


def _too_much(plan: Leaving, lot: Lot, order: PlaceOrder, beside: list[PlaceOrder]) -> str:
    """Whether the steps up to an order's would sell more than their part of all ever held."""
    sold = lot.sold - (lot.before if lot.before is not None else lot.sold)
    whole = lot.held + sold
    part = Fraction(whole * sum(percent for _, percent in plan.steps[: order.layer + 1]), 100)
    if whole - part < lot.size_min:
        return ""  # too little would be left for an order
    steps = sum(other.quantity for other in beside if other.layer <= order.layer)
    too_much = sold + order.quantity > part and not steps
    return f"rests {order.quantity} of {whole}, {sold} sold, over {part}" if too_much else ""


def _look(plan: Leaving, lot: Lot, bids: list[Level], market: Market, now: Ns) -> str:
    """Note what the bids would bring; the trigger that has held for too long, or empty."""
    lot.size_min = market.size_min
    if lot.held < market.size_min:
        lot.peak, lot.stale_ns, lot.before = None, None, None
        lot.late, lot.seen_ns = "", None
        return ""
    if lot.before is None:
        lot.before = lot.sold
    before, lot.seen_ns = lot.seen_ns, None
    wanted = lot.held // market.lot * market.lot
    brings, shown = _executable(bids, wanted)
    if shown < market.size_min:
        lot.late = ""
        return ""
    price = Fraction(brings, shown)
    if shown == wanted:
        lot.peak = max(lot.peak or price, price)
    lot.seen_ns = now
    best = max(bid for bid, _ in bids)
    sight = Sight(price, best, market.end_ns, now)
    if _cause(plan, lot, sight, ROUNDING, ROUNDING):
        lot.stale_ns = 0
    elif lot.stale_ns is not None and before is not None:
        lot.stale_ns += now - before
    worth = best >= plan.floor + market.tick
    # The engine's peak moves by ticks, and a target is sold on the grid.
    late = _cause(plan, lot, sight, -ROUNDING, -ROUNDING - market.tick) if worth else ""
    if late != lot.late:
        lot.late, lot.late_ns = late, now
    return late if late and now - lot.late_ns > LATE_NS else ""


def _executable(bids: list[Level], wanted: int) -> tuple[int, int]:
    """What so many shares would bring, and how many of them the bids take."""
    left, brings = wanted, 0
    for price, size in sorted(bids, reverse=True):
        part = min(left, size)
        left, brings = left - part, brings + price * part
    return brings, wanted - left


def _cause(plan: Leaving, lot: Lot, sight: Sight, fine: int, coarse: int) -> str:
    """The first trigger that holds, were prices by `fine` (the stop's) or `coarse` closer to it."""
    price, peak = sight.price, lot.peak
    if plan.stop is not None and price <= lot.entry - plan.stop + fine:
        return "stop"
    if plan.trail is not None and peak is not None and price <= peak - plan.trail + coarse:
        return "trail"
    if plan.trail_odds is not None and peak is not None and price <= _below(plan, peak, coarse):
        return "trail"
    if plan.before_end_ns is not None and 0 < sight.end_ns <= sight.now + plan.before_end_ns:
        return "end"
    if plan.steps and coarse < 0:  # one may wait for the next: nobody is late with it
        return ""
    brings = sight.best if plan.steps else price
    reached = plan.watched is not None and brings >= lot.entry + plan.watched - coarse
    return "target" if reached else ""


def _below(plan: Leaving, peak: Fraction, coarse: int) -> float:
    """Where a stop that trails in log-odds stands, were the peak so much closer to it."""
    assert plan.trail_odds is not None
    factor = math.exp(plan.trail_odds / MILLION)
    odds = float(peak) / (MILLION - float(peak)) / factor
    return MILLION * odds / (1 + odds) + coarse * factor
