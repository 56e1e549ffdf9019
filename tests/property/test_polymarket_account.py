"""Trades of any make, told in any order and any number of times, against a naive account; and bytes
of any content at every door.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.venues.account_building import (
    NO,
    YES,
    Book,
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
from tests.unit.venues.account_doors import DOORS, GOOD
from tests.unit.venues.building import NOW, frame

from polywire.core.errors import DecodeError
from polywire.core.model.account import (
    AccountEvent,
    FillSettled,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    Settlement,
)

RATE = Fraction(7, 100)
PATHS = (
    ["MATCHED", "MINED", "CONFIRMED"],
    ["MATCHED", "MINED", "RETRYING", "MINED", "CONFIRMED"],
    ["MATCHED", "FAILED"],
    ["MATCHED", "MINED", "RETRYING", "FAILED"],
    ["CONFIRMED"],
    ["FAILED"],
    ["MATCHED", "MINED"],
)


@dataclass
class Naive:
    """What an account has by its fills, in fractions; a fill that was undone never was."""

    fills: dict[str, tuple[str, Fraction, Fraction, Fraction]] = field(default_factory=dict)
    undone: set[str] = field(default_factory=set)
    final: set[str] = field(default_factory=set)

    def hear(self, event: AccountEvent) -> None:
        """Book one event, whatever came before."""
        match event:
            case OrderFilled():
                assert event.fill_id not in self.fills, "told twice"
                price, size, fee = event.price, event.quantity, event.fee
                self.fills[event.fill_id] = (
                    event.order_id,
                    *(Fraction(amount, 1_000_000) for amount in (price, size, fee)),
                )
            case FillSettled(settlement=Settlement.REVERSED):
                assert event.fill_id in self.fills, "undone before it was told"
                self.undone.add(event.fill_id)
            case FillSettled():
                assert event.fill_id in self.fills, "settled before it was told"
                self.final.add(event.fill_id)
            case _:
                raise AssertionError(event)

    def totals(self) -> dict[str, tuple[Fraction, Fraction, Fraction]]:
        """Shares, dollars and fees of each order."""
        sums: dict[str, tuple[Fraction, Fraction, Fraction]] = {}
        for fill, (order_id, price, size, fee) in self.fills.items():
            if fill not in self.undone:
                shares, dollars, fees = sums.get(order_id, (Fraction(0),) * 3)
                sums[order_id] = (shares + size, dollars + price * size, fees + fee)
        return sums


@dataclass(frozen=True)
class Deal:
    """One drawn trade: how it is told, and what it should mean, by a reading of its own."""

    message: Json
    path: list[str]
    means: tuple[str, Fraction, Fraction, Fraction]


def cents(text: str) -> Fraction:
    return Fraction(text)


def fee_of(price: Fraction, size: Fraction) -> Fraction:
    """Rounded up to five decimals, as the venue's text says."""
    exact = size * RATE * price * (1 - price)
    steps = exact * 100_000
    return Fraction(-(-steps.numerator // steps.denominator), 100_000)


@st.composite
def deals(draw: st.DrawFn) -> Deal:
    """A trade in which order 1 (a buy of Yes at 0.52 or better) takes, or is taken."""
    name, path = draw(st.uuids(version=4)), draw(st.sampled_from(PATHS))
    sizes = draw(st.lists(st.integers(1, 99), min_size=1, max_size=4))
    if draw(st.booleans()):
        total = sum(sizes)
        entries = [ours(1, f"{size / 100:.2f}") for size in sizes]
        message = made_by_us(*entries, made(950, "7", side="BUY"), id=str(name))
        return Deal(
            message,
            path,
            ("run-1", Fraction(total, 100), Fraction(total * 52, 10_000), Fraction(0)),
        )
    levels: dict[int, int] = {}
    makers: list[Json] = []
    for number, size in enumerate(sizes):
        price = draw(st.integers(40, 52))
        levels[price] = levels.get(price, 0) + size
        amount = f"{size / 100:.2f}"
        if draw(st.booleans()):
            makers.append(made(901 + number, amount, f"0.{price}"))
        else:
            no_bid = {"asset_id": NO, "side": "BUY", "outcome": "No"}
            makers.append(made(901 + number, amount, f"0.{100 - price}", **no_bid))
    message = trade(*makers, id=str(name), size=f"{sum(sizes) / 100:.2f}", price="0.5")
    dollars = sum((Fraction(price * size, 10_000) for price, size in levels.items()), Fraction(0))
    fees = sum(
        (fee_of(Fraction(price, 100), Fraction(size, 100)) for price, size in levels.items()),
        Fraction(0),
    )
    return Deal(message, path, ("run-1", Fraction(sum(sizes), 100), dollars, fees))


@st.composite
def tellings(draw: st.DrawFn, found: list[Deal]) -> list[tuple[bool, Json]]:
    """Every status of every trade at least once, in any order, by channel or by REST."""
    steps = [deal.message | {"status": status} for deal in found for status in deal.path]
    steps += draw(st.lists(st.sampled_from(steps), max_size=5))
    return [(draw(st.booleans()), step) for step in draw(st.permutations(steps))]


@given(
    st.data(), st.lists(deals(), min_size=1, max_size=4, unique_by=lambda deal: deal.message["id"])
)
def test_whatever_is_repeated_and_reordered_each_fill_counts_once(
    data: st.DataObject, found: list[Deal]
) -> None:
    one, account = reader(), Naive()
    for by_rest, message in data.draw(tellings(found)):
        if by_rest:
            events = one.trades_page(page(message), NOW).events
        else:
            events = one.frame(frame(message), NOW)
        for event in events:
            account.hear(event)
    expected: dict[str, tuple[Fraction, Fraction, Fraction]] = {}
    for deal in found:
        if deal.path[-1] != "FAILED":
            order_id, *amounts = deal.means
            before = expected.get(order_id, (Fraction(0),) * 3)
            shares, dollars, fees = (a + b for a, b in zip(before, amounts, strict=True))
            expected[order_id] = (shares, dollars, fees)
    assert account.totals() == expected
    confirmed = {deal.message["id"] for deal in found if deal.path[-1] == "CONFIRMED"}
    assert {fill.split(":")[0] for fill in account.final} == confirmed
    assert one.tally.contradictions == 0


@given(st.data(), st.lists(st.integers(1, 300), min_size=1, max_size=3))
def test_a_close_never_comes_before_the_fills_that_it_shows(
    data: st.DataObject, sizes: list[int]
) -> None:
    amounts = [f"{size / 100:.2f}" for size in sizes]
    total = f"{sum(sizes) / 100:.2f}"
    steps: list[Json] = [
        order(),
        order(type="UPDATE", size_matched=amounts[0]),
        order(status="CANCELED", type="CANCELLATION", size_matched=total),
        *(made_by_us(ours(1, amount), id=f"t{n}") for n, amount in enumerate(amounts)),
    ]
    one, filled, closed = reader(), 0, False
    for step in data.draw(st.permutations(steps)):
        for event in one.frame(frame(step), NOW):
            match event:
                case OrderFilled():
                    filled += event.quantity
                case OrderCancelled():
                    assert filled == sum(sizes) * 10_000
                    closed = True
                case _:
                    assert isinstance(event, OrderAccepted)
                    assert not closed, "over is over"
    assert closed


@st.composite
def mutated(draw: st.DrawFn, good: tuple[bytes, ...]) -> bytes:
    """A good body with a few bytes replaced, removed, doubled or inserted."""
    raw = bytearray(draw(st.sampled_from(good)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(raw)))
        end = min(len(raw), start + draw(st.integers(0, 12)))
        scraps = [b'""', b"null", b"[]", b"{}", b"1e9", b'"0"', b",", b'"9"', raw[start:end] * 2]
        raw[start:end] = draw(st.one_of(st.binary(max_size=4), st.sampled_from(scraps)))
    return bytes(raw)


KEYS = (
    "event_type",
    "id",
    "status",
    "size",
    "price",
    "maker_orders",
    "data",
    "next_cursor",
    "type",
)
VALUES: tuple[Any, ...] = ("order", "trade", "MATCHED", "LTE=", "5", "0.52", hash_of(1), YES, NO)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS), inner | st.sampled_from(VALUES))
    ),
    max_leaves=12,
)


@given(st.data(), st.sampled_from(sorted(DOORS)))
def test_any_bytes_at_any_door_are_events_or_a_decode_error_and_no_wrong_fill(
    data: st.DataObject, door: str
) -> None:
    bodies = st.one_of(mutated(GOOD[door]), st.binary(max_size=60), JSON.map(frame))
    book = Book()
    book.place(1)
    one = reader(book)
    for body in data.draw(st.lists(bodies, max_size=3)):
        try:
            events = DOORS[door](one, body)
        except DecodeError:
            continue
        for event in events if isinstance(events, list) else ():
            if isinstance(event, OrderFilled):
                assert 0 < event.price <= 520_000, "a buy never pays more than its limit"
                assert 0 < event.price * event.quantity <= 520_000 * 10_000_010
    (event,) = one.frame(frame(trade(id="the-good-one")), NOW)
    assert isinstance(event, OrderFilled)
    assert (event.price, event.quantity) == (520_000, 5_000_000)
