"""What the market maker is told, and what its parameters say of each other."""

from collections.abc import Iterator
from typing import Annotated

from typing_extensions import override

from polywire.core.parameters import (
    COUNT,
    HOURS,
    MOST,
    NUMBER,
    SECONDS,
    SHARES,
    Sizes,
    StrategyParameters,
    measure,
    price,
)
from polywire.core.units import HOUR, SECOND, Money, Price, Quantity, cost, format_micros


class MakerParameters(StrategyParameters, frozen=True, kw_only=True, tag="market_maker"):
    """Quotes both outcomes around a fair value and leans against what it holds."""

    size: Annotated[
        Quantity,
        measure(
            "shares of an order; more where rewards ask for it; where a market takes more at "
            "least, what is held is only reduced",
            SHARES,
            "0.01",
            MOST,
            example="10",
            editable=True,
        ),
    ]
    cap: Annotated[
        Quantity,
        measure(
            "most shares of one outcome, open orders included",
            SHARES,
            "0.01",
            MOST,
            example="60",
            editable=True,
        ),
    ]
    soft_cap: Annotated[
        int,
        measure(
            "so many in a hundred of `cap`: beyond, only what reduces is quoted",
            COUNT,
            "1",
            "100",
            editable=True,
        ),
    ] = 60
    price_min: Annotated[
        Price,
        price(
            "nothing new while the fair value is under this, or over one dollar less this",
            most="0.5",
            example="0.05",
            editable=True,
        ),
    ]
    layers: Annotated[int, measure("orders on each side", COUNT, "1", "5", editable=True)] = 2
    layer_ticks: Annotated[int, measure("ticks between them", COUNT, "1", "100", editable=True)] = 2
    edge_ticks: Annotated[
        int,
        measure("least distance from the fair value, in ticks", COUNT, "1", "100", editable=True),
    ] = 1
    horizon: Annotated[
        int,
        measure(
            "for how long a position is taken to be at risk", SECONDS, "1", "86400", editable=True
        ),
    ] = 10 * SECOND
    skew: Annotated[
        int,
        measure(
            "how far a full position moves the quotes, in volatilities",
            NUMBER,
            "0",
            "100",
            editable=True,
        ),
    ] = 600_000
    spread_volatility: Annotated[
        int,
        measure(
            "distance from the fair value for each volatility", NUMBER, "0", "100", editable=True
        ),
    ] = 250_000
    spread_toxicity: Annotated[
        int,
        measure(
            "distance for each dollar by which the mid has moved against fills",
            NUMBER,
            "0",
            "100",
            editable=True,
        ),
    ] = 1_000_000
    reprice_ticks: Annotated[
        int, measure("an order nearer to its target stays", COUNT, "1", "100", editable=True)
    ] = 2
    trend: Annotated[
        int,
        measure(
            "flow from which orders are half as large and half as far again",
            NUMBER,
            "0.1",
            "100",
            editable=True,
        ),
    ] = 2_000_000
    event_ticks: Annotated[
        int,
        measure(
            "a jump of the mid by so many ticks pulls all quotes", COUNT, "1", "1000", editable=True
        ),
    ] = 6
    event_pause: Annotated[
        int, measure("for how long they stay away then", SECONDS, "1", "86400", editable=True)
    ] = 30 * SECOND
    warm_up: Annotated[
        int,
        measure(
            "how long a market is watched before anything is quoted",
            SECONDS,
            "1",
            "86400",
            editable=True,
        ),
    ] = 60 * SECOND
    reduce_before: Annotated[
        int,
        measure(
            "so long before a market ends only what reduces is quoted",
            HOURS,
            "0",
            "100000",
            editable=True,
        ),
    ] = 24 * HOUR
    halt_before: Annotated[
        int, measure("so long before it nothing is quoted", HOURS, "0", "100000", editable=True)
    ] = 2 * HOUR
    reward_min: (
        Annotated[
            int,
            measure(
                "quote only where a day's reward, estimated, is so much of 100 dollars quoted",
                NUMBER,
                "0",
                "1000000",
                example="0.5",
                editable=True,
            ),
        ]
        | None
    ) = None

    @override
    def contradictions(self) -> Iterator[tuple[str, str]]:
        """A size that never fits, and ends in the wrong order."""
        if self.size > self.soft:
            said = "over soft_cap of cap, so a first fill would end the quoting of its side"
            yield "size", f"{said}; write at most {format_micros(self.soft)}"
        if self.halt_before > self.reduce_before:
            yield (
                "halt_before",
                (
                    "over reduce_before, so nothing is ever only reduced; "
                    f"write at most {self.reduce_before // HOUR}"
                ),
            )

    @property
    def soft(self) -> Quantity:
        """Shares beyond which only what reduces is quoted."""
        return Quantity(self.cap * self.soft_cap // 100)

    @override
    def sizes(self) -> Sizes:
        """One order, and all of one outcome."""
        return Sizes("size", self.size, "cap", self.cap)

    @override
    def buy_min(self, size_min: Quantity) -> Money:
        """The smallest order at the lowest price."""
        return cost(self.price_min, max(self.size, size_min))
