"""The simulated venue as an edge: our commands and what the market does in, account events out.

It reads the engine's books after the engine took an event in and changes nothing there. Here is
what takes time (ways there and back, sim.conduct) and recovery; what becomes of orders that have
arrived is sim.matching's to say.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from polywire.core.ids import InstrumentId, MarketId, OrderId
from polywire.core.ledger.ledger import Ledger
from polywire.core.ledger.order import Order, OrderState
from polywire.core.model.account import AccountEvent, AccountReported
from polywire.core.model.command import CancelOrder, LookUpOrder, PlaceOrder
from polywire.core.model.event import Event
from polywire.core.risk.gate import Approved
from polywire.core.units import Money, Ns, Quantity
from polywire.sim import entries
from polywire.sim.account import Account
from polywire.sim.admission import Shown
from polywire.sim.agenda import Agenda
from polywire.sim.conduct import USUAL, Conduct
from polywire.sim.entries import Expiry, Held, Upcoming
from polywire.sim.fates import Fate
from polywire.sim.latency import Latency
from polywire.sim.matching import Matching
from polywire.sim.settlement import Settling


class SimVenue:
    """Call `observe` after each event the engine handled, `due` whenever `wakeup` has come."""

    def __init__(
        self,
        books: Mapping[MarketId, Shown],
        proven: Callable[[MarketId], bool],
        latency: Latency,
        cash: Money,
        conduct: Conduct = USUAL,
    ) -> None:
        """`proven` says whether a book may be traded on."""
        self.account = Account(cash)
        self._latency = latency
        self._conduct = conduct
        self._agenda: Agenda[Upcoming] = Agenda()
        self._matching = Matching(self.account, self._agenda, latency, conduct)
        self._matching.attach(books, proven)
        self._arrivals: dict[OrderId, Ns] = {}
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
        at = Ns(now + self._latency.order_ns(order.order_id))
        self._arrivals[order.order_id] = at
        self._agenda.enter(at, order)

    def cancel(self, command: CancelOrder, now: Ns) -> None:
        """A cancel leaves us now; it does not overtake its order."""
        at = now + self._latency.order_ns(command.order_id)
        self._agenda.enter(Ns(max(at, self._arrivals.get(command.order_id, 0))), command)

    def look_up(self, command: LookUpOrder, now: Ns) -> None:
        """A question leaves us now: what became of an order is told again, or its absence."""
        self._agenda.enter(Ns(now + self._latency.order_ns(command.order_id)), command)

    def observe(self, event: Event) -> None:
        """Look at what the engine just took in: trades and books fill what rests."""
        self._matching.observe(event)

    def idle(self, market: MarketId) -> bool:
        """Whether nothing rests on a market, and nothing of its book was taken."""
        return self._matching.idle(market)

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
                    self._matching.admit(entry.order, at)
                case CancelOrder() | LookUpOrder() if entry.order_id in self._held:
                    self._agenda.enter(self._held[entry.order_id], entry)
                case CancelOrder() | LookUpOrder() if self._conduct.is_away(at):
                    pass  # nobody answers; whoever asked asks again
                case CancelOrder():
                    self._matching.withdraw(entry, at)
                case LookUpOrder():
                    self._matching.answer(entry.order_id, at)
                case Settling():
                    self._matching.settle(entry, at)
                case Expiry():
                    self._matching.end(entry.order_id, entries.EXPIRED, at)
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
        self._matching.attach(books, proven)
        self._agenda.drop(lambda entry: isinstance(entry, AccountEvent))

    def resting(self) -> dict[OrderId, Quantity]:
        """What remains of the orders that rest."""
        return self._matching.resting()

    def trades(self, now: Ns) -> list[Fate]:
        """Every fill there was and what became of it."""
        return self._matching.fates.trades(now)

    @property
    def known(self) -> Iterable[OrderId]:
        """Every order that ever reached the book."""
        return self._matching.fates

    def restore(self, ledger: Ledger, now: Ns) -> None:
        """Become what a recovered ledger says was there; what was under way starts again.

        A resting order goes to the end of the queue that the next proven book shows.
        """
        shares: dict[InstrumentId, Quantity] = {}
        for (_, instrument), holding in ledger.holdings.items():
            shares[instrument] = Quantity(shares.get(instrument, 0) + holding.now.held)
        self.account.reset(ledger.cash, shares)
        self._matching.reset(ledger.markets.values(), ledger.payouts)
        for order in ledger.open_orders.values():
            self._resume(order, now)
            if order.cancelling or order.command.market in ledger.payouts:
                asked = CancelOrder(order.command.order_id, "asked before the restart")
                self.cancel(asked, now)

    def _resume(self, order: Order, now: Ns) -> None:
        command = order.command
        if order.state is not OrderState.LIVE and not order.filled:
            self.place(Approved(command), now)
        elif command.time_in_force.rests:
            self._matching.rest(command, order.remaining, now)
        else:
            self._matching.kill(command.order_id, now)

    def _arrive(self, order: PlaceOrder, at: Ns) -> None:
        self._arrivals.pop(order.order_id)
        wait = self._matching.wait_ns(order)
        if wait:
            self._held[order.order_id] = Ns(at + wait)
            self._agenda.enter(Ns(at + wait), Held(order))
        else:
            self._matching.admit(order, at)
