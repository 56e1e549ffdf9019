"""Bad input at every door of an account: refused with its reason, and nothing of it counts."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from tests.unit.venues.account_building import (
    Json,
    hash_of,
    made,
    made_by_us,
    order,
    ours,
    page,
    reader,
    trade,
)
from tests.unit.venues.account_doors import BALANCE, DOORS, GOOD, MISSING, enter
from tests.unit.venues.bad_bodies import NOT_TEXT, NUMBERS, broken
from tests.unit.venues.building import NOW, frame

from polywire.core.errors import DecodeError
from polywire.core.model.account import OrderFilled


class Case(NamedTuple):
    """One body that a door has to refuse."""

    name: str
    door: str
    body: bytes


HASHES = (
    "",
    "0x",
    "0x12",
    "1" * 64,
    "0x" + "g" * 64,
    hash_of(1) + "0",
    hash_of(1) + "\n",
    "x" * 999,
)
STATUSES = ("", "MATCHE", "matched", "SETTLED", "TRADE_STATUS_", "CONFIRMED ", "x" * 2_000)


def fields(
    name: str, door: str, body: Json, changes: dict[str, tuple[object, ...]]
) -> Iterator[Case]:
    """One key at a time, each wrong value in its place, and the key left out."""
    wrap = page if door.endswith("page") else frame
    for key, values in changes.items():
        for number, value in enumerate(values):
            yield Case(f"{name} {key} {number}", door, wrap({**body, key: value}))


def without(name: str, door: str, body: Json, *keys: str) -> Iterator[Case]:
    """One key at a time left out."""
    wrap = page if door.endswith("page") else frame
    for key in keys:
        left = {kept: value for kept, value in body.items() if kept != key}
        yield Case(f"{name} without {key}", door, wrap(left))


def makers(name: str, door: str, changes: dict[str, tuple[object, ...]]) -> Iterator[Case]:
    """The same inside the resting orders of a trade, once as taker and once as maker."""
    wrap = page if door.endswith("page") else frame
    for key, values in changes.items():
        for number, value in enumerate(values):
            taken, gave = made(901, **{key: value}), ours(1, **{key: value})
            yield Case(f"{name} taken {key} {number}", door, wrap(trade(taken)))
            if key != "order_id":
                yield Case(f"{name} made {key} {number}", door, wrap(made_by_us(gave)))


def bodies() -> Iterator[Case]:
    """Bodies that are no JSON of the right shape, at every door."""
    for door, (good, *_) in GOOD.items():
        mebibytes = 16 if door.endswith("page") else 4
        more = {
            "a huge number": good[:-1] + b',"x":' + b"9" * 10_000 + b"}",
            "no number": good[:-1] + b',"x":NaN}',
            "a key twice": good[:-1] + b',"x":1,"x":1}',
            "too much": b" " * (mebibytes << 20) + good,
        }
        for name, body in (*broken(good), *more.items()):
            yield Case(f"{door} {name}", door, body)


def doubled() -> Iterator[Case]:
    """A key told twice, of which one is right."""
    fill = frame(trade()).decode()
    for key, value in (("size", '"5"'), ("price", '"0.52"'), ("status", '"MATCHED"')):
        text = f'"{key}":{value}'
        other = fill.replace(text, f'{text},"{key}":"0.1"', 1)
        assert other != fill
        yield Case(f"trade {key} twice", "frame", other.encode())


SIZES: tuple[object, ...] = (*NUMBERS, *NOT_TEXT)
PRICES: tuple[object, ...] = (*NUMBERS, *NOT_TEXT, "", "0", "1", "1.01", "2", "0.53", None)
CASES = [
    *bodies(),
    *doubled(),
    *fields("order", "frame", order(), {"id": (*HASHES, *NOT_TEXT, None), "size_matched": SIZES}),
    *fields("order", "frame", order(), {"original_size": SIZES, "status": (*NOT_TEXT, *STATUSES)}),
    *fields(
        "order", "frame", order(), {"side": ("HOLD", "SELL", 0), "asset_id": ("", 5, "x" * 101)}
    ),
    *fields("order", "orders page", order(), {"size_matched": SIZES}),
    *fields("order", "order", order(), {"id": (*HASHES, hash_of(2)), "original_size": SIZES}),
    *without("order", "frame", order(), "id", "status"),
    *fields("trade", "frame", trade(), {"size": (*SIZES, "", "0", "4", "6", None)}),
    *fields("trade", "frame", trade(), {"status": (*STATUSES, *NOT_TEXT, None)}),
    *fields(
        "trade", "frame", trade(), {"id": ("", "a:b", "x" * 65, "a b", "a\n", *NOT_TEXT, None)}
    ),
    *fields("trade", "frame", trade(), {"taker_order_id": (*HASHES, *NOT_TEXT)}),
    *fields(
        "trade", "frame", trade(), {"trader_side": ("taker", "BOTH", 5), "side": ("HOLD", "SELL")}
    ),
    *fields(
        "trade",
        "frame",
        trade(),
        {"asset_id": ("", "x", 5, "7" * 60), "maker_orders": (5, {}, [5], "[]")},
    ),
    *fields(
        "trade",
        "frame",
        trade(),
        {"match_time": (-1, "-1", "soon", "1e99", 10**16, [], "9999999999")},
    ),
    *fields("trade", "trades page", trade(), {"size": SIZES, "status": STATUSES}),
    *without(
        "trade", "frame", trade(), "id", "status", "size", "asset_id", "taker_order_id", "price"
    ),
    *makers("maker", "frame", {"matched_amount": (*SIZES, "11", "500"), "price": PRICES}),
    *makers("maker", "trades page", {"asset_id": ("", "5", 5, None), "side": (5, [])}),
    *makers("maker", "frame", {"order_id": NOT_TEXT}),
    *fields(
        "missing",
        "missing order",
        MISSING,
        {"error": ("", "not found", *NOT_TEXT, None, "x" * 2_000)},
    ),
    *fields("balance", "balance", BALANCE, {"balance": (*NUMBERS, *NOT_TEXT, "", "5.5", None)}),
    *fields(
        "balance",
        "balance",
        BALANCE,
        {"allowances": (5, [], None, {"a": "-1"}, {"a": 5}, {"a": None})},
    ),
    *[
        Case(f"cursor {n}", "trades page", frame({"data": [], "next_cursor": value}))
        for n, value in enumerate((None, 5, [], "x" * 1_001))
    ],
    *[
        Case(f"no {key}", "orders page", frame({"data": [], "next_cursor": "LTE="} | {key: None}))
        for key in ("data", "next_cursor")
    ],
]


def test_the_corpus_is_large_and_names_each_case_once() -> None:
    assert len(CASES) >= 200
    assert {case.door for case in CASES} == set(DOORS)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_bad_input_is_refused_with_a_reason_and_counts_for_nothing(case: Case) -> None:
    one = reader()
    with pytest.raises(DecodeError) as refused:
        DOORS[case.door](one, case.body)
    assert len(str(refused.value)) < 700, "a reason is for people"
    (_, fill) = one.frame(frame([order(), trade()]), NOW)
    assert isinstance(fill, OrderFilled)
    assert (fill.price, fill.quantity) == (520_000, 5_000_000)


def test_every_door_takes_what_it_is_for() -> None:
    for door, good in GOOD.items():
        for body in good:
            enter(door, body)
