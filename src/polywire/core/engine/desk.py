"""Where strategies are asked and answered: what they want becomes cancels and reviewed orders.

Runs only at a cut. Owns which markets have news, and the run's order counter.
"""

from collections import Counter
from collections.abc import Iterable

from polywire.core.engine.asking import answer
from polywire.core.engine.baskets import Baskets, Orders
from polywire.core.engine.guard import Guard
from polywire.core.engine.rearming import Rearming, unasked
from polywire.core.engine.roster import Roster, Seat
from polywire.core.engine.standing import Standing
from polywire.core.engine.tracked import Tracked
from polywire.core.engine.turnover import Turnover
from polywire.core.engine.watch import BookWatch
from polywire.core.execution.reconcile import reconcile, taking
from polywire.core.ids import FillId, MarketId, RunId, StrategyId, order_id
from polywire.core.ledger.ledger import Ledger
from polywire.core.ledger.order import Order, OrderEvent, OrderState
from polywire.core.model.account import OrderCancelled, OrderFilled, OrderRejected
from polywire.core.model.basket import BasketMoved
from polywire.core.model.breaker import BreakerMoved
from polywire.core.model.command import (
    CancelOrder,
    DayOpened,
    ExitMoved,
    LookUpOrder,
    OrderRefused,
    StrategyHalted,
    order_for,
)
from polywire.core.model.healing import FeedNews, FeedOrder
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import Quote, TimeInForce
from polywire.core.model.reckoning import Reckoning
from polywire.core.risk.gate import Approved, review
from polywire.core.strategy import Wake
from polywire.core.units import MILLISECOND, MINUTE, SECOND, Ns
from polywire.core.view import MarketView

Command = (
    Approved
    | CancelOrder
    | LookUpOrder
    | FeedOrder
    | OrderRefused
    | StrategyHalted
    | FeedNews
    | DayOpened
    | ExitMoved
    | BasketMoved
    | BreakerMoved
    | Reckoning
)
"""What a cut returns: the journal's `Output`, with orders as only the gate makes them."""

ASK_ALL_NS = SECOND
"""Every strategy is asked about every market at least this often."""
TURN_NS = 100 * MILLISECOND
LISTING_NS = MINUTE
"""How long the start of a run may take to list the markets on which orders rest already."""


