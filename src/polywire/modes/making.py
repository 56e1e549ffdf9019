"""One strategy on one synthetic market: engine and simulated venue in virtual time.

Who takes sees our orders as others' do: the public book does not show them, as on paper.
"""

from collections.abc import Callable

from msgspec import Struct

from polywire.core.engine.engine import Engine, EngineParameters
from polywire.core.engine.roster import Roster, Seat
from polywire.core.ids import RunId
from polywire.core.model.account import OrderFilled
from polywire.core.model.command import CancelOrder, LookUpOrder, StrategyHalted
from polywire.core.model.control import Cut, RunStarted
from polywire.core.model.event import Event
from polywire.core.model.instrument import Market, Side
from polywire.core.model.market import FeedCarries, FeedUp, InstrumentListed, Level
from polywire.core.risk.gate import Approved
from polywire.core.risk.limits import Limits
from polywire.core.strategy import Strategy
from polywire.core.units import (
    DAY,
    MILLISECOND,
    SCALE,
    SECOND,
    Money,
    Ns,
    Price,
    Quantity,
    complement,
)
from polywire.modes.made_market import FEED, FIRST, MARKET, SECOND_OUTCOME, STEP_NS, Synthetic
from polywire.sim.conduct import Conduct
from polywire.sim.latency import ConstantLatency
from polywire.sim.venue import SimVenue

START = Ns(1_785_000_000 * SECOND)
CASH = Money(1_000 * SCALE)
DWELL_NS = 2 * SECOND
SETTLE_NS = Ns(10 * SECOND)
"""So long what was bought may not be sold, as where `sell_pending` is left off."""
LATENCY = ConstantLatency(Ns(30 * MILLISECOND), Ns(30 * MILLISECOND))
LIMITS = Limits(
    order_size_max=Quantity(1_000 * SCALE),
    position_max=Quantity(1_000 * SCALE),
    price_through_max=Price(SCALE),
    market_exposure_max=Money(CASH),
    group_exposure_max=Money(CASH),
    venue_exposure_max=Money(CASH),
    total_exposure_max=Money(CASH),
    loss_max=Money(CASH),
    orders_per_minute=100_000,
    proof_age_ns_max=DAY,
)


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of one run; dollars, with shares at what they are worth in the end."""

    profit: float
    fills: int
    commands: int
    shares_most: float
    """Of one outcome that could have been held at any time, were all open bids filled."""
    halted: str


class Run:
    """Build it, `run` it once, then ask for the `outcome`."""

    def __init__(
        self, seed: int, strategy: Strategy, *, informed: bool, settle_ns: Ns = SETTLE_NS
    ) -> None:
        seat = Seat(strategy, Money(CASH), patience_ns=0, dwell_ns=DWELL_NS)
        parameters = EngineParameters(
            limits=LIMITS, audit_ns=DAY, sell_pending=False, audit_twin_ns=DAY
        )
        self.engine = Engine(parameters, Roster([seat]), _Unhashed)
        self.venue = SimVenue(
            self.engine.watch.books, lambda _: True, LATENCY, CASH, Conduct(settle_ns=settle_ns)
        )
        self.market = Synthetic(seed, START, self._ours, informed=informed)
        self.watch: Callable[[], None] = lambda: None
        """Called after every cut, for whoever wants to see more."""
        self._commands = self._fills = self._most = 0
        self._halted = ""
        for event in (
            RunStarted(START, RunId("maker"), "", "", CASH),
            InstrumentListed(START, MARKET),
            FeedCarries(START, FEED, (MARKET.id,)),
            FeedUp(START, FEED),
            self.market.snapshot(),
        ):
            self._handle(event)

    def run(self, seconds: int) -> None:
        """Let so much time pass."""
        for _ in range(seconds * SECOND // STEP_NS):
            for event in self.market.step():
                self._handle(event)
                self._decide()
            for account_event in self.venue.due(self.market.now):
                self._handle(account_event)
            self._decide()

    @property
    def outcome(self) -> Outcome:
        """As it stands."""
        account, fair = self.venue.account, self.market.fair
        first, second = (account.shares.get(each, 0) for each in (FIRST, SECOND_OUTCOME))
        worth = account.cash - CASH + first * fair + second * (1 - fair)
        return Outcome(
            profit=worth / SCALE,
            fills=self._fills,
            commands=self._commands,
            shares_most=self._most / SCALE,
            halted=self._halted,
        )

    def _handle(self, event: Event) -> None:
        self._fills += isinstance(event, OrderFilled)
        self.engine.handle(event)
        self.venue.observe(event)

    def _decide(self) -> None:
        for command in self.engine.handle(Cut(self.market.now)):
            if isinstance(command, Approved | CancelOrder | LookUpOrder):
                self._commands += 1
                self.venue.send([command], self.market.now)
            elif isinstance(command, StrategyHalted):
                self._halted = command.error
        ledger = self.engine.ledger
        could = (ledger.held(each) + ledger.could_buy(each) for each in (FIRST, SECOND_OUTCOME))
        self._most = max(self._most, *could)
        self.watch()

    def _ours(self, side: Side) -> dict[Price, Quantity]:
        resting: dict[Price, Quantity] = {}
        for order_id, remaining in self.venue.resting().items():
            command = self.engine.ledger.orders[order_id].command
            first = command.instrument == FIRST
            if (command.side is side) is first:
                price = command.price if first else complement(command.price)
                resting[price] = Quantity(resting.get(price, 0) + remaining)
        return resting


class _Unhashed:
    """Books of this venue are taken at their word."""

    def __init__(self, market: Market) -> None:
        del market

    def change(self, levels: tuple[Level, ...]) -> None:
        """See core.book.checksum."""

    def set_tick(self, tick: Price) -> None:
        """See core.book.checksum."""

    def digest(self, outcome: int, venue_ns: Ns, last_trade: Price | None) -> str:
        """Never asked for: no hash comes."""
        del outcome, venue_ns, last_trade
        return ""
