"""Where a run's orders go and whose money it is: what a trading run asks of either kind of account.

On paper it is paper.py's, for real live.py's.
"""

from typing import Protocol

from polywire.core.engine.engine import Engine
from polywire.core.units import Money, Ns
from polywire.net.clock import Clock
from polywire.observe.account_metrics import Rates
from polywire.observe.run_status import AccountCounts
from polywire.runtime.loop import OrderEdge, PutFact


class AccountSide(Protocol):
    """Where orders go and whose money it is; `mode` is what the status calls it.

    `owner` is what the journal calls the account: one journal is of one account.
    """

    mode: str

    @property
    def owner(self) -> str:
        """Whose money, in words."""

    def edge(self, engine: Engine, clock: Clock, put: PutFact) -> OrderEdge:
        """Who executes the engine's orders; what becomes of them is put."""

    async def open(self, *, fresh: bool, now: Ns) -> Money:
        """Be ready for orders: the cash that a fresh account begins with, or none.

        Raises TransportError or DecodeError if the venue does not say.
        """

    def begin(self, now: Ns) -> None:
        """The engine runs and knows its markets: hear of the account from now on."""

    @property
    def quiet(self) -> bool:
        """Whether nothing of ours is on its way."""

    async def report(self, now: Ns) -> None:
        """Put the account as the venue sees it."""

    async def close(self, *, clean: bool) -> None:
        """Hear no more; `clean`: the engine stopped as it should."""

    @property
    def guards(self) -> dict[str, str]:
        """What would cancel our orders in our place, and whether it is on."""

    @property
    def counts(self) -> AccountCounts:
        """What went between us and the venue, and what of it went wrong."""

    def rates(self, now: Ns) -> Rates:
        """What the venue takes now, as far as it is known."""
