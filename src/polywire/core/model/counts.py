"""What a run has counted since it started: of its feeds and of its money, once a minute each.

Decides nothing.
"""

from msgspec import Struct

from polywire.core.ids import FeedId, MarketId, StrategyId
from polywire.core.model.market import Fact
from polywire.core.units import Money, Ns


class Count(Struct, frozen=True, gc=False, array_like=True):
    """Base of all counts; array-like so that a journal row is small."""


class MarketCount(Count, frozen=True):
    """One book: messages of the feeds applied to it, and what its proofs said.

    Hashes in entries (messages for one token): checked = agreed + late + wrong + others that can
    no longer be compared or still wait.
    """

    market: MarketId
    messages: int
    checked: int
    agreed: int
    late: int
    wrong: int
    snapshots: int
    snapshots_agreed: int
    touches: int
    touches_differing: int


class SocketCount(Count, frozen=True):
    """One connection; `first` counts what it told before its twin, by a lead of so many ns.

    `gone`: another has replaced it; the rest is what it had counted by then.
    """

    feed: FeedId
    frames: int
    undecodable: int
    unknown: int
    pongs: int
    reconnects: int
    first: int = 0
    lead_p50_ns: int = 0
    lead_p99_ns: int = 0
    gone: bool = False


class ReplyCount(Count, frozen=True):
    """REST calls for one purpose that ended with one status; 0 is a call without an answer."""

    purpose: str
    status: int
    replies: int


class StageCount(Count, frozen=True):
    """How long one stage took, known to three per cent; `above` the target, counted exactly."""

    stage: str
    count: int
    above: int
    p50_ns: int
    p99_ns: int
    p999_ns: int
    p90_ns: int = 0
    max_ns: int = 0
    spread: tuple[tuple[int, int], ...] = ()
    """How many values lie under each power of two of nanoseconds, and not under half of it."""


class FeedsCounted(Fact, frozen=True):
    """Told, not asked: what a run has counted since `started_ns`. Changes nothing.

    `markets` is empty where a row leaves them out; `views` are books shown to strategies, each a
    read that needed no REST; `ending` marks the last row of a run that stopped cleanly.
    """

    started_ns: Ns
    target_ns: int
    views: int
    markets: tuple[MarketCount, ...]
    sockets: tuple[SocketCount, ...]
    replies: tuple[ReplyCount, ...]
    stages: tuple[StageCount, ...]
    ending: bool = False


class StrategyMoney(Count, frozen=True):
    """What a strategy has lost since the UTC day began, and may lose; None: no bound of its own."""

    strategy: StrategyId
    loss: Money
    loss_max: Money | None


class MoneyCounted(Fact, frozen=True):
    """Told, not asked: cash, what the account is worth, the loss of the UTC day. Changes nothing.

    A loss is 0 where something was won.
    """

    cash: Money
    equity: Money
    loss: Money
    loss_max: Money
    strategies: tuple[StrategyMoney, ...]
