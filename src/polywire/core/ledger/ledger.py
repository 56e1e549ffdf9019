"""What we hold, owe and have asked for: the sole owner of orders, positions and cash.

Changed only by account events, resolutions and the engine's own commands, so replaying those
rows of a journal rebuilds it exactly.
"""

from collections.abc import Iterator

from msgspec import structs

from polywire.core.ids import FillId, InstrumentId, MarketId, OrderId, StrategyId, VenueId
from polywire.core.ledger.archive import Archive
from polywire.core.ledger.foreign import MANUAL, Foreign, foreign_fill
from polywire.core.ledger.order import Order, OrderEvent, OrderState, next_state, remaining
from polywire.core.ledger.orders import Orders
from polywire.core.ledger.position import Fill, Holding, Position, fill_of, rounding
from polywire.core.ledger.terms import Terms
from polywire.core.ledger.told import Told
from polywire.core.model.account import (
    FillSettled,
    ForeignFill,
    OrderAccepted,
    OrderFilled,
    OrderMissing,
    OrderSigned,
)
from polywire.core.model.basket import Baskets
from polywire.core.model.breaker import Tripped
from polywire.core.model.command import CancelOrder, DayOpened, ExitMoved, PlaceOrder
from polywire.core.model.instrument import Side
from polywire.core.model.market import MarketResolved
from polywire.core.model.reckoning import Correction, PositionHandedOver
from polywire.core.units import SECOND, Money, Ns, Quantity, cost

CLOSED_KEPT = 10_000
"""Closed orders remembered whole, since a fill may come after the close."""

GONE_NS = 60 * SECOND
"""How long the venue has to deny an order: late ones have been seen to rest after 30 s."""

Key = tuple[StrategyId, InstrumentId]


