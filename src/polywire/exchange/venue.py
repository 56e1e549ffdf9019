"""The state all routes serve: one flow, its clock, the floor, and the faults asked for."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from polywire.exchange.books import MarketBook
from polywire.exchange.faults import Fault, Kind
from polywire.exchange.floor import Floor
from polywire.exchange.flow import Flow
from polywire.exchange.force import Faults
from polywire.exchange.listing import Catalogue, Listing
from polywire.exchange.settlement import SettlementPlan


class VirtualClock:
    """Time of the flow: stands at `start_ns` until started, then runs `speed` times real time."""

    def __init__(
        self, start_ns: int, speed: float, real_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._origin = start_ns
        self._speed = speed
        self._real_ns = real_ns
        self._began: int | None = None

    @property
    def running(self) -> bool:
        """Whether time passes."""
        return self._began is not None

    def start(self, begin_ns: int | None = None) -> None:
        """Let time pass from where it stands, now or from that real moment on."""
        if self._began is None:
            self._began = self._real_ns() if begin_ns is None else begin_ns

    def stop(self) -> None:
        """Stand still."""
        self._origin, self._began = self.now(), None

    def advance(self, duration_ns: int) -> None:
        """Jump ahead."""
        self._origin += duration_ns

    def now(self) -> int:
        """Virtual nanoseconds since the epoch."""
        if self._began is None:
            return self._origin
        return self._origin + int(max(0, self._real_ns() - self._began) * self._speed)

    def real_seconds_until(self, at_ns: int) -> float:
        """How long to wait in real time for a virtual moment."""
        return max(0.0, (at_ns - self.now()) / self._speed / 1e9)


@dataclass(slots=True)
class Venue:
    """What the routes read."""

    flow: Flow
    clock: VirtualClock
    settles: SettlementPlan = field(default_factory=SettlementPlan)
    seed: int = 1
    floor: Floor = field(init=False)
    faults: Faults = field(init=False)

    def __post_init__(self) -> None:
        self.floor = Floor(self.flow, self.settles, self.seed)
        self.faults = Faults(self.flow.catalogue)

    @property
    def catalogue(self) -> Catalogue:
        """What is listed."""
        return self.flow.catalogue

    def find(self, token: str) -> tuple[Listing, int, MarketBook] | None:
        """A token's market, its place there and its book; None without an order book."""
        found = self.catalogue.by_token.get(token)
        if found is None:
            return None
        book = self.flow.books.get(found[0].condition_id)
        return None if book is None else (*found, book)

    def plan(self, fault: Fault, now_ns: int) -> int:
        """Have a fault begin; its number. ValueError for what this flow does not have."""
        if fault.kind is Kind.SKEW and self.flow.kind != "synthetic":
            raise ValueError("skew is for synthetic markets; a recording keeps its times")
        return self.faults.plan(fault, now_ns)

    def now_ms(self) -> int:
        """Virtual milliseconds since the epoch, as the venue would say it."""
        return self.clock.now() // 1_000_000 + self.faults.skew_ms()
