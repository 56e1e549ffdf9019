"""What a strategy is told and the limits would never let pass, each with what to write instead."""

from collections.abc import Iterator
from typing import Protocol

from polywire.core.parameters import StrategyParameters
from polywire.core.units import Money, Quantity, format_micros


class Bounds(Protocol):
    """The limits that matter here: of a file, or in force."""

    @property
    def order_size_max(self) -> Quantity:
        """See limits.Limits, here and below."""

    @property
    def position_max(self) -> Quantity: ...

    @property
    def group_exposure_max(self) -> Money: ...

    @property
    def venue_exposure_max(self) -> Money: ...

    @property
    def total_exposure_max(self) -> Money: ...


def misfits(
    told: StrategyParameters, limits: Bounds, budget: Money, *, budget_key: str = "budget"
) -> Iterator[tuple[str, str]]:
    """Keys that are too large for the limits, and why; ConfigError where one's own cannot say."""
    most, sizes = min(limits.order_size_max, limits.position_max), told.sizes()
    if sizes.first > most:
        yield (
            sizes.first_key,
            "over limits.order_size_max or limits.position_max, so every order would be refused; "
            f"write at most {format_micros(most)}",
        )
    basket = told.basket_max()
    bounds = {  # legs pass the gate together, and until they have filled each counts as lost
        budget_key: budget,
        "limits.group_exposure_max": limits.group_exposure_max,
        "limits.venue_exposure_max": limits.venue_exposure_max,
        "limits.total_exposure_max": limits.total_exposure_max,
    }
    least = min(bounds, key=bounds.__getitem__)
    if basket is not None and basket.most > bounds[least]:
        yield (
            basket.key,
            f"over {least}, so the largest baskets would be refused; write at most "
            f"{format_micros(bounds[least])}",
        )
