"""Paper: play money, and orders that the simulated venue fills."""

from polywire.core.engine.engine import Engine
from polywire.core.ids import MarketId
from polywire.core.units import Money, Ns
from polywire.net.clock import Clock
from polywire.observe.account_metrics import Rates
from polywire.observe.run_status import AccountCounts
from polywire.runtime.loop import PutFact
from polywire.sim.latency import Latency
from polywire.sim.venue import SimVenue


class PaperAccount:
    """Fulfils AccountSide with so much cash; `latency` is that of the simulated venue."""

    mode = "paper"

    def __init__(self, cash: Money, latency: Latency) -> None:
        self._cash = cash
        self._latency = latency

    def edge(self, engine: Engine, _clock: Clock, put: PutFact) -> SimVenue:
        """The simulated venue, which fills what rests on books that can be trusted."""
        self._engine, self._put = engine, put
        self._venue = SimVenue(engine.watch.books, self._proven, self._latency, self._cash)
        return self._venue

    async def open(self, *, fresh: bool, now: Ns) -> Money:
        """The cash to begin with; an account that goes on is what its ledger says."""
        if fresh:
            return self._cash
        self._venue.restore(self._engine.ledger, now)
        return Money(0)

    def begin(self, _now: Ns) -> None:
        """The simulated venue tells by itself."""

    @property
    def owner(self) -> str:
        """Nobody's."""
        return "play money"

    @property
    def guards(self) -> dict[str, str]:
        """Nothing: no order leaves this process."""
        return {}

    @property
    def counts(self) -> AccountCounts:
        """Nothing: there is no venue to disagree with."""
        return AccountCounts()

    def rates(self, _now: Ns) -> Rates:
        """As many as one likes."""
        return {}

    @property
    def quiet(self) -> bool:
        """Whether nothing of ours is on its way."""
        return self._venue.wakeup() is None

    async def report(self, now: Ns) -> None:
        """Put the account as the simulated venue sees it."""
        self._put(self._venue.report(now))

    async def close(self, *, clean: bool) -> None:
        """There is nothing to end."""

    def _proven(self, market: MarketId) -> bool:
        tracked = self._engine.watch.books.get(market)
        return tracked is not None and not self._engine.standing.exit_distrust(tracked)
