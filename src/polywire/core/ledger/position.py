"""Shares of one instrument held by one strategy: final, pending, what they cost, what they made."""

from dataclasses import dataclass, field, replace

from polywire.core.ids import FillId
from polywire.core.model.account import ForeignFill, OrderFilled, Settlement
from polywire.core.model.instrument import Side
from polywire.core.units import (
    FEE_STEP,
    Money,
    Ns,
    Price,
    Quantity,
    cost,
    payout,
    proceeds,
    share_of,
)


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution of one of our orders; `told_ns` is when we heard of it first."""

    fill_id: FillId
    side: Side
    price: Price
    quantity: Quantity
    fee: Money
    settlement: Settlement
    told_ns: Ns = Ns(0)

    @property
    def moved(self) -> Quantity:
        """Shares that it added; below zero, took."""
        return self.quantity if self.side is Side.BUY else Quantity(-self.quantity)


def fill_of(event: OrderFilled | ForeignFill, side: Side, settlement: Settlement) -> Fill:
    """An execution as a position takes it."""
    price, quantity, fee = event.price, event.quantity, event.fee
    return Fill(event.fill_id, side, price, quantity, fee, settlement, event.recv_ns)


def rounding(fill: Fill | ForeignFill) -> int:
    """By how many micros the venue may book a fill otherwise: we round its fee up by a step."""
    return FEE_STEP if fill.fee else 1


@dataclass(slots=True)
class Position:
    """`paid` is what the held shares cost, fees included; `cash` is the net flow of all fills.

    `sold` counts the shares of all sales.
    """

    held: Quantity = Quantity(0)
    paid: Money = Money(0)
    cash: Money = Money(0)
    realised: Money = Money(0)
    fees: Money = Money(0)
    sold: Quantity = Quantity(0)

    def take(self, fill: Fill) -> None:
        """Count one execution, at average cost. More may be sold than held: the venue is right."""
        self.fees = Money(self.fees + fill.fee)
        if fill.side is Side.BUY:
            spent = Money(cost(fill.price, fill.quantity) + fill.fee)
            owed = Quantity(min(fill.quantity, max(0, -self.held)))
            part = share_of(spent, owed, fill.quantity)  # for shares sold before they were bought
            self.held = Quantity(self.held + fill.quantity)
            self.paid = Money(self.paid + spent - part)
            self.cash = Money(self.cash - spent)
            self.realised = Money(self.realised - part)
            return
        earned = proceeds(fill.price, fill.quantity) - fill.fee
        held = max(0, self.held)
        part = share_of(self.paid, Quantity(min(fill.quantity, held)), Quantity(held))
        self.held = Quantity(self.held - fill.quantity)
        self.sold = Quantity(self.sold + fill.quantity)
        self.paid = Money(self.paid - part)
        self.cash = Money(self.cash + earned)
        self.realised = Money(self.realised + earned - part)

    def redeem(self, per_share: Money) -> None:
        """Every share held pays what it is worth, without a fee; one sold too many costs that."""
        if self.held:
            earned = payout(per_share, self.held)
            self.cash = Money(self.cash + earned)
            self.realised = Money(self.realised + earned - self.paid)
            self.held, self.paid = Quantity(0), Money(0)


@dataclass(slots=True)
class Holding:
    """A position twice: `now` with fills that could still be undone, `settled` without.

    `waiting` holds the fills since the oldest pending one, in order of arrival; `settled` is the
    position before them.
    `worth` is what a share pays once the market is resolved; what fills or is undone after that
    is paid or unpaid too.
    """

    now: Position = field(default_factory=Position)
    waiting: list[Fill] = field(default_factory=list)
    settled: Position = field(default_factory=Position)
    worth: Money | None = None

    def add(self, fill: Fill) -> None:
        """Take in a new execution, unless it comes already undone."""
        if fill.settlement is not Settlement.REVERSED:
            self.waiting.append(fill)
            self._refresh()

    def settle(self, fill_id: FillId, settlement: Settlement) -> None:
        """A pending fill became final or is undone; unknown and final ones are left alone."""
        settled = [
            replace(fill, settlement=settlement)
            if fill.fill_id == fill_id and fill.settlement is Settlement.PENDING
            else fill
            for fill in self.waiting
        ]
        self.waiting = [fill for fill in settled if fill.settlement is not Settlement.REVERSED]
        self._refresh()

    def adjust(self, shares: Quantity, paid: Money, cash: Money) -> None:
        """Hold so many shares more or less, which cost so much more or less, for so much cash."""
        self.settled.held = Quantity(self.settled.held + shares)
        self.settled.paid = Money(self.settled.paid + paid)
        self.settled.cash = Money(self.settled.cash + cash)
        self._refresh()

    def cost_of(self, shares: Quantity) -> Money:
        """What so many of the settled shares cost on average."""
        return share_of(self.settled.paid, shares, self.settled.held)

    @property
    def pending(self) -> list[Fill]:
        """The fills that could still be undone."""
        return [fill for fill in self.waiting if fill.settlement is Settlement.PENDING]

    @property
    def unsure(self) -> Quantity:
        """Shares whose purchase could still be undone."""
        return Quantity(sum(fill.quantity for fill in self.pending if fill.side is Side.BUY))

    def is_pending(self, fill_id: FillId) -> bool:
        """Whether this fill could still be undone."""
        return any(
            fill.fill_id == fill_id and fill.settlement is Settlement.PENDING
            for fill in self.waiting
        )

    def resolve(self, per_share: Money) -> None:
        """The market has an answer: every share pays this much."""
        self.worth = per_share
        self._refresh()

    def _refresh(self) -> None:
        while self.waiting and self.waiting[0].settlement is Settlement.FINAL:
            self.settled.take(self.waiting.pop(0))
        now = replace(self.settled)
        for fill in self.waiting:
            now.take(fill)
        self.now = self._paid_out(now)

    def _paid_out(self, position: Position) -> Position:
        paid = replace(position)
        if self.worth is not None:
            paid.redeem(self.worth)
        return paid
