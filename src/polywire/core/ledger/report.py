"""The venue's account against the ledger: what differs, and what would explain it. Changes nothing.

The venue may have heard of fills before us, or count them later; it rounds each by itself.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from msgspec import Struct

from polywire.core.ids import InstrumentId
from polywire.core.ledger.ledger import Ledger
from polywire.core.ledger.order import Order
from polywire.core.ledger.position import Fill
from polywire.core.model.account import AccountReported
from polywire.core.model.instrument import Side
from polywire.core.units import Money, Quantity, cost, format_micros, payout, proceeds


class Cause(StrEnum):
    """What explains a difference; the last two pass by themselves."""

    NONE = ""
    ROUNDING = "rounding"
    FOREIGN = "foreign fills"
    UNWATCHED = "a market that is not watched"
    PENDING = "pending fills"
    FLIGHT = "an order may just have filled"


class Difference(Struct, frozen=True):
    """Cash or one instrument, in micros; `instrument` is None for cash."""

    instrument: InstrumentId | None
    ours: int
    theirs: int
    cause: Cause

    @property
    def subject(self) -> str:
        """What differs."""
        return "cash" if self.instrument is None else self.instrument

    @property
    def text(self) -> str:
        """Both numbers, the venue's first."""
        theirs, ours = format_micros(self.theirs), format_micros(self.ours)
        if self.instrument is None:
            return f"cash is {theirs}, expected {ours}"
        return f"{self.instrument}: {theirs}, expected {ours}"


Span = tuple[Cause, int, int]
"""By how much less and more the venue may have, for one cause."""


def differences(ledger: Ledger, event: AccountReported) -> Iterator[Difference]:
    """Cash first, then instruments. What a resolved share will pay counts as cash in both.

    The venue rounds one payout an instrument, we one a strategy: it may have a micro more for
    each of ours.
    """
    reported = dict(event.positions)
    theirs = int(event.cash)
    for instrument, shares in event.positions:
        worth = ledger.worth(instrument)
        theirs += payout(worth, shares) if worth is not None else 0
    rounded = sum(holding.worth is not None for holding in ledger.holdings.values())
    if not 0 <= theirs - ledger.cash <= rounded:
        cause = _explain(theirs - ledger.cash, _cash_spans(ledger))
        yield Difference(None, ledger.cash, theirs, cause)
    for instrument in {**ledger.shares, **reported}:
        held, shown = ledger.held(instrument), reported.get(instrument, Quantity(0))
        if held != shown and ledger.worth(instrument) is None:
            yield Difference(instrument, held, shown, _cause(ledger, instrument, shown - held))


def _cause(ledger: Ledger, instrument: InstrumentId, change: int) -> Cause:
    if instrument not in ledger.markets:
        return Cause.UNWATCHED
    moved = ledger.foreign.shares.get(instrument, 0)
    pending = list(_pending(ledger, instrument))
    bought = sum(fill.quantity for fill in pending if fill.side is Side.BUY)
    sold = sum(fill.quantity for fill in pending if fill.side is Side.SELL)
    return _explain(
        change,
        (
            (Cause.FOREIGN, min(0, moved), max(0, moved)),
            (Cause.PENDING, -bought, sold),
            (Cause.FLIGHT, -ledger.could_sell(instrument), ledger.could_buy(instrument)),
        ),
    )


def _cash_spans(ledger: Ledger) -> tuple[Span, ...]:
    spent, earned = Money(0), Money(0)
    for fill in _pending(ledger):
        if fill.side is Side.BUY:
            spent = Money(spent + cost(fill.price, fill.quantity) + fill.fee)
        else:
            earned = Money(earned + proceeds(fill.price, fill.quantity))
    moved = ledger.foreign.cash
    return (
        (Cause.ROUNDING, -ledger.booked, ledger.booked),
        (Cause.FOREIGN, min(0, moved), max(0, moved)),
        (Cause.PENDING, -earned, spent),
        (Cause.FLIGHT, -ledger.reserved, _could_earn(ledger.open_orders.values())),
    )


def _pending(ledger: Ledger, instrument: InstrumentId | None = None) -> Iterator[Fill]:
    """The fills, of one instrument or all, that could still be undone."""
    for (_, held), holding in ledger.holdings.items():
        if instrument is None or held == instrument:
            yield from holding.pending


def _could_earn(orders: Iterable[Order]) -> int:
    """A share sold brings a dollar at most."""
    return sum(order.remaining for order in orders if order.command.side is Side.SELL)


def _explain(change: int, spans: Iterable[Span]) -> Cause:
    """The first cause that, with those before it, would account for a change."""
    low = high = 0
    for cause, less, more in spans:
        low, high = low + less, high + more
        if (less or more) and low <= change <= high:
            return cause
    return Cause.NONE
