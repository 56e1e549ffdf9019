"""Which markets a run watches; the scanner keeps to it."""

from msgspec import Struct

from polywire.venues.polymarket.selection import Criteria


class Watch(Struct, frozen=True, kw_only=True):
    """Which markets to watch, how often to look for new ones, and how far to read."""

    criteria: Criteria
    every_ns: int
    pages_max: int
