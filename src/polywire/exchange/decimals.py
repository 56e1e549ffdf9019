"""Decimal texts of the wire to integer micros and back; the exchange's own, shared with nobody."""

from decimal import Decimal
from functools import lru_cache

ONE = 1_000_000


def micros(text: str) -> int:
    """Millionths of a decimal text, exactly; a seventh decimal raises ValueError."""
    scaled = Decimal(text).scaleb(6)
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"more than six decimals: {text!r}")
    return whole


@lru_cache(maxsize=65536)
def text(amount: int) -> str:
    """The canonical text of millionths: no exponent, no trailing zeros."""
    whole, fraction = divmod(amount, ONE)
    if fraction == 0:
        return str(whole)
    return f"{whole}.{fraction:06d}".rstrip("0")


def trade_text(price: int) -> str:
    """A last trade price as books carry it: three decimals, more only where the tick is finer."""
    whole, _, fraction = text(price).partition(".")
    return f"{whole}.{fraction:0<3}"
