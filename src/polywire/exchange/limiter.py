"""Token buckets per signer on order and cancel routes, and the headers that tell of them (4.9)."""

import math
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

SECOND_NS: Final = 1_000_000_000


class Tier(NamedTuple):
    """Orders a second and at once, cancels a second and at once."""

    orders: int
    orders_burst: int
    cancels: int
    cancels_burst: int


TierName = Literal[
    "Standard", "Copper", "Bronze", "Silver", "Gold", "Platinum", "Diamond", "Elite", "none"
]
TIERS: Final[dict[TierName, Tier]] = {
    "Standard": Tier(40, 60, 80, 120),
    "Copper": Tier(60, 90, 120, 180),
    "Bronze": Tier(80, 120, 160, 240),
    "Silver": Tier(200, 300, 400, 600),
    "Gold": Tier(400, 600, 800, 1200),
    "Platinum": Tier(450, 675, 900, 1350),
    "Diamond": Tier(525, 787, 1050, 1575),
    "Elite": Tier(600, 900, 1200, 1800),
}


@dataclass(slots=True)
class Bucket:
    """Tokens that come back at a rate, up to a burst; cancels may leave it below zero."""

    rate: int
    burst: int
    tokens: float
    at_ns: int

    def fill(self, now_ns: int) -> None:
        """Put in what has come back since."""
        gained = max(0, now_ns - self.at_ns) * self.rate / SECOND_NS
        self.tokens, self.at_ns = min(float(self.burst), self.tokens + gained), now_ns

    def wait_s(self, cost: int) -> float:
        """How long until so many are there."""
        return max(0.0, (cost - self.tokens) / self.rate)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may pass, and the headers its answer carries."""

    passes: bool
    headers: dict[str, str]


class Limiter:
    """The buckets of every signer on one tier; on "none" nothing is limited, nor told."""

    def __init__(self, tier: TierName) -> None:
        self._name = tier
        self._tier = TIERS.get(tier)
        self._orders: dict[str, Bucket] = {}
        self._cancels: dict[str, Bucket] = {}

    def orders(self, signer: str, cost: int, now_ns: int, wall_s: float) -> Verdict:
        """Take tokens for new orders: all of them, or none."""
        if self._tier is None:
            return Verdict(passes=True, headers={})
        full = Bucket(self._tier.orders, self._tier.orders_burst, self._tier.orders_burst, now_ns)
        bucket = self._orders.setdefault(signer, full)
        return self._taken(bucket, (cost, cost), now_ns, wall_s)

    def cancels(self, signer: str, cost: int, now_ns: int, wall_s: float) -> Verdict:
        """Take tokens for cancels: one must be there, the rest may be owed."""
        if self._tier is None:
            return Verdict(passes=True, headers={})
        burst = self._tier.cancels_burst
        full = Bucket(self._tier.cancels, burst, burst, now_ns)
        bucket = self._cancels.setdefault(signer, full)
        return self._taken(bucket, (1, cost), now_ns, wall_s)

    def owe(self, signer: str, cost: int) -> None:
        """Take tokens afterwards, for cancels whose number nobody knew before."""
        if signer in self._cancels:
            self._cancels[signer].tokens -= cost

    def _taken(
        self, bucket: Bucket, needs_and_cost: tuple[int, int], now_ns: int, wall_s: float
    ) -> Verdict:
        needed, cost = needs_and_cost
        bucket.fill(now_ns)
        wait_s = bucket.wait_s(needed)
        if wait_s <= 0:
            bucket.tokens -= cost
        headers = {
            "Poly-RateLimit-Remaining": f"{bucket.tokens:.3f}".rstrip("0").rstrip("."),
            "Poly-RateLimit-Reset": str(math.ceil(wall_s + bucket.wait_s(1))),
            "Poly-RateLimit-Tier": self._name,
        }
        if wait_s > 0:
            headers["Retry-After"] = str(max(1, math.ceil(wait_s)))
        return Verdict(passes=wait_s <= 0, headers=headers)
