"""What the engine asks and tells about evidence: proofs, healing in rising order, and gaps."""

from polywire.core.ids import FeedId, MarketId
from polywire.core.model.command import Decision
from polywire.core.units import Ns


class ProveBook(Decision, frozen=True):
    """Ask the venue by REST what this market's book is."""

    market: MarketId
    reason: str


class Resubscribe(Decision, frozen=True):
    """Have a feed leave a market and carry it anew, so that its first book comes again."""

    market: MarketId
    feed: FeedId
    reason: str


class ReplaceSocket(Decision, frozen=True):
    """Open another socket with the same markets; drop this feed once the new one tells of them."""

    feed: FeedId
    reason: str


class GapStarted(Decision, frozen=True):
    """Told, not asked: from here on a book is not proven, and why."""

    market: MarketId
    opened_ns: Ns
    cause: str


class GapClosed(Decision, frozen=True):
    """Told, not asked: a book is proven again; when its gap opened and ended, and why it did.

    `healed_by` is what proved it, `step` the strongest measure that was asked for since it opened
    (empty: none was needed), `missed` how many levels the healing book had to correct.
    """

    market: MarketId
    opened_ns: Ns
    closed_ns: Ns
    cause: str
    healed_by: str
    step: str
    missed: int


class ChecksumsJudged(Decision, frozen=True):
    """Told, not asked: whether the venue's hashes are believed from here on, after so many books.

    They are not while books that REST confirms never have the hash that is sent for them.
    """

    at_ns: Ns
    believed: bool
    books: int


FeedOrder = ProveBook | Resubscribe | ReplaceSocket
FeedNews = GapStarted | GapClosed | ChecksumsJudged
