"""The table of the configuration file for the real account that `polywire run` trades for."""

from typing import Annotated, Literal

from polywire.config.table import Table
from polywire.core.ids import StrategyId
from polywire.core.parameters import COUNT, DOLLARS, MOST, measure, words
from polywire.core.units import Money


class AccountTable(Table, frozen=True, kw_only=True):
    """The real account that `polywire run` trades for; `polywire account setup` prepares it."""

    key: (
        Annotated[
            str,
            words(
                "address of the key, where the folder holds several",
                pattern=r"^0x[0-9a-fA-F]{40}\Z",
                form="0x and 40 hex digits",
            ),
        ]
        | None
    ) = None
    keys: Annotated[str, words("folder of the key files, if not the usual one")] | None = None
    others: Annotated[
        Literal["ignore", "adopt"],
        words(
            "orders and fills of this account that are none of ours: `ignore` counts them, "
            "`adopt` holds what they bought as positions; neither ever cancels them"
        ),
    ] = "ignore"
    exits_by: (
        Annotated[
            StrategyId,
            words(
                "strategy that takes over, with its exits, what nobody here opened",
                example="hold-1",
            ),
        ]
        | None
    ) = None
    tolerance: Annotated[
        Money,
        measure("unexplained difference of cash or shares that does not halt", DOLLARS, "0", MOST),
    ] = Money(10_000)
    shared_credentials: Annotated[
        bool,
        words(
            "orders that are none of ours may rest on the same API credentials: the venue's "
            "dead-man switch, which would cancel them too, stays off"
        ),
    ] = False
    sell_pending: Annotated[
        bool,
        words(
            "sell shares whose purchase the chain has not confirmed yet; a venue that undoes it "
            "undoes the sale too, or refuses it for want of shares"
        ),
    ] = False
    keep_exits: Annotated[
        bool,
        words(
            "leave resting take-profit orders at the venue when a run ends; the venue's dead-man "
            "switch stays off"
        ),
    ] = False
    orders_per_minute_max: (
        Annotated[
            int,
            measure(
                "orders in a minute after which nothing is sent", COUNT, "1", MOST, example="240"
            ),
        ]
        | None
    ) = None
    dollars_per_minute_max: (
        Annotated[
            Money,
            measure(
                "buys, but for post-only ones, in a minute after which nothing is bought",
                DOLLARS,
                "0.01",
                MOST,
                example="400",
            ),
        ]
        | None
    ) = None
