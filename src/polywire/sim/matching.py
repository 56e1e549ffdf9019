"""What lies at the simulated venue: orders, their fills, and what became of each of them.

An arriving order takes shown depth (sim.depth) for the taker's fee; what an IOC order leaves is
cancelled; what rests fills by public trades (sim.queue), or at its own price where a proven book
shows the other side at or through it. Nothing fills on a book without proof.
"""

from collections.abc import Callable, Iterable, Mapping

from polywire.core.book.order_book import OrderBook
from polywire.core.ids import FillId, MarketId, OrderId
from polywire.core.model.account import (
    AccountEvent,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderMissing,
    OrderRejected,
    Settlement,
)
from polywire.core.model.command import CancelOrder, PlaceOrder
from polywire.core.model.event import Event
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import TimeInForce
from polywire.core.model.market import BookDelta, BookSnapshot, MarketResolved, PublicTrade
from polywire.core.units import Money, Ns, Price, Quantity, complement
from polywire.sim import entries
from polywire.sim.account import Account
from polywire.sim.admission import NO_BOOK, UNPROVEN, Shown, breach_of_terms, is_marketable, refusal
from polywire.sim.agenda import Agenda
from polywire.sim.conduct import Conduct
from polywire.sim.depth import TakenDepth
from polywire.sim.entries import Expiry, Upcoming
from polywire.sim.fates import Fates
from polywire.sim.latency import Latency
from polywire.sim.prints import Prints
from polywire.sim.queue import Resting, by_print, by_priority, primary, to_fill
from polywire.sim.settlement import Settlements, Settling


