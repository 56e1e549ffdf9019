"""How a run polls; poll.py keeps to it. Without I/O, so that a configuration can hold it."""

from msgspec import Struct

from polywire.core.errors import ConfigError
from polywire.core.units import SECOND

EVERY_NS_MIN = SECOND
EVERY_NS_MAX = 300 * SECOND


class Polling(Struct, frozen=True):
    """Every how many nanoseconds to poll, and whether one call asks for up to 500 books or for one.

    Raises ConfigError for an interval outside 1 to 300 s.
    """

    every_ns: int
    batched: bool

    def __post_init__(self) -> None:
        if not EVERY_NS_MIN <= self.every_ns <= EVERY_NS_MAX:
            raise ConfigError(
                f"a polling interval is from 1 to 300 s, found {self.every_ns / SECOND:g} s"
            )
