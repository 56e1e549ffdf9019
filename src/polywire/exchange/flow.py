"""What every source of market data offers routes and channel, and the schedule it runs on."""

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from polywire.exchange.books import MarketBook
from polywire.exchange.frames import Frame
from polywire.exchange.lines import Part
from polywire.exchange.listing import Catalogue, Listing

Kind = Literal["synthetic", "recorded", "rebuilt"]


@dataclass(frozen=True, slots=True)
class Print:
    """A public trade; price, size and side belong to the taker's token."""

    token: str
    side: str
    price: str
    size: str
    time_ms: int
    transaction: str


class Flow(Protocol):
    """A steppable source of frames in its own, virtual time."""

    kind: Kind
    waits: bool
    """Whether time stands still until the first subscription."""
    start_ns: int
    catalogue: Catalogue
    books: dict[str, MarketBook]
    """By condition id; a market without an entry has no order book."""
    prints: "deque[Print]"

    def step(self, until_ns: int) -> Iterator[list[Frame]]:
        """Bring virtual time forward; each list is sent before the next is made."""
        ...

    def next_ns(self) -> int | None:
        """When something happens next; None is never."""
        ...


@dataclass(frozen=True, slots=True)
class Trade:
    """One execution in the taker's terms; from whom it was taken; in micros."""

    index: int
    buys: bool
    price: int
    size: int
    parts: tuple[Part, ...] = ()

    @property
    def side(self) -> str:
        """BUY or SELL, of the taker."""
        return "BUY" if self.buys else "SELL"


class Witness(Protocol):
    """Whoever must know what a flow does to account orders."""

    def traded(self, listing: Listing, trade: Trade, transaction: str, now_ns: int) -> None:
        """Anonymous people took from a level; the book has changed."""
        ...

    def resolved(self, listing: Listing, now_ns: int) -> None:
        """A market has its payout; its book is about to be emptied."""
        ...


Action = Callable[[int], list[Frame]]


class Schedule:
    """Actions by virtual time, equal times in the order they were pushed."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Action]] = []
        self._pushed = 0

    def push(self, at_ns: int, action: Action) -> None:
        """Run `action(at_ns)` when time gets there."""
        heapq.heappush(self._heap, (at_ns, self._pushed, action))
        self._pushed += 1

    def next_ns(self) -> int | None:
        """Time of the earliest action."""
        return self._heap[0][0] if self._heap else None

    def run(self, until_ns: int) -> Iterator[list[Frame]]:
        """Run everything due by `until_ns` and yield what it sends."""
        while self._heap and self._heap[0][0] <= until_ns:
            at_ns, _, action = heapq.heappop(self._heap)
            frames = action(at_ns)
            if frames:
                yield frames
