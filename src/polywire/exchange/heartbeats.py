"""The dead-man's switch: which API keys beat, and whose orders fall when one stops (4.7).

Says whose time is over; who cancels is told. Times are the venue's and are arguments.
"""

import hashlib
import uuid
from dataclasses import dataclass
from typing import Final

from polywire.exchange.refusal import RefusedError

LIFE_NS: Final = 10_000_000_000
CHECK_NS: Final = 5_000_000_000
WRONG: Final = "Invalid Heartbeat ID"


@dataclass(slots=True)
class Beat:
    """The id that is expected next, and until when."""

    id: str
    until_ns: int


class Heartbeats:
    """The switch of every API key that has started one."""

    def __init__(self, seed: int, now_ns: int) -> None:
        self._seed = seed
        self._beats: dict[str, Beat] = {}
        self._check_ns = now_ns + CHECK_NS
        self._told = 0

    def beat(self, key: str, told: str, now_ns: int) -> str:
        """Start with "", go on with the id told last; the next id, or refused with the right one.

        Over is over: an id told before the switch fired is refused, and "" starts again.
        """
        expected = self._beats[key].id if key in self._beats else ""
        if told != expected:
            raise RefusedError(400, WRONG, {"error_msg": WRONG, "heartbeat_id": expected})
        self._told += 1
        drawn = hashlib.sha256(f"{self._seed}/{key}/{self._told}".encode()).digest()
        made = str(uuid.UUID(bytes=drawn[:16], version=4))
        self._beats[key] = Beat(made, now_ns + LIFE_NS)
        return made

    def renew(self, key: str, now_ns: int) -> None:
        """Start or go on by the older route, which knows no ids."""
        known = self._beats.get(key)
        self._beats[key] = Beat(known.id if known else "", now_ns + LIFE_NS)

    def fired(self, now_ns: int) -> list[str]:
        """The keys whose time is over, looked at every five seconds; each is told once."""
        if now_ns < self._check_ns:
            return []
        self._check_ns = now_ns + CHECK_NS
        over = [key for key, beat in self._beats.items() if beat.until_ns <= now_ns]
        for key in over:
            del self._beats[key]
        return over
