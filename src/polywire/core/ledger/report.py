"""The venue's account against the ledger: what differs, and what would explain it. Changes nothing.

The venue may have heard of fills before us, or count them later; it rounds each by itself.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import accumulate

from msgspec import Struct

from polywire.core.ids import InstrumentId
from polywire.core.ledger.ledger import Ledger
from polywire.core.ledger.order import Order
from polywire.core.ledger.position import Fill
from polywire.core.model.account import AccountReported
from polywire.core.model.instrument import Side
from polywire.core.units import (
    MINUTE,
    Ns,
    Quantity,
    cost,
    format_micros,
    payout,
    proceeds,
)

PENDING_NS = 10 * MINUTE
"""How long a pending fill explains a difference: one that is told so for ever, is no more."""


class Cause(StrEnum):
    """What explains a difference; `PENDING` and `FLIGHT` pass by themselves.

    `HELD` and `FUNDED`: shares that nobody here ever touched, and cash before our first order.
    """

    NONE = ""
    ROUNDING = "rounding"
    FOREIGN = "foreign fills"
    UNWATCHED = "a market that is not watched"
    PENDING = "pending fills"
    FLIGHT = "an order may just have filled"
    HELD = "held before, at an unknown cost"
    FUNDED = "held before"


class Difference(Struct, frozen=True):
    """Cash or one instrument, in micros; `instrument` is None for cash.

    `in_order`: pending fills, if the oldest count and the youngest do not, would explain it.
    """

    instrument: InstrumentId | None
    ours: int
    theirs: int
    cause: Cause
    in_order: bool

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


class _Spans(Struct, frozen=True):
    """By how much less and more the venue may have, by cause; pending fills one by one, in order.

    `settled` stays as it is, `flight` may come from one reading to the next.
    """

    settled: tuple[tuple[Cause, int, int], ...]
    pending: tuple[int, ...]
    flight: tuple[int, int]

    def cause(self, change: int) -> Cause:
        """The first cause that, with those before it, would account for a change."""
        low = high = 0
        less = sum(one for one in self.pending if one < 0)
        spans = (
            *self.settled,
            (Cause.PENDING, less, sum(self.pending) - less),
            (Cause.FLIGHT, *self.flight),
        )
        for cause, under, over in spans:
            low, high = low + under, high + over
            if (under or over) and low <= change <= high:
                return cause
        return Cause.NONE

    def in_order(self, change: int, tolerance: int) -> bool:
        """Whether all is well if the venue counts fills in the order in which we heard of them."""
        low = sum(under for _, under, _ in self.settled) - tolerance
        high = sum(over for _, _, over in self.settled) + tolerance
        uncounted = [0, *accumulate(reversed(self.pending))]
        return any(low <= change - one <= high for one in uncounted)


def differences(ledger: Ledger, event: AccountReported, tolerance: int) -> Iterator[Difference]:
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
        spans = _cash_spans(ledger, event.recv_ns)
        cause = spans.cause(theirs - ledger.cash)
        if cause is Cause.NONE and not ledger.orders:
            cause = Cause.FUNDED
        in_order = spans.in_order(theirs - ledger.cash, tolerance)
        yield Difference(None, ledger.cash, theirs, cause, in_order)
    for instrument in {**ledger.shares, **reported}:
        held, shown = ledger.held(instrument), reported.get(instrument, Quantity(0))
        if held != shown and ledger.worth(instrument) is None:
            spans = _share_spans(ledger, instrument, event.recv_ns)
            cause = _cause(ledger, instrument, spans.cause(shown - held))
            in_order = spans.in_order(shown - held, tolerance)
            yield Difference(instrument, held, shown, cause, in_order)


def _cause(ledger: Ledger, instrument: InstrumentId, cause: Cause) -> Cause:
    if instrument not in ledger.markets:
        return Cause.UNWATCHED
    before = not ledger.orders or ledger.untouched(instrument)
    return Cause.HELD if cause is Cause.NONE and before else cause


def _share_spans(ledger: Ledger, instrument: InstrumentId, now: Ns) -> _Spans:
    moved = ledger.foreign.shares.get(instrument, 0)
    return _Spans(
        ((Cause.FOREIGN, min(0, moved), max(0, moved)),),
        tuple(-fill.moved for fill in _pending(ledger, now, instrument)),
        (-ledger.could_sell(instrument), ledger.could_buy(instrument)),
    )


def _cash_spans(ledger: Ledger, now: Ns) -> _Spans:
    moved, unsure = ledger.foreign.cash, ledger.foreign.unsure
    return _Spans(
        (
            (Cause.ROUNDING, -ledger.booked, ledger.booked),
            (Cause.FOREIGN, min(0, moved) - unsure, max(0, moved) + unsure),
        ),
        tuple(map(_cash_back, _pending(ledger, now))),
        (-ledger.reserved, _could_earn(ledger.open_orders.values())),
    )


def _cash_back(fill: Fill) -> int:
    """How much more the venue has while it does not count a fill."""
    if fill.side is Side.BUY:
        return cost(fill.price, fill.quantity) + fill.fee
    return fill.fee - proceeds(fill.price, fill.quantity)


def _pending(ledger: Ledger, now: Ns, instrument: InstrumentId | None = None) -> list[Fill]:
    """The fills, of one instrument or all, that could still be undone; the oldest first."""
    found = [
        fill
        for (_, held), holding in ledger.holdings.items()
        if instrument in (None, held)
        for fill in holding.pending
        if now - fill.told_ns < PENDING_NS
    ]
    return sorted(found, key=lambda fill: fill.told_ns)


def _could_earn(orders: Iterable[Order]) -> int:
    """A share sold brings a dollar at most."""
    return sum(order.remaining for order in orders if order.command.side is Side.SELL)
