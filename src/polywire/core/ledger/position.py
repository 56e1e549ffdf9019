"""Shares of one instrument held by one strategy: final, pending, what they cost, what they made."""

from dataclasses import dataclass, field, replace

from polywire.core.ids import FillId
from polywire.core.model.account import Settlement
from polywire.core.model.instrument import Side
from polywire.core.units import Money, Price, Quantity, cost, proceeds, share_of


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution of one of our orders."""

    fill_id: FillId
    side: Side
    price: Price
    quantity: Quantity
    fee: Money
    settlement: Settlement


@dataclass(slots=True)
class Position:
    """`paid` is what the held shares cost, fees included; `cash` is the net flow since then."""

    held: Quantity = Quantity(0)
    paid: Money = Money(0)
    cash: Money = Money(0)
    realised: Money = Money(0)
    fees: Money = Money(0)

    def take(self, fill: Fill) -> None:
        """Count one execution, at average cost. More may be sold than held: the venue is right."""
        self.fees = Money(self.fees + fill.fee)
        if fill.side is Side.BUY:
            spent = cost(fill.price, fill.quantity) + fill.fee
            self.held = Quantity(self.held + fill.quantity)
            self.paid = Money(self.paid + spent)
            self.cash = Money(self.cash - spent)
            return
        earned = proceeds(fill.price, fill.quantity) - fill.fee
        held = max(0, self.held)
        part = share_of(self.paid, Quantity(min(fill.quantity, held)), Quantity(held))
        self.held = Quantity(self.held - fill.quantity)
        self.paid = Money(self.paid - part)
        self.cash = Money(self.cash + earned)
        self.realised = Money(self.realised + earned - part)


@dataclass(slots=True)
class Holding:
    """A position twice: `final` by final fills alone, `now` with those that could still be undone.

    `waiting` holds the fills since the oldest pending one, in order of arrival.
    """

    final: Position = field(default_factory=Position)
    now: Position = field(default_factory=Position)
    waiting: list[Fill] = field(default_factory=list)

    def add(self, fill: Fill) -> None:
        """Take in a new execution."""
        self.waiting.append(fill)
        self._refresh()

    def settle(self, fill_id: FillId, settlement: Settlement) -> None:
        """A pending fill became final or is undone; unknown and final ones are left alone."""
        self.waiting = [
            replace(fill, settlement=settlement) if fill.fill_id == fill_id else fill
            for fill in self.waiting
            if fill.fill_id != fill_id
            or fill.settlement is not Settlement.PENDING
            or settlement is not Settlement.REVERSED
        ]
        self._refresh()

    def _refresh(self) -> None:
        while self.waiting and self.waiting[0].settlement is Settlement.FINAL:
            self.final.take(self.waiting.pop(0))
        self.now = replace(self.final)
        for fill in self.waiting:
            self.now.take(fill)
