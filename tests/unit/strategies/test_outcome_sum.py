"""What baskets of an exclusive group are found, and what each pays whatever happens."""

import json
from fractions import Fraction
from itertools import pairwise
from math import ceil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from tests.unit.core.building import CENT, DOLLAR, SHARE, market
from tests.unit.strategies.grouping import (
    NOW,
    asks_at,
    bids_at,
    cents,
    group,
    member,
    shares,
    shown,
    summing,
)

from polywire.core.ids import GroupId
from polywire.core.model.conversion import Conversion
from polywire.core.model.instrument import FeeSchedule, Side
from polywire.core.units import DAY, Money, Ns, Price, Quantity
from polywire.core.view import GroupView
from polywire.strategies.outcome_sum import Found, Kind
from polywire.strategies.outcome_walk import Bounds, Offered, taken, walk

LOTS = Bounds(Quantity(10**12), Money(10**12))


@pytest.fixture(scope="module")
def printed(vectors: Path) -> dict[str, list[dict]]:
    return json.loads((vectors / "samples" / "strategy_vectors.json").read_text())


def fees(rate: float) -> FeeSchedule:
    return FeeSchedule(round(rate * 1_000_000), 1, 0)


def legs(books: list[list[tuple[float, float]]], rate: float) -> list[Offered]:
    return [
        Offered(
            market(f"m{at}", fees=fees(rate), size_min=Quantity(1)),
            0,
            tuple((Price(round(p * DOLLAR)), Quantity(round(s * SHARE))) for p, s in book),
        )
        for at, book in enumerate(books)
    ]


def test_the_printed_sums_of_one_set_are_ours(printed) -> None:
    for case in printed["binary_arbitrage_per_set"]:
        side = Side.BUY if "ask_yes" in case else Side.SELL
        word = "ask" if side is Side.BUY else "bid"
        books = [[(case[f"{word}_yes"], 1)], [(case[f"{word}_no"], 1)]]
        steps = walk(side, legs(books, case["fee_rate"]), Money(DOLLAR), Price(-DOLLAR))
        assert Fraction(steps[0].edge, 10**12) == Fraction(str(case["profit"]))


def test_the_printed_groups_are_ours(printed) -> None:
    yes = printed["neg_risk"]["buy_all_yes"]
    books = legs([[(ask, 1)] for ask in yes["asks"]], yes["fee_rate"])
    (step,) = walk(Side.BUY, books, Money(DOLLAR), Price(0))
    assert Fraction(step.edge, 10**12) == Fraction(str(yes["profit"]))
    no = printed["neg_risk"]["no_side"]
    books = legs([[(ask, 1)] for ask in no["no_asks"]], 0)
    (step,) = walk(Side.BUY, books, Kind.NO.worth(4), Price(0))
    assert Fraction(step.edge, 10**12) == Fraction(str(no["profit_without_fees"]))


def test_the_printed_walks_through_depth_are_ours(printed) -> None:
    for case in printed["depth_aware_binary_arbitrage"]:
        books = legs([case["yes_asks"], case["no_asks"]], case["fee_rate"])
        steps = walk(Side.BUY, books, Money(DOLLAR), Price(0))
        assert [
            (step.prices[0] / DOLLAR, step.prices[1] / DOLLAR, step.size / SHARE, step.edge / 1e12)
            for step in steps
        ] == [(each["yes"], each["no"], each["size"], each["edge"]) for each in case["steps"]]
        best = taken(Side.BUY, books, steps, LOTS)
        assert best is not None
        assert best.size == case["size"] * SHARE
        assert best.size - best.shown == round(case["profit"] * DOLLAR)


def test_all_yes_under_a_dollar_are_bought_at_their_asks() -> None:
    basket = summing().basket(asks_at(20, 30, 40))
    assert basket is not None
    assert [(leg.market, leg.instrument, leg.limit) for leg in basket.legs] == [
        ("m0", "m0-yes", cents(20)),
        ("m1", "m1-yes", cents(30)),
        ("m2", "m2-yes", cents(40)),
    ]
    assert (basket.sets, basket.spends, basket.pays) == (shares(100), 90 * DOLLAR, 100 * DOLLAR)
    assert basket.left_ns == 10 * DAY
    assert basket.daily == 11_111  # a ninth in ten days


