"""What the mid did after fills, at 1, 5 and 30 seconds, and what of it is toxic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polywire.core.units import Ns
from polywire.strategies.markouts import Markouts

SECOND = 1_000_000_000
near = pytest.approx


def test_each_horizon_takes_the_first_mid_at_or_after_it() -> None:
    marks = Markouts(600 * SECOND)
    marks.filled(Ns(0), bought=True, price=0.49, mid=0.50)
    for second, mid in ((0, 0.10), (1, 0.51), (2, 0.20), (6, 0.48), (29, 0.30), (40, 0.45)):
        marks.saw(mid, Ns(second * SECOND))
    assert [(each.count, each.mean) for each in marks.sums] == [
        (1, near(0.02)),
        (1, near(-0.01)),
        (1, near(-0.04)),
    ]


def test_a_sale_gains_when_the_mid_falls() -> None:
    marks = Markouts(600 * SECOND)
    marks.filled(Ns(0), bought=False, price=0.51, mid=0.50)
    marks.saw(0.47, Ns(SECOND))
    assert marks.sums[0].mean == near(0.04)
    assert marks.sums[1].mean == 0


def test_toxic_is_what_moves_against_us_after_five_seconds_and_thirty() -> None:
    marks = Markouts(600 * SECOND)
    marks.filled(Ns(0), bought=True, price=0.49, mid=0.50)
    marks.saw(0.40, Ns(SECOND))
    assert marks.toxicity(Ns(SECOND)) == 0
    marks.saw(0.46, Ns(5 * SECOND))
    assert marks.toxicity(Ns(5 * SECOND)) == near(0.04 / 4)
    marks.saw(0.46, Ns(30 * SECOND))
    assert marks.toxicity(Ns(30 * SECOND)) == near(0.08 / 5, rel=0.05)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 99)), max_size=9), st.integers(1, 99))
def test_buying_and_selling_mirror_each_other(fills: list[tuple[bool, int]], last: int) -> None:
    one, other = Markouts(600 * SECOND), Markouts(600 * SECOND)
    for bought, cents in fills:
        one.filled(Ns(0), bought=bought, price=cents / 100, mid=0.5)
        other.filled(Ns(0), bought=not bought, price=1 - cents / 100, mid=0.5)
    one.saw(last / 100, Ns(30 * SECOND))
    other.saw(1 - last / 100, Ns(30 * SECOND))
    for mine, mirrored in zip(one.sums, other.sums, strict=True):
        assert mine.count == mirrored.count == len(fills)
        assert mine.mean == near(mirrored.mean, abs=1e-9)
    assert one.toxicity(Ns(30 * SECOND)) == near(other.toxicity(Ns(30 * SECOND)), abs=1e-9)
