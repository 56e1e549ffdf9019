"""What an order gives and wants, in base units, by the venue's rounding tables (polymarket.md 4.4).

Exact integers throughout. What the venue would refuse is refused here, with the reason.
"""

from math import gcd
from typing import Final

from msgspec import Struct

from polywire.core.model.instrument import Side
from polywire.core.units import ONE, SCALE, Money, Price, Quantity, cost, floor_to, format_micros

LOT: Final = 10_000
"""Two decimals, in micros: the finest size of shares, and of dollars that buy at once."""
CENT: Final = Money(10_000)
AT_ONCE_MIN: Final = ONE
"""What a buy that takes at once has to cost at least: a dollar."""
AMOUNT_STEPS: Final[dict[Price, int]] = {
    Price(100_000): 1_000,
    Price(10_000): 100,
    Price(5_000): 10,
    Price(2_500): 1,
    Price(1_000): 10,
    Price(100): 1,
}
"""The grids there are, and how fine a computed amount may be on each, both in micros."""
FINER: Final = 10_000
"""A computed amount is first rounded up to four more decimals than it may have."""


class Amounts(Struct, frozen=True, gc=False):
    """What the maker of an order gives and at least wants: dollars and shares, in base units."""

    maker: int
    taker: int


class Unfit(Struct, frozen=True, gc=False):
    """An order that the venue would refuse, and why."""

    reason: str


def amounts(side: Side, price: Price, quantity: Quantity, tick: Price) -> Amounts | Unfit:
    """The amounts of an order for shares that may rest; sizes down to two decimals."""
    reason = off_grid(price, tick)
    if reason:
        return Unfit(reason)
    shares = floor_to(quantity, LOT)
    if shares <= 0:
        return Unfit(f"{format_micros(quantity)} shares are less than 0.01")
    # On its grid a price times hundredths of shares is exact; no table has to round it.
    dollars = cost(price, Quantity(shares))
    return Amounts(dollars, shares) if side is Side.BUY else Amounts(shares, dollars)


def amounts_at_once(side: Side, price: Price, quantity: Quantity, tick: Price) -> Amounts | Unfit:
    """The amounts of a FOK or FAK order for shares: a buy has to cost whole cents."""
    found = amounts(side, price, quantity, tick)
    if isinstance(found, Unfit) or side is Side.SELL:
        return found
    if found.maker % CENT:
        step = format_micros(cents_step(price))
        return Unfit(
            f"{format_micros(found.taker)} shares at {format_micros(price)} are"
            f" ${format_micros(found.maker)}, and a buy at once has to cost whole cents:"
            f" take a multiple of {step} shares"
        )
    return found if found.maker >= AT_ONCE_MIN else Unfit(_too_cheap(found.maker))


def amounts_for_dollars(dollars: Money, price: Price, tick: Price) -> Amounts | Unfit:
    """The amounts of a FOK or FAK buy that spends dollars, down to whole cents."""
    reason = off_grid(price, tick)
    if reason:
        return Unfit(reason)
    spent = floor_to(dollars, CENT)
    if spent < AT_ONCE_MIN:
        return Unfit(_too_cheap(spent))
    return Amounts(spent, _shares_for(spent, price, AMOUNT_STEPS[tick]))


def cents_step(price: Price) -> Quantity:
    """The shares whose multiples cost whole cents at a price, in hundredths of a share at least."""
    return Quantity(LOT * (SCALE // gcd(price, SCALE)))


def off_grid(price: Price, tick: Price) -> str:
    """Why a price is not on a market's grid; empty when it is."""
    if tick not in AMOUNT_STEPS:
        return f"the tick size {format_micros(tick)} is not known"
    if not tick <= price <= ONE - tick or price % tick:
        return f"the price {format_micros(price)} is not on the grid of {format_micros(tick)}"
    return ""


def _too_cheap(dollars: int) -> str:
    return f"${format_micros(dollars)} is less than the dollar that a buy at once has to cost"


def _shares_for(spent: int, price: Price, step: int) -> int:
    """Shares that dollars buy: up to four decimals more than the step, then down to the step."""
    # In ten-thousandths of a step, rounded up; then whole steps of it, rounded down.
    fine = -(-spent * SCALE * FINER // (price * step))
    return fine // FINER * step
