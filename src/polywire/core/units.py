"""Integer money, price, quantity and time: parsing, text and every rounding.

One micro is a millionth of a dollar or of a share. Roundings are against us: costs and fees up,
proceeds and sizes down, buy prices down to the tick, sell prices up. No other module multiplies
or divides money.
"""

from datetime import UTC, datetime
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from math import floor, gcd, lcm
from typing import Final, NewType

Price = NewType("Price", int)
"""Micro-dollars per share; an outcome's price lies in 0 .. 1_000_000."""
Quantity = NewType("Quantity", int)
"""Micro-shares."""
Money = NewType("Money", int)
"""Micro-dollars."""
Ns = NewType("Ns", int)
"""Nanoseconds since the epoch, UTC."""

DECIMALS: Final = 6
SCALE: Final = 1_000_000
POWERS: Final[tuple[int, ...]] = tuple(10**places for places in range(DECIMALS + 1))
ONE: Final = Price(SCALE)
CENT: Final = 10_000
NOISE: Final = Fraction(1, 1_000)
"""Of a micro: more than sums and products of prices err in binary, less than anybody means."""
EXACT: Final = Context(prec=50)
"""Decimals of an exponential, whatever context the program has."""
FEE_STEP: Final = 10
"""Fees are rounded to five decimals of a dollar (polymarket.md 4.10): ten micros."""

MICROSECOND: Final = 1_000
MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


def parse_micros(text: str) -> int:
    """Exact micros of a plain, unsigned decimal text such as "0.57" or ".5".

    Raises ValueError for signs, exponents, blanks and more than six decimals: never rounds.
    """
    whole, point, fraction = text.partition(".")
    digits = whole + fraction
    if not (digits.isdigit() and digits.isascii()) or len(fraction) > DECIMALS:
        raise ValueError(f"expected a decimal with at most six places, found {text!r}")
    if point and not fraction:
        raise ValueError(f"expected digits after the point, found {text!r}")
    return int(digits) * POWERS[DECIMALS - len(fraction)]


def floor_micros(amount: float | Decimal) -> int:
    """Whole micros of an amount somebody computed, rounded down; it has to be finite.

    What binary arithmetic adds to a float or takes from it is no amount: 0.7 - 0.4 is 300000.
    """
    exact = Fraction(amount) * SCALE
    near = round(exact)
    return near if isinstance(amount, float) and abs(exact - near) < NOISE else floor(exact)


def format_micros(micros: int) -> str:
    """The shortest exact decimal text, as the venue writes it: 570000 is "0.57", 0 is "0"."""
    if micros < 0:
        return "-" + format_micros(-micros)
    whole, rest = divmod(micros, SCALE)
    if rest == 0:
        return str(whole)
    return f"{whole}.{rest:06d}".rstrip("0")


def format_money(micros: int) -> str:
    """Dollars and cents for people, rounded to the nearest, halves away from zero: "-1.24"."""
    cents = whole_cents(micros) // CENT
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def dollars(micros: int) -> str:
    """The same behind a dollar sign: "-$1.24"."""
    text = format_money(micros)
    return f"-${text[1:]}" if text.startswith("-") else f"${text}"


def counted(number: int, what: str) -> str:
    """One thing or many of it, in words."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def whole_cents(micros: int) -> Money:
    """An amount as `format_money` shows it: of shown amounts, a sum is what is shown."""
    cents = (abs(micros) + CENT // 2) // CENT
    return Money((-cents if micros < 0 else cents) * CENT)


def in_dollars(micros: int) -> float:
    """An amount for what draws it; never for what decides, and never back."""
    return micros / SCALE


def complement(price: Price) -> Price:
    """The price of the other outcome: both together pay one dollar."""
    return Price(SCALE - price)


def cost(price: Price, quantity: Quantity) -> Money:
    """What a buy takes from cash, rounded up."""
    return Money(-(-price * quantity // SCALE))


def proceeds(price: Price, quantity: Quantity) -> Money:
    """What a sale brings, rounded down."""
    return Money(price * quantity // SCALE)


def per_share(amount: Money, quantity: Quantity) -> Price:
    """What one share of a quantity cost or brings, rounded down: what partial sales leave of a
    micro-dollar must not move a price level by a tick."""
    return Price(amount * SCALE // quantity)


def shares_for(amount: Money, price: Price) -> Quantity:
    """How many shares an amount buys at a price, rounded down."""
    return Quantity(amount * SCALE // price)


def payout(per_share: Money, quantity: Quantity) -> Money:
    """What a resolved outcome pays, rounded down."""
    return Money(per_share * quantity // SCALE)


def share_of(amount: Money, part: Quantity, whole: Quantity) -> Money:
    """The part of an amount that belongs to part of a quantity, rounded down."""
    assert 0 <= part <= whole, f"{part} of {whole}"
    return Money(amount * part // whole) if whole else Money(0)


def percent_of(whole: Quantity, percent: int) -> Quantity:
    """So many hundredths of a quantity, rounded down."""
    return Quantity(whole * percent // 100)


@lru_cache(maxsize=256)
def odds_below(price: Price, distance: int) -> Price:
    """The price so many millionths of log-odds below another, rounded up to a micro.

    p / (p + (1 - p) * e ** d), with e ** d to 18 decimals: the same on every machine, as decimals
    are rounded correctly where floats need not be.
    """
    factor = int(EXACT.exp(Decimal(distance).scaleb(-DECIMALS, EXACT)).scaleb(18, EXACT))
    below = price * 10**18 + (SCALE - price) * factor
    return Price(-(-price * SCALE * 10**18 // below))


def fee(price: Price, quantity: Quantity, rate_micros: int, exponent: int) -> Money:
    """The taker's fee C * rate * (p * (1 - p)) ** exponent, rounded up to five decimals.

    Source: polymarket.md section 4.10.
    """
    numerator = quantity * rate_micros * (price * (SCALE - price)) ** exponent
    denominator = SCALE * SCALE ** (2 * exponent)
    return Money(-(-numerator // (denominator * FEE_STEP)) * FEE_STEP)


def whole_cost(price: Price, step: Money, lot: Quantity) -> Quantity:
    """The fewest shares, on the lot, of which any multiple costs a multiple of a step exactly."""
    whole = step * SCALE
    return Quantity(lcm(lot, whole // gcd(price, whole))) if step else lot


def utc_time(at: Ns) -> str:
    """A time for people, to the second."""
    return f"{datetime.fromtimestamp(at // SECOND, UTC):%Y-%m-%d %H:%M:%S}"


def utc_time_ms(at: Ns) -> str:
    """A time for people, to the millisecond."""
    return f"{utc_time(at)}.{at % SECOND // MILLISECOND:03}"


def floor_to(value: int, step: int) -> int:
    """The largest multiple of a step that is not above the value."""
    return value // step * step


def ceil_to(value: int, step: int) -> int:
    """The smallest multiple of a step that is not below the value."""
    return -(-value // step) * step


def milliseconds(ns: int) -> int:
    """Whole milliseconds, rounded down; the venue's own times are milliseconds."""
    return ns // MILLISECOND
