"""The breaker: what ends buying, or all trading, until its cause has passed or a person resumes.

Pure; not to be confused with the reconnectors of connections. What it does to orders is the desk's.
"""

from collections import deque

from msgspec import Struct

from polywire.core.model.breaker import BreakerCause, BreakerMoved
from polywire.core.units import MINUTE, Ns

WHOLE = (BreakerCause.RECONCILIATION, BreakerCause.HAND, BreakerCause.RUN)
"""What ends all trading, the worst first; after other causes, what is held can still be sold."""
PASSING = (BreakerCause.REJECTS, BreakerCause.UNKNOWNS, BreakerCause.SILENCE)
"""What may close without a person, once it has cooled down."""
UNREAD_NS = 5 * MINUTE
"""How long the account may go without a reading of all of it, where one can be read."""


class BreakerPlan(Struct, frozen=True, kw_only=True):
    """When it trips by itself: parts of the orders of a minute in a hundred, times in nanoseconds.

    `silence_ns`: how long the account's channel may be down; None where there is none, on paper.
    """

    orders_min: int
    rejected_percent: int
    unknown_percent: int
    silence_ns: int | None
    cool_ns: int


class Breaker:
    """Open while it has a cause; `open` is the ledger's to keep, and outlives the run.

    Without a plan it trips by loss, by reconciliation and by hand alone.
    """

    def __init__(self, plan: BreakerPlan | None, tripped: dict[BreakerCause, BreakerMoved]) -> None:
        self.open = tripped
        self._plan = plan
        self._now = Ns(0)
        self._moved: list[BreakerMoved] = []
        self._rejects: deque[Ns] = deque()
        self._unknowns: deque[Ns] = deque()
        self._down_ns: Ns | None = None
        self._loss_day = -1
        self._read_ns: Ns | None = None

    @property
    def flattening(self) -> bool:
        """Whether all that is held is to be sold, whatever else is halted; but not past the run."""
        return BreakerCause.FLATTEN in self.open and BreakerCause.RUN not in self.open

    @property
    def halted(self) -> str:
        """Why nothing may be placed, or empty."""
        if not self.open or self.flattening:
            return ""
        return next((self.open[cause].reason for cause in WHOLE if cause in self.open), "")

    @property
    def barred(self) -> str:
        """Why nothing may be bought, or empty."""
        for one in self.open.values():  # asked at every cut: `next` would take twice as long
            return one.reason
        return ""

    def trip(self, cause: BreakerCause, reason: str) -> None:
        """Open, until it is closed again; the first reason of a cause stands.

        Of a person's halt and wish to have everything sold, the later goes.
        """
        if cause is BreakerCause.HAND and BreakerCause.FLATTEN in self.open:
            self._close(BreakerCause.FLATTEN, "halted")
        if cause not in self.open:
            self.open[cause] = BreakerMoved(cause, True, reason, self._now)
            self._moved.append(self.open[cause])

    def resume(self, reason: str, *, by_hand: bool) -> None:
        """Close; a person closes all but what the run itself said."""
        for cause in list(self.open):
            if cause is not BreakerCause.RUN or not by_hand:
                self._close(cause, reason)

    def recover(self, moved: BreakerMoved) -> None:
        """Be as an earlier run was."""
        self.open.pop(moved.cause, None)
        if moved.open:
            self.open[moved.cause] = moved

    def begin(self) -> None:
        """A run starts: what the last one said of itself is over, and nobody is heard yet."""
        for cause in (*PASSING, BreakerCause.UNREAD, BreakerCause.RUN):
            self.open.pop(cause, None)
        self._down_ns, self._read_ns = self._now, None

    def rejected(self) -> None:
        """The venue refused an order."""
        self._rejects.append(self._now)

    def unknown(self) -> None:
        """Nobody knows what became of an order."""
        self._unknowns.append(self._now)

    def channel(self, *, up: bool) -> None:
        """News of the account come by themselves from now on, or do not."""
        if up:
            self._down_ns = None
        elif self._down_ns is None:
            self._down_ns = self._now

    def read(self, at: Ns) -> None:
        """The venue has told all of the account."""
        self._read_ns = at
        if BreakerCause.UNREAD in self.open:
            self._close(BreakerCause.UNREAD, "the account was read")

    def cut(self, now: Ns, orders: int, *, lost: str, day: int) -> list[BreakerMoved]:
        """What is to be told at a cut; `orders` of the last minute, why the `day` lost too much.

        A loss trips once a day: who resumes has seen it, and the rule refuses buys all the same.
        """
        if not self._now and self._down_ns is not None:
            self._down_ns = now  # the first cut of all tells the time
        self._now = now
        if lost and day != self._loss_day:
            self._loss_day = day
            self.trip(BreakerCause.LOSS, lost)
        if self._plan is not None:
            self._count(self._plan, orders)
            self._cool(self._plan, silent=self._listen(self._plan))
            self._look(self._plan)
        told, self._moved = self._moved, []
        return told

    def forget(self) -> None:
        """Tell nothing of what moved since the last cut: for who reads how another one moved."""
        self._moved.clear()

    def _count(self, plan: BreakerPlan, orders: int) -> None:
        for cause, times, percent in (
            (BreakerCause.REJECTS, self._rejects, plan.rejected_percent),
            (BreakerCause.UNKNOWNS, self._unknowns, plan.unknown_percent),
        ):
            while times and self._now - times[0] >= MINUTE:
                times.popleft()
            if orders >= plan.orders_min and 100 * len(times) >= percent * orders:
                self.trip(cause, f"{cause}: {len(times)} of {orders} orders in a minute")

    def _listen(self, plan: BreakerPlan) -> bool:
        if self._down_ns is None or plan.silence_ns is None:
            return False
        silent = self._now - self._down_ns >= plan.silence_ns
        if silent:
            self.trip(BreakerCause.SILENCE, "the user channel is silent")
        return silent

    def _look(self, plan: BreakerPlan) -> None:
        """Buy nothing on an account that nobody has read, or not lately."""
        if plan.silence_ns is None:
            return
        if self._read_ns is None:
            self.trip(BreakerCause.UNREAD, "the account has not been read yet")
        elif self._now - self._read_ns >= UNREAD_NS:
            self.trip(BreakerCause.UNREAD, "the account has not been read for five minutes")

    def _cool(self, plan: BreakerPlan, *, silent: bool) -> None:
        for cause in PASSING:
            one = self.open.get(cause)
            goes_on = silent and cause is BreakerCause.SILENCE
            if one is not None and not goes_on and self._now - one.at_ns >= plan.cool_ns:
                self._close(cause, "cooled down")

    def _close(self, cause: BreakerCause, reason: str) -> None:
        del self.open[cause]
        if cause is BreakerCause.REJECTS:
            self._rejects.clear()
        if cause is BreakerCause.UNKNOWNS:
            self._unknowns.clear()
        self._moved.append(BreakerMoved(cause, False, reason, self._now))
