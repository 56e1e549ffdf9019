"""The maker's formulae: against vectors, against exact arithmetic, and what always holds."""

import json
from fractions import Fraction
from itertools import pairwise
from math import isclose, sqrt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polywire.core.model.instrument import Rewards
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.strategies.estimates import Average, Decayed, Flow, Volatility
from polywire.strategies.fair_value import fair_value, microprice, near_size
from polywire.strategies.log_odds import log_odds, probability, slope
from polywire.strategies.quoting import skewed, widened
from polywire.strategies.rewards import adjusted_mid, daily_reward, score, side_score

VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[2] / "vectors/market_making.json").read_text()
)
SECOND = 1_000_000_000
near = pytest.approx
cents = st.integers(1, 99)
sizes = st.integers(1, 10_000)


@pytest.mark.parametrize("case", VECTORS["book_features"])
def test_the_microprice_is_that_of_the_vectors(case: dict[str, float]) -> None:
    found = microprice(case["bid"], case["bid_size"], case["ask"], case["ask_size"])
    assert found == near(case["microprice"], abs=1e-9)


@given(cents, sizes, cents, sizes)
def test_the_microprice_is_exact_and_inside_the_touch(bid: int, b: int, ask: int, a: int) -> None:
    bid, ask = min(bid, ask), max(bid, ask)
    exact = Fraction(bid * a + ask * b, 100 * (a + b))
    found = microprice(bid / 100, b, ask / 100, a)
    assert isclose(found, exact, rel_tol=1e-12)
    assert bid / 100 - 1e-12 <= found <= ask / 100 + 1e-12


@given(cents, sizes, cents, sizes)
def test_both_outcomes_have_the_same_microprice(bid: int, b: int, ask: int, a: int) -> None:
    other = microprice(1 - ask / 100, a, 1 - bid / 100, b)
    assert other == near(1 - microprice(bid / 100, b, ask / 100, a))


def test_a_level_weighs_less_the_farther_it_is_from_the_best() -> None:
    levels = [(Price(500_000), Quantity(10_000_000)), (Price(490_000), Quantity(10_000_000))]
    assert near_size(levels, 0.01) == near(10 + 10 / 2.718281828)
    assert near_size([], 0.01) == 0


@given(st.floats(0, 1), st.floats(-5, 5), cents)
def test_the_fair_value_stays_within_a_tick_of_the_touch(m: float, z: float, bid: int) -> None:
    low, high = bid / 100, (bid + 2) / 100
    assert low - 0.01 <= fair_value(m, z, low, high, 0.01) <= high + 0.01
    assert fair_value(0.5, 1.0, 0.49, 0.51, 0.01) == near(0.505)


@pytest.mark.parametrize("case", VECTORS["logit"])
def test_log_odds_are_those_of_the_vectors(case: dict[str, float]) -> None:
    assert log_odds(case["p"]) == near(case["x"], abs=1e-8)
    assert slope(case["p"]) == near(case["s1"], abs=1e-9)


@given(st.floats(0.001, 0.999))
def test_log_odds_lead_back_to_their_price(p: float) -> None:
    assert probability(log_odds(p)) == near(p)
    assert log_odds(1 - p) == near(-log_odds(p), abs=1e-9)


def test_log_odds_end_near_certainty() -> None:
    assert log_odds(1.0) == log_odds(0.999) == -log_odds(0.0)


@given(st.floats(-1, 1), st.floats(0, 3), st.floats(0, 2))
def test_the_practical_maker_leans_against_its_inventory(u: float, gamma: float, s: float) -> None:
    assert (skewed(0.0, u, gamma, s)) * u <= 0
    assert skewed(0.0, u, gamma, s) == -skewed(0.0, -u, gamma, s)


@given(st.floats(0, 1), st.floats(-1, 1), st.floats(-1, 1))
def test_nothing_makes_the_spread_narrower_than_its_least(a: float, b: float, c: float) -> None:
    assert widened(a, b, c) >= a
    assert widened(a, b, c) == a + max(b, 0) + max(c, 0)


