"""Constant delays are the same every time; drawn ones stay within what they promise."""

from random import Random

from polywire.core.units import Ns
from polywire.sim.latency import ConstantLatency, DrawnLatency, OwnTrips, RecordedLatency, SeenLater


def test_drawn_delays_lie_around_the_usual_one_and_some_are_ten_times_slower():
    drawn = DrawnLatency(Random(1), ConstantLatency(1_000, 200), slow_every=10)
    orders = [drawn.order_ns("o1") for _ in range(2_000)]
    replies = [drawn.reply_ns("o1") for _ in range(2_000)]
    assert min(orders) >= 500
    assert min(replies) >= 100
    assert 150 < sum(delay > 1_500 for delay in orders) < 250
    assert max(orders) <= 15_000
    assert max(replies) <= 3_000


def test_the_same_seed_draws_the_same_delays():
    draws = [
        [DrawnLatency(Random(7), ConstantLatency(1_000, 200), slow_every=10).order_ns("o1")]
        for _ in range(2)
    ]
    assert draws[0] == draws[1]


def test_recorded_trips_come_in_their_order_and_again_half_each_way():
    latency = RecordedLatency([Ns(7), Ns(10)])
    assert [latency.order_ns("o1") for _ in range(3)] == [3, 5, 3]
    assert [latency.reply_ns("o1") for _ in range(3)] == [4, 5, 4]


def test_an_order_meets_the_book_that_we_are_shown_later_and_is_answered_no_later():
    usual = ConstantLatency(Ns(20), Ns(30))
    assert (SeenLater(usual, Ns(12)).order_ns("o1"), SeenLater(usual, Ns(12)).reply_ns("o1")) == (
        32,
        18,
    )
    assert SeenLater(usual, Ns(50)).reply_ns("o1") == 0


def test_each_order_has_its_own_trip_both_ways_whatever_else_is_asked_meanwhile():
    latency = OwnTrips({"o1": Ns(7), "o2": Ns(10)}, ConstantLatency(Ns(20), Ns(30)))
    for _ in range(2):
        assert [latency.order_ns(one) for one in ("o2", "o1", "o3")] == [5, 3, 20]
        assert [latency.reply_ns(one) for one in ("o2", "o1", "o3")] == [5, 4, 30]
