"""From wanted prices to quotes: what is sold, what is bid for, what stays, what is pulled, no more
than the cap allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from tests.unit.core.building import BUY, CENT, SELL, SHARE, USUAL, quote
from tests.unit.strategies.making import Table

from polywire.core.model.instrument import Side
from polywire.core.model.intent import Quote
from polywire.core.units import Price, Quantity
from polywire.core.view import Footing
from polywire.strategies.two_sided import Ladder, Patience, Rung, two_sided


def ladder(lengthens: bool, *cents: int, shares: int = 10, limit: int | None = None) -> Ladder:
    rungs = tuple(Rung(Price(c * CENT), Quantity(shares * SHARE)) for c in cents)
    best = (max if lengthens else min)(cents) if limit is None else limit
    return Ladder(lengthens, rungs, Price(best * CENT))


def wants(table: Table, *ladders: Ladder, keep: int = 2, cap: int = 60) -> list[Quote]:
    return two_sided(table.view(), ladders, Patience(Price(keep * CENT), Quantity(cap * SHARE)))


BIDS, ASKS = ladder(True, 48), ladder(False, 52)


def layered(item: Quote, layer: int) -> Quote:
    return structs.replace(item, layer=layer)


def test_with_nothing_held_both_sides_are_bids() -> None:
    assert wants(Table(), BIDS, ASKS) == [quote(BUY, 48), quote(BUY, 48, 10, "m-no")]


def test_what_is_held_is_sold_before_the_other_outcome_is_bid_for() -> None:
    table = Table()
    table.hold("m-yes", 10)
    assert wants(table, BIDS, ASKS) == [quote(BUY, 48), quote(SELL, 52)]
    table.hold("m-no", 7)
    assert wants(table, BIDS, ASKS) == [quote(SELL, 52, 7, "m-no"), quote(SELL, 52)]


def test_what_may_not_be_sold_yet_is_paired_instead() -> None:
    table = Table()
    table.footing = Footing(sells_pending=False, shows_ours=True)
    table.hold("m-yes", 10, final=False)
    assert wants(table, BIDS, ASKS) == [quote(BUY, 48), quote(BUY, 48, 10, "m-no")]
    table.hold("m-yes", 7)
    assert wants(table, ASKS) == [quote(SELL, 52, 7)]
    table.footing = USUAL
    assert wants(table, ASKS) == [quote(SELL, 52)]


def test_dust_cannot_be_sold_and_is_paired() -> None:
    table = Table()
    table.hold("m-yes", 4)
    assert wants(table, ASKS) == [quote(BUY, 48, 10, "m-no")]


def test_layers_share_what_is_held() -> None:
    table = Table()
    table.hold("m-yes", 12)
    assert wants(table, ladder(False, 52, 54)) == [
        quote(SELL, 52),
        layered(quote(BUY, 46, 10, "m-no"), 1),
    ]


def test_a_layer_waits_for_what_another_layer_offers() -> None:
    table = Table()
    table.hold("m-yes", 10)
    order = table.rest(layered(quote(SELL, 54), 1))
    assert wants(table, ladder(False, 52, 54)) == [layered(quote(BUY, 46, 10, "m-no"), 1)]
    table.gone(order)
    assert wants(table, ladder(False, 52, 54))[0] == quote(SELL, 52)


@pytest.mark.parametrize(("cents", "stays"), [(47, True), (49, True), (46, False), (50, False)])
def test_an_order_near_its_target_stays(cents: int, stays: bool) -> None:
    table = Table()
    table.rest(quote(BUY, cents))
    (wanted,) = wants(table, ladder(True, 48, limit=51))
    assert wanted == quote(BUY, cents if stays else 48)


def test_an_order_that_is_too_good_is_pulled_at_once() -> None:
    table = Table()
    table.rest(quote(BUY, 49))
    assert wants(table, ladder(True, 48, limit=48)) == []
    table = Table()
    table.hold("m-yes", 10)
    table.rest(quote(SELL, 51))
    assert wants(table, ladder(False, 52, limit=52)) == []


@pytest.mark.parametrize(("filled", "shares"), [(0, 10), (5, 5), (6, 10)])
def test_an_order_stays_until_less_than_half_remains(filled: int, shares: int) -> None:
    table = Table()
    order = table.rest(quote(BUY, 48))
    if filled:
        table.fill(order, filled)
    (wanted,) = wants(table, BIDS)
    assert wanted == quote(BUY, 48, shares)


def test_an_order_of_more_than_twice_the_size_is_made_smaller() -> None:
    table = Table()
    table.rest(quote(BUY, 48, 25))
    assert wants(table, BIDS) == [quote(BUY, 48)]


def test_no_more_is_bid_for_than_could_be_held() -> None:
    table = Table()
    table.hold("m-yes", 45)
    assert wants(table, ladder(True, 48, 46)) == [
        quote(BUY, 48, 10),
        layered(quote(BUY, 46, 5), 1),
    ]
    table.rest(layered(quote(BUY, 40, 9), 3))
    assert wants(table, ladder(True, 48, 46)) == [quote(BUY, 48, 6)]


def test_over_the_cap_an_order_that_rests_is_cut_down_or_pulled() -> None:
    table = Table()
    table.hold("m-yes", 45)
    table.rest(quote(BUY, 48))
    assert wants(table, BIDS, cap=52) == [quote(BUY, 48, 7)]
    assert wants(table, BIDS, cap=40) == []


def test_an_order_on_its_way_out_still_counts() -> None:
    table = Table()
    table.hold("m-yes", 50)
    order = table.rest(quote(BUY, 40))
    table.ledger.orders[order].cancels = 1
    assert wants(table, ladder(True, 48, 46)) == [quote(BUY, 48)]
    table.gone(order)
    assert wants(table, ladder(True, 48, 46)) == [quote(BUY, 48)]


steps = st.lists(
    st.tuples(
        st.sampled_from(["ask", "fill", "cancel"]),
        st.integers(40, 48),
        st.integers(52, 60),
        st.integers(5, 20),
        st.integers(0, 20),
    ),
    max_size=25,
)


@given(steps)
def test_whatever_fills_the_cap_holds_and_nothing_is_sold_twice(
    moves: list[tuple[str, int, int, int, int]],
) -> None:
    """A naive venue places what has a free slot, and fills and cancels at will."""
    table, cap = Table(), 30 * SHARE
    for what, bid, ask, shares, pick in moves:
        view = table.view()
        resting = [order for outcome in (0, 1) for order in view.open_orders(outcome)]
        if what == "ask":
            sides = (
                ladder(True, bid, bid - 2, shares=shares),
                ladder(False, ask, ask + 2, shares=shares),
            )
            taken = {order.command.slot for order in resting}
            for each in wants(table, *sides, cap=30):
                if each.slot not in taken and each.quantity >= 5 * SHARE:
                    table.rest(each)
        elif resting and what == "fill":
            order = resting[pick % len(resting)]
            table.fill(order.command.order_id, min(shares, order.remaining // SHARE) or 1)
        elif resting:
            table.gone(resting[pick % len(resting)].command.order_id)
        for outcome in (0, 1):
            instrument = table.market.outcomes[outcome].instrument
            held = table.ledger.held(instrument)
            assert held + table.ledger.could_buy(instrument) <= cap
            assert table.ledger.could_sell(instrument) <= held


def test_sides_are_named_by_what_they_do() -> None:
    assert BIDS.own(Price(48 * CENT)) == 48 * CENT
    assert ASKS.own(Price(52 * CENT)) == 48 * CENT
    assert [each.side for each in wants(Table(), BIDS)] == [Side.BUY]
