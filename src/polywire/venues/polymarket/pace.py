"""How much the venue takes now: token buckets per signer, and times when it takes less.

Fed by the replies to orders and cancels (polymarket.md 4.6 and 4.9). Pure; sends nothing.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, NamedTuple

from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Side
from polywire.core.model.intent import TimeInForce
from polywire.core.units import MINUTE, SECOND, Ns

RESTARTING: Final = 425
TOO_MANY: Final = 429
UNAVAILABLE: Final = 503
PAUSE_NS: Final = SECOND
PAUSE_NS_MAX: Final = 30 * SECOND
"""After a 425 nothing is placed for a second, then two, four ..."""
POST_ONLY_NS: Final = 2 * MINUTE
"""So long after a restart the venue takes nothing but post-only orders."""
POST_ONLY: Final = b"post-only mode"
CLOSED: Final = (b"Trading is currently disabled", b"Trading is currently cancel-only")
KEEP_SHARE: Final = 4
"""This part of a full bucket is kept for orders that leave a position."""
ORDERS_NS_MAX: Final = 60 * SECOND
LEAVING_NS_MAX: Final = 10 * SECOND
CANCELS_NS_MAX: Final = 5 * SECOND
"""However long the venue wants to be left alone, it is asked again after so long: one wrong header
would else keep orders resting, and positions held, for a day."""


class Rate(NamedTuple):
    """Tokens a second, and how many a full bucket has."""

    a_second: int
    burst: int


TIERS: Final[dict[str, tuple[Rate, Rate]]] = {
    "standard": (Rate(40, 60), Rate(80, 120)),
    "copper": (Rate(60, 90), Rate(120, 180)),
    "bronze": (Rate(80, 120), Rate(160, 240)),
    "silver": (Rate(200, 300), Rate(400, 600)),
    "gold": (Rate(400, 600), Rate(800, 1200)),
    "platinum": (Rate(450, 675), Rate(900, 1350)),
    "diamond": (Rate(525, 787), Rate(1050, 1575)),
    "elite": (Rate(600, 900), Rate(1200, 1800)),
}
"""Orders and cancels by tier; the venue's headers name the tier."""


class Bucket:
    """A bucket that fills by itself; the venue may say that less is in it."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._level_ns = rate.burst * SECOND
        self._at = Ns(0)

    def take(self, count: int, now: Ns, *, keep: int = 0) -> bool:
        """Take so many tokens, if as many as `keep` are left after that."""
        self._fill(now)
        if self._level_ns < (count + keep) * SECOND:
            return False
        self._level_ns -= count * SECOND
        return True

    def left(self, now: Ns) -> int:
        """Whole tokens that are in it."""
        self._fill(now)
        return self._level_ns // SECOND

    def told(self, left: int, now: Ns) -> None:
        """The venue says how many are left: never more than we think."""
        self._fill(now)
        self._level_ns = min(self._level_ns, max(0, left) * SECOND)

    def _fill(self, now: Ns) -> None:
        passed = max(0, now - self._at)
        full = self.rate.burst * SECOND
        self._level_ns = min(full, self._level_ns + passed * self.rate.a_second)
        self._at = Ns(max(now, self._at))


class Bar:
    """Until when the venue takes none, and when it last said so."""

    def __init__(self) -> None:
        self._until = self._told_at = Ns(0)

    def shut(self, wait_ns: int, now: Ns) -> None:
        """The venue takes none for so long from now; a shorter wait ends no longer one."""
        self._until, self._told_at = Ns(max(self._until, now + wait_ns)), now

    def holds(self, now: Ns, most_ns: int) -> bool:
        """Whether none is sent now, by those who wait so long at most after they were told."""
        return now < min(self._until, self._told_at + most_ns)


class Pace:
    """What may be sent now, and what is refused before it is sent and why."""

    def __init__(self) -> None:
        orders, cancels = TIERS["standard"]
        self.orders, self.cancels = Bucket(orders), Bucket(cancels)
        self._closed, self._post_only, self._too_many = Bar(), Bar(), Bar()
        self._no_cancels = Bar()
        self._restarts = 0

    def refusal(self, order: PlaceOrder, now: Ns) -> str:
        """Why an order is not sent now, or empty; then it has taken its token."""
        leaves = order.side is Side.SELL and order.time_in_force is TimeInForce.IOC
        most_ns = LEAVING_NS_MAX if leaves else POST_ONLY_NS
        if self._closed.holds(now, most_ns):
            return "the venue takes no orders now"
        if self._post_only.holds(now, most_ns) and not order.post_only:
            return "the venue takes post-only orders alone now"
        keep = 0 if leaves else self.orders.rate.burst // KEEP_SHARE
        free = not self._too_many.holds(now, most_ns) and self.orders.take(1, now, keep=keep)
        return "" if free else "over the venue's rate of orders"

    def may_cancel(self, now: Ns) -> bool:
        """Whether a cancel may leave now; then it has taken its token."""
        return not self._no_cancels.holds(now, CANCELS_NS_MAX) and self.cancels.take(1, now)

    def placed(self, status: int, headers: Mapping[bytes, bytes], body: bytes, now: Ns) -> int:
        """The reply to orders: what it says of the next ones; how long it wants none of them."""
        self._hear(self.orders, headers, now)
        told_ns = _wait_ns(headers)
        wait_ns = min(told_ns, ORDERS_NS_MAX)
        if status == TOO_MANY:
            self._too_many.shut(wait_ns or SECOND, now)
        elif status == RESTARTING:
            self._restarted(now)
        elif status == UNAVAILABLE and body.find(POST_ONLY) >= 0:
            self._post_only.shut(wait_ns or POST_ONLY_NS, now)
        elif status == UNAVAILABLE and any(body.find(text) >= 0 for text in CLOSED):
            self._closed.shut(max(wait_ns, PAUSE_NS_MAX), now)
        elif status == HTTPStatus.OK:
            self._restarts = 0
            if body.find(POST_ONLY) >= 0:  # a batch: each of its orders that was none says so
                self._post_only.shut(POST_ONLY_NS, now)
        return told_ns

    def cancelled(self, status: int, headers: Mapping[bytes, bytes], now: Ns) -> int:
        """The reply to cancels; how long the venue wants no more of them."""
        self._hear(self.cancels, headers, now)
        told_ns = _wait_ns(headers) if status == TOO_MANY else 0
        if status == TOO_MANY:
            self._no_cancels.shut(told_ns or SECOND, now)
        return told_ns

    def _restarted(self, now: Ns) -> None:
        pause = 0
        if not self._closed.holds(now, POST_ONLY_NS):  # not those under way with the first
            pause = min(PAUSE_NS << self._restarts, PAUSE_NS_MAX)
            self._restarts = min(self._restarts + 1, 8)
        self._closed.shut(pause, now)
        self._post_only.shut(POST_ONLY_NS, now)

    def _hear(self, bucket: Bucket, headers: Mapping[bytes, bytes], now: Ns) -> None:
        rates = TIERS.get(headers.get(b"poly-ratelimit-tier", b"").decode("latin-1").lower())
        if rates is not None:
            self.orders.rate, self.cancels.rate = rates
        left = headers.get(b"poly-ratelimit-remaining", b"")
        if left.isdigit():
            bucket.told(int(left[:9]), now)


def _wait_ns(headers: Mapping[bytes, bytes]) -> int:
    told = headers.get(b"retry-after", b"")
    return int(told) * SECOND if told.isdigit() and len(told) < 6 else 0
