"""What the risk rules read: the engine's state at this cut, read-only for them."""

from collections import deque

from polywire.core.book.integrity import UNKNOWN
from polywire.core.engine.roster import Roster
from polywire.core.engine.tracked import Touch, Tracked
from polywire.core.engine.valued import Valued, mark, marks_of, moved, told
from polywire.core.engine.watch import BookWatch
from polywire.core.execution.basket import SELLING
from polywire.core.ids import InstrumentId, StrategyId
from polywire.core.ledger.archive import is_over
from polywire.core.ledger.exposure import group_exposure
from polywire.core.ledger.foreign import OTHERS
from polywire.core.ledger.ledger import Ledger
from polywire.core.ledger.position import Position
from polywire.core.model.breaker import BreakerMoved
from polywire.core.model.command import DayOpened, PlaceOrder
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import TimeInForce
from polywire.core.risk.breaker import Breaker
from polywire.core.risk.limits import Limits
from polywire.core.units import DAY, MINUTE, SECOND, Money, Ns, Quantity, dollars, proceeds
from polywire.core.view import Footing

CONFIRMED_NS = 2 * SECOND
"""How long a book that came by REST will do to sell what is held, though no feed tells it."""


class Standing:
    """Fulfils core.risk.limits.RiskState."""

    def __init__(
        self,
        limits: Limits,
        ledger: Ledger,
        watch: BookWatch,
        roster: Roster,
        breaker: Breaker,
        *,
        footing: Footing,
    ) -> None:
        self.limits = limits
        self.ledger = ledger
        self.now = Ns(0)
        self.footing = footing
        self.breaker = breaker
        self.recent_orders: deque[Ns] = deque()
        self.valued = Valued(Money(0), {}, {})
        self._watch = watch
        self._roster = roster
        self._valued_ns = Ns(0)

    def cut(self, now: Ns) -> None:
        """Move to a cut's time; once a second, value what is held."""
        self.now = now
        while self.recent_orders and now - self.recent_orders[0] >= MINUTE:
            self.recent_orders.popleft()
        if now - self._valued_ns >= SECOND:
            self._valued_ns = now
            self.valued = self.value()

    def open_day(self) -> list[DayOpened]:
        """What there is at the first cut of a UTC day, once for all restarts of that day.

        Again when a book is told of shares that had none. A day that an older build opened knows
        no results: they count from here.
        """
        day = self.now // DAY
        opened = self.ledger.opened
        if opened.day == day and (opened.results or not self._roster.seats):
            return self._tell_books() if self.now == self._valued_ns else []
        self.valued = self.value()
        traded = opened.traded if opened.day == day else self.valued.traded
        marks = tuple(
            one for key, one in self.valued.marks.items() if not is_over(self.ledger.holdings[key])
        )
        return self._open(DayOpened(day, traded, tuple(sorted(self.valued.results.items())), marks))

    def move_day(self, before: Valued) -> list[DayOpened]:
        """What strategies gain or lose without their own doing is no gain or loss of the day."""
        after = self.value()
        if after == before:
            return []
        self.valued = after
        return [*self._open(moved(self.ledger.opened, before, after)), *self._tell_books()]

    def _tell_books(self) -> list[DayOpened]:
        opened = self.ledger.opened
        after = told(opened, self.valued)
        return self._open(after) if after != opened else []

    def _open(self, opened: DayOpened) -> list[DayOpened]:
        self.ledger.open_day(opened)
        return [opened]

    def note_losses(self) -> None:
        """Who has lost its share of the day's risk buys nothing more today, though prices turn."""
        if self.now != self._valued_ns:
            return
        for name, seat in self._roster.seats.items():
            if seat.loss_max is not None and self.lost(name) >= seat.loss_max:
                seat.lost_day = self.ledger.opened.day

    def trip(self) -> list[BreakerMoved]:
        """What the breaker does at this cut."""
        self.note_losses()
        lost = self.loss >= self.limits.loss_max
        why = f"lost {dollars(self.loss)} today" if lost else ""
        orders = len(self.recent_orders)
        return self.breaker.cut(self.now, orders, lost=why, day=self.ledger.opened.day)

    @property
    def halted(self) -> str:
        """Why nothing may be placed, or empty."""
        return self.breaker.halted

    @property
    def barred(self) -> str:
        """Why nothing may be bought, or empty."""
        return self.breaker.barred

    @property
    def flattening(self) -> bool:
        """Whether all that is held is to be sold."""
        return self.breaker.flattening

    @property
    def equity(self) -> Money:
        """What the account is worth: cash, and all that is held there at the best bids."""
        held = ((key[1], one.now) for key, one in self.ledger.holdings.items() if one.now.held)
        return Money(self.ledger.cash + sum(self.worth(*each) for each in held))

    @property
    def loss(self) -> Money:
        """Money that strategies lost since the first cut of the UTC day, shares at the best bid."""
        return Money(max(0, self.ledger.opened.traded - self.valued.traded))

    def lost(self, strategy: StrategyId) -> Money:
        """The same of one strategy alone."""
        before = dict(self.ledger.opened.results).get(strategy, 0)
        return Money(max(0, before - self.valued.results.get(strategy, 0)))

    def spent(self, strategy: StrategyId) -> str:
        """Why a strategy may buy nothing more today, or empty."""
        seat = self._roster.seats.get(strategy)
        if seat is None or seat.lost_day != self.ledger.opened.day or seat.lost_day < 0:
            return ""
        return f"lost its loss_max of {dollars(seat.loss_max or 0)} today"

    def market(self, order: PlaceOrder) -> Market | None:
        """The order's market, unless it is not listed or resolved."""
        tracked = self._watch.books.get(order.market)
        return tracked.market if tracked is not None and not tracked.resolved else None

    def distrust(self, order: PlaceOrder) -> str:
        """Why the order's book may not be traded on, or empty."""
        tracked = self._watch.books.get(order.market)
        if tracked is None:
            return "not watched"
        return self.exit_distrust(tracked) if self.leaves(order) else self.distrust_of(tracked)

    def leaves(self, order: PlaceOrder) -> bool:
        """Whether it is the sale of an exit, of all that is held, or of a basket's surplus."""
        seat = self._roster.seats.get(order.strategy)
        takes = order.side is Side.SELL and order.time_in_force is TimeInForce.IOC
        if takes and (self.flattening or self._unwinds(order)):
            return True
        return takes and seat is not None and (seat.exits is not None or seat.sells_out)

    def _unwinds(self, order: PlaceOrder) -> bool:
        group = self.ledger.markets[order.instrument].group
        moved = self.ledger.baskets.get((order.strategy, group)) if group is not None else None
        if moved is None or moved.step not in SELLING:
            return False
        return any(leg.instrument == order.instrument for leg in moved.basket.legs)

    def distrust_of(self, tracked: Tracked) -> str:
        """Why a book may not be traded on, or empty."""
        return self._watch.distrust(tracked, self.now)

    def exit_distrust(self, tracked: Tracked) -> str:
        """Why not even an exit may sell on a book; one that REST has just shown will do."""
        if tracked.confirmed_ns and self.now - tracked.confirmed_ns <= CONFIRMED_NS:
            return ""
        return self.distrust_of(tracked)

    def touch(self, order: PlaceOrder) -> Touch:
        """Best bid and ask of the order's instrument."""
        tracked = self._watch.books[order.market]
        return tracked.book.touch(tracked.market.outcome_index(order.instrument))

    def strategy_budget(self, order: PlaceOrder) -> Money:
        """The most the order's strategy may have at stake."""
        return self._roster.budget(order.strategy)

    def group_exposure(self, order: PlaceOrder, spends: Money) -> Money:
        """What all markets listed together with the order's could cost, it included."""
        return group_exposure(self.ledger, self.ledger.markets[order.instrument], order, spends)

    def unsellable(self, strategy: StrategyId, instrument: InstrumentId) -> Quantity:
        """Shares whose purchase could still be undone, where those may not be sold."""
        holding = self.ledger.holdings.get((strategy, instrument))
        if self.footing.sells_pending or holding is None:
            return Quantity(0)
        return holding.unsure

    def free(self, strategy: StrategyId, instrument: InstrumentId) -> Quantity:
        """Shares it holds that are there to sell: another strategy may have sold more than it had.

        Those in its own open sales among them.
        """
        ledger = self.ledger
        others = ledger.could_sell(instrument) - ledger.could_sell(instrument, strategy)
        held = ledger.position(strategy, instrument).held
        there = min(held, ledger.held(instrument) - others)
        return Quantity(max(0, there - self.unsellable(strategy, instrument)))

    def worth(self, instrument: InstrumentId, position: Position) -> Money:
        """What held shares would bring at the best bid; while no book is known, what they cost."""
        worth = self._by_book(instrument, position)
        return worth if worth is not None else position.paid

    def value(self) -> Valued:
        """What there is now, and what each strategy made of it."""
        results = {name: Money(0) for name in self._roster.seats}
        before = marks_of(self.ledger.opened)
        marks = {}
        for key, holding in self.ledger.holdings.items():
            if key[0] not in OTHERS:
                worth = self._by_book(key[1], holding.now)
                marks[key] = mark(key, holding.now, worth, before.get(key))
        made = [(key[0], one.made) for key, one in marks.items()]
        folded = [(name, one.cash) for name, one in self.ledger.archive.made.items()]
        for name, part in (*made, *folded):
            if name not in OTHERS:
                results[name] = Money(results.get(name, 0) + part)
        traded = Money(self.ledger.cash_start + sum(results.values()))
        return Valued(traded, results, marks)

    def _by_book(self, instrument: InstrumentId, position: Position) -> Money | None:
        """What held shares would bring at the best bid; None while no book is known."""
        if position.held <= 0:
            return Money(0)
        market = self.ledger.markets[instrument]
        tracked = self._watch.books.get(market.id)
        if tracked is None or tracked.integrity.suspect == UNKNOWN:
            return None
        bid, _ = tracked.book.touch(market.outcome_index(instrument))
        return proceeds(bid, position.held) if bid is not None else Money(0)
