"""Kelly's fraction against the vectors, exact arithmetic, and every other fraction."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polywire.strategies.sizing import cautious, growth, kelly

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sizing.json").read_text())
chances = st.integers(0, 1_000).map(lambda n: n / 1_000)
costs = st.integers(1, 999).map(lambda n: n / 1_000)


@pytest.mark.parametrize("one", VECTORS["kelly"])
def test_the_fraction_is_that_of_the_vectors(one: dict[str, float]) -> None:
    found = kelly(one["p"], one["cost"])
    assert found == pytest.approx(one["full"], abs=1e-9)
    assert found / 4 == pytest.approx(one["quarter"], abs=1e-9)


@given(chances, costs)
def test_the_fraction_is_exact_to_the_last_bits(chance: float, cost: float) -> None:
    exact = max(0, (Fraction(chance) - Fraction(cost)) / (1 - Fraction(cost)))
    assert kelly(chance, cost) == pytest.approx(float(exact), abs=1e-12)


@given(chances, costs, st.integers(0, 999).map(lambda n: n / 1_000))
def test_no_other_fraction_grows_faster(chance: float, cost: float, other: float) -> None:
    best = min(kelly(chance, cost), 0.999_999_9)
    assert growth(chance, cost, other) <= growth(chance, cost, best) + 1e-9


@given(chances, costs)
def test_nothing_is_put_in_at_a_cost_that_is_not_believed_in(chance: float, cost: float) -> None:
    assert (kelly(chance, cost) > 0) == (chance > cost)


def test_a_chance_that_is_less_certain_counts_for_less() -> None:
    assert cautious(0.6, 0.05, 1) == pytest.approx(0.55)
    assert cautious(0.02, 0.05, 1) == 0
