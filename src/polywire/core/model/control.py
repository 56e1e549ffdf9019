"""Control events: the passing of time, a run's start, what an operator asks and is told."""

from enum import StrEnum
from typing import Final

from polywire.core.ids import FeedId, RunId
from polywire.core.model.counts import FeedsCounted, MoneyCounted
from polywire.core.model.market import Fact
from polywire.core.units import Money, Ns


class Operation(StrEnum):
    """What a running engine is asked for: by persons, all but `leave`; by the run itself too."""

    HALT = "halt"
    RESUME = "resume"
    CANCEL_ALL = "cancel-all"
    FLATTEN = "flatten"
    LEAVE = "leave"
    """As halt, but the targets of exits stay where they rest."""
    ADD = "add"
    """Seat another strategy; its settings are the subject, as JSON."""
    RETIRE = "retire"
    """Ask the strategy that the subject names no more; its exits guard on what it holds."""
    SELL_OUT = "sell-out"
    """Retire it, and sell all that it holds."""
    DISABLE = "disable"
    """Ask the strategy that the subject names no more, until it is enabled."""
    ENABLE = "enable"
    SET = "set"
    """Tell the strategy that the subject names otherwise: the value has its parameters."""
    CANCEL_MARKET = "cancel-market"
    """Cancel all orders in the market that the subject names."""
    CANCEL_ORDER = "cancel-order"
    """Cancel the order that the subject names."""


LASTING: Final = (
    Operation.ADD,
    Operation.RETIRE,
    Operation.SELL_OUT,
    Operation.DISABLE,
    Operation.ENABLE,
)
"""What is said of a strategy holds over restarts."""


class RunStarted(Fact, frozen=True):
    """A run begins: its build, its configuration, the cash it starts from, and whose account.

    `inputs`: of a backtest, the recordings it is fed from, with their digests, as JSON.
    """

    run: RunId
    build: str
    configuration: str
    cash: Money
    owner: str = ""
    inputs: str = ""


class OperatorCommand(Fact, frozen=True):
    """Someone asked for an operation; `who` is empty where the run did: its end, or its disk.

    `subject`: the strategy, market or order it is about, where it is about one. `value`: of `set`,
    the parameters that change, as the engine keeps them, as a JSON object.
    """

    operation: Operation
    reason: str
    who: str = ""
    subject: str = ""
    value: str = ""


class Cut(Fact, frozen=True):
    """Facts change state; a cut makes the engine decide. Only a cut tells it the time."""

    @property
    def now(self) -> Ns:
        """The time of the decision."""
        return self.recv_ns


class AlertRaised(Fact, frozen=True):
    """Told, not asked: somebody should look; `name` says at what, `text` why. Changes nothing."""

    name: str
    text: str


class ReconnectorState(StrEnum):
    """How a connection is tried again: soon, after a longer pause, or by the trial under way."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


class ReconnectorMoved(Fact, frozen=True):
    """A connection's reconnector changed its state; a restart takes up from the last of these.

    `failures` is how many there were in a row, `cause` the last of them; the next attempt is not
    before `retry_ns`.
    """

    feed: FeedId
    state: ReconnectorState
    failures: int
    retry_ns: Ns
    cause: str


class AccountFeedMoved(Fact, frozen=True):
    """News of the account come by themselves from now on, or do not, and why.

    The breaker counts the silence. A cause while it is `up`: something was lost. Either way what
    was missed is read by REST.
    """

    up: bool
    cause: str


class StoodStill(Fact, frozen=True):
    """Nothing was decided since `since_ns`, stopped, starved or asleep; what is read is old."""

    since_ns: Ns


ControlEvent = (
    RunStarted
    | OperatorCommand
    | AlertRaised
    | FeedsCounted
    | MoneyCounted
    | ReconnectorMoved
    | AccountFeedMoved
    | StoodStill
    | Cut
)
