"""What the outcome sum is told."""

from typing import Annotated, Literal

from typing_extensions import override

from polywire.core.model.conversion import Conversion
from polywire.core.parameters import (
    DAYS,
    DOLLARS,
    MOST,
    NUMBER,
    SECONDS,
    SHARES,
    BasketMost,
    Sizes,
    StrategyParameters,
    measure,
    price,
    words,
)
from polywire.core.risk.limits import MARKETABLE_BUY_MIN
from polywire.core.units import DAY, SECOND, Money, Price, Quantity


class OutcomeSumParameters(StrategyParameters, frozen=True, kw_only=True, tag="outcome_sum"):
    """Buys all outcomes of an exclusive group where together they cost less than they pay.

    What is changed while it runs holds for the baskets that it begins from then on.
    """

    sets_max: Annotated[
        Quantity,
        measure(
            "sets in one basket: shares of each leg", SHARES, "1", MOST, example="50", editable=True
        ),
    ]
    capital_max: Annotated[
        Money,
        measure("dollars one basket may tie up", DOLLARS, "1", MOST, example="200", editable=True),
    ]
    margin: Annotated[
        Price,
        price("what a set must earn at the prices sent, fees paid", "0.0001", "1", editable=True),
    ] = Price(5_000)
    daily_min: Annotated[
        int,
        measure("least return a day on what is tied up; 0.0003 is 3 hundredths of a per cent",
                NUMBER, "0", "1", editable=True),
    ] = 300  # fmt: skip
    days_max: Annotated[
        int,
        measure(
            "no basket whose last market ends later than that", DAYS, "1", "3650", editable=True
        ),
    ] = 90 * DAY
    buys: Annotated[
        Literal["yes", "no", "both"],
        words("all Yes (of groups that are complete), all No, or whichever earns more"),
    ] = "both"
    split: Annotated[
        bool,
        words("sell sets split from dollars too; nothing executes splits yet, so a run refuses it"),
    ] = False
    give: Annotated[
        Price,
        price("how far under its limit a share too many may be sold", "0.0001", "1", editable=True),
    ] = Price(20_000)
    wait: Annotated[
        int,
        measure(
            "for answers, then to complete a basket, then to unwind it",
            SECONDS,
            "0.5",
            "60",
            editable=True,
        ),
    ] = 2 * SECOND

    @override
    def sizes(self) -> Sizes:
        """Each leg of a basket has as many shares as it has sets."""
        return Sizes("sets_max", self.sets_max, "sets_max", self.sets_max)

    @override
    def basket_max(self) -> BasketMost:
        """As it is told."""
        return BasketMost("capital_max", self.capital_max)

    @override
    def buy_min(self, _size_min: Quantity) -> Money:
        """What the venue takes at least."""
        return MARKETABLE_BUY_MIN

    @property
    def needs(self) -> frozenset[Conversion]:
        """What has to be executed beside orders."""
        return frozenset({Conversion.SPLIT}) if self.split else frozenset()
