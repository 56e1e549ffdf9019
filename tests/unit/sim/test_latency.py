"""Constant delays are the same every time; drawn ones stay within what they promise."""

from random import Random

from polywire.sim.latency import ConstantLatency, DrawnLatency


def test_drawn_delays_lie_around_the_usual_one_and_some_are_ten_times_slower():
    drawn = DrawnLatency(Random(1), ConstantLatency(1_000, 200), slow_every=10)
    orders = [drawn.order_ns() for _ in range(2_000)]
    replies = [drawn.reply_ns() for _ in range(2_000)]
    assert min(orders) >= 500
    assert min(replies) >= 100
    assert 150 < sum(delay > 1_500 for delay in orders) < 250
    assert max(orders) <= 15_000
    assert max(replies) <= 3_000


def test_the_same_seed_draws_the_same_delays():
    draws = [
        [DrawnLatency(Random(7), ConstantLatency(1_000, 200), slow_every=10).order_ns()]
        for _ in range(2)
    ]
    assert draws[0] == draws[1]