class Matching:
    """Moves `account` and enters what it tells, and what is to come, in `agenda`."""

    def __init__(
        self, account: Account, agenda: Agenda[Upcoming], latency: Latency, conduct: Conduct
    ) -> None:
        self.fates = Fates()
        self._account = account
        self._agenda = agenda
        self._latency = latency
        self._conduct = conduct
        self._settlements = Settlements(account, conduct.undoes)
        self._books: Mapping[MarketId, Shown] = {}
        self._proven: Callable[[MarketId], bool] = lambda _: False
        self._resting: dict[MarketId, dict[OrderId, Resting]] = {}
        self._taken: dict[MarketId, TakenDepth] = {}
        self._markets: dict[MarketId, Market] = {}
        self._matched: dict[OrderId, None] = {}
        self._resolved: dict[MarketId, None] = {}
        self._prints = Prints()

    def attach(self, books: Mapping[MarketId, Shown], proven: Callable[[MarketId], bool]) -> None:
        """These are the books, and which of them may be traded on."""
        self._books, self._proven = books, proven

    def reset(self, markets: Iterable[Market], resolved: Iterable[MarketId]) -> None:
        """These markets are known, and these are over."""
        self._markets = {market.id: market for market in markets}
        self._resolved = dict.fromkeys(resolved)

    def observe(self, event: Event) -> None:
        """Look at what the engine just took in: trades and books fill what rests."""
        match event:
            case PublicTrade():
                self._trade(event)
            case BookDelta() | BookSnapshot():
                self._book(event.market, event.recv_ns)
            case MarketResolved():
                self._resolve(event)
            case _:
                pass

    def idle(self, market: MarketId) -> bool:
        """Whether nothing rests on a market, and nothing of its book was taken."""
        return not (self._resting.get(market) or self._taken.get(market))

    def resting(self) -> dict[OrderId, Quantity]:
        """What remains of the orders that rest."""
        everything = (mine.items() for mine in self._resting.values())
        return {order_id: one.remaining for mine in everything for order_id, one in mine}

    def wait_ns(self, order: PlaceOrder) -> Ns:
        """How long an arriving order waits, as one that would trade at once, before `admit`."""
        wait, shown = self._conduct.wait_ns(order.market), self._books.get(order.market)
        if not wait or shown is None or order.post_only or not is_marketable(order, shown):
            return Ns(0)
        return wait

    def admit(self, order: PlaceOrder, at: Ns) -> None:
        """An order is looked at: refused, or taken, matched, and what is left of it rests."""
        reason = self._refusal(order, at)
        if reason:
            self._tell(OrderRejected(self._reply_at(at, order.order_id), order.order_id, reason))
            return
        shown = self._books[order.market]
        self._markets[order.market] = shown.market
        resting = self.rest(order, order.quantity, at)
        if self._proven(order.market):
            self._match(resting, shown, at)
        if not order.time_in_force.rests:
            self._kill(order, at)

    def rest(self, order: PlaceOrder, remaining: Quantity, at: Ns) -> Resting:
        """So much of an order rests, and we are told that it was accepted."""
        self._tell(OrderAccepted(self._reply_at(at, order.order_id), order.order_id))
        side, price = primary(self._markets[order.market], order)
        resting = Resting(order, side, price, remaining)
        mine = self._resting.setdefault(order.market, {})
        assert order.order_id not in mine, f"order {order.order_id} came twice"
        mine[order.order_id] = resting
        self.fates.begin(order.order_id)
        if order.until:
            self._agenda.enter(order.until, Expiry(order.order_id))
        return resting

    def kill(self, order_id: OrderId, at: Ns) -> None:
        """An IOC order was matched before the restart."""
        killed = OrderCancelled(self._reply_at(at, order_id), order_id, entries.KILLED)
        self.fates.note(order_id, killed)
        self._tell(killed)

    def answer(self, order_id: OrderId, at: Ns) -> None:
        """Say what became of an order: its fills again, and whether it rests."""
        heard = self._reply_at(at, order_id)
        if order_id not in self.fates:
            self._tell(OrderMissing(heard, order_id, entries.NO_ORDER))
            return
        for event in self.fates.again(order_id, heard):
            self._tell(event)
        if any(order_id in mine for mine in self._resting.values()):
            self._tell(OrderAccepted(heard, order_id))

    def withdraw(self, command: CancelOrder, at: Ns) -> None:
        """Cancel what rests. A matched order gets no answer but its fills, so that they count."""
        if self.end(command.order_id, command.reason, at) or command.order_id in self._matched:
            return
        heard = self._reply_at(at, command.order_id)
        if command.order_id in self.fates:
            self._tell(OrderCancelled(heard, command.order_id, entries.NOT_FOUND))
        else:  # it may be on its way
            self._tell(OrderMissing(heard, command.order_id, entries.NOT_FOUND))

    def end(self, order_id: OrderId, reason: str, at: Ns) -> bool:
        """Cancel what rests of an order; whether it did."""
        for market in self._resting.values():
            resting = market.pop(order_id, None)
            if resting is not None:
                self._leave(resting)
                self._cancelled(resting, reason, at)
                return True
        return False

    def settle(self, one: Settling, at: Ns) -> None:
        """A fill becomes final, or is undone."""
        settled = self._settlements.end(one, at)
        self.fates.note(one.order.order_id, settled)
        self._tell(settled)

    def _match(self, resting: Resting, shown: Shown, at: Ns) -> None:
        order = resting.command
        taken = self._taken.setdefault(order.market, TakenDepth())
        for price, part in taken.take(shown.book, resting.side, resting.price, order.quantity):
            second = shown.market.outcome_index(order.instrument) == 1
            own = complement(price) if second else price
            self._fill(resting, own, part, at, maker=False)
        self._join(resting, shown.book)

    def _join(self, resting: Resting, book: OrderBook) -> None:
        resting.join(self._conduct.queue, book, deep=self._conduct.deep)

    def _kill(self, order: PlaceOrder, at: Ns) -> None:
        """Cancel what an IOC order left; a cancel that comes later is answered by this one."""
        self._matched[order.order_id] = None
        left = self._resting[order.market].pop(order.order_id, None)
        if left is not None:
            self._cancelled(left, entries.KILLED, at)

    def _refusal(self, order: PlaceOrder, at: Ns) -> str:
        shown = self._books.get(order.market)
        if shown is None or order.market in self._resolved:
            return NO_BOOK
        everything = [mine for market in self._resting.values() for mine in market.values()]
        reason = self._conduct.refusal(order, at) or breach_of_terms(order, shown.market, at)
        reason = reason or refusal(order, shown, self._account, everything)
        proven = self._proven(order.market)
        if order.time_in_force is TimeInForce.FOK and not reason:
            taken = self._taken.get(order.market, TakenDepth())
            whole = taken.fills(shown.book, *primary(shown.market, order), order.quantity)
            return "" if proven and whole else entries.NOT_WHOLE
        if reason or proven:
            return reason
        return UNPROVEN if is_marketable(order, shown) else ""

    def _cancelled(self, resting: Resting, reason: str, at: Ns) -> None:
        """Told after the fills that came before: it frees what the order could still have cost."""
        heard = Ns(max(self._reply_at(at, resting.command.order_id), resting.told_ns))
        cancelled = OrderCancelled(heard, resting.command.order_id, reason)
        self.fates.note(cancelled.order_id, cancelled)
        self._tell(cancelled)

    def _trade(self, event: PublicTrade) -> None:
        if not self._prints.is_new(event):
            return
        mine = self._resting.get(event.market)
        if not mine or not self._fills(event.market, event.recv_ns):
            return
        here = [one for one in mine.values() if not event.venue_ns or one.since_ns < event.venue_ns]
        taker, price = event.side, event.price
        if event.outcome == 1:
            taker, price = taker.opposite, complement(price)
        for resting, part in list(by_print(here, taker, price, event.size)):
            self._fill(resting, resting.command.price, part, event.recv_ns, maker=True)

    def _fills(self, market: MarketId, now: Ns) -> bool:
        """Whether what the market does is seen, and the venue is there to match it."""
        known = market in self._books and self._proven(market)
        return known and not self._conduct.is_away(now)

    def _book(self, market: MarketId, now: Ns) -> None:
        mine, taken = self._resting.get(market), self._taken.get(market)
        if not (mine or taken) or market not in self._books:
            return
        book = self._books[market].book
        if taken:
            taken.follow(book)
        proven = bool(mine) and self._fills(market, now)
        moved = to_fill(
            (mine or {}).values(), self._conduct.queue, book, deep=self._conduct.deep, proven=proven
        )
        if not moved:
            return
        taken = self._taken.setdefault(market, TakenDepth())
        for side in (Side.BUY, Side.SELL):
            for resting in by_priority(moved, side):
                if resting.ahead is None:
                    self._join(resting, book)
                for _, part in taken.take(book, side, resting.price, resting.remaining):
                    self._fill(resting, resting.command.price, part, now, maker=True)

    def _resolve(self, event: MarketResolved) -> None:
        market = self._markets.get(event.market)
        if event.market in self._resolved:
            return
        self._resolved[event.market] = None
        for resting in self._resting.pop(event.market, {}).values():
            self._leave(resting)
            self._cancelled(resting, "market resolved", event.recv_ns)
        if market is not None:
            self._account.pay_out(market, event.payouts)

    def _fill(
        self, resting: Resting, price: Price, quantity: Quantity, at: Ns, *, maker: bool
    ) -> None:
        order = resting.command
        fees = self._markets[order.market].fees
        fee = Money(0) if maker else fees.taker_fee(price, quantity)
        resting.remaining = Quantity(resting.remaining - quantity)
        assert resting.remaining >= 0, f"{order.order_id} filled beyond its size"
        self._account.execute(order, price, quantity, fee)
        heard = self._reply_at(at, order.order_id)
        resting.told_ns = max(resting.told_ns, heard)
        # Unique also across a restart that lost an earlier fill of which the ledger never heard;
        # what is left tells apart the fills of one moment.
        fill_id = FillId(f"{order.order_id}:{at}:{resting.remaining}")
        settled = Settlement.PENDING if self._conduct.settle_ns else Settlement.FINAL
        filled = OrderFilled(
            heard, at, order.order_id, fill_id, price, quantity, fee, maker, settled
        )
        self.fates.note(order.order_id, filled)
        self._tell(filled)
        if self._conduct.settle_ns:
            self._agenda.enter(Ns(at + self._conduct.settle_ns), Settling(order, filled))
        if resting.remaining == 0:
            self._matched[order.order_id] = None
            self._leave(self._resting[order.market].pop(order.order_id))

    def _leave(self, resting: Resting) -> None:
        """Its end, if it has one, does not come any more."""
        if resting.command.until:
            ended = Expiry(resting.command.order_id)
            self._agenda.drop(lambda entry: entry == ended)

    def _reply_at(self, at: Ns, order_id: OrderId) -> Ns:
        return Ns(at + self._latency.reply_ns(order_id))

    def _tell(self, event: AccountEvent) -> None:
        self._agenda.enter(event.recv_ns, event)
