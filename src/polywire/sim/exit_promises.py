"""Promises about exits, watched from the wire: one side sells, and a stop that holds is sold.

Shares no code with the exits. Costs are exact fractions of the fills told; the bids are shown to it
whenever the engine trusts them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from polywire.core.ids import InstrumentId, StrategyId
from polywire.core.model.account import OrderFilled
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import TimeInForce
from polywire.core.units import Ns

MILLION = 1_000_000
ROUNDING = 5
"""Micros by which the engine's cost of a share may be off."""
LATE_NS = 15_000_000_000
"""How long a price may lie through the stop without a sale: confirmed, refused, lost, in vain."""

Level = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Leaving:
    """How a strategy's positions are to be left, in micros; None is no such level."""

    target: int | None
    stop: int | None
    floor: int


@dataclass(slots=True)
class Lot:
    """What a strategy holds of an instrument, what that cost, and since when it should be sold."""

    held: int = 0
    paid: Fraction = Fraction(0)
    through_ns: Ns | None = None

    @property
    def entry(self) -> Fraction:
        """What a share cost."""
        return self.paid / self.held


class ExitPromises:
    """Hears what `Promises` hears; `objection` and `overdue` are empty while all is well."""

    def __init__(self, plans: Mapping[StrategyId, Leaving]) -> None:
        self.plans = plans
        self._lots: dict[tuple[StrategyId, InstrumentId], Lot] = {}

    def restarted(self) -> None:
        """A new run: what it was late with is counted anew."""
        for lot in self._lots.values():
            lot.through_ns = None

    def objection(self, order: PlaceOrder, selling: Iterable[PlaceOrder]) -> str:
        """Why an order may not be sent beside these open sales, or empty."""
        plan = self.plans.get(order.strategy)
        if plan is None or order.side is Side.BUY:
            return ""
        lot = self._lots.setdefault((order.strategy, order.instrument), Lot())
        lot.through_ns = None
        if order.time_in_force is TimeInForce.IOC:
            if any(_same_post(order, other) for other in selling):
                return "sells at once beside an open sale"
            return f"sells under the floor of {plan.floor}" if order.price < plan.floor else ""
        if any(_same_post(order, other) and _takes(other) for other in selling):
            return "rests beside a sale that takes"
        if not order.post_only or plan.target is None:
            return "is a sale that no exit wants"
        least = lot.entry + plan.target - ROUNDING
        return f"rests under its target of {least}" if order.price < least else ""

    def filled(self, event: OrderFilled, order: PlaceOrder) -> None:
        """An execution, told for the first time."""
        lot = self._lots.setdefault((order.strategy, order.instrument), Lot())
        if order.side is Side.BUY:
            lot.paid += Fraction(event.price * event.quantity) + event.fee * MILLION
            lot.held += event.quantity
        elif lot.held:
            lot.paid -= lot.paid * Fraction(event.quantity, lot.held)
            lot.held -= event.quantity

    def unseen(self, market: Market) -> None:
        """Nobody could trade on this market's book now."""
        for (_, instrument), lot in self._lots.items():
            if any(instrument == outcome.instrument for outcome in market.outcomes):
                lot.through_ns = None

    def overdue(self, market: Market, bids: Iterable[Level], asks: Iterable[Level], now: Ns) -> str:
        """Which position lies through its stop for too long, given the first outcome's levels."""
        sides = (list(bids), [(MILLION - price, size) for price, size in asks])
        for outcome, levels in zip(market.outcomes, sides, strict=True):
            for (strategy, instrument), lot in self._lots.items():
                plan = self.plans.get(strategy)
                if instrument != outcome.instrument or plan is None:
                    continue
                if not _through(plan, lot, levels, market):
                    lot.through_ns = None
                elif lot.through_ns is None:
                    lot.through_ns = now
                elif now - lot.through_ns > LATE_NS:
                    return f"{strategy} does not sell {instrument} through its stop"
        return ""


def _takes(order: PlaceOrder) -> bool:
    return order.time_in_force is TimeInForce.IOC


def _same_post(order: PlaceOrder, other: PlaceOrder) -> bool:
    return order.strategy == other.strategy and order.instrument == other.instrument


def _through(plan: Leaving, lot: Lot, bids: list[Level], market: Market) -> bool:
    """Whether what is held would bring no more than its stop, and a bid is worth selling to."""
    if plan.stop is None or lot.held < market.size_min:
        return False
    left, brings = lot.held, 0
    for price, size in sorted(bids, reverse=True):
        part = min(left, size)
        left, brings = left - part, brings + price * part
    shown = lot.held - left
    if shown < market.size_min:
        return False
    best = max(price for price, _ in bids)
    return Fraction(brings, shown) < lot.entry - plan.stop - ROUNDING and (
        best >= plan.floor + market.tick
    )
