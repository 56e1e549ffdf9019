"""The simulated venue as an edge: our commands and what the market does in, account events out.

It reads the engine's books after the engine took an event in and changes nothing there. An arriving
order takes shown depth (sim.depth), perhaps after a wait (sim.conduct), for the taker's fee; what
an IOC order leaves is cancelled; what rests fills by public trades (sim.queue), or at its own price
where a proven book shows the other side at or through it. Nothing fills on a book without proof.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from polywire.core.ids import FillId, InstrumentId, MarketId, OrderId
from polywire.core.ledger.ledger import Ledger
from polywire.core.ledger.order import Order, OrderState
from polywire.core.model.account import (
    AccountEvent,
    AccountReported,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderMissing,
    OrderRejected,
    Settlement,
)
from polywire.core.model.command import CancelOrder, LookUpOrder, PlaceOrder
from polywire.core.model.event import Event
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import TimeInForce
from polywire.core.model.market import BookDelta, BookSnapshot, MarketResolved, PublicTrade
from polywire.core.risk.gate import Approved
from polywire.core.units import Money, Ns, Price, Quantity, complement
from polywire.sim import entries
from polywire.sim.account import Account
from polywire.sim.admission import NO_BOOK, UNPROVEN, Shown, breach_of_terms, is_marketable, refusal
from polywire.sim.agenda import Agenda
from polywire.sim.conduct import USUAL, Conduct
from polywire.sim.depth import TakenDepth
from polywire.sim.entries import Entry, Expiry, Held
from polywire.sim.fates import Fate, Fates
from polywire.sim.latency import Latency
from polywire.sim.prints import Prints
from polywire.sim.queue import Resting, by_print, by_priority, primary, to_fill
from polywire.sim.settlement import Settlements, Settling


class SimVenue:
    """Call `observe` after each event the engine handled, `due` whenever `wakeup` has come.

    `conduct` is how it treats orders beyond its rules; set it before the first one.
    """

    def __init__(
        self,
        books: Mapping[MarketId, Shown],
        proven: Callable[[MarketId], bool],
        latency: Latency,
        cash: Money,
        *,
        settle_ns: Ns,
        fails: Callable[[Ns], bool] = lambda _: False,
    ) -> None:
        """`proven` says whether a book may be traded on; fills are final `settle_ns` after.

        `fails` is asked then whether one is undone instead.
        """
        self.account = Account(cash)
        self._books = books
        self._proven = proven
        self._latency = latency
        self.conduct: Conduct = USUAL
        self._settle_ns = settle_ns
        self._settlements = Settlements(self.account, fails)
        self._agenda: Agenda[Entry] = Agenda()
        self._arrivals: dict[OrderId, Ns] = {}
        self._resting: dict[MarketId, dict[OrderId, Resting]] = {}
        self._taken: dict[MarketId, TakenDepth] = {}
        self._markets: dict[MarketId, Market] = {}
        self._matched: dict[OrderId, None] = {}
        self._fates = Fates()
        self._resolved: dict[MarketId, None] = {}
        self._prints = Prints()
        self._held: dict[OrderId, Ns] = {}

    def sign(self, _approved: Approved, _now: Ns, /) -> None:
        """Nothing is signed."""

    def send(self, commands: Sequence[Approved | CancelOrder | LookUpOrder], now: Ns) -> None:
        """All that a cut asked for leaves us now, in its order."""
        for command in commands:
            if isinstance(command, Approved):
                self.place(command, now)
            elif isinstance(command, CancelOrder):
                self.cancel(command, now)
            else:
                self.look_up(command, now)

    def place(self, approved: Approved, now: Ns) -> None:
        """An order leaves us now."""
        order = approved.order
        at = Ns(now + self._latency.order_ns())
        self._arrivals[order.order_id] = at
        self._agenda.enter(at, order)

    def cancel(self, command: CancelOrder, now: Ns) -> None:
        """A cancel leaves us now; it does not overtake its order."""
        at = max(now + self._latency.order_ns(), self._arrivals.get(command.order_id, 0))
        self._agenda.enter(Ns(at), command)

    def look_up(self, command: LookUpOrder, now: Ns) -> None:
        """A question leaves us now: what became of an order is told again, or its absence."""
        self._agenda.enter(Ns(now + self._latency.order_ns()), command)

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

    def due(self, now: Ns) -> list[AccountEvent]:
        """Let commands arrive and hand over what has become known by now, in order."""
        told: list[AccountEvent] = []
        while (due := self._agenda.pop(now)) is not None:
            at, entry = due
            match entry:
                case PlaceOrder():
                    self._arrive(entry, at)
                case Held():
                    del self._held[entry.order.order_id]
                    self._admit(entry.order, at)
                case CancelOrder() | LookUpOrder() if entry.order_id in self._held:
                    self._agenda.enter(self._held[entry.order_id], entry)
                case CancelOrder() | LookUpOrder() if self.conduct.is_away(at):
                    pass  # nobody answers; whoever asked asks again
                case CancelOrder():
                    self._withdraw(entry, at)
                case LookUpOrder():
                    self._answer(entry.order_id, at)
                case Settling():
                    self._settle(entry, at)
                case Expiry():
                    self._end(entry.order_id, entries.EXPIRED, at)
                case _:
                    told.append(entry)
        return told

    def wakeup(self) -> Ns | None:
        """When something becomes due; None while nothing is under way."""
        return self._agenda.next_ns()

    def report(self, now: Ns) -> AccountReported:
        """The account as the venue sees it; equals ours only while `wakeup` is None."""
        held = tuple((instrument, shares) for instrument, shares in self.account.shares.items())
        return AccountReported(now, self.account.cash, tuple(entry for entry in held if entry[1]))

    def attach(self, books: Mapping[MarketId, Shown], proven: Callable[[MarketId], bool]) -> None:
        """Another engine is there now; what was on its way to the last one is lost."""
        self._books, self._proven = books, proven
        self._agenda.drop(lambda entry: isinstance(entry, AccountEvent))

    def resting(self) -> dict[OrderId, Quantity]:
        """What remains of the orders that rest."""
        everything = (mine.items() for mine in self._resting.values())
        return {order_id: one.remaining for mine in everything for order_id, one in mine}

    def trades(self, now: Ns) -> list[Fate]:
        """Every fill there was and what became of it."""
        return self._fates.trades(now)

    @property
    def known(self) -> Iterable[OrderId]:
        """Every order that ever reached the book."""
        return self._fates

    def restore(self, ledger: Ledger, now: Ns) -> None:
        """Become what a recovered ledger says was there; what was under way starts again.

        A resting order goes to the end of the queue that the next proven book shows.
        """
        shares: dict[InstrumentId, Quantity] = {}
        for (_, instrument), holding in ledger.holdings.items():
            shares[instrument] = Quantity(shares.get(instrument, 0) + holding.now.held)
        self.account.reset(ledger.cash, shares)
        self._markets = {market.id: market for market in ledger.markets.values()}
        self._resolved = dict.fromkeys(ledger.payouts)
        for order in ledger.open_orders.values():
            self._resume(order, now)

    def _resume(self, order: Order, now: Ns) -> None:
        command = order.command
        known = order.state is OrderState.LIVE or order.filled
        if known and not command.time_in_force.rests:
            killed = OrderCancelled(self._reply_at(now), command.order_id, entries.KILLED)
            self._fates.note(command.order_id, killed)
            self._tell(killed)
            return
        if known:
            self._rest(command, order.remaining)
            self._tell(OrderAccepted(self._reply_at(now), command.order_id))
        else:
            self.place(Approved(command), now)
        if order.cancelling or command.market in self._resolved:
            self.cancel(CancelOrder(command.order_id, "asked before the restart"), now)

    def _arrive(self, order: PlaceOrder, at: Ns) -> None:
        self._arrivals.pop(order.order_id)
        wait, shown = self.conduct.wait_ns(order.market), self._books.get(order.market)
        if wait and shown is not None and not order.post_only and is_marketable(order, shown):
            self._held[order.order_id] = Ns(at + wait)
            self._agenda.enter(Ns(at + wait), Held(order))
        else:
            self._admit(order, at)

    def _admit(self, order: PlaceOrder, at: Ns) -> None:
        reason = self._refusal(order, at)
        if reason:
            self._tell(OrderRejected(self._reply_at(at), order.order_id, reason))
            return
        self._tell(OrderAccepted(self._reply_at(at), order.order_id))
        shown = self._books[order.market]
        self._markets[order.market] = shown.market
        resting = self._rest(order, order.quantity)
        if self._proven(order.market):
            self._match(resting, shown, at)
        if not order.time_in_force.rests:
            self._kill(order, at)

    def _match(self, resting: Resting, shown: Shown, at: Ns) -> None:
        order = resting.command
        taken = self._taken.setdefault(order.market, TakenDepth())
        for price, part in taken.take(shown.book, resting.side, resting.price, order.quantity):
            second = shown.market.outcome_index(order.instrument) == 1
            own = complement(price) if second else price
            self._fill(resting, own, part, at, maker=False)
        resting.join(self.conduct.queue, shown.book.size_at(0, resting.side, resting.price))

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
        reason = self.conduct.refusal(order, at) or breach_of_terms(order, shown.market, at)
        reason = reason or refusal(order, shown, self.account, everything)
        proven = self._proven(order.market)
        if order.time_in_force is TimeInForce.FOK and not reason:
            taken = self._taken.get(order.market, TakenDepth())
            whole = taken.fills(shown.book, *primary(shown.market, order), order.quantity)
            return "" if proven and whole else entries.NOT_WHOLE
        if reason or proven:
            return reason
        return UNPROVEN if is_marketable(order, shown) else ""

    def _rest(self, order: PlaceOrder, remaining: Quantity) -> Resting:
        side, price = primary(self._markets[order.market], order)
        resting = Resting(order, side, price, remaining)
        mine = self._resting.setdefault(order.market, {})
        assert order.order_id not in mine, f"order {order.order_id} came twice"
        mine[order.order_id] = resting
        self._fates.begin(order.order_id)
        if order.until:
            self._agenda.enter(order.until, Expiry(order.order_id))
        return resting

    def _answer(self, order_id: OrderId, at: Ns) -> None:
        """Say what became of an order: its fills again, and whether it rests."""
        heard = self._reply_at(at)
        if order_id not in self._fates:
            self._tell(OrderMissing(heard, order_id, entries.NO_ORDER))
            return
        for event in self._fates.again(order_id, heard):
            self._tell(event)
        if any(order_id in mine for mine in self._resting.values()):
            self._tell(OrderAccepted(heard, order_id))

    def _withdraw(self, command: CancelOrder, at: Ns) -> None:
        """Cancel what rests. A matched order gets no answer but its fills, so that they count."""
        if self._end(command.order_id, command.reason, at) or command.order_id in self._matched:
            return
        heard = self._reply_at(at)
        if command.order_id in self._fates:
            self._tell(OrderCancelled(heard, command.order_id, entries.NOT_FOUND))
        else:  # it may be on its way
            self._tell(OrderMissing(heard, command.order_id, entries.NOT_FOUND))

    def _end(self, order_id: OrderId, reason: str, at: Ns) -> bool:
        """Cancel what rests of an order; whether it did."""
        for market in self._resting.values():
            resting = market.pop(order_id, None)
            if resting is not None:
                self._leave(resting)
                self._cancelled(resting, reason, at)
                return True
        return False

    def _cancelled(self, resting: Resting, reason: str, at: Ns) -> None:
        """Told after the fills that came before: it frees what the order could still have cost."""
        heard = Ns(max(self._reply_at(at), resting.told_ns))
        cancelled = OrderCancelled(heard, resting.command.order_id, reason)
        self._fates.note(cancelled.order_id, cancelled)
        self._tell(cancelled)

    def _trade(self, event: PublicTrade) -> None:
        if not self._prints.is_new(event):
            return
        mine = self._resting.get(event.market)
        if not mine or event.market not in self._books or not self._proven(event.market):
            return
        taker, price = event.side, event.price
        if event.outcome == 1:
            taker, price = taker.opposite, complement(price)
        for resting, part in list(by_print(mine.values(), taker, price, event.size)):
            self._fill(resting, resting.command.price, part, event.recv_ns, maker=True)

    def _book(self, market: MarketId, now: Ns) -> None:
        mine, taken = self._resting.get(market), self._taken.get(market)
        if not (mine or taken) or market not in self._books:
            return
        book = self._books[market].book
        if taken:
            taken.follow(book)
        proven = bool(mine) and self._proven(market)
        moved = to_fill((mine or {}).values(), self.conduct.queue, book, proven=proven)
        if not moved:
            return
        taken = self._taken.setdefault(market, TakenDepth())
        for side in (Side.BUY, Side.SELL):
            for resting in by_priority(moved, side):
                if resting.ahead is None:
                    resting.join(self.conduct.queue, book.size_at(0, side, resting.price))
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
            self.account.pay_out(market, event.payouts)

    def _fill(
        self, resting: Resting, price: Price, quantity: Quantity, at: Ns, *, maker: bool
    ) -> None:
        order = resting.command
        fees = self._markets[order.market].fees
        fee = Money(0) if maker else fees.taker_fee(price, quantity)
        resting.remaining = Quantity(resting.remaining - quantity)
        assert resting.remaining >= 0, f"{order.order_id} filled beyond its size"
        self.account.execute(order, price, quantity, fee)
        heard = self._reply_at(at)
        resting.told_ns = max(resting.told_ns, heard)
        # Unique also across a restart that lost an earlier fill of which the ledger never heard;
        # what is left tells apart the fills of one moment.
        fill_id = FillId(f"{order.order_id}:{at}:{resting.remaining}")
        settled = Settlement.PENDING if self._settle_ns else Settlement.FINAL
        filled = OrderFilled(
            heard, at, order.order_id, fill_id, price, quantity, fee, maker, settled
        )
        self._fates.note(order.order_id, filled)
        self._tell(filled)
        if self._settle_ns:
            self._agenda.enter(Ns(at + self._settle_ns), Settling(order, filled))
        if resting.remaining == 0:
            self._matched[order.order_id] = None
            self._leave(self._resting[order.market].pop(order.order_id))

    def _leave(self, resting: Resting) -> None:
        """Its end, if it has one, does not come any more."""
        if resting.command.until:
            ended = Expiry(resting.command.order_id)
            self._agenda.drop(lambda entry: entry == ended)

    def _settle(self, one: Settling, at: Ns) -> None:
        settled = self._settlements.end(one, at)
        self._fates.note(one.order.order_id, settled)
        self._tell(settled)

    def _reply_at(self, at: Ns) -> Ns:
        return Ns(at + self._latency.reply_ns())

    def _tell(self, event: AccountEvent) -> None:
        self._agenda.enter(event.recv_ns, event)
