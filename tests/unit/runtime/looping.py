"""A journal, a venue and a clock around the loop that write down what was asked of them."""

import asyncio
from collections.abc import Callable, Sequence

import pytest
from tests.unit.core.building import (
    SECOND,
    forty_sixty,
    opening,
)

from polywire.core.errors import JournalError
from polywire.core.ids import VenueOrderId
from polywire.core.model.account import AccountEvent, OrderSigned
from polywire.core.model.command import CancelOrder, PlaceOrder
from polywire.core.model.event import Event, Record
from polywire.core.model.healing import ProveBook
from polywire.core.risk.gate import Approved
from polywire.core.units import Ns
from polywire.net.clock import Clock
from polywire.runtime.loop import EngineLoop, OrderCommand

START = 100 * SECOND
MINUTE = 60 * SECOND
MS = 1_000_000


class Ticking(Clock):
    """A clock that tests move."""

    def __init__(self) -> None:
        self.at = START
        self.slept = 0

    def now(self) -> Ns:
        """A nanosecond later than the last time it was asked."""
        self.at += 1
        return Ns(self.at)

    def wall(self) -> Ns:
        """As `now`, and what the machine slept besides."""
        return Ns(self.at + self.slept)


class World:
    """A journal, a venue and a REST edge that write down in one list what was asked of them."""

    def __init__(self) -> None:
        self.log: list[tuple[str, object]] = []
        self.waiting: list[Record] = []
        self.committed: list[Record] = []
        self.fails = ""
        self.facts: list[AccountEvent] = []
        self.next_ns: Ns | None = None
        self.signs = False

    def append(self, record: Record, recv_ns: Ns) -> int:
        """Take a record, unless appending is to fail."""
        assert recv_ns >= 0
        if self.fails == "append":
            raise JournalError("the disk is full")
        self.waiting.append(record)
        self.log.append(("append", record))
        return len(self.log)

    def barrier(self) -> None:
        """Commit, unless that is to fail."""
        if self.fails == "barrier":
            raise JournalError("the disk is full")
        self.committed += self.waiting
        self.waiting.clear()
        self.log.append(("barrier", None))

    def sign(self, approved: Approved, now: Ns) -> OrderSigned | None:
        """What the edge says of an order before it leaves."""
        if not self.signs:
            return None
        return OrderSigned(now, approved.order.order_id, VenueOrderId("0xabc"))

    def send(self, commands: Sequence[OrderCommand], now: Ns) -> None:
        """Note what left."""
        assert now > 0
        for command in commands:
            kind = {Approved: "place", CancelOrder: "cancel"}.get(type(command), "look_up")
            self.log.append((kind, command.order if isinstance(command, Approved) else command))

    def ask(self, command: ProveBook) -> None:
        self.log.append(("ask", command))

    def observe(self, event: Event) -> None:
        """Note what was shown to the venue."""
        self.log.append(("observe", event))

    def due(self, now: Ns) -> list[AccountEvent]:
        """Hand over the facts that tests put."""
        assert now > 0
        facts, self.facts = self.facts, []
        return facts

    def wakeup(self) -> Ns | None:
        return self.next_ns

    def sent(self) -> list[PlaceOrder]:
        """The orders that left."""
        return [what for kind, what in self.log if kind == "place" and isinstance(what, PlaceOrder)]

    def kinds(self) -> list[str]:
        """The log without its subjects."""
        return [kind for kind, _ in self.log]


def fair_to(world: World) -> None:
    """Everything that left, and all that led to it, was committed before."""
    committed: list[object] = []
    waiting: list[object] = []
    for kind, what in world.log:
        if kind == "append":
            waiting.append(what)
        elif kind == "barrier":
            committed, waiting = committed + waiting, []
        elif kind in ("place", "cancel"):
            assert what in committed, f"{what} left before it was committed"
            assert not [row for row in waiting if not isinstance(row, PlaceOrder | CancelOrder)], (
                f"{waiting} led to {what} and was not committed"
            )


async def turn(holds: Callable[[], object]) -> None:
    """Let the event loop turn until something holds."""
    for _ in range(1_000):
        if holds():
            return
        await asyncio.sleep(0)
    pytest.fail("did not happen")


async def opened(loop: EngineLoop) -> None:
    started, *market = opening(forty_sixty(), at=START)
    loop.put_fact(started)  # type: ignore[arg-type]
    loop.put(market)
    await turn(lambda: loop.cuts)
