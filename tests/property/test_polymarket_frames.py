"""Frames of any content: events or DecodeError, the short cut like the complete path, and both like
a naive reader that knows nothing of either.
"""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.venues.building import (
    AT_MS,
    NOW,
    asset,
    change,
    condition,
    entry,
    frame,
    market,
    mirror,
    session,
)

from polywire.core.errors import DecodeError
from polywire.core.model.market import BookDelta, Proof
from polywire.core.units import Ns, format_micros
from polywire.venues.polymarket.catalogue import parse_page, parse_resolutions
from polywire.venues.polymarket.market_ws import MarketSession
from polywire.venues.polymarket.rest import decode_books
from polywire.venues.polymarket.texts import Prices, Sizes, canonical

CHANGE = frame(change(entry(), mirror()))
BOOK = frame(
    {
        "market": condition(1),
        "asset_id": asset(1, 1),
        "timestamp": str(AT_MS),
        "hash": "c" * 40,
        "bids": [{"price": "0.01", "size": "12816.02"}],
        "asks": [{"price": "0.99", "size": "11570.96"}],
        "tick_size": "0.01",
        "event_type": "book",
        "last_trade_price": "0.850",
    }
)
TRADE = frame(
    {
        "asset_id": asset(1, 0),
        "event_type": "last_trade_price",
        "price": "0.456",
        "side": "BUY",
        "size": "219.217767",
        "timestamp": str(AT_MS),
    }
)
FRAMES = (CHANGE, BOOK, TRADE, b"[" + BOOK + b"," + CHANGE + b"]")


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real frame with a few bytes replaced, removed, doubled or inserted."""
    raw = bytearray(draw(st.sampled_from(FRAMES)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(raw)))
        end = min(len(raw), start + draw(st.integers(0, 12)))
        raw[start:end] = draw(
            st.one_of(
                st.binary(max_size=4),
                st.sampled_from(
                    [b'""', b"null", b"[]", b"{}", b"1e9", b'"0"', b",", raw[start:end]]
                ),
            )
        )
    return bytes(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["event_type", "asset_id", "market", "price_changes", "bids", "price"]),
            inner | st.sampled_from(["book", "price_change", asset(1, 0), "0.5"]),
        )
    ),
    max_leaves=12,
)
ANY_FRAME = st.one_of(mutated(), st.binary(max_size=60), JSON.map(frame))


def outcome(one: MarketSession, raw: bytes) -> object:
    """What a session makes of a frame: its events, or that it cannot be read."""
    try:
        return one.receive(raw, NOW)
    except DecodeError:
        one.on_undecodable(raw, NOW)
        return "undecodable"


@given(st.lists(ANY_FRAME, max_size=4))
def test_any_frames_give_events_or_a_decode_error_and_harm_nothing(raws: list[bytes]) -> None:
    one = session()
    for raw in raws:
        outcome(one, raw)
    assert one.stats.frames == len(raws) + 1
    (delta,) = one.receive(CHANGE, NOW)
    assert isinstance(delta, BookDelta)
    assert delta.levels == ((0, 850_000, 503_320_000),)


@given(ANY_FRAME)
def test_any_body_is_books_or_a_page_or_a_decode_error(raw: bytes) -> None:
    for read in (
        lambda: decode_books(raw, [market()], NOW),
        lambda: parse_page(raw),
        lambda: parse_resolutions(raw, NOW),
    ):
        try:
            read()
        except DecodeError:
            continue


PRICE_TEXTS = st.sampled_from(
    ["0.85", "0.15", "0.850", "0.5", "0.001", "0.999", "0", "1", "", ".15"]
)
SIZE_TEXTS = st.sampled_from(["0", "503.32", "503.320", "7", "0.000001"])
SIDES = st.sampled_from(["BUY", "SELL"])


@st.composite
def entries(draw: st.DrawFn) -> dict[str, str]:
    """An entry near a mirrored pair: each text may be off."""
    which, number = draw(st.integers(0, 1)), draw(st.sampled_from([1, 1, 1, 2, 3]))
    return entry(
        which,
        number,
        price=draw(PRICE_TEXTS),
        size=draw(SIZE_TEXTS),
        side=draw(SIDES),
        hash=draw(st.sampled_from(["a" * 40, "b" * 40])),
        best_bid=draw(PRICE_TEXTS),
        best_ask=draw(PRICE_TEXTS),
    )


@st.composite
def pairs(draw: st.DrawFn) -> list[dict[str, str]]:
    """A mirrored pair of any level and touch, sometimes spoiled in one text."""
    which, number = draw(st.integers(0, 1)), draw(st.integers(1, 2))
    micros = st.integers(1, 999).map(lambda thousandths: thousandths * 1_000)
    price, bid, ask = draw(micros), draw(micros), draw(micros)
    side, size = draw(SIDES), draw(SIZE_TEXTS)
    first = entry(
        which,
        number,
        price=format_micros(price),
        size=size,
        side=side,
        best_bid=format_micros(bid),
        best_ask=format_micros(ask),
    )
    second = entry(
        1 - which,
        number,
        price=format_micros(1_000_000 - price),
        size=size,
        side="SELL" if side == "BUY" else "BUY",
        hash="b" * 40,
        best_bid=format_micros(1_000_000 - ask),
        best_ask=format_micros(1_000_000 - bid),
    )
    if draw(st.booleans()):
        key = draw(st.sampled_from(sorted(first)))
        spoiled = draw(entries())
        (first if draw(st.booleans()) else second)[key] = spoiled[key]
    return [first, second]


def primary(one: dict[str, str]) -> tuple[int, int]:
    """Book side and price of an entry in the primary outcome, by decimal arithmetic."""
    price, side = Decimal(one["price"] or "0"), one["side"]
    if one["asset_id"][0] == "8":
        price, side = 1 - price, "SELL" if side == "BUY" else "BUY"
    if not 0 < price < 1:
        raise ValueError(price)
    return int(side == "SELL"), int(price * 1_000_000)


def touch(text: str, empty: str) -> int | None:
    return None if text in {"", empty} else int(Decimal(text) * 1_000_000)


def naive(listed: list[dict[str, str]], carried: set[str]) -> list[Any]:
    """What the entries say of each market: its levels and its proofs."""
    found: dict[str, tuple[dict[tuple[int, int], int], dict[int, Proof]]] = {}
    for one in listed:
        number = one["asset_id"][1:].lstrip("0")
        if number not in carried:
            continue
        levels, proofs = found.setdefault(condition(int(number)), ({}, {}))
        levels[primary(one)] = int(Decimal(one["size"]) * 1_000_000)
        side = int(one["asset_id"][0]) - 7
        count = proofs[side].entries + 1 if side in proofs else 1
        bid, ask = touch(one["best_bid"], "0"), touch(one["best_ask"], "1")
        proofs[side] = Proof(side, one["hash"], bid, ask, True, count)
    return [
        (market_id, tuple((*slot, size) for slot, size in levels.items()), tuple(proofs.values()))
        for market_id, (levels, proofs) in found.items()
    ]


def facts(events: list[BookDelta]) -> list[Any]:
    return [(event.market, event.levels, event.proofs) for event in events]


@pytest.mark.parametrize("met_before", [False, True])
@given(listed=pairs() | st.lists(entries(), max_size=4))
def test_both_paths_say_what_a_naive_reader_says(
    met_before: bool, listed: list[dict[str, str]]
) -> None:
    one = session(1, 2)
    raw = frame(change(*listed))
    if met_before:
        outcome(one, raw)
    try:
        expected = naive(listed, {"1", "2"})
    except ValueError:
        assert outcome(one, raw) == "undecodable"
        return
    assert facts(one.receive(raw, NOW)) == expected


@given(pairs(), st.sampled_from(["", "x", "5", 7, None, "1" * 14, "1e3", 5.0, 1.5, -1, "-1", True]))
def test_both_paths_agree_on_any_time(listed: list[dict[str, str]], stamp: object) -> None:
    raw = frame(change(*listed) | {"timestamp": stamp})
    fresh, used = session(1, 2), session(1, 2)
    outcome(used, frame(change(*listed)))
    outcome(used, frame(change(*listed)))
    assert outcome(used, raw) == outcome(fresh, raw)


@given(st.integers(1, 999_999), st.integers(0, 10**15))
def test_level_texts_come_back_as_they_were(price: int, size: int) -> None:
    assert Prices().primary(canonical(price), 0) == price
    assert Prices().primary(canonical(price), 1) == 1_000_000 - price
    assert Sizes()[canonical(size)] == size


@given(st.lists(st.sampled_from(["pong", "data", "time", "drop", "open"]), max_size=30))
def test_a_session_always_knows_what_comes_next(steps: list[str]) -> None:
    one = session(live=False)
    now = NOW
    for step in steps:
        now = Ns(now + 4_000_000_000)
        match step:
            case "pong":
                one.receive(b"PONG", now)
            case "data":
                one.receive(CHANGE, now)
            case "time":
                one.on_time(now)
            case "drop":
                one.dropped(now, "test")
                assert 1_000_000_000 <= one.retry_at() - now <= 60_000_000_000
                assert one.outbox() == []
            case _:
                one.connected(now)
                assert json.loads(one.outbox()[0])["type"] == "market"
        if one.wakeup() is None:
            assert one.wants_drop or one.state.value in {"connecting", "waiting"}
        else:
            assert one.state.value in {"subscribing", "live", "silent"}
