"""A curve of any length has few points, and its ends are where they were."""

from itertools import pairwise

from polywire.core.units import SECOND, Ns
from polywire.observe.series import Series


def test_points_are_as_far_apart_as_it_takes() -> None:
    curve = Series(8, SECOND)
    for tenth in range(10_000):
        now = Ns(tenth * SECOND // 10)
        if curve.due(now):
            curve.add(now, tenth)
    points = curve.points()
    assert 4 <= len(points) <= 8
    assert points[0] == (0, 0)
    apart = {later - sooner for (sooner, _), (later, _) in pairwise(points)}
    assert min(apart) >= 128 * SECOND, "a thousand seconds in eight points"
    assert all(at == number * SECOND // 10 for at, number in points)


def test_a_point_may_have_several_numbers() -> None:
    both = Series(2, SECOND, numbers=2)
    for at in range(3):
        both.add(Ns(at * SECOND), at, -at)
    assert both.points() == [(0, 0, 0), (2 * SECOND, 2, -2)]
