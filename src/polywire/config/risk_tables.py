"""The tables of the configuration file that guard money: the limits, and what trips the breaker."""

from typing import Annotated

from polywire.config.table import Table
from polywire.core.parameters import COUNT, DOLLARS, MOST, SECONDS, SHARES, measure, price
from polywire.core.units import MINUTE, SECOND, Money, Price, Quantity


class LimitsTable(Table, frozen=True, kw_only=True):
    """What all strategies together may never exceed."""

    order_size_max: Annotated[
        Quantity, measure("most shares of one order", SHARES, "0.01", MOST, example="100")
    ]
    position_max: Annotated[
        Quantity, measure("most shares of one outcome", SHARES, "0.01", MOST, example="300")
    ]
    price_through_max: Annotated[
        Price, price("how far through the best price an order may go", example="0.05")
    ]
    market_exposure_max: Annotated[
        Money, measure("most at stake in one market", DOLLARS, "0.01", MOST, example="100")
    ]
    group_exposure_max: Annotated[
        Money,
        measure("most at stake in markets listed together", DOLLARS, "0.01", MOST, example="200"),
    ]
    venue_exposure_max: Annotated[
        Money, measure("most at stake on one venue", DOLLARS, "0.01", MOST, example="800")
    ]
    total_exposure_max: Annotated[
        Money, measure("most at stake in all", DOLLARS, "0.01", MOST, example="800")
    ]
    loss_max: Annotated[
        Money,
        measure("most to lose in a UTC day; then only sales", DOLLARS, "0.01", MOST, example="100"),
    ]
    orders_per_minute: Annotated[
        int, measure("most orders in a minute", COUNT, "1", "100000", example="120")
    ]
    proof_age_max: Annotated[
        int,
        measure("a book unproven for longer is not traded on", SECONDS, "2", "7200", example="120"),
    ]


class BreakerTable(Table, frozen=True, kw_only=True):
    """What bars buying for a while; the loss of a day, which bars it for good, is a limit."""

    orders_min: Annotated[
        int, measure("orders in a minute below which no rate counts", COUNT, "1", "100000")
    ] = 20
    rejected_percent: Annotated[
        int, measure("rejected orders of a minute, in a hundred, that trip it", COUNT, "1", "100")
    ] = 50
    unknown_percent: Annotated[
        int, measure("orders of a minute with an unknown fate, in a hundred", COUNT, "1", "100")
    ] = 20
    silence: Annotated[
        int, measure("how long the user channel may be down, with `run`", SECONDS, "1", "3600")
    ] = 30 * SECOND
    cool_down: Annotated[
        int,
        measure(
            "how long it stays open at least; then rates and silence may close it",
            SECONDS,
            "1",
            "86400",
        ),
    ] = MINUTE
