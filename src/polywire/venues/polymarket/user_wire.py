"""The shapes of the user channel and of account replies as the venue sends them; nothing of ours.

Keys we do not read are not named and so are ignored. Numbers stay text here, statuses lose the
prefix that REST puts before them. Owns the first frame too, which carries the secret.
"""

import json
import re
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct

from polywire.core.ids import VenueOrderId
from polywire.core.model.instrument import Side
from polywire.core.units import MILLISECOND, ONE, SECOND, Ns, Price, Quantity, parse_micros
from polywire.venues.polymarket.texts import SIZE_MAX
from polywire.venues.polymarket.wire import FRAME_BYTES_MAX, NO_TIME, Milliseconds, Stamp
from polywire.venues.secret import Secret

Name = Annotated[str, Meta(max_length=100)]
"""Ids and numbers as text: the longest is a token of 78 digits."""
Words = Annotated[str, Meta(max_length=1_000)]
TradeName = Annotated[str, Meta(pattern=r"^[0-9A-Za-z_-]{1,64}\Z")]
Uint = Annotated[str, Meta(pattern=r"^[0-9]{1,78}\Z")]
Cursor = Annotated[str, Meta(max_length=1_000)]

MILLISECONDS_FROM: Final = 10**11
"""A time from here on is in milliseconds, below in seconds (polymarket.md 0.4)."""
NS_MAX: Final = 9 * 10**18
"""The last nanosecond is in 2255, so that times fit into 64 bits."""
TOKEN: Final = re.compile(r"[0-9]{1,78}")
HASH: Final = re.compile(r"0x[0-9a-fA-F]{64}")
SIDES: Final = {"BUY": Side.BUY, "SELL": Side.SELL}
PREFIX: Final = re.compile(r"^(?:ORDER|TRADE)_STATUS_")
END_CURSOR: Final = "LTE="
PAGE_BYTES_MAX: Final = 4 * FRAME_BYTES_MAX
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class UserAuth:
    """The credentials a user channel opens with."""

    api_key: str
    secret: Secret
    passphrase: Secret

    def first_frame(self) -> bytes:
        """The frame that subscribes to everything of the account; it holds the secrets."""
        auth = {
            "apiKey": self.api_key,
            "secret": self.secret.reveal(),
            "passphrase": self.passphrase.reveal(),
        }
        return msgspec.json.encode({"type": "user", "auth": auth})


class Kind(Struct, gc=False):
    """What a frame says it is."""

    event_type: str = ""


class Order(Struct, gc=False):
    """An order of the account: an event of the channel, or one that REST shows (without `type`)."""

    id: Name
    status: Words | None = None
    type: Name | None = None
    market: Name | None = None
    asset_id: Name | None = None
    side: Name | None = None
    price: Name | None = None
    original_size: Name | None = None
    size_matched: Name | None = None
    order_type: Name | None = None


class MakerOrder(Struct, gc=False):
    """What one resting order gave to a trade, in its own token's price."""

    order_id: Name
    matched_amount: Name
    price: Name
    asset_id: Name
    owner: Name | None = None
    side: Name | None = None


class Trade(Struct, gc=False):
    """One taker's order matched with resting ones; the same on the channel and by REST."""

    id: TradeName
    status: Name
    asset_id: Name
    taker_order_id: Name
    size: Name
    price: Name
    market: Name | None = None
    side: Name | None = None
    owner: Name | None = None
    trade_owner: Name | None = None
    trader_side: Literal["TAKER", "MAKER", ""] | None = None
    maker_orders: list[MakerOrder] | None = None
    match_time: Stamp = NO_TIME
    matchtime: Stamp = NO_TIME


class PageReply(Struct, gc=False):
    """One page of open orders or of trades, each to be read by itself."""

    data: list[Raw]
    next_cursor: Cursor


class Named(Struct, gc=False):
    """What an order or a trade is called."""

    id: Name


class BalanceReply(Struct, gc=False):
    """What an account has of one asset and lets each contract take, in base units."""

    balance: Uint
    allowances: dict[str, Uint] = {}


class ErrorReply(Struct, gc=False):
    """Why a request was refused."""

    error: Words


def read(text: bytes, shape: type[T]) -> T:
    """A reply of one shape; ValueError (or RecursionError) says why it is none."""
    if len(text) > FRAME_BYTES_MAX:
        raise ValueError(f"expected at most {FRAME_BYTES_MAX} bytes")
    refuse_doubles(text)
    return msgspec.json.decode(text, type=shape)


def refuse_doubles(text: bytes) -> None:
    """ValueError for a key told twice: which of two sizes is meant, nobody can say."""
    json.loads(text.decode(), object_pairs_hook=_once)


def read_page(text: bytes) -> PageReply:
    """A page, if it is one; what its entries say twice is found when each is read."""
    if len(text) > PAGE_BYTES_MAX:
        raise ValueError(f"expected at most {PAGE_BYTES_MAX} bytes")
    page = msgspec.json.decode(text, type=PageReply)
    _once(json.loads(text.decode(), object_pairs_hook=list))
    return page


def _once(pairs: list[tuple[str, object]]) -> None:
    names: set[str] = set()
    for name, _ in pairs:
        if name in names:
            raise ValueError(f"expected each key once, found {name[:40]!r} again")
        names.add(name)


def bare(status: str) -> str:
    """A status without the prefix that REST puts before it."""
    return PREFIX.sub("", status)


def venue_order_id(text: str) -> VenueOrderId:
    """An order's hash as we write it."""
    if not HASH.fullmatch(text):
        raise ValueError(f"expected the hash of an order, found {text!r}")
    return VenueOrderId(text.lower())


def side(text: str | None) -> Side:
    """The side of an order."""
    if text not in SIDES:
        raise ValueError(f"expected BUY or SELL, found {text!r}")
    return SIDES[text]


def token(text: str | None) -> str:
    """A token's id."""
    if text is None or not TOKEN.fullmatch(text):
        raise ValueError(f"expected a token, found {text!r}")
    return text


def cursor(text: str) -> str:
    """Where the next page begins; "" where there is none."""
    return "" if text == END_CURSOR else text


def base_units(text: str) -> int:
    """An amount in millionths, as it stands on chain."""
    amount = int(text)
    if amount > SIZE_MAX:
        raise ValueError(f"expected an amount below {SIZE_MAX}, found {text}")
    return amount


def price(text: str) -> Price:
    """A price between 0 and 1, without either."""
    micros = parse_micros(text)
    if not 0 < micros < ONE:
        raise ValueError(f"expected a price between 0 and 1, found {text!r}")
    return Price(micros)


def quantity(text: str | None) -> Quantity:
    """Shares; none where the venue leaves the text out or empty, as on killed orders."""
    micros = parse_micros(text) if text else 0
    if micros > SIZE_MAX:
        raise ValueError(f"expected a size below {SIZE_MAX} micros, found {text!r}")
    return Quantity(micros)


def moment(stamp: Raw) -> Ns:
    """Nanoseconds of a time in seconds or milliseconds; 0 where it tells none."""
    if bytes(stamp) in {b"null", b'""'}:
        return Ns(0)
    number = decode_number(stamp)
    ns = number * (MILLISECOND if number >= MILLISECONDS_FROM else SECOND)
    if ns > NS_MAX:
        raise ValueError(f"expected a time before 2255, found {number}")
    return Ns(ns)


decode_kind = msgspec.json.Decoder(Kind).decode
decode_order = msgspec.json.Decoder(Order).decode
decode_trade = msgspec.json.Decoder(Trade).decode
decode_number = msgspec.json.Decoder(Milliseconds, strict=False).decode
