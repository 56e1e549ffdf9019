"""The strategies of a run: what each follows, its budget, and whether it was halted."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from polywire.core.errors import ConfigError
from polywire.core.execution.exits import ExitPlan
from polywire.core.ids import MarketId, StrategyId
from polywire.core.model.command import StrategyHalted
from polywire.core.model.conversion import Conversion
from polywire.core.model.intent import Quote, Slot
from polywire.core.strategy import Strategy
from polywire.core.units import Money, Ns


class Heard(NamedTuple):
    """What a strategy wanted of a market when it was last asked."""

    at_ns: Ns
    wanted: tuple[Quote, ...]


@dataclass(slots=True)
class Seat:
    """A strategy's place: its budget, the times that pace its orders, and why it was halted.

    `patience_ns`: how long its quotes may rest on a distrusted book before they are pulled.
    `dwell_ns`: how long a quote rests before it may be re-priced, and how long a slot rests after
    the venue rejected an order, or an IOC order found too little; an exit's sale rests
    only after a sale like it was rejected (`rejected_ns`).
    `refused` remembers the gate's last rule, to tell each once.
    `exits`: how its positions are left; None leaves that to the strategy.
    `loss_max`: what it may lose in a UTC day before it buys nothing more; None: no such bound.
    `lost_day`: the day in which it has lost so much, in days since the epoch.
    `retired`: it is asked no more, and buys nothing. `sells_out`: all it holds is to be sold.
    `disabled`: it is not asked until it is enabled; its exits guard on.
    `needs`: what its strategy wants executed beside orders.
    `renew_ns`: the age at which proofs of what it follows are renewed; None: as for all books.
    `heard`: what its strategy last wanted of each market, for who asks why.
    `failed` is what it raised; at the next cut at the latest it is `halted` for that.
    """

    strategy: Strategy
    budget: Money
    patience_ns: int
    dwell_ns: int
    exits: ExitPlan | None = None
    renew_ns: int | None = None
    loss_max: Money | None = None
    needs: frozenset[Conversion] = frozenset()
    failed: str = ""
    halted: str = ""
    retired: bool = False
    sells_out: bool = False
    disabled: bool = False
    lost_day: int = -1
    follows: dict[MarketId, None] = field(default_factory=dict)
    heard: dict[MarketId, Heard] = field(default_factory=dict)
    refused: dict[Slot, str] = field(default_factory=dict)
    rested_ns: dict[Slot, Ns] = field(default_factory=dict)
    rejected_ns: dict[Slot, Ns] = field(default_factory=dict)

    def trades(self, market: MarketId) -> bool:
        """Whether its strategy is to be asked about a market."""
        out = self.halted or self.retired or self.disabled
        return not out and market in self.follows


SeatFrom = Callable[[str], Seat]
"""Makes a seat of its settings, as the journal keeps them; raises ConfigError for other text."""


def _seat_from_nothing(_: str) -> Seat:
    raise ConfigError("this program builds its strategies by itself, and adds none to a run")


class Roster:
    """Seats in the order in which they were given; names are unique.

    `seat_from` makes those that are added while the run goes on.
    """

    def __init__(self, seats: Iterable[Seat], seat_from: SeatFrom = _seat_from_nothing) -> None:
        self.seat_from = seat_from
        self.seats: dict[StrategyId, Seat] = {}
        for seat in seats:
            assert seat.strategy.name not in self.seats, f"two strategies {seat.strategy.name}"
            self.seats[seat.strategy.name] = seat

    def is_free(self, name: StrategyId) -> bool:
        """Whether a strategy of this name may be seated: none has it, or one that is retired."""
        seat = self.seats.get(name)
        return seat is None or seat.retired

    def halted(self) -> list[StrategyHalted]:
        """The strategies that were halted, and what they had raised."""
        return [StrategyHalted(name, one.halted) for name, one in self.seats.items() if one.halted]

    def sold_out(self, name: StrategyId) -> str:
        """Why nothing else is done with what a strategy holds, or empty."""
        seat = self.seats.get(name)
        return "all that it holds is being sold" if seat is not None and seat.sells_out else ""

    def following(self, market: MarketId) -> Iterator[Seat]:
        """The seats with something to say about a market; exits guard whatever was bought."""
        for seat in self.seats.values():
            if seat.exits is not None or seat.trades(market):
                yield seat

    def renew_ns(self, market: MarketId) -> int | None:
        """The shortest such age that a strategy wants for a market it follows."""
        followers = (seat for seat in self.seats.values() if market in seat.follows)
        return min((seat.renew_ns for seat in followers if seat.renew_ns is not None), default=None)

    def budget(self, strategy: StrategyId) -> Money:
        """The most a strategy may have at stake; nothing for one that left, so it buys nothing."""
        seat = self.seats.get(strategy)
        return Money(0) if seat is None or seat.retired else seat.budget
