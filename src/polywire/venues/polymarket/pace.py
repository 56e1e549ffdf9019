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
        self._shut_until = Ns(0)

    def take(self, count: int, now: Ns, *, keep: int = 0) -> bool:
        """Take so many tokens, if as many as `keep` are left after that."""
        self._fill(now)
        if now < self._shut_until or self._level_ns < (count + keep) * SECOND:
            return False
        self._level_ns -= count * SECOND
        return True

    def told(self, left: int, now: Ns) -> None:
        """The venue says how many are left: never more than we think."""
        self._fill(now)
        self._level_ns = min(self._level_ns, max(0, left) * SECOND)

    def shut(self, wait_ns: int, now: Ns) -> None:
        """The venue wants to be left alone for so long."""
        self._shut_until = Ns(max(self._shut_until, now + wait_ns))

    def _fill(self, now: Ns) -> None:
        passed = max(0, now - self._at)
        full = self.rate.burst * SECOND
        self._level_ns = min(full, self._level_ns + passed * self.rate.a_second)
        self._at = Ns(max(now, self._at))


class Pace:
    """What may be sent now, and what is refused before it is sent and why."""

    def __init__(self) -> None:
        orders, cancels = TIERS["standard"]
        self.orders, self.cancels = Bucket(orders), Bucket(cancels)
        self._closed_until = self._post_only_until = Ns(0)
        self._restarts = 0

    def refusal(self, order: PlaceOrder, now: Ns) -> str:
        """Why an order is not sent now, or empty; then it has taken its token."""
        if now < self._closed_until:
            return "the venue takes no orders now"
        if now < self._post_only_until and not order.post_only:
            return "the venue takes post-only orders alone now"
        leaves = order.side is Side.SELL and order.time_in_force is TimeInForce.IOC
        keep = 0 if leaves else self.orders.rate.burst // KEEP_SHARE
        return "" if self.orders.take(1, now, keep=keep) else "over the venue's rate of orders"

    def placed(self, status: int, headers: Mapping[bytes, bytes], body: bytes, now: Ns) -> None:
        """The reply to orders: what it says of the next ones."""
        self._hear(self.orders, status, headers, now)
        if status == RESTARTING:
            if now >= self._closed_until:  # not the others that were under way with the first
                pause = min(PAUSE_NS << self._restarts, PAUSE_NS_MAX)
                self._restarts = min(self._restarts + 1, 8)
                self._closed_until = Ns(now + pause)
            self._post_only_until = Ns(now + POST_ONLY_NS)
        elif status == UNAVAILABLE and body.find(POST_ONLY) >= 0:
            self._post_only_until = Ns(now + (_wait_ns(headers) or POST_ONLY_NS))
        elif status == UNAVAILABLE and any(body.find(text) >= 0 for text in CLOSED):
            self._closed_until = Ns(now + max(_wait_ns(headers), PAUSE_NS_MAX))
        elif status == HTTPStatus.OK:
            self._restarts = 0
            if body.find(POST_ONLY) >= 0:  # a batch: each of its orders that was none says so
                self._post_only_until = Ns(now + POST_ONLY_NS)

    def cancelled(self, status: int, headers: Mapping[bytes, bytes], now: Ns) -> None:
        """The reply to cancels."""
        self._hear(self.cancels, status, headers, now)

    def _hear(self, bucket: Bucket, status: int, headers: Mapping[bytes, bytes], now: Ns) -> None:
        rates = TIERS.get(headers.get(b"poly-ratelimit-tier", b"").decode("latin-1").lower())
        if rates is not None:
            self.orders.rate, self.cancels.rate = rates
        left = headers.get(b"poly-ratelimit-remaining", b"")
        if left.isdigit():
            bucket.told(int(left[:9]), now)
        if status == TOO_MANY:
            bucket.shut(_wait_ns(headers) or SECOND, now)


def _wait_ns(headers: Mapping[bytes, bytes]) -> int:
    told = headers.get(b"retry-after", b"")
    return int(told) * SECOND if told.isdigit() and len(told) < 6 else 0