def test_no_leg_goes_further_past_its_best_price_than_an_order_may() -> None:
    books = [[(20, 10), (26, 90)], [(30, 100)], [(30, 100)]]
    views = [shown(member(at, 3), [], asks) for at, asks in enumerate(books)]
    deep, near = (summing().basket(group(views, through)) for through in (6, 5))
    assert deep is not None
    assert near is not None
    assert ([leg.limit for leg in deep.legs], deep.sets) == (
        [cents(26), *[cents(30)] * 2],
        shares(100),
    )
    assert ([leg.limit for leg in near.legs], near.sets) == (
        [cents(20), *[cents(30)] * 2],
        shares(10),
    )


def test_all_no_are_bought_where_they_cost_less_than_all_but_one_dollar() -> None:
    basket = summing().basket(bids_at(40, 40, 40))
    assert basket is not None
    assert [(leg.instrument, leg.limit) for leg in basket.legs] == [
        ("m0-no", cents(60)),
        ("m1-no", cents(60)),
        ("m2-no", cents(60)),
    ]
    assert (basket.spends, basket.pays) == (180 * DOLLAR, 200 * DOLLAR)


def test_a_market_that_nobody_offers_is_left_out_of_no_and_ends_yes() -> None:
    bid, silent = [(60, 100)], shown(member(2, 3), [], [])
    some = [shown(member(at, 3), bid, []) for at in range(2)]
    basket = summing().basket(group([*some, silent]))
    assert basket is not None
    assert [leg.instrument for leg in basket.legs] == ["m0-no", "m1-no"]
    assert (basket.spends, basket.pays) == (80 * DOLLAR, 100 * DOLLAR)
    asked = [shown(member(at, 3), [], [(20, 100)]) for at in range(2)]
    assert summing().basket(group([*asked, silent])) is None
    assert summing().basket(group([some[0], silent])) is None


def test_a_leg_that_alone_is_missing_may_cost_all_that_the_sets_earn() -> None:
    basket = summing().basket(asks_at(20, 30, 40))
    assert basket is not None
    assert [leg.most for leg in basket.legs] == [cents(30), cents(40), cents(50)]
    taxed = summing().basket(asks_at(20, 30, 40, rate=50_000))
    assert taxed is not None
    for leg in taxed.legs:
        others = [one.limit for one in taxed.legs if one is not leg]
        dear, dearer = (
            sum(exact_cost(price, taxed.sets) for price in (*others, Price(leg.most + more)))
            for more in (0, CENT)
        )
        assert dear <= taxed.sets < dearer


def exact_cost(price: int, size: int, rate: int = 50_000) -> Fraction:
    p = Fraction(price, DOLLAR)
    return size * p + ceil(size * Fraction(rate, 10**6) * p * (1 - p) / 10) * 10


@pytest.mark.parametrize(
    "terms",
    [
        {"group_augmented": True},
        {"placeholder": True},
        {"group_size": 4},
        {"group_size": 0},
        {"version": "v2"},
    ],
)
def test_all_yes_are_left_alone_where_another_outcome_is_possible(terms) -> None:
    assert summing().basket(asks_at(20, 30, 40, **terms)) is None
    assert summing().basket(bids_at(40, 40, 40, **terms)) is not None  # one of them at most wins


@pytest.mark.parametrize(
    "terms",
    [
        {"group_exclusive": False},
        {"neg_risk": False},  # could pay in halves
        {"end_ns": Ns(0)},
        {"end_ns": NOW},
        {"end_ns": Ns(NOW + 91 * DAY)},
    ],
)
def test_groups_are_left_alone_that_may_pay_otherwise_or_nobody_knows_when(terms) -> None:
    assert summing().basket(asks_at(20, 30, 40, **terms)) is None
    assert summing().basket(bids_at(40, 40, 40, **terms)) is None


def test_markets_of_two_groups_or_one_alone_make_no_set() -> None:
    mixed = asks_at(20, 30)
    other = structs.replace(mixed.markets[1].market, group=GroupId("h"))
    mixed.markets[1].market = other
    assert summing().basket(mixed) is None
    assert summing().basket(asks_at(20)) is None


def test_it_follows_members_of_exclusive_groups_that_have_a_name() -> None:
    one = member(1, 3)
    assert summing().follows(one)
    assert not summing().follows(structs.replace(one, placeholder=True))
    assert not summing().follows(structs.replace(one, group_exclusive=False))
    assert not summing().follows(structs.replace(one, group=None))
    assert summing().quotes(shown(one, [(40, 100)], [(41, 100)])) == ()