@pytest.mark.parametrize("case", VECTORS["liquidity_reward_score"], ids=lambda case: case["case"])
def test_reward_scores_are_those_of_the_vectors(case: dict[str, Any]) -> None:
    def levels(name: str, *, mirrored: bool) -> list[tuple[Price, Quantity]]:
        prices = [round(1_000_000 * (1 - p if mirrored else p)) for p, _ in case[name]]
        shares = [round(size * 1_000_000) for _, size in case[name]]
        return [(Price(p), Quantity(s)) for p, s in zip(prices, shares, strict=True)]

    terms = Rewards(
        Money(1), Quantity(case["min_size"] * 10**6), Price(case["max_spread_cents"] * 10**4)
    )
    mid = case["mid"] * 1e6
    bids = levels("yes_bids", mirrored=False) + levels("no_asks", mirrored=True)
    asks = levels("yes_asks", mirrored=False) + levels("no_bids", mirrored=True)
    assert side_score(bids, mid, terms) == near(case["q_one"], abs=1e-6)
    assert side_score(asks, mid, terms) == near(case["q_two"], abs=1e-6)
    assert score(case["q_one"], case["q_two"], mid) == near(case["q_min"], abs=1e-6)


def test_a_reward_is_shared_by_score() -> None:
    terms = Rewards(Money(3_000_000), Quantity(1), Price(1))
    assert daily_reward(0, 0, terms) == 0
    assert daily_reward(5, 0, terms) == 3
    assert daily_reward(5, 10, terms) == 1


def test_the_mid_of_rewards_leaves_small_orders_out() -> None:
    terms = Rewards(Money(1), Quantity(20), Price(1))
    bids = [(Price(50), Quantity(19)), (Price(40), Quantity(20))]
    assert adjusted_mid(bids, [(Price(60), Quantity(20))], terms) == 50
    assert adjusted_mid(bids, [(Price(60), Quantity(19))], terms) is None


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-9, 9)), max_size=6))
def test_a_decayed_sum_is_that_of_exact_arithmetic(steps: list[tuple[int, int]]) -> None:
    decayed, at, exact = Decayed(SECOND), 0, Fraction(0)
    for lives, amount in steps:
        at += lives * SECOND
        exact = exact / 2**lives + amount
        decayed.add(amount, Ns(at))
    assert decayed.read(Ns(at)) == near(float(exact), abs=1e-12)
    assert decayed.read(Ns(at + SECOND)) == near(float(exact / 2), abs=1e-12)


def test_an_average_forgets_and_is_nothing_before_its_first_value() -> None:
    average = Average(SECOND)
    assert average.read(Ns(0)) == 0
    average.take(4.0, 1.0, Ns(0))
    average.take(1.0, 1.0, Ns(SECOND))
    assert average.read(Ns(9 * SECOND)) == near((4 / 2 + 1) / (1 / 2 + 1))


def test_volatility_is_what_a_value_moves_in_a_second() -> None:
    steady = Volatility(60 * SECOND)
    for second in range(1, 50):
        steady.move(0.1 if second % 2 else -0.1, SECOND, Ns(second * SECOND))
    assert steady.read(Ns(50 * SECOND)) == near(0.1)
    slower = Volatility(60 * SECOND)
    slower.move(0.1, 4 * SECOND, Ns(4 * SECOND))
    slower.move(9.0, 0, Ns(4 * SECOND))
    assert slower.read(Ns(4 * SECOND)) == near(0.05)


def test_volatility_falls_while_nothing_moves() -> None:
    calm = Volatility(10 * SECOND)
    calm.move(1.0, SECOND, Ns(0))
    readings = []
    for second in range(1, 5):
        calm.move(0.0, SECOND, Ns(second * SECOND))
        readings.append(calm.read(Ns(second * SECOND)))
    assert all(later < sooner for sooner, later in pairwise(readings))


@given(st.lists(st.floats(-100, 100), max_size=20))
def test_flow_is_bounded_by_the_root_of_its_trades_and_odd(trades: list[float]) -> None:
    flow, mirrored = Flow(60 * SECOND, 5.0), Flow(60 * SECOND, 5.0)
    for place, shares in enumerate(trades):
        flow.trade(shares, Ns(place * SECOND))
        mirrored.trade(-shares, Ns(place * SECOND))
    found = flow.read(Ns(20 * SECOND))
    assert abs(found) <= sqrt(len(trades)) + 1e-9
    assert found == -mirrored.read(Ns(20 * SECOND))


def test_flow_of_long_ago_means_nothing() -> None:
    flow = Flow(10 * SECOND, 5.0)
    flow.trade(50.0, Ns(0))
    assert flow.read(Ns(0)) > 0.99
    assert flow.read(Ns(200 * SECOND)) < 0.001