class Desk:
    """Asks each strategy about the markets with news, and pursues what it wants."""

    def __init__(
        self, ledger: Ledger, watch: BookWatch, standing: Standing, roster: Roster
    ) -> None:
        self.run = RunId("")
        self.began_ns = Ns(0)
        self.sent = 0
        self.filled = 0
        self.refused: Counter[tuple[StrategyId, str]] = Counter()
        self.views = 0
        self.keeps_targets = False
        """Whether a halt leaves the targets of exits where they rest."""
        self._ledger = ledger
        self._watch = watch
        self._standing = standing
        self._roster = roster
        self._turned_ns = Ns(0)
        self._turn = 0
        self._marked: dict[MarketId, None] = {}
        self._commands: list[Command] = []
        self._guard = Guard(standing, roster, self._tell)
        self._baskets = Baskets(standing, watch, roster, self._send_together, self._tell)
        self._sweep = ""
        self.turnover = Turnover(standing, watch, roster, self._guard)
        self.flattening = self.turnover.flattening
        self.rearming = Rearming(ledger)

    def list_market(self, market: Market) -> None:
        """Let each strategy say whether it follows a market."""
        for seat in self._roster.seats.values():
            self.turnover.follow(seat, market)

    def add(self, settings: str) -> None:
        """Seat a strategy while the run goes on, and ask it about what it follows."""
        for market in self.turnover.add(settings):
            self.mark(market)

    def mark(self, market: MarketId) -> None:
        """Ask about this market at the next cut, whatever its book did."""
        self._marked[market] = None

    def mark_order(self, event: OrderEvent | OrderFilled) -> None:
        """Something became of an order; one that was of no use lets its slot rest for a while."""
        order = self._ledger.orders.get(event.order_id)
        if order is None:
            return
        command = order.command
        self.mark(command.market)
        seat = self._roster.seats.get(command.strategy)
        takes = not command.time_in_force.rests
        if isinstance(event, OrderCancelled) and unasked(order, self._now):
            self.rearm(self._now)
        useless = OrderRejected | OrderCancelled if takes else OrderRejected
        if seat is not None and isinstance(event, useless):
            seat.rested_ns[command.slot] = self._now
            if takes and isinstance(event, OrderRejected):
                seat.rejected_ns[command.slot] = self._now
        whole = isinstance(event, OrderFilled) and not order.remaining
        unsent = isinstance(event, OrderRejected) and event.unsent
        sale = command.time_in_force is TimeInForce.IOC and command.side is Side.SELL
        if sale and (whole or unsent):
            self._guard.served(command)

    def rearm(self, now: Ns) -> None:
        """Let every exit be seen to before anything is bought again."""
        for market in self.rearming.begin(now):
            self.mark(market)

    def keeps(self, order: Order) -> bool:
        """Whether an order stays where it rests when the run ends."""
        seat = self._roster.seats.get(order.command.strategy)
        rests = order.command.time_in_force.rests
        target = order.command.side is Side.SELL and rests and order.state is OrderState.LIVE
        return self.keeps_targets and target and seat is not None and seat.exits is not None

    def mark_fill(self, fill_id: FillId) -> None:
        """Something became of a fill: what it undoes is to be sold, or not, at once."""
        key = self._ledger.fills.get(fill_id)
        market = self._ledger.markets.get(key[1]) if key is not None else None
        if market is not None:  # a ledger of an older build may know a fill longer than its market
            self.mark(market.id)

    def sweep(self, reason: str) -> None:
        """Cancel all open orders at the next cut; what is wanted is placed anew."""
        self._sweep = reason

    def cut(self) -> list[Command]:
        """What is to be cancelled, placed and told now, in order."""
        self._commands = []
        for seat in self._roster.seats.values():
            self._halt_failed(seat)
        for order, reason in self.turnover.unwanted():
            self._cancel(order, reason)
        if self._sweep:
            self._cancel_all(self._sweep)
            self._sweep = ""
        if self._standing.halted:
            self._guard.forget()
            self._cancel_all(self._standing.halted)
            self._baskets.cut((), self._standing.halted)
        elif self._standing.flattening and self.run:
            self._guard.forget()
            self._flatten()
            self._baskets.cut((), "all that is held is being sold")
        elif self.run:
            self._cancel_buys()
            sales = [*self.turnover.wanted(), *self._baskets.sales()]
            self._guard.make_way(sales)
            self._marked |= {self._ledger.markets[one.instrument].id: None for one in sales}
            due = self._due()
            for tracked in due:
                self._ask_about(tracked)
            self._sell(self.turnover.sales())
            self._baskets.cut(due, "")
        self._marked, self._guard.restless = self._guard.restless, {}
        return self._commands

    def _tell(self, told: Approved | ExitMoved | BasketMoved | OrderRefused) -> None:
        if isinstance(told, OrderRefused):
            self.refused[told.strategy, told.rule] += 1
        self._commands.append(told)

    @property
    def _now(self) -> Ns:
        return self._standing.now

    def _due(self) -> list[Tracked]:
        """The markets to ask strategies about: those with news, and each once a second in turn."""
        due = dict(self._watch.changed)
        if self._now - self._turned_ns >= TURN_NS:
            self._take_turns()
        for market in self._marked:
            tracked = self._watch.books.get(market)
            if tracked is not None:
                due[market] = tracked
        return list(due.values())

    def _take_turns(self) -> None:
        """Mark as many markets as make a whole round in a second, so that no cut asks them all."""
        markets = list(self._watch.books)
        passed_ns = self._now - self._turned_ns
        count = min(len(markets), -(-len(markets) * passed_ns // ASK_ALL_NS))
        self._turned_ns = self._now
        for place in range(self._turn, self._turn + count):
            self.mark(markets[place % len(markets)])
        self._turn = (self._turn + count) % max(1, len(markets))
        self._cancel_abandoned()

    def _ask_about(self, tracked: Tracked) -> None:
        distrust = self._standing.distrust_of(tracked)
        touch = tracked.book.touch(0)
        may_leave = not tracked.resolved and (
            not distrust or not self._standing.exit_distrust(tracked)
        )
        presses = self._guard.look(tracked, trusted=may_leave)
        news = (
            presses
            or touch != tracked.seen_touch
            or distrust != tracked.seen_distrust
            or tracked.market.id in self._marked
        )
        tracked.distrusted_ns = (tracked.distrusted_ns or self._now) if distrust else Ns(0)
        tracked.seen_touch, tracked.seen_distrust = touch, distrust
        for seat in self._roster.following(tracked.market.id):
            if news or seat.exits is not None or seat.strategy.wake is Wake.BOOK:
                self._ask(seat, tracked)

    def _ask(self, seat: Seat, tracked: Tracked) -> None:
        if tracked.resolved:
            self._pursue(seat, tracked, [])
            self.rearming.pursued(seat, tracked, ())
        elif not tracked.seen_distrust:
            wanted = self._guard.rule(seat, tracked, self._wishes(seat, tracked))
            self._pursue(seat, tracked, wanted)
            self.rearming.pursued(seat, tracked, wanted)
        else:
            leaving = self._guard.leaving(seat, tracked)
            if leaving or self._now - tracked.distrusted_ns >= seat.patience_ns:
                self._pursue(seat, tracked, leaving)

    def _wishes(self, seat: Seat, tracked: Tracked) -> tuple[Quote, ...]:
        """What its strategy wants on a proven book; nothing of one that was halted or has left."""
        if not seat.trades(tracked.market.id):
            return ()
        name, footing = seat.strategy.name, self._standing.footing
        view = MarketView(tracked.market, tracked.book, self._ledger, name, footing, now=self._now)
        self.views += 1
        wanted = answer(seat, view)
        if seat.failed:
            self._halt_failed(seat)
        if tracked.retired:
            wanted = tuple(quote for quote in wanted if quote.side is Side.SELL)
        return wanted

    def _pursue(self, seat: Seat, tracked: Tracked, wanted: list[Quote]) -> None:
        mine = [
            order
            for outcome in tracked.market.outcomes
            for order in self._ledger.open_on(outcome.instrument)
            if order.command.strategy == seat.strategy.name
        ]
        if not mine and not wanted:
            return
        cancels, places = reconcile(wanted, mine, self._now, seat.dwell_ns)
        for cancel in cancels:
            self._ledger.cancelling(cancel, self._now)
            self._commands.append(cancel)
        for quote in places:
            self._place(seat, tracked, quote)

    def _place(self, seat: Seat, tracked: Tracked, quote: Quote) -> None:
        slot = quote.slot
        takes = quote.time_in_force is TimeInForce.IOC
        exits = takes and quote.side is Side.SELL and seat.exits is not None
        if quote.side is Side.BUY and self.rearming.bars(self._now):
            return
        rested_ns = (seat.rejected_ns if exits else seat.rested_ns).get(slot)
        if rested_ns is not None and self._now - rested_ns < seat.dwell_ns:
            return
        verdict = self._review(seat.strategy.name, tracked.market, quote)
        if isinstance(verdict, Approved):
            seat.refused.pop(slot, None)
            if exits:
                self._guard.sold(verdict.order)
            self._commands.append(verdict)
        elif seat.refused.get(slot) != verdict.rule:
            seat.refused[slot] = verdict.rule
            self._tell(verdict)

    def _review(
        self, strategy: StrategyId, market: Market, quote: Quote
    ) -> Approved | OrderRefused:
        """What the gate says to an order for a quote; one that passes counts as sent."""
        order = order_for(quote, order_id(self.run, self.sent + 1), strategy, market.id)
        verdict = review(order, self._standing)
        if isinstance(verdict, Approved):
            self.sent += 1
            self._ledger.sent(order, self._now)
            self._standing.recent_orders.append(self._now)
        return verdict

    def _send_together(self, strategy: StrategyId, orders: Orders) -> OrderRefused | str:
        """Let all orders of a strategy pass the gate, or none; empty, or what held them up."""
        if self.rearming.bars(self._now) and any(one.side is Side.BUY for _, one in orders):
            return "exits are armed anew first"
        passed: list[Approved] = []
        for market, quote in orders:
            verdict = self._review(strategy, market, quote)
            if isinstance(verdict, OrderRefused):
                for one in reversed(passed):
                    self._ledger.withdraw(one.order)
                    self._standing.recent_orders.pop()
                self.sent -= len(passed)
                return verdict
            passed.append(verdict)
        self._commands += passed
        return ""

    def _flatten(self) -> None:
        """Sell all that is held, whoever holds it; nothing else rests meanwhile."""
        for order in list(self._ledger.open_orders.values()):
            if not taking(order, self._now):
                self._cancel(order, "flatten")
        self._sell(self.flattening.sales())

    def _sell(self, sales: Iterable[tuple[StrategyId, Market, Quote]]) -> None:
        for strategy, market, quote in sales:
            verdict = self._review(strategy, market, quote)
            reason = "" if isinstance(verdict, Approved) else verdict.reason
            if self.flattening.heard(strategy, quote, reason) or not reason:
                self._tell(verdict)

    def _halt_failed(self, seat: Seat) -> None:
        if not seat.failed or seat.halted:
            return
        seat.halted = seat.failed
        self._commands.append(StrategyHalted(seat.strategy.name, seat.failed))
        for order in list(self._ledger.open_orders.values()):
            if order.command.strategy == seat.strategy.name:
                self._cancel(order, "strategy halted")

    def _cancel_abandoned(self) -> None:
        for order in list(self._ledger.open_orders.values()):
            if not taking(order, self._now) and self._is_abandoned(order):
                self._cancel(order, "abandoned")

    def _is_abandoned(self, order: Order) -> bool:
        """Whether no strategy is asked about it any more: it left the run, or the market did.

        What an earlier run left waits for its market to be listed.
        """
        seat = self._roster.seats.get(order.command.strategy)
        market = order.command.market
        if seat is None:
            return True
        if market not in self._watch.books:
            listed_ns = self.began_ns + LISTING_NS if order.sent_ns < self.began_ns else 0
            return self._now >= listed_ns
        return market not in seat.follows and seat.exits is None and not seat.sells_out

    def _cancel_buys(self) -> None:
        """What rests would go on buying after a rule that lets only sales pass."""
        barred, orders = self._standing.barred, list(self._ledger.open_orders.values())
        if not orders or not (barred or any(map(self._standing.spent, self._roster.seats))):
            return
        for order in orders:
            if order.command.side is Side.BUY:
                reason = barred or self._standing.spent(order.command.strategy)
                if reason:
                    self._cancel(order, reason)

    def _cancel_all(self, reason: str) -> None:
        for order in list(self._ledger.open_orders.values()):
            if not self.keeps(order):
                self._cancel(order, reason)

    def _cancel(self, order: Order, reason: str) -> None:
        if not order.cancelling:
            cancel = CancelOrder(order.command.order_id, reason)
            self._ledger.cancelling(cancel, self._now)
            self._commands.append(cancel)
