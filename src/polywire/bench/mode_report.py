"""What one engine tells of its hour: counts, positions, and what it decided on when."""

from msgspec import Struct

from polywire.bench.trips import Trip
from polywire.core.ids import MarketId


class Look(Struct, frozen=True, array_like=True):
    """The first decision on a book that tells more than the last: in venue time.

    `book_ns` is the venue's time of the book, `had_ns` when we had it, `at_ns` the decision.
    """

    book_ns: int
    had_ns: int
    at_ns: int


Looks = dict[MarketId, list[Look]]


class Report(Struct, kw_only=True):
    """What one mode did in its hour. Byte counts are of unpacked bodies and frames."""

    name: str
    every_ns: int
    late: bool
    book_calls: int
    catalogue_calls: int
    account_calls: int
    orders: int
    refused: int
    errors: int
    reconnects: int
    bytes: int
    uptime: float
    cpu_s: float
    memory_mb: float
    trips: list[Trip]
    looks: Looks
