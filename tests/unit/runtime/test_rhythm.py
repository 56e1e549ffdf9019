"""When a polling feed asks next: an even grid, skipped slots, backoff, waits it was told."""

import pytest

from polywire.core.units import Ns
from polywire.runtime.rhythm import Rhythm
from polywire.venues.session import ConnectionState

SECOND = 1_000_000_000
T0 = Ns(1_785_000_000 * SECOND)


def rhythm(every_s: int, chance: float = 0.0) -> Rhythm:
    return Rhythm(every_s * SECOND, T0, lambda: chance)


def at(seconds: float) -> Ns:
    return Ns(T0 + int(seconds * SECOND))


def due(one: Rhythm) -> float:
    return (one.due_ns - T0) / SECOND


def test_rounds_stay_on_the_grid_however_long_their_answers_take() -> None:
    one = rhythm(10)
    assert due(one) == 0
    seen = []
    for took in (0.2, 9.9, 0.0, 3.0):
        one.heard()
        one.over(Ns(one.due_ns + int(took * SECOND)))
        seen.append(due(one))
    assert seen == [10, 20, 30, 40]


@pytest.mark.parametrize(("ended", "then"), [(9.99, 10), (10, 20), (19.9, 20), (35, 40)])
def test_a_round_that_overruns_the_interval_skips_what_it_missed(ended: float, then: int) -> None:
    one = rhythm(10)
    one.heard()
    one.over(at(ended))
    assert due(one) == then


def test_one_missed_round_is_borne_and_the_second_takes_the_feed_down() -> None:
    one = rhythm(10)
    assert one.state is ConnectionState.CONNECTING
    assert one.heard()
    one.over(at(0))
    assert not one.missed("no answer")
    one.over(at(10))
    assert (one.state, one.attempt, due(one)) == (ConnectionState.LIVE, 1, 20)
    assert one.missed("no answer")
    assert (one.state, one.attempt, one.cause) == (ConnectionState.WAITING, 2, "no answer")
    assert not one.missed("no answer"), "it goes down once"


def test_an_answer_between_forgives_a_missed_round() -> None:
    one = rhythm(10)
    one.heard()
    for _ in range(3):
        assert not one.missed("no answer")
        assert not one.heard(), "it was never down"


@pytest.mark.parametrize(
    ("every_s", "chance", "waits"),
    [
        (1, 0.0, [1, 2, 4, 8, 16, 30, 30]),
        (1, 0.5, [1.5, 3, 6, 12, 24, 45, 45]),
        (10, 0.0, [10, 20, 30, 30, 30, 30, 30]),
        (300, 0.5, [45, 45, 45, 45, 45, 45, 45]),
    ],
)
def test_while_down_it_waits_longer_and_longer_up_to_a_minute_for_ever(
    every_s: int, chance: float, waits: list[float]
) -> None:
    one = rhythm(every_s, chance)
    one.heard()
    one.missed("no answer")
    seen = []
    for _ in range(200):
        one.missed("no answer")
        one.over(at(1_000))
        seen.append(due(one) - 1_000)
    assert seen[:7] == waits
    assert len(set(seen[7:])) == 1


def test_it_comes_back_by_itself_and_takes_up_its_interval() -> None:
    one = rhythm(10)
    one.heard()
    for _ in range(3):
        one.missed("no answer")
        one.over(at(50))
    again = one.due_ns
    assert one.heard()
    assert (one.state, one.attempt) == (ConnectionState.LIVE, 0)
    one.over(Ns(again + SECOND))
    assert one.due_ns == again + 10 * SECOND


def test_a_feed_that_never_came_up_backs_off_too() -> None:
    one = rhythm(2)
    assert not one.missed("no answer"), "what was never up does not go down"
    one.over(at(0))
    assert (one.state, due(one)) == (ConnectionState.WAITING, 2)


def test_a_wait_that_the_venue_asks_for_is_kept_by_rounds_and_by_single_books() -> None:
    one = rhythm(10)
    one.heard()
    one.hold(at(1), 79 * SECOND)
    one.over(at(1))
    assert due(one) == 80
    assert [one.may_ask(at(second)) for second in (1, 79, 80)] == [False, False, True]
    one.hold(at(80), 10**9 * SECOND)
    assert due(one) == 80 + 3_600, "never longer than an hour"


def test_single_books_are_not_asked_for_while_the_feed_is_down() -> None:
    one = rhythm(10)
    assert not one.may_ask(at(0))
    one.heard()
    assert one.may_ask(at(0))
