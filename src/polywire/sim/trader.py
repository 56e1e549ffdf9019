"""Our side of the simulated world: engine, inbox and simulated venue in the loop's real order.

Does in virtual time what the live loop does, without a journal file: facts in, a cut, commands
out. Keeps what a journal would keep, so that another engine can be recovered from it.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from msgspec import structs

from polywire.core.engine.desk import Command
from polywire.core.engine.engine import Engine
from polywire.core.ids import InstrumentId, MarketId, OrderId, RunId, VenueOrderId
from polywire.core.model.account import AccountEvent, AccountReported, OrderSigned
from polywire.core.model.command import CancelOrder, LookUpOrder
from polywire.core.model.control import ControlEvent, Cut, RunStarted
from polywire.core.model.event import Event, Output, Record
from polywire.core.model.market import InstrumentListed, MarketResolved
from polywire.core.risk.gate import Approved
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.sim.venue import SimVenue

HISTORY = AccountEvent | RunStarted | InstrumentListed | MarketResolved
"""Events that recovery reads."""


class Inbox(Protocol):
    """Orders and merges what waits to be handled."""

    def __bool__(self) -> bool:
        """Whether anything waits."""

    def put(self, event: Event) -> None:
        """A market fact."""

    def put_fact(self, event: AccountEvent | ControlEvent) -> None:
        """An account or control fact."""

    def drain(self) -> list[Event]:
        """What is to be handled now, in order."""


class Trader:
    """One life of the engine; `rows` is the history it was recovered from and goes on writing.

    The venue outlives it. What is not in the first `committed` rows, a crash may lose.
    """

    def __init__(self, engine: Engine, inbox: Inbox, venue: SimVenue, rows: list[Record]) -> None:
        self.engine = engine
        self.inbox = inbox
        self.rows = rows
        self.committed = len(rows)
        self.outputs: list[Output] = []
        self.venue = venue
        venue.attach(engine.watch.books, self.shown)

    def start(self, run: RunId, cash: Money, now: Ns) -> None:
        """Begin a run: with cash the first, from the history every later one."""
        for row in self.rows:
            self.engine.recover(row)
        if not self.rows:
            self.venue.account.cash = cash
        self.inbox.put_fact(RunStarted(now, run, "simulated", "", cash))

    def put(self, events: Iterable[Event]) -> None:
        """Take in market facts."""
        for event in events:
            self.inbox.put(event)

    def decide(self, now: Ns) -> list[Command]:
        """Handle what waits, cut, and write down what was decided."""
        for event in self.inbox.drain():
            if isinstance(event, HISTORY):
                self.rows.append(event)
            self.engine.handle(event)
            self.venue.observe(event)
        commands = self.engine.handle(Cut(now))
        for command in commands:
            told = command.order if isinstance(command, Approved) else command
            self.outputs.append(told)
            self.rows.append(told)
            if isinstance(command, Approved):
                self._sign(command.order.order_id, now)
        if any(isinstance(command, Approved | CancelOrder | LookUpOrder) for command in commands):
            self.committed = len(self.rows)
        return commands

    def report(self, now: Ns) -> AccountReported:
        """The account as the venue sees it, with the orders that rest."""
        resting = self.venue.resting().items()
        orders = tuple((name_of(order_id), remaining) for order_id, remaining in resting)
        return structs.replace(self.venue.report(now), orders=orders)

    def _sign(self, order_id: OrderId, now: Ns) -> None:
        signed = OrderSigned(now, order_id, name_of(order_id))
        self.rows.append(signed)
        self.engine.handle(signed)

    def quiet(self) -> bool:
        """Whether nothing is under way between us and the venue."""
        return self.venue.wakeup() is None and not self.inbox

    def held(self) -> dict[InstrumentId, int]:
        """Shares by instrument, as the ledger has them."""
        shares: dict[InstrumentId, int] = {}
        for (_, instrument), holding in self.engine.ledger.holdings.items():
            shares[instrument] = shares.get(instrument, 0) + holding.now.held
        return shares

    def levels(
        self, market: MarketId
    ) -> tuple[Iterable[tuple[Price, Quantity]], Iterable[tuple[Price, Quantity]]]:
        """The engine's bids and asks of a market's first token."""
        book = self.engine.watch.books[market].book
        return book.bid_ladder.sizes.items(), book.ask_ladder.sizes.items()

    def doubt(self, market: MarketId) -> str:
        """Why the engine does not trust its book, or empty."""
        tracked = self.engine.watch.books[market]
        return self.engine.standing.distrust_of(tracked)

    def shown(self, market: MarketId) -> bool:
        """Whether its exits may act on a market's book."""
        tracked = self.engine.watch.books[market]
        return not self.engine.standing.exit_distrust(tracked)

    def resolved(self, market: MarketId) -> bool:
        """Whether the engine has heard a market's answer."""
        return market in self.engine.ledger.payouts


def name_of(order_id: OrderId) -> VenueOrderId:
    """What the venue calls an order of ours."""
    return VenueOrderId(f"0x{order_id}")


Life = Callable[[], tuple[Engine, Inbox]]
"""Makes a fresh engine with an empty inbox."""
