"""The table of the configuration file that says what a backtest assumes."""

from typing import Annotated, Literal

from polywire.config.table import Table
from polywire.core.parameters import SECONDS, measure, words
from polywire.core.units import MILLISECOND, Ns


class BacktestTable(Table, frozen=True, kw_only=True):
    """What `polywire backtest` assumes; cash and the usual latency are those of `[paper]`."""

    feed_delay: Annotated[
        Ns,
        measure(
            "how old what we see is, also where a recording has times of receipt",
            SECONDS,
            "0",
            "60",
        ),
    ] = Ns(50 * MILLISECOND)
    latency: Annotated[
        Literal["constant", "drawn", "recorded"],
        words(
            "`constant`: those of `[paper]`; `drawn`: around them, with its seed; `recorded`: the "
            "round trips in the journal named by `latencies`"
        ),
    ] = "constant"
    latencies: Annotated[str, words("journal whose round trips are taken")] | None = None
    taker_delay: Annotated[
        Ns,
        measure(
            "how long the venue holds an order that trades at once, where `markets` does not say",
            SECONDS,
            "0",
            "60",
        ),
    ] = Ns(0)
    restarts: Annotated[
        tuple[str, ...],
        words(
            "when the venue refuses everything, and for how many seconds; post-only for two "
            "minutes after",
            example=["2026-06-07T01:35:00Z 90"],
        ),
    ] = ()
    decide_every: (
        Annotated[
            int,
            measure(
                "decide on this grid alone, not after each time of receipt",
                SECONDS,
                "0.001",
                "60",
                example="0.1",
            ),
        ]
        | None
    ) = None
    rebates: Annotated[bool, words("estimate maker rebates, apart from profit")] = False
    markets: (
        Annotated[str, words("file of catalogue objects with the terms of the recorded markets")]
        | None
    ) = None  # fmt: skip
