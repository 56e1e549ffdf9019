"""Promises about orders and money, watched from the wire: what we sent and what we were told.

Shares no code with the ledger, the gate or the engine. Each broken promise becomes one sentence.
"""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from polywire.core.ids import FillId, InstrumentId, MarketId, OrderId, StrategyId
from polywire.core.model.account import (
    AccountEvent,
    FillSettled,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderMissing,
    OrderRejected,
    OrderUnknown,
    Settlement,
)
from polywire.core.model.command import CancelOrder, PlaceOrder
from polywire.core.model.control import Operation
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import TimeInForce
from polywire.core.units import Ns
from polywire.sim.evidence import Evidence
from polywire.sim.exit_promises import ExitPromises, Level

MILLION = 1_000_000
MINUTE_NS = 60_000_000_000
CANCEL_NS = 2_000_000_000
"""How long a cancel waits for its answer."""
DUST = 50
"""Micro-dollars by which rounding each of many partial fills may exceed what one would cost."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The limits that orders are held against, in micros; `grasping` sells what sets leave over."""

    position_max: int
    order_size_max: int
    orders_per_minute: int
    cash: int
    gone_ns: int
    sell_pending: bool = True
    grasping: StrategyId | None = None


@dataclass(slots=True)
class Sent:
    """One of our orders as the wire knows it; open until somebody told us otherwise.

    `denied_ns`: since when the venue says that it does not know it; `gone`: for long enough.
    `unsure`: nobody knows, as after a restart; `unanswered`: a cancel was asked for twice.
    `before`: sent by an earlier run, which may have lost what it was told last.
    """

    order: PlaceOrder
    left: int
    open: bool = True
    cancelled_ns: Ns | None = None
    denied_ns: Ns | None = None
    unsure: bool = False
    unanswered: bool = False
    before: bool = False
    gone: bool = False