def test_fees_on_every_leg_come_off() -> None:
    free, taxed = asks_at(31, 33, 33), asks_at(31, 33, 33, rate=50_000)
    assert summing().basket(free) is not None
    assert summing().basket(taxed) is None  # three cents, and three fees of a cent and more


def test_a_set_must_earn_its_margin_and_what_is_tied_up_its_day() -> None:
    view = asks_at(30, 32, 33)
    assert summing(margin=Price(4 * CENT)).basket(view) is not None
    assert summing(margin=Price(5 * CENT)).basket(view) is None
    assert summing(daily_min=5_263).basket(view) is not None  # 5/95 in ten days
    assert summing(daily_min=5_264).basket(view) is None


def test_capital_bounds_the_sets_and_small_change_is_left_over() -> None:
    basket = summing(capital_max=Money(50 * DOLLAR)).basket(asks_at(20, 30, 40))
    assert basket is not None
    assert basket.sets == 55_550_000  # at 90 cents a set; on the lot
    assert basket.spends <= 50 * DOLLAR


def test_no_leg_has_more_shares_than_a_basket_may_have_sets() -> None:
    basket = summing(sets_max=shares(30)).basket(asks_at(20, 30, 40))
    assert basket is not None
    assert (basket.sets, basket.spends) == (shares(30), 27 * DOLLAR)


def test_every_leg_has_to_be_an_order_the_venue_takes() -> None:
    view = asks_at(1, 30, 40)
    basket = summing().basket(view)
    assert basket is not None
    assert basket.sets == shares(100)  # a dollar of what costs a cent
    assert summing(capital_max=Money(70 * DOLLAR)).basket(view) is None
    assert summing().basket(asks_at(20, 30, 40, size_min=shares(101))) is None


def test_buys_cost_whole_cents_where_the_venue_is_strict() -> None:
    terms = {"cost_step": Money(CENT), "tick": Price(1_000)}
    views = [
        shown(member(0, 2, **terms), [], []),
        shown(member(1, 2, **terms), [], []),
    ]
    for view, ask in zip(views, (373_000, 500_000), strict=True):
        view._book.ask_ladder.put(Price(ask), Quantity(25_430_000))
    basket = summing().basket(group(views))
    assert basket is not None
    assert basket.sets == shares(20)  # 37.3 cents take tens


def test_a_depth_that_breaks_a_rule_does_not_cost_the_one_before() -> None:
    terms = {"cost_step": Money(CENT), "tick": Price(1_000)}
    first = shown(member(0, 2, **terms), [], [])
    first._book.ask_ladder.put(Price(370_000), shares(6))
    first._book.ask_ladder.put(Price(373_000), shares(2))
    second = shown(member(1, 2, **terms), [], [(50, 100)])
    basket = summing().basket(group([first, second]))
    assert basket is not None
    assert (basket.sets, basket.legs[0].limit) == (shares(6), 370_000)


def test_sets_split_from_dollars_are_sold_only_where_that_is_switched_on() -> None:
    view = bids_at(40, 40, 40)
    assert [one.kind for one in summing().found(view)] == [Kind.NO]
    kinds = {one.kind: one for one in summing(split=True).found(view)}
    assert set(kinds) == {Kind.NO, Kind.SPLIT_YES}
    split = kinds[Kind.SPLIT_YES]
    assert (split.spends, split.pays) == (180 * DOLLAR, 200 * DOLLAR)  # 300 split, 120 sold
    assert summing(split=True).parameters.needs == {Conversion.SPLIT}
    assert summing().parameters.needs == frozenset()
    basket = summing(split=True).basket(view)
    assert basket is not None
    assert basket.legs[0].instrument == "m0-no"  # nothing executes splits


def outcomes(view: GroupView) -> list[tuple[int, ...]]:
    """What Yes of each market pays: one wins each time, or none where another outcome may."""
    size = len(view.markets)
    wins = [tuple(int(at == winner) for at in range(size)) for winner in range(size)]
    return wins if sure(view) else [*wins, (0,) * size]


