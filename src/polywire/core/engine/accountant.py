"""Holds the ledger against what the venue reports: differences are told, put right, or halt.

The venue is right, but its word and our events cross on the way: unless it is said again, and
nothing is pending or under way that would explain it, a difference changes nothing. What was there
before our doing is taken in at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec import Struct

from polywire.core.engine.standing import Standing
from polywire.core.ids import InstrumentId, StrategyId, VenueOrderId
from polywire.core.ledger.foreign import MANUAL, OTHERS, VENUE
from polywire.core.ledger.ledger import Ledger
from polywire.core.ledger.order import Order, OrderState
from polywire.core.ledger.position import Position
from polywire.core.ledger.report import Cause, Difference, differences
from polywire.core.model.account import AccountReported
from polywire.core.model.breaker import BreakerCause
from polywire.core.model.command import DayOpened
from polywire.core.model.reckoning import (
    Correction,
    DifferenceFound,
    PositionHandedOver,
    Reckoning,
)
from polywire.core.units import ONE, SECOND, Money, Ns, Quantity, payout

DOUBTFUL_MAX = 3
"""Readings in a row that pending fills explain only out of their order: then we wait for them."""

HALF = Money(ONE // 2)

FLIGHT_NS = 30 * SECOND
"""How long word of a fill may be on its way; a difference that lasts longer is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciling:
    """What becomes of differences from the venue's account.

    `tolerance`: micros of dollars or shares by which one may be off without an explanation before
    trading halts. `adopt`: foreign fills are positions of "manual"; else they are only counted.
    `exits`: the strategy that takes over, with its exits, what nobody here opened; None: nobody.
    """

    tolerance: int
    adopt: bool
    exits: StrategyId | None


class Seen(Struct):
    """A difference, and since when the venue has said so."""

    change: int
    since_ns: Ns


