"""Number texts of the venue and their micros, remembered: prices repeat by the million.

Exact both ways; a text that is no plain decimal raises ValueError and is never rounded.
"""

from functools import lru_cache
from typing import Final

from polywire.core.units import ONE, Price, Quantity, complement, format_micros, parse_micros

PRICES_MAX: Final = 20_000
"""Twice the prices of the finest grid; a venue that invents more only makes us forget."""
SIZES_MAX: Final = 32_768
"""A few megabytes; a size met before costs a microsecond less than one that must be read."""
RENDERED_MAX: Final = 65_536
SIZE_MAX: Final = 10**18
"""More shares than there are dollars; keeps every quantity inside 64 bits."""

canonical = lru_cache(maxsize=RENDERED_MAX)(format_micros)
"""The shortest text of a number of micros, as the venue writes it."""

Quoted = tuple[Price, Price, str]
"""A price, its complement, and the complement's canonical text."""


class Prices:
    """Level prices by text, strictly between 0 and 1; `known` holds those met before.

    `quoted_for` has them by outcome, as the primary outcome's prices.
    """

    __slots__ = ("known", "quoted_for")

    def __init__(self) -> None:
        self.known: dict[str, Quoted] = {}
        self.quoted_for: tuple[dict[str, Price], dict[str, Price]] = ({}, {})

    def primary(self, text: str, outcome: int) -> Price:
        """The price in the primary outcome of a level quoted for an outcome."""
        if text not in self.known:
            self._learn(text)
        return self.quoted_for[outcome][text]

    def best(self, text: str | None, empty: Price) -> Price | None:
        """A best price; no text, or the far end of its side (0 or 1), is an empty side."""
        if not text:
            return None
        price = price_between(text)
        if 0 < price < ONE:
            return self.primary(text, 0)
        return None if price == empty else price

    def _learn(self, text: str) -> None:
        price = Price(parse_micros(text))
        if not 0 < price < ONE:
            raise ValueError(f"expected a price between 0 and 1, found {text!r}")
        if len(self.known) >= PRICES_MAX:
            for prices in (self.known, *self.quoted_for):
                prices.clear()
        other = complement(price)
        self.known[text] = (price, other, format_micros(other))
        self.quoted_for[0][text] = price
        self.quoted_for[1][text] = other


class Sizes(dict[str, Quantity]):
    """Sizes by text, learned as they come; 0 is a size."""

    def __missing__(self, text: str) -> Quantity:
        size: Quantity = parse_micros(text)  # type: ignore[assignment]  # Quantity() costs 60 ns
        if size > SIZE_MAX:
            raise ValueError(f"expected a size below {SIZE_MAX} micros, found {text!r}")
        if len(self) >= SIZES_MAX:
            self.clear()
        self[text] = size
        return size


def price_between(text: str) -> Price:
    """A price from 0 to 1 inclusive: trades and touches may show the ends."""
    price = Price(parse_micros(text))
    if price > ONE:
        raise ValueError(f"expected a price of at most 1, found {text!r}")
    return price


def last_trade(text: str | None) -> Price | None:
    """A book's last trade price: None is not told, 0 is no trade yet."""
    if text is None:
        return None
    return price_between(text) if text else Price(0)
