"""Watches baskets from the wire: orders sent, words heard, what the venue executed. Own arithmetic.

Each broken promise becomes one sentence in `broken`.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import ceil, floor

from polywire.core.engine.desk import Command
from polywire.core.model.account import (
    FillSettled,
    OrderCancelled,
    OrderFilled,
    OrderMissing,
    OrderRejected,
    Settlement,
)
from polywire.core.model.basket import BasketMoved, BasketStep
from polywire.core.model.command import PlaceOrder
from polywire.core.model.event import Event
from polywire.core.model.instrument import Side
from polywire.core.risk.gate import Approved

MILLION = 1_000_000
SETTLED = (BasketStep.HEDGED, BasketStep.UNWOUND)
ENDS = (*SETTLED, BasketStep.FLAGGED)
TRADES = "s"
"""The strategy that trades baskets; others quote beside it."""


class Witness:
    """`yes` are the instruments of Yes, in order; those of No end otherwise."""

    def __init__(self, yes: Sequence[str], gone_ns: int) -> None:
        self.broken: list[str] = []
        self.orders: dict[str, PlaceOrder] = {}
        self.told: BasketMoved | None = None
        self.baskets = self.sales = 0
        self._pairs = [(one, one.replace("yes", "no")) for one in yes]
        self._gone_ns = gone_ns
        self._open: dict[str, int] = {}
        self._denied: dict[str, int] = {}
        self._fills: dict[str, OrderFilled] = {}
        self._undone: set[str] = set()
        self._news = True

    def heard(self, event: Event, now: int) -> None:
        """A word that reached us."""
        self._news = True
        match event:
            case OrderFilled():
                if event.fill_id not in self._fills:
                    self._fills[event.fill_id] = event
                    if event.order_id in self._open:
                        self._open[event.order_id] -= event.quantity
                if event.settlement is Settlement.REVERSED:
                    self._undone.add(event.fill_id)
            case FillSettled(settlement=Settlement.REVERSED):
                self._undone.add(event.fill_id)
            case OrderCancelled() | OrderRejected():
                self._open.pop(event.order_id, None)
            case OrderMissing():
                since = self._denied.setdefault(event.order_id, now)
                if now - since >= self._gone_ns:
                    self._open.pop(event.order_id, None)
            case _:
                pass
        self._open = {order: left for order, left in self._open.items() if left > 0}

    def cut(self, commands: Iterable[Command], now: int) -> None:
        """What was decided: all legs at once, nothing beside an open order, and nothing unsaid."""
        said = list(commands)
        approved = [one.order for one in said if isinstance(one, Approved)]
        orders = [one for one in approved if one.strategy == TRADES]
        before = self.told
        for moved in said:
            if isinstance(moved, BasketMoved):
                self.told = moved
        if orders and self._open:
            self._break(f"{orders} left at {now} while {self._open} could fill")
        if orders and self.told is not None and self.told.step is BasketStep.SENT:
            self.baskets += 1
            self._together(orders, self.told)
        self.sales += sum(one.side is Side.SELL for one in orders)
        self.orders |= {order.order_id: order for order in approved}
        for order in orders:
            self._open[order.order_id] = order.quantity
        self._unsaid(before)

    def conclude(self, cash: int, held: dict, whose: str) -> None:
        """Whose cash and shares are what the fills amount to."""
        own_cash, own_held = self._sums(whose=None)
        if cash != own_cash:
            self._break(f"{whose} made {cash}, the fills {own_cash}")
        for instrument in {*held, *own_held}:
            if held.get(instrument, 0) != own_held.get(instrument, 0):
                shares = own_held.get(instrument, 0)
                self._break(f"{whose} holds {held.get(instrument, 0)} {instrument}, not {shares}")

    def ended(self, trades: Iterable[object]) -> None:
        """The end: equal, empty or flagged, and no loss where nothing had to be sold."""
        executed = {one.fill_id for one in trades if isinstance(one, OrderFilled)}
        if executed != set(self._fills):
            self._break(f"never heard of {executed - set(self._fills)}")
        if self.told is None:
            return
        cash, held = self._sums()
        shares = [held.get(leg.instrument, 0) for leg in self.told.basket.legs]
        if self.told.step not in ENDS:
            self._break(f"it ended {self.told.step.value} with {shares}")
        equal = len(set(shares)) == 1 and shares[0] >= 0
        if equal == (self.told.step is BasketStep.FLAGGED):
            self._break(f"it is {self.told.step.value} with {shares}")
        elsewhere = {name for name, some in held.items() if some} - {
            leg.instrument for leg in self.told.basket.legs
        }
        if elsewhere:
            self._break(f"nobody says a word of {elsewhere}")
        if equal and not self.sales and self._worst(cash, held) < 0:
            self._break(f"{shares} were bought at a loss of {self._worst(cash, held)}")

    def _worst(self, cash: int, held: dict[str, int]) -> int:
        """What there is in the end whichever market wins, in the dearest case."""
        ends = []
        for winner in range(len(self._pairs)):
            worth = cash
            for place, (yes, no) in enumerate(self._pairs):
                worth += held.get(yes if place == winner else no, 0)
            ends.append(worth)
        return min(ends)

    def _together(self, orders: list[PlaceOrder], moved: BasketMoved) -> None:
        legs = [leg.instrument for leg in moved.basket.legs]
        sizes = {order.quantity for order in orders}
        if [order.instrument for order in orders] != legs or len(sizes) != 1:
            self._break(f"not all legs of {legs} left together: {orders}")

    def _unsaid(self, before: BasketMoved | None) -> None:
        """Unequal shares, as heard, that nobody was told of."""
        if self.told is None or self.told.step not in SETTLED or before is None:
            return
        if self.told is before and not self._news:
            return
        self._news = False
        _, held = self._sums()
        shares = [held.get(leg.instrument, 0) for leg in self.told.basket.legs]
        if len(set(shares)) > 1:
            self._break(f"{self.told.step.value}, and yet {shares}")

    def _sums(self, whose: str | None = TRADES) -> tuple[int, dict[str, int]]:
        """Cash made and shares held by what was heard and not undone, in exact fractions."""
        cash, held = 0, {}
        for name, fill in self._fills.items():
            if name in self._undone:
                continue
            order = self.orders[fill.order_id]
            if whose not in (None, order.strategy):
                continue
            money = Fraction(fill.price * fill.quantity, MILLION)
            buys = order.side is Side.BUY
            cash += (-ceil(money) if buys else floor(money)) - fill.fee
            change = fill.quantity if buys else -fill.quantity
            held[order.instrument] = held.get(order.instrument, 0) + change
        return cash, held

    def _break(self, sentence: str) -> None:
        self.broken.append(sentence)
