"""A watch on one market and a venue that tells it, for tests of trust and of proofs."""

from tests.unit.core.building import (
    CENT,
    SECOND,
    WS,
    NaiveChecksum,
    forty_sixty,
    market,
)

from polywire.core.engine.tending import Ages
from polywire.core.engine.tracked import Tracked
from polywire.core.engine.watch import BookWatch
from polywire.core.ids import FeedId, MarketId
from polywire.core.model.healing import GapClosed, ProveBook, ReplaceSocket, Resubscribe
from polywire.core.model.market import (
    BookSnapshot,
    FeedCarries,
    FeedUp,
)
from polywire.core.units import Ns

M = MarketId("m")
T0 = 100 * SECOND
AGE = 30 * SECOND
TWIN = FeedId("twin")


class Rig:
    """A watch on one market that one connected feed carries."""

    def __init__(self, *, audit_ns: int = 3_600 * SECOND) -> None:
        self.venue = forty_sixty()
        self.watch = BookWatch(
            NaiveChecksum, Ages(audit_ns=audit_ns, audit_twin_ns=2 * audit_ns, proof_ns_max=AGE)
        )
        self.watch.list_market(market())
        self.watch.feed(FeedCarries(Ns(T0), WS, (M,)))
        self.watch.feed(FeedUp(Ns(T0), WS))

    @property
    def tracked(self) -> Tracked:
        """The one book."""
        return self.watch.books[M]

    @property
    def touch(self) -> tuple[int | None, int | None]:
        """Best bid and ask in cents."""
        bid, ask = self.tracked.book.touch(0)
        return (None if bid is None else bid // CENT, None if ask is None else ask // CENT)

    def distrust(self, at: int) -> str:
        """Why not to trade."""
        return self.watch.distrust(self.tracked, Ns(at))

    def cut(self, at: int) -> list[tuple[str, ...]]:
        """What a cut asks and tells."""
        said: list[tuple[str, ...]] = []
        for command in self.watch.cut(Ns(at)):
            match command:
                case ProveBook():
                    said.append(("prove", command.reason))
                case Resubscribe():
                    said.append(("resubscribe", command.reason))
                case ReplaceSocket():
                    said.append(("replace", command.reason))
                case GapClosed():
                    said.append(("closed", command.cause, command.healed_by))
        self.watch.verify()
        self.watch.changed.clear()
        return said


def rest(rig: Rig, at: int, venue_ns: int | None = None) -> BookSnapshot:
    return rig.venue.snapshot(at, venue_ns=venue_ns, feed="rest")