class Accountant:
    """Call `take` with each report and `cut` at each cut; without `terms` any difference halts."""

    def __init__(self, standing: Standing, terms: Reconciling | None) -> None:
        self._standing = standing
        self._ledger: Ledger = standing.ledger
        self._terms = terms
        self._seen: dict[str, Seen] = {}
        self._told: list[Reckoning] = []
        self._reported = False
        self._doubtful = 0

    def take(self, event: AccountReported) -> None:
        """Compare at once: what is told after it, the venue may not have known."""
        self._reported = True
        self._ledger.terms.show(event.positions)
        before, self._seen = self._seen, {}
        found = list(differences(self._ledger, event, self._terms.tolerance if self._terms else 0))
        self._judge(found, event.recv_ns)
        for one in found:
            last = self._see(one.subject, one.ours, one.theirs, one.cause, before, event.recv_ns)
            if self._terms is None:
                self._halt(one)
            elif one.cause in (Cause.HELD, Cause.FUNDED):
                self._take_in(one, self._terms)
            elif last is not None and _lasts(one, last, event.recv_ns):
                self._put_right(one, self._terms)
        if event.orders is not None:
            self._take_orders(dict(event.orders), before, event.recv_ns)

    def cut(self) -> list[Reckoning | DayOpened]:
        """What was found since the last cut, and who takes over what."""
        if not self._reported:
            return []
        self._reported = False
        told, self._told = self._told, []
        before = self._standing.value()
        for one in told:
            if isinstance(one, Correction):
                self._ledger.correct(one)
        return [*told, *self._standing.move_day(before), *self._hand_over()]

    def forget(self) -> None:
        """Tell nothing of what was found since the last cut: for who reads what another found."""
        self._reported = False
        self._told.clear()

    def _judge(self, found: list[Difference], now: Ns) -> None:
        """Whether the account was read, or may be anything; then nothing is bought until it is.

        Money that is missing for good hides among pending fills, but not in the order of them.
        """
        known = (Cause.HELD, Cause.FUNDED, Cause.UNWATCHED)
        doubtful = any(one.cause not in known and not one.in_order for one in found)
        self._doubtful = max(0, min(DOUBTFUL_MAX, self._doubtful + (1 if doubtful else -1)))
        breaker = self._standing.breaker
        if self._doubtful < DOUBTFUL_MAX:
            breaker.read(now)
        else:
            breaker.trip(BreakerCause.UNREAD, "pending fills hide what the account has")

    def _see(
        self, subject: str, ours: int, theirs: int, why: str, before: dict[str, Seen], now: Ns
    ) -> Seen | None:
        """Tell a difference when it is new or another; when it was first said, if it is neither."""
        last = before.get(subject)
        if last is not None and last.change == theirs - ours:
            self._seen[subject] = last
            return last
        self._seen[subject] = Seen(theirs - ours, now)
        self._told.append(DifferenceFound(subject, ours, theirs, why))
        return None

    def _put_right(self, one: Difference, terms: Reconciling) -> None:
        """Halt for what is missing, or shares out of nowhere; deposits and rebates only come in."""
        change = one.theirs - one.ours
        explained = one.cause in (Cause.ROUNDING, Cause.FOREIGN) or abs(change) <= terms.tolerance
        came_in = not explained and one.instrument is None and change > 0
        if not (explained or came_in):
            self._halt(one)
        del self._seen[one.subject]
        if one.instrument is not None:
            self._told += self._share_out(one.instrument, change)
            return
        before = Money(change if came_in else 0)
        self._told.append(
            Correction(VENUE, None, Quantity(0), Money(change), before, unexplained=came_in)
        )

    def _share_out(self, instrument: InstrumentId, change: int) -> Iterator[Correction]:
        """Missing shares are taken from those who hold them, at cost, strategies last."""
        holdings = self._ledger.holdings
        holders = sorted(
            (strategy not in OTHERS, strategy) for strategy, held in holdings if held == instrument
        )
        for _, strategy in holders:
            there = holdings[strategy, instrument].settled.held
            part = max(change, -max(0, there))
            if part < 0:
                change -= part
                yield Correction(strategy, instrument, Quantity(part), Money(0))
        if change:
            yield Correction(VENUE, instrument, Quantity(change), Money(0))

    def _take_in(self, one: Difference, terms: Reconciling) -> None:
        """Count what was there before; what shares are worth is anybody's guess without a bid."""
        change = one.theirs - one.ours
        del self._seen[one.subject]
        if one.instrument is None:
            self._told.append(Correction(VENUE, None, Quantity(0), Money(change), Money(change)))
            return
        shares = Quantity(max(0, change))
        worth = self._standing.worth(one.instrument, Position(shares)) or payout(HALF, shares)
        holder = MANUAL if terms.adopt else VENUE
        self._told.append(Correction(holder, one.instrument, Quantity(change), Money(0), worth))

    def _halt(self, one: Difference) -> None:
        reason = f"reconciliation: {one.text}"
        self._standing.breaker.trip(BreakerCause.RECONCILIATION, reason)

    def _take_orders(
        self, theirs: dict[VenueOrderId, Quantity], before: dict[str, Seen], now: Ns
    ) -> None:
        """Look up what should rest and does not; open again what rests and should not."""
        for order in list(self._ledger.open_orders.values()):
            if order.venue_id is None or order.state is not OrderState.LIVE:
                continue
            left = theirs.get(order.venue_id, Quantity(0))
            if left < order.remaining:
                self._ledger.doubt(order)
                self._see(order.venue_id, order.remaining, left, "looked up", before, now)
        for venue_id, left in theirs.items():
            order_id = self._ledger.by_venue.get(venue_id)
            if order_id is not None:
                self._show(self._ledger.orders[order_id], left, before, now)

    def _show(self, order: Order, left: Quantity, before: dict[str, Seen], now: Ns) -> None:
        if order.state is OrderState.LIVE or not order.remaining:
            return
        assert order.venue_id is not None, "the venue shows it"
        ours = order.remaining if order.is_open else Quantity(0)
        last = self._see(order.venue_id, ours, left, "rests after all", before, now)
        if last is not None or order.state is not OrderState.CLOSED:  # its end may be news
            self._ledger.show(order)

    def _hand_over(self) -> list[PositionHandedOver | DayOpened]:
        """Positions that nobody opened, at what they cost, or else at what they would bring."""
        to = self._terms.exits if self._terms is not None else None
        if to is None:
            return []
        found: list[PositionHandedOver] = []
        for (source, instrument), holding in self._ledger.holdings.items():
            position = holding.now
            unowned = source in OTHERS and source != to
            if unowned and position.held > 0 and not holding.waiting:
                paid = position.paid or self._standing.worth(instrument, position)
                found.append(PositionHandedOver(source, to, instrument, position.held, paid))
        if not found:
            return []
        before = self._standing.value()
        for one in found:
            self._ledger.hand_over(one)
        return [*found, *self._standing.move_day(before)]


def _lasts(one: Difference, last: Seen, now: Ns) -> bool:
    """Whether a difference that was said again will not pass by itself."""
    if one.cause in (Cause.PENDING, Cause.UNWATCHED):
        return False
    return one.cause is not Cause.FLIGHT or now - last.since_ns >= FLIGHT_NS
