"""The catalogue's own shapes and odd encodings (polymarket.md 6.2): JSON inside strings, numbers
as text, dates that are not ISO. Nothing of ours: readers get plain values or ValueError.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from typing import Final

import msgspec
from msgspec import Raw, Struct

from polywire.core.units import MICROSECOND, SCALE, Ns

NOTHING: Final = Raw(b"null")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
PROSE_MAX: Final = 4_000
STEERING: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
YEAR_MAX: Final = 2255
"""The last whole year whose nanoseconds fit into 64 bits."""
NUMBER_MAX: Final = 10**12
"""No dollar figure of a venue comes near it; its micros fit into 64 bits."""


class Tag(Struct):
    """A topic."""

    slug: str | None = None
    label: str | None = None


class Fees(Struct, rename="camel"):
    """The fee schedule of a market."""

    rate: Raw = NOTHING
    exponent: Raw = NOTHING
    taker_only: bool | None = True
    rebate_rate: Raw = NOTHING


class Reward(Struct, rename="camel"):
    """What a market's makers share in a day."""

    rewards_daily_rate: Raw = NOTHING


class Group(Struct, rename="camel"):
    """What the venue calls an event: markets listed together."""

    id: Raw = NOTHING
    title: Raw = NOTHING
    neg_risk: bool | None = None
    neg_risk_augmented: bool | None = None
    tags: list[Tag] | None = None
    markets: list[Raw] | None = None


class Identity(Struct):
    """As much of a market as it takes to say which one is refused."""

    id: Raw = NOTHING
    slug: Raw = NOTHING


class Item(Struct, rename="camel"):
    """A market as listed; `Raw` where the encoding varies."""

    id: Raw = NOTHING
    condition_id: str | None = None
    question: str | None = None
    description: Raw = NOTHING
    slug: str | None = None
    outcomes: Raw = NOTHING
    clob_token_ids: Raw = NOTHING
    position_ids: Raw = NOTHING
    outcome_prices: Raw = NOTHING
    version: str | None = None
    active: bool | None = None
    closed: bool | None = None
    archived: bool | None = None
    accepting_orders: bool | None = None
    enable_order_book: bool | None = None
    order_price_min_tick_size: Raw = NOTHING
    order_min_size: Raw = NOTHING
    neg_risk: bool | None = None
    neg_risk_other: bool | None = None
    group_item_title: str | None = None
    fees_enabled: bool | None = None
    fee_schedule: Fees | None = None
    seconds_delay: Raw = NOTHING
    end_date: str | None = None
    closed_time: str | None = None
    uma_resolution_status: str | None = None
    volume: Raw = NOTHING
    volume_num: Raw = NOTHING
    liquidity: Raw = NOTHING
    liquidity_num: Raw = NOTHING
    best_bid: Raw = NOTHING
    best_ask: Raw = NOTHING
    tags: list[Tag] | None = None
    events: list[Group] | None = None
    clob_rewards: Raw = NOTHING
    rewards_min_size: Raw = NOTHING
    rewards_max_spread: Raw = NOTHING


class Envelope(Struct):
    """A page: markets, or events with their markets, and where the next one begins."""

    markets: list[Raw] | None = None
    events: list[Raw] | None = None
    next_cursor: str | None = None


decode_item = msgspec.json.Decoder(Item).decode
decode_rewards = msgspec.json.Decoder(list[Reward] | None).decode
decode_group = msgspec.json.Decoder(Group).decode
decode_identity = msgspec.json.Decoder(Identity).decode
decode_envelope = msgspec.json.Decoder(Envelope).decode


def plain(raw: Raw) -> str:
    """A text or a number as text; empty for null."""
    value = msgspec.json.decode(raw, type=str | int | float | None)
    return "" if value is None else str(value)


def texts(raw: Raw) -> list[str]:
    """An array of texts, plain or written as JSON inside a string; empty for null."""
    inner = msgspec.json.decode(raw, type=list[str] | str | None)
    if isinstance(inner, str):
        return msgspec.json.decode(inner, type=list[str]) if inner else []
    return inner or []


def shown(text: str | None) -> str:
    """A text without what steers a terminal or turns the order of letters; empty for null."""
    return STEERING.sub("", text or "")


def prose(raw: Raw) -> str:
    """The beginning of a text for people; empty for what is none, which refuses no market."""
    try:
        return shown(msgspec.json.decode(raw, type=str | None))[:PROSE_MAX]
    except (msgspec.ValidationError, UnicodeDecodeError):
        return ""


def number(raw: Raw) -> Decimal | None:
    """An exact decimal, from a number or its text; None for null and for empty text."""
    text = bytes(raw).strip(b'"').decode()
    if text in {"", "null"}:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"expected a number, found {text[:40]!r}") from error
    if not value.is_finite() or abs(value) > NUMBER_MAX:
        raise ValueError(f"expected a number, found {text[:40]!r}")
    return value


def exact_micros(raw: Raw) -> int | None:
    """Micros of a number with at most six decimals; None for none."""
    value = number(raw)
    if value is None:
        return None
    micros = value * SCALE
    if micros != int(micros):
        raise ValueError(f"expected at most six decimals, found {value}")
    return int(micros)


def floor_micros(raw: Raw) -> int | None:
    """Micros of a figure that the venue itself computes in binary, rounded down."""
    value = number(raw)
    return None if value is None else int((value * SCALE).to_integral_value(ROUND_FLOOR))


def nanoseconds(text: str) -> Ns:
    """A date and time, with or without offset (then UTC), to nanoseconds."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if not EPOCH.year <= moment.year <= YEAR_MAX:
        raise ValueError(f"expected a year up to {YEAR_MAX}, found {text!r}")
    return Ns((moment - EPOCH) // timedelta(microseconds=1) * MICROSECOND)