class Ledger:
    """Orders, holdings by strategy and instrument, cash with what open buys could still take.

    `doubts`: orders that somebody has to look at, at the next cut.
    `by_venue`: our orders by what the venue calls them. `foreign`: what others do on the account.
    `booked`: micros by which fills may be rounded since cash was last put right; the price of each
    by one, and with a fee, which we round up, by less than a step of it.
    `exits`, `baskets`: where each stands, by the last that was told.
    `exposures` by market, `strategy_exposures`, `venue_exposures` and their sum `exposure`: what
    held shares cost plus what open buys could cost. `terms`: the markets, by themselves.
    `tripped`: what the breaker is open for; it alone moves it. `opened`: the UTC day, -1 before.
    """

    def __init__(self, gone_ns: int = GONE_NS) -> None:
        self.gone_ns = gone_ns
        self.cash = Money(0)
        self.cash_start = Money(0)
        self.reserved = Money(0)
        self.strangers = 0
        self.booked = 0
        self.opened = DayOpened(-1, Money(0))
        self._orders = Orders()
        self.orders, self.open_orders = self._orders.known, self._orders.open
        self.by_venue, self.open_on = self._orders.by_venue, self._orders.on
        self.doubts: dict[OrderId, None] = {}
        self.foreign = Foreign()
        self.holdings: dict[Key, Holding] = {}
        self.archive = Archive()
        self.fills: dict[FillId, Key] = {}
        self.told = Told()
        self.early = self.told.early
        self.terms = Terms()
        self.markets, self.payouts = self.terms.markets, self.terms.payouts
        self.groups, self.unredeemed = self.terms.groups, self.terms.unredeemed
        self.worth, self.list_market = self.terms.worth, self.terms.list_market
        self.exits: dict[Key, ExitMoved] = {}
        self.baskets = Baskets()
        self.tripped: Tripped = {}
        self.exposures: dict[MarketId, Money] = {}
        self.strategy_exposures: dict[StrategyId, Money] = {}
        self.exposure = Money(0)
        self.venue_exposures: dict[VenueId, Money] = {}
        self.shares: dict[InstrumentId, Quantity] = {}

    def start(self, cash: Money, at: Ns = Ns(0)) -> None:
        """A run begins with this much money more; the first one begins the journal."""
        self.told.since_ns = self.told.since_ns or at
        self.cash = Money(self.cash + cash)
        self.cash_start = Money(self.cash_start + cash)

    def open_day(self, opened: DayOpened) -> None:
        """Remember what there was when a UTC day began, whatever restarts the day sees."""
        if opened.day != self.opened.day:
            self._tidy()
        self.opened = opened

    def move_exit(self, moved: ExitMoved) -> None:
        """Remember where a position's exit stands."""
        self.exits[moved.strategy, moved.instrument] = moved

    def drop_market(self, market: MarketId) -> None:
        """Forget the terms of a market that is watched no more, unless we ever traded on it."""
        gone = [key for key, known in self.markets.items() if known.id == market]
        if all(map(self.untouched, gone)):
            self.terms.forget(gone)

    def sent(self, command: PlaceOrder, now: Ns) -> None:
        """An approved order is on its way; from here it counts as open."""
        order = Order(command, now)
        self.restore_order(order)
        self._reserve(order)

    def withdraw(self, command: PlaceOrder) -> None:
        """An approved order stays here after all, and nobody was told of it."""
        order = self._orders.withdraw(command.order_id)
        self._hold_back(order, Money(-order.reserved))

    def sign(self, event: OrderSigned) -> None:
        """Know what the venue calls an order that is about to be sent."""
        order = self.orders.get(event.order_id)
        if order is None:
            self.strangers += 1
            return
        order.venue_id = event.venue_order_id
        order.sent_ns = max(order.sent_ns, event.recv_ns)  # a recovered order has no other time
        self.by_venue[event.venue_order_id] = event.order_id

    def restore_order(self, order: Order) -> None:
        """Know an order in whatever state it is, with what it holds back."""
        self._orders.add(order)
        self._hold_back(order, order.reserved)

    def restore_holding(self, key: Key, holding: Holding) -> None:
        """Hold what an earlier ledger held; its cash is restored apart."""
        assert key not in self.holdings, f"{key} is held already"
        self.holdings[key] = holding
        self._carry(key, Position())

    def cancelling(self, command: CancelOrder, now: Ns) -> None:
        """A cancel is on its way; the order stays open until the venue says otherwise."""
        order = self.open_orders.get(command.order_id)
        if order is not None:
            order.cancels += 1
            order.cancel_ns = now

    def doubt(self, order: Order) -> None:
        """Have an open order looked up."""
        order.doubted = True
        self.doubts[order.command.order_id] = None

    def apply_order(self, event: OrderEvent) -> None:
        """Move an order's state; events of orders we do not know are counted, not guessed at."""
        order = self.orders.get(event.order_id)
        if order is None:
            self.strangers += 1
            return
        if isinstance(event, OrderMissing) and not order.misses(event.recv_ns, self.gone_ns):
            return
        if isinstance(event, OrderAccepted):
            order.seen()
        self._move(order, next_state(order.state, event))
        self._forget(event.recv_ns)

    def show(self, order: Order) -> None:
        """The venue holds an order, whatever was said of it before."""
        order.seen()
        self._move(order, OrderState.LIVE)

    def apply_fill(self, event: OrderFilled) -> bool:
        """Book an execution once, whatever the channel repeats; False if it was known."""
        order = self.orders.get(event.order_id)
        if order is None or event.fill_id in self.fills:
            self.strangers += order is None
            return False
        settlement = self.early.pop(event.fill_id, event.settlement)
        command = order.command
        order.filled = Quantity(order.filled + event.quantity)
        order.fills.append(event.fill_id)
        self._book((command.strategy, command.instrument), fill_of(event, command.side, settlement))
        order.seen()
        if order.remaining == 0:
            self._move(order, OrderState.CLOSED)
        elif order.state in (OrderState.MISSING, OrderState.REFUSED):
            self._move(order, OrderState.LIVE)
        self._reserve(order)
        self._forget(event.recv_ns)
        return True

    def knows_fill(self, fill_id: FillId) -> bool:
        """Whether it was booked, or counted as somebody else's."""
        return fill_id in self.fills or fill_id in self.told.fills

    def apply_settlement(self, event: FillSettled) -> None:
        """A pending fill became final, or is undone; one that overtakes its fill waits for it."""
        key = self.fills.get(event.fill_id)
        if key in self.holdings:
            before = self.holdings[key].now
            self.holdings[key].settle(event.fill_id, event.settlement)
            self._carry(key, before)
        elif not self.knows_fill(event.fill_id):
            self.strangers += 1
            self.told.wait(event)
        else:
            self.foreign.settle(event)

    def take_foreign(self, event: ForeignFill, *, adopt: bool) -> None:
        """Count an execution that is none of ours, once; adopted, it is a position of MANUAL."""
        if self.knows_fill(event.fill_id):
            return
        self.told.fills[event.fill_id] = event.recv_ns
        if self.told.precedes(event):
            return
        self.foreign.fills += 1
        ended = self.early.pop(event.fill_id, event.settlement)
        event = structs.replace(event, settlement=ended)
        self._forget(event.recv_ns)
        if adopt and event.instrument in self.markets:
            self._book((MANUAL, event.instrument), foreign_fill(event))
        else:
            self.foreign.moved(event)

    def correct(self, correction: Correction) -> None:
        """The venue is right: cash, or somebody's shares, change; what was there is no gain."""
        paid = correction.before if correction.strategy == MANUAL else Money(0)
        self.cash = Money(self.cash + correction.cash + paid)
        self.cash_start = Money(self.cash_start + correction.before)
        if correction.instrument is None:
            self.booked, self.foreign.cash, self.foreign.unsure = 0, Money(0), Money(0)
            return
        key = (correction.strategy, correction.instrument)
        if 0 < -correction.shares <= self._holding(key).settled.held:  # gone, and no loss of theirs
            paid = Money(-self.holdings[key].cost_of(Quantity(-correction.shares)))
            self.cash = Money(self.cash + paid)
        self._adjust(key, correction.shares, paid, Money(-paid))
        self.foreign.shares.pop(correction.instrument, None)

    def hand_over(self, handed: PositionHandedOver) -> None:
        """A strategy takes over all that another holds, which gains what it is paid above cost."""
        source = (handed.source, handed.instrument)
        settled = self.holdings[source].settled
        settled.realised = Money(settled.realised + handed.paid - settled.paid)
        self._adjust(source, Quantity(-handed.shares), Money(-settled.paid), handed.paid)
        target = (handed.strategy, handed.instrument)
        self._adjust(target, handed.shares, handed.paid, Money(-handed.paid))

    def resolve(self, event: MarketResolved) -> None:
        """Every share of the market pays what its outcome is worth, once."""
        if event.market in self.payouts:
            return
        self.payouts[event.market] = event.payouts
        self.exits = {key: one for key, one in self.exits.items() if one.market != event.market}
        for key, holding in self.holdings.items():
            if self.markets[key[1]].id == event.market:
                before = holding.now
                if before.held:
                    self.terms.expect(key[1], before.held)
                index = self.markets[key[1]].outcome_index(key[1])
                holding.resolve(event.payouts[index])
                self._carry(key, before)

    @property
    def free_cash(self) -> Money:
        """What can be spent: no open buy could take it, nor does it wait to be redeemed."""
        return Money(self.cash - self.reserved - sum(self.unredeemed.values()))

    def results(self) -> Iterator[tuple[StrategyId, Position]]:
        """What every position made, those that are over and folded by strategy included."""
        return self.archive.results(self.holdings)

    def held(self, instrument: InstrumentId) -> Quantity:
        """Shares held by all strategies, pending fills included."""
        return self.shares.get(instrument, Quantity(0))

    def untouched(self, instrument: InstrumentId) -> bool:
        """Whether nobody here, nor anybody we heard of, ever wanted or held any of it."""
        moved = instrument in self.shares or instrument in self.foreign.shares
        return not moved and not self._orders.had(instrument)

    def position(self, strategy: StrategyId, instrument: InstrumentId) -> Position:
        """A strategy's own position, pending fills included; treat as read-only."""
        holding = self.holdings.get((strategy, instrument))
        return holding.now if holding is not None else Position()

    def could_buy(self, instrument: InstrumentId) -> Quantity:
        """Shares that open buys could still add."""
        return remaining(self.open_on(instrument), Side.BUY)

    def could_sell(self, instrument: InstrumentId, strategy: StrategyId | None = None) -> Quantity:
        """Shares that open sales, of one strategy or of all, could still take."""
        return remaining(self._orders.of(strategy, instrument), Side.SELL)

    def must_watch(self) -> Iterator[MarketId]:
        """Markets with a position or an open or unknown order; watched whatever the limits."""
        held = (instrument for instrument, shares in self.shares.items() if shares)
        for instrument in (*held, *self._orders.instruments()):
            yield self.markets[instrument].id

    def _reserve(self, order: Order) -> None:
        """Hold back what the rest of an open buy could cost; let go of what it no longer could."""
        command = order.command
        worst = Money(0)
        if command.side is Side.BUY and order.is_open:
            worst = cost(command.price, order.remaining)
            if not command.post_only:
                fees = self.markets[command.instrument].fees
                worst = Money(worst + fees.taker_fee(command.price, order.remaining))
        change = Money(worst - order.reserved)
        order.reserved = worst
        self._hold_back(order, change)

    def _hold_back(self, order: Order, change: Money) -> None:
        self.reserved = Money(self.reserved + change)
        self._expose((order.command.strategy, order.command.instrument), change)

    def _book(self, key: Key, fill: Fill) -> None:
        self.fills[fill.fill_id] = key
        self.booked += rounding(fill)
        holding = self._holding(key)
        before = holding.now
        holding.add(fill)
        self.terms.expect(key[1], fill.moved)
        self._carry(key, before)

    def _adjust(self, key: Key, shares: Quantity, paid: Money, cash: Money) -> None:
        before = self._holding(key).now
        self.holdings[key].adjust(shares, paid, cash)
        self._carry(key, before)

    def _holding(self, key: Key) -> Holding:
        if key not in self.holdings:
            self.holdings[key] = Holding(worth=self.worth(key[1]))
        return self.holdings[key]

    def _carry(self, key: Key, before: Position) -> None:
        now = self.holdings[key].now
        self.cash = Money(self.cash + now.cash - before.cash)
        instrument = key[1]
        self._expose(key, Money(now.paid - before.paid))
        self.shares[instrument] = Quantity(self.held(instrument) + now.held - before.held)

    def _expose(self, key: Key, change: Money) -> None:
        strategy, instrument = key
        market, venue = self.markets[instrument].id, self.markets[instrument].venue
        self.exposures[market] = Money(self.exposures.get(market, 0) + change)
        self.venue_exposures[venue] = Money(self.venue_exposures.get(venue, 0) + change)
        self.strategy_exposures[strategy] = Money(self.strategy_exposures.get(strategy, 0) + change)
        self.exposure = Money(self.exposure + change)

    def _move(self, order: Order, state: OrderState) -> None:
        was_open, order.state = order.is_open, state
        if was_open and not order.is_open:
            self._close(order)
        elif order.is_open and not was_open:
            self._reopen(order)
        if state is OrderState.UNKNOWN:
            self.doubts[order.command.order_id] = None

    def _reopen(self, order: Order) -> None:
        """It was taken for gone, and rests: nobody wants it any more."""
        self._orders.reopen(order)
        order.stray, order.cancels = True, 0
        self.doubts[order.command.order_id] = None
        self._reserve(order)

    def _close(self, order: Order) -> None:
        self._reserve(order)
        self._orders.close(order)

    def _forget(self, now: Ns) -> None:
        """Let go of an order that is long closed, but not of fills that could still be undone."""
        for fill_id in self.told.outdated(now):
            if not self._is_pending(fill_id):
                self.fills.pop(fill_id, None)
        for fill_id in self._orders.forget(CLOSED_KEPT, self._is_pending):
            del self.fills[fill_id]
            self.told.fills[fill_id] = now

    def _is_pending(self, fill_id: FillId) -> bool:
        key = self.fills.get(fill_id)
        return key in self.holdings and self.holdings[key].is_pending(fill_id)

    def _tidy(self) -> None:
        """Fold positions that are over, and forget resolved markets that nothing is left of."""
        self.archive.fold(self.holdings)
        left = {order.command.market for order in self.orders.values()}
        left |= {self.markets[key[1]].id for key in self.holdings}
        left |= {self.markets[instrument].id for instrument in self.unredeemed}
        over = self.payouts.keys() - left
        gone = [instrument for instrument, market in self.markets.items() if market.id in over]
        for instrument in gone:
            self.exposures.pop(self.markets[instrument].id, None)
            self.shares.pop(instrument, None)
            self._orders.drop(instrument)
        self.terms.forget(gone)
        self.foreign.tidy(self.terms.trades)
        for fill_id in [one for one, key in self.fills.items() if key[1] not in self.markets]:
            del self.fills[fill_id]