def sure(view: GroupView) -> bool:
    """Whether a group lists all that may happen; said apart from the code that is tested."""
    return all(
        not one.market.group_augmented
        and not one.market.placeholder
        and one.market.group_size == len(view.markets)
        and one.market.version == "v1"
        for one in view.markets
    )


def ends_with(found: Found, view: GroupView, yes: tuple[int, ...]) -> Fraction:
    """Micro-dollars in the end, fees paid, in exact fractions; every order fills at its limit."""
    size, money = found.taken.size, Fraction(0)
    pays_of = dict(zip((one.market.id for one in view.markets), yes, strict=True))
    for leg, limit in zip(found.legs, found.taken.limits, strict=True):
        pays = pays_of[leg.market.id]
        worth = pays if found.kind.outcome == 0 else 1 - pays
        p, terms = Fraction(limit, DOLLAR), leg.market.fees
        fee = size * Fraction(terms.rate_micros, DOLLAR) * (p * (1 - p)) ** terms.exponent
        if found.kind.side is Side.BUY:
            money += size * (worth - p) - fee
        else:  # split for a dollar, one outcome sold, the other kept
            money += size * (p + (1 - worth) - 1) - fee
    return money


ladders = st.lists(
    st.tuples(st.integers(1, 99), st.integers(1, 400)),
    min_size=1,
    max_size=3,
    unique_by=lambda level: level[0],
)


@st.composite
def groups(draw) -> GroupView:
    size = draw(st.integers(2, 5))
    terms = {
        "group_size": draw(st.sampled_from([size, size, size, size + 1, 0])),
        "group_augmented": draw(st.sampled_from([False, False, True])),
        "version": draw(st.sampled_from(["v1", "v1", "v2"])),
    }
    cheap, views = draw(st.booleans()), []
    for number in range(size):
        at = draw(st.integers(1, 120 // size))
        asks = [(min(99, at + price), some) for price, some in draw(ladders)]
        bids = [(at - 1, draw(st.integers(1, 400)))] if at > 1 else []
        own = terms | {
            "rate": draw(st.sampled_from([0, 30_000, 70_000])),
            "cost_step": draw(st.sampled_from([Money(0), Money(CENT)])),
            "size_min": shares(draw(st.sampled_from([1, 5]))),
            "placeholder": draw(st.integers(0, 29)) == 0,
        }
        if cheap:
            asks = [(at, draw(st.integers(1, 400))), *asks]
        else:
            bids = [(min(98, at + 20), 50), *bids]
            asks = [(99, 50)]
        views.append(shown(member(number, size, **own), bids, list(dict(asks).items())))
    return group(views)


@given(groups())
def test_no_basket_loses_in_any_outcome_that_may_happen(view: GroupView) -> None:
    for found in summing(split=True).found(view):
        ends = [ends_with(found, view, yes) for yes in outcomes(view)]
        assert min(ends) > 0
        assert found.earns <= min(ends)
        assert min(ends) - found.earns <= 12 * len(ends)  # what fees and costs are rounded by
        assert found.shown >= found.earns
        assert found.taken.size <= min(sum(size for _, size in leg.levels) for leg in found.legs)
        for leg in found.legs:
            assert leg.levels == tuple(sorted(leg.levels, reverse=found.kind.side is Side.SELL))


def test_depth_that_earns_too_little_a_day_hides_none_that_earns_enough() -> None:
    strategy, end = summing(margin=Price(5_000), daily_min=300), Ns(NOW + 80 * DAY)
    for deeper in ([], [(50, 2_000)]):
        books = ([(45, 100), *deeper], [(48, 2_100)])
        views = [shown(member(at, 2, end_ns=end), [], book) for at, book in enumerate(books)]
        (found,) = strategy.found(group(views))
        assert (found.taken.size, found.daily) == (shares(100), 940)


@given(st.integers(40_000_000, 400_000_000))
def test_a_basket_never_ties_up_more_than_it_may(dollars: int) -> None:
    view = asks_at(*[3] * 30, shares=9_000, rate=70_000)
    (found,) = summing(capital_max=Money(dollars)).found(view)
    assert dollars - 1_000_000 < found.taken.worst <= dollars


@given(groups())
def test_more_depth_never_earns_less(view: GroupView) -> None:
    for found in summing().found(view):
        steps = walk(found.kind.side, found.legs, found.kind.worth(len(found.legs)), Price(1))
        assert all(before.edge >= after.edge for before, after in pairwise(steps))