class Promises:
    """Hears every command sent and every account event told; `broken` collects sentences."""

    def __init__(self, allowed: Allowed, evidence: Evidence, exits: ExitPromises) -> None:
        self.broken: list[str] = []
        self.evidence = evidence
        self.exits = exits
        self.orders: dict[OrderId, Sent] = {}
        self.held: dict[InstrumentId, int] = {}
        self.cash = allowed.cash
        self.fees = 0
        self._allowed = allowed
        self._fills: dict[FillId, OrderFilled] = {}
        self._settled: dict[FillId, Settlement] = {}
        self._pending: dict[FillId, tuple[PlaceOrder, int]] = {}
        self._markets: dict[InstrumentId, Market] = {}
        self._recent: deque[Ns] = deque()
        self._stopped: dict[StrategyId, None] = {}
        self.halted = False
        self.left: dict[StrategyId, Operation] = {}

    @property
    def fills(self) -> int:
        """Distinct executions told."""
        return len(self._fills)

    def listed(self, market: Market) -> None:
        """A market's terms."""
        for outcome in market.outcomes:
            self._markets[outcome.instrument] = market

    def stopped(self, strategy: StrategyId) -> None:
        """A strategy was halted and must send nothing more."""
        self._stopped[strategy] = None

    def asked(self, operation: Operation, strategy: StrategyId) -> None:
        """A person halted or resumed all, or a strategy came, was retired, or is sold out."""
        if operation in (Operation.RETIRE, Operation.SELL_OUT):
            self.left[strategy] = operation
            if operation is Operation.SELL_OUT:
                self.exits.stand_aside(strategy)
        elif operation is Operation.ADD:
            self.left.pop(strategy, None)
            self._stopped.pop(strategy, None)
        else:
            self.halted = operation is Operation.HALT

    def restarted(self) -> None:
        """A new run began: what was halted may trade again, and the pace is counted anew.

        Who was retired is not there any more.
        """
        self._recent.clear()
        self._stopped.clear()
        for name in self.left:
            self.left[name] = Operation.RETIRE
            self.exits.stand_aside(name)
        for mine in self.orders.values():
            mine.cancelled_ns, mine.before, mine.unsure = None, True, True
        self.exits.restarted()
        self.halted = False

    def sent(self, order: PlaceOrder, now: Ns) -> None:
        """An order left us."""
        if order.order_id in self.orders:
            self._break(order, "was sent before under the same id")
        for reason in (
            self._form(order),
            self.evidence.objection(order.market, now, leaves=self._leaves(order)),
            self._position(order),
            self._meeting(order),
            self._pace(order, now),
            "was halted or retired" if self.halted or self._is_stopped(order) else "",
            self.exits.objection(order, [mine.order for mine in self._open(Side.SELL)]),
        ):
            if reason:
                self._break(order, reason)
        self.orders[order.order_id] = Sent(order, int(order.quantity))
        worst = sum(_cost(mine.order.price, mine.left) for mine in self._open(Side.BUY))
        if worst > self.cash + DUST:
            self._break(order, f"could cost {worst} with the others, and there is {self.cash}")

    def _leaves(self, order: PlaceOrder) -> bool:
        over = order.side is Side.SELL and order.strategy == self._allowed.grasping
        return order.time_in_force is TimeInForce.IOC and (over or self._guards(order))

    def _is_stopped(self, order: PlaceOrder) -> bool:
        """Exits guard what a halted or a retired strategy holds; it buys no more.

        But for baskets, which go on: who buys them here is neither (tests/simulation has both).
        """
        over = order.strategy in self._stopped or order.strategy in self.left
        return over and not self._guards(order)

    def _guards(self, order: PlaceOrder) -> bool:
        """Whether it is a sale of what sells whatever its strategy says: exits, or a sell-out."""
        sold_out = self.left.get(order.strategy) is Operation.SELL_OUT
        return order.side is Side.SELL and (order.strategy in self.exits.plans or sold_out)

    def cancelled(self, command: CancelOrder, now: Ns) -> None:
        """A cancel left us; it may be sent again where no answer came."""
        mine = self.orders.get(command.order_id)
        if mine is None or not (mine.open or mine.before):
            self.broken.append(f"{command.order_id} is cancelled though it is not open")
            return
        if mine.cancelled_ns is not None and now - mine.cancelled_ns < CANCEL_NS:
            self.broken.append(f"{command.order_id} is cancelled twice")
        mine.unanswered = mine.cancelled_ns is not None
        mine.cancelled_ns = now

    def heard(self, event: AccountEvent) -> None:
        """We were told something; a fill counts once whatever is repeated."""
        match event:
            case OrderFilled():
                if event.fill_id not in self._fills:
                    self._fills[event.fill_id] = event
                    self._pend(event)
                    self._fill(event)
                    self._settle_fill(event.fill_id)
            case FillSettled():
                if event.fill_id not in self._settled:
                    self._settled[event.fill_id] = event.settlement
                    self._pending.pop(event.fill_id, None)
                    self._settle_fill(event.fill_id)
            case OrderCancelled() | OrderRejected():
                mine = self.orders[event.order_id]
                mine.open = mine.gone = False
            case OrderUnknown():
                self.orders[event.order_id].unsure = True
            case OrderMissing():
                self._deny(self.orders[event.order_id], event.recv_ns)
            case OrderAccepted():
                self._show(self.orders[event.order_id])
            case _:
                pass

    def reported(self, resting: Iterable[OrderId]) -> None:
        """The venue said which orders rest."""
        for order_id in resting:
            self._show(self.orders[order_id])

    def looked(
        self, market: Market, sides: tuple[Iterable[Level], Iterable[Level]], now: Ns
    ) -> None:
        """The engine trusts these bids and asks of a market's first outcome at this cut.

        What is to be sold is sold, but where all is halted, an order whose fate or end nobody
        tells is in the way, shares are not final that may not be sold before, or they are gone:
        another strategy sold them on a purchase that was undone.
        """
        able = not self.halted
        able = able and not any(order.market == market.id for order, _ in self._pending.values())
        able = able and not any(
            mine.order.market == market.id
            and ((mine.unsure and (side is Side.BUY or mine.before)) or mine.unanswered)
            for side in Side
            for mine in self._open(side)
        )
        late = self.exits.overdue(market, sides, now, self._there if able else None)
        bare = "" if self.halted else self.exits.bare(market, now)
        self.broken += [said for said in (late, bare) if said]

    def settle(self, market: MarketId, payouts: tuple[int, int]) -> None:
        """The venue paid for a market; call once, after its last fill was told."""
        for instrument, terms in self._markets.items():
            if terms.id == market:
                index = 0 if terms.outcomes[0].instrument == instrument else 1
                held = self.held.pop(instrument, 0)
                self.cash += math.floor(Fraction(payouts[index] * held, MILLION))

    def compare(self, who: str, cash: int, held: dict[InstrumentId, int]) -> None:
        """An account that should agree to the micro with every fill told, each booked once."""
        mine = {instrument: shares for instrument, shares in self.held.items() if shares}
        theirs = {instrument: shares for instrument, shares in held.items() if shares}
        if cash != self.cash:
            self.broken.append(f"{who} has cash {cash}, the fills told leave {self.cash}")
        if theirs != mine:
            self.broken.append(f"{who} holds {theirs}, the fills told leave {mine}")

    def _break(self, order: PlaceOrder, reason: str) -> None:
        self.broken.append(f"{order.order_id} on {order.market}: {reason}")

    def _form(self, order: PlaceOrder) -> str:
        seen = self.evidence.markets.get(order.market)
        terms = self._markets.get(order.instrument)
        if seen is None or terms is None or terms.id != order.market:
            return f"{order.instrument} is no instrument of it"
        if not seen.tick <= order.price <= MILLION - seen.tick or order.price % seen.tick:
            return f"price {order.price} is off the grid of {seen.tick}"
        if not terms.size_min <= order.quantity <= self._allowed.order_size_max:
            return f"size {order.quantity} is too small or too large"
        return ""

    def _position(self, order: PlaceOrder) -> str:
        held = self.held.get(order.instrument, 0)
        others = sum(
            mine.left
            for mine in self._open(order.side)
            if mine.order.instrument == order.instrument
        )
        if order.side is Side.SELL:
            held -= self._not_final(order)
            if others + order.quantity > held:
                return f"sells {order.quantity} besides {others}, and {held} are there to sell"
        if order.side is Side.BUY and held + others + order.quantity > self._allowed.position_max:
            return f"could end up with {held + others + order.quantity} shares"
        return ""

    def _there(self, strategy: StrategyId, instrument: InstrumentId) -> int:
        """Shares that a strategy could sell, as far as the account has them."""
        others = sum(
            mine.left
            for mine in self._open(Side.SELL)
            if mine.order.instrument == instrument and mine.order.strategy != strategy
        )
        return self.held.get(instrument, 0) - others

    def _pend(self, event: OrderFilled) -> None:
        """Remember a purchase that may not be sold yet."""
        order = self.orders[event.order_id].order
        final = event.settlement is not Settlement.PENDING or event.fill_id in self._settled
        if not (self._allowed.sell_pending or final or order.side is Side.SELL):
            self._pending[event.fill_id] = order, event.quantity

    def _not_final(self, sale: PlaceOrder) -> int:
        return sum(
            shares
            for order, shares in self._pending.values()
            if (order.strategy, order.instrument) == (sale.strategy, sale.instrument)
        )

    def _meeting(self, order: PlaceOrder) -> str:
        """Whether two of our own orders could trade with each other, here or by both outcomes."""
        for mine in self._open(Side.BUY), self._open(Side.SELL):
            for other in mine:
                if other.order.market == order.market and _meet(order, other.order):
                    return f"would meet our own {other.order.order_id}"
        return ""

    def _pace(self, order: PlaceOrder, now: Ns) -> str:
        self._recent.append(now)
        self._trim(now)
        most = self._allowed.orders_per_minute
        over = len(self._recent) > most and not self._leaves(order)
        return f"is order {most + 1} of a minute" if over else ""

    def _trim(self, now: Ns) -> None:
        while self._recent and now - self._recent[0] >= MINUTE_NS:
            self._recent.popleft()

    def _open(self, side: Side) -> list[Sent]:
        return [mine for mine in self.orders.values() if mine.open and mine.order.side is side]

    def _deny(self, mine: Sent, now: Ns) -> None:
        """Said once, and again after long enough: it is gone."""
        mine.unsure = True
        if mine.denied_ns is None:
            mine.denied_ns = now
        elif mine.open and now - mine.denied_ns >= self._allowed.gone_ns:
            mine.open, mine.gone = False, True

    def _show(self, mine: Sent) -> None:
        """The venue has it after all; what was taken for gone is open again."""
        mine.denied_ns, mine.unsure = None, False
        if mine.gone:
            mine.open, mine.gone, mine.cancelled_ns = mine.left > 0, False, None
            mine.unanswered = False

    def _settle_fill(self, fill_id: FillId) -> None:
        """Once both are told: what is undone never was."""
        event = self._fills.get(fill_id)
        if event is None or self._settled.get(fill_id) is not Settlement.REVERSED:
            return
        order = self.orders[event.order_id].order
        self._move(event, order, -1)
        self.exits.undone(event, order)

    def _move(self, event: OrderFilled, order: PlaceOrder, times: int) -> None:
        """Shares and cash of one execution, or of one that is undone."""
        buys = order.side is Side.BUY
        shares = times * event.quantity * (1 if buys else -1)
        self.held[order.instrument] = self.held.get(order.instrument, 0) + shares
        value = Fraction(event.price * event.quantity, MILLION)
        self.cash -= times * ((math.ceil(value) if buys else -math.floor(value)) + event.fee)
        self.fees += times * event.fee

    def _fill(self, event: OrderFilled) -> None:
        mine = self.orders[event.order_id]
        self._show(mine)
        order = mine.order
        self.exits.filled(event, order)
        mine.left -= event.quantity
        mine.open = mine.open and mine.left > 0
        if mine.left < 0:
            self._break(order, f"was filled {-mine.left} beyond its size")
        worse = event.price > order.price if order.side is Side.BUY else event.price < order.price
        if worse:
            self._break(order, f"was filled at {event.price}, worse than asked")
        self._move(event, order, 1)
        if event.fee != self._fee(event, order):
            self._break(order, f"paid a fee of {event.fee}")

    def _fee(self, event: OrderFilled, order: PlaceOrder) -> int:
        """The taker's fee in exact fractions, rounded up to five decimals of a dollar."""
        terms = self._markets[order.instrument].fees
        if event.maker:
            return 0
        odds = Fraction(event.price, MILLION) * (1 - Fraction(event.price, MILLION))
        rate = Fraction(terms.rate_micros, MILLION)
        dollars = Fraction(event.quantity, MILLION) * rate * odds**terms.exponent
        return math.ceil(dollars * 100_000) * 10


def _cost(price: int, quantity: int) -> int:
    return math.ceil(Fraction(price * quantity, MILLION))


def _meet(order: PlaceOrder, other: PlaceOrder) -> bool:
    if order.instrument == other.instrument:
        if order.side is other.side:
            return False
        bid, ask = (order, other) if order.side is Side.BUY else (other, order)
        return bid.price >= ask.price
    if order.side is not other.side:
        return False
    both = order.price + other.price
    return both >= MILLION if order.side is Side.BUY else both <= MILLION
