"""What synthetic traders believe: log-odds that trend, revert and jump; seeded, in virtual time."""

import math
from random import Random

MINUTE = 60_000_000_000
JUMPS_A_MINUTE = 0.05
SHARPEN_NS = MINUTE


class Belief:
    """The log-odds of one outcome, walked lazily to whatever time is asked for."""

    def __init__(self, rng: Random, now: int, *, level: float, volatility: float) -> None:
        self._rng = rng
        self._at = now
        self._level = level
        self._anchor = level
        self._volatility = volatility
        self._trend = 0.0
        self._turns_at = now

    def log_odds(self, now: int, end_ns: int) -> float:
        """The value at `now`; in the last minute before `end_ns` doubt is driven out."""
        minutes = max(0.0, (now - self._at) / MINUTE)
        self._at = now
        if now >= self._turns_at:
            self._turn(now)
        rng = self._rng
        pull = 0.2 * (self._anchor - self._level)
        if end_ns - now < SHARPEN_NS:
            pull = 3.0 * self._level
        self._level += (self._trend + pull) * minutes
        self._level += self._volatility * math.sqrt(minutes) * rng.gauss(0, 1)
        if rng.random() < JUMPS_A_MINUTE * minutes:
            self._anchor = self._level = self._level + rng.choice((-1, 1)) * rng.uniform(0.4, 1.2)
        self._level = min(7.0, max(-7.0, self._level))
        return self._level

    def _turn(self, now: int) -> None:
        rng = self._rng
        self._turns_at = now + int(rng.expovariate(1 / (2 * MINUTE)))
        self._trend = rng.choice((0.0, 0.0, 1.0, -1.0)) * self._volatility
        self._anchor = min(4.5, max(-4.5, self._level))


class Contest:
    """Beliefs whose probabilities add to one; a plain binary market is a contest of one."""

    def __init__(self, end_ns: int) -> None:
        self._end_ns = end_ns
        self._members: list[Belief] = []
        self._known: list[float] = []

    def join(self, belief: Belief, now: int) -> int:
        """Add a member and say its place."""
        self._members.append(belief)
        self._known.append(belief.log_odds(now, self._end_ns))
        return len(self._members) - 1

    def fair(self, place: int, now: int) -> float:
        """Probability of the member at `now`."""
        self._known[place] = self._members[place].log_odds(now, self._end_ns)
        if len(self._members) == 1:
            return 1 / (1 + math.exp(-self._known[0]))
        weights = [math.exp(value) for value in self._known]
        return weights[place] / math.fsum(weights)

    def __len__(self) -> int:
        return len(self._members)
