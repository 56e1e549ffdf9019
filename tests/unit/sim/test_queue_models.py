"""Where we stand in a level: the same market, three assumptions, and the fills of each."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polywire.sim.conduct import Conduct
from polywire.sim.queue import BACK, FRONT, PROPORTIONAL

BIDS = [("0.39", "50"), ("0.40", "100")]
ASKS = [("0.45", "80")]


@pytest.fixture
def standing(rig):
    """A venue whose queue is the one named, with our bid of 30 behind a level of 100."""

    def place(queue):
        rig.open(Conduct(queue=queue))
        rig.book(BIDS, ASKS)
        return rig.place("BUY", "0.40", "30")

    return place


def test_at_the_front_every_trade_at_our_price_is_ours(rig, standing):
    ours = standing(FRONT)
    rig.trade("SELL", "0.40", "12")
    assert rig.filled(ours) == "12"


def test_at_the_back_all_that_was_shown_goes_first_whoever_cancels(rig, standing):
    ours = standing(BACK)
    rig.book([("0.40", "10")], ASKS)
    rig.trade("SELL", "0.40", "99")
    assert rig.fills(ours) == []
    rig.trade("SELL", "0.40", "6")
    assert rig.filled(ours) == "5"


def test_in_proportion_a_cancel_moves_us_up_by_its_share(rig, standing):
    ours = standing(PROPORTIONAL)
    rig.book([("0.40", "140")], ASKS)  # 40 came behind us: 100 of 140 are ahead
    rig.book([("0.40", "70")], ASKS)  # 70 went, half of all: 50 are ahead
    rig.trade("SELL", "0.40", "49")
    assert rig.fills(ours) == []
    rig.trade("SELL", "0.40", "11")
    assert rig.filled(ours) == "10"


def test_in_proportion_what_a_trade_took_is_no_cancel(rig, standing):
    ours = standing(PROPORTIONAL)
    rig.trade("SELL", "0.40", "60")
    rig.book([("0.40", "40")], ASKS)  # the level shows what the trade left
    rig.trade("SELL", "0.40", "39")
    assert rig.fills(ours) == []
    rig.trade("SELL", "0.40", "5")
    assert rig.filled(ours) == "4"


def test_no_cancel_counts_that_is_seen_on_a_book_without_proof(rig, standing):
    ours = standing(PROPORTIONAL)
    rig.proven = False
    rig.book([("0.40", "50")], ASKS)
    rig.proven = True
    rig.book([("0.40", "50")], ASKS)
    rig.trade("SELL", "0.40", "100")
    assert rig.fills(ours) == []


@pytest.mark.parametrize("queue", [FRONT, PROPORTIONAL, BACK])
def test_a_trade_through_our_price_fills_whatever_the_queue(rig, standing, queue):
    ours = standing(queue)
    rig.trade("SELL", "0.39", "12")
    assert rig.filled(ours) == "12"


@given(ahead=st.integers(0, 10**12), behind=st.integers(0, 10**12), part=st.fractions(0, 1))
def test_in_proportion_is_never_better_than_exact_and_at_most_a_micro_worse(ahead, behind, part):
    shown = ahead + behind
    gone = int(shown * part)
    exact = ahead - Fraction(gone * ahead, shown) if shown else Fraction(0)
    assert 0 <= PROPORTIONAL.cancelled(ahead, shown, gone) - exact < 1


@given(
    steps=st.lists(st.tuples(st.booleans(), st.integers(0, 200)), max_size=12),
    shown=st.integers(0, 100),
)
def test_the_truth_lies_between_front_and_back(steps, shown):
    """A level of so many shares, then trades of it and new sizes of it."""
    ahead = {queue: queue.joins(shown) for queue in (FRONT, PROPORTIONAL, BACK)}
    level = shown
    for trades, size in steps:
        fell = min(level, size) if trades else max(0, level - size)
        for queue, before in tuple(ahead.items()):
            if trades:
                ahead[queue] = max(0, before - fell)
            elif fell:
                ahead[queue] = queue.cancelled(before, level, fell)
        level = level - fell if trades else size
        assert ahead[FRONT] <= ahead[PROPORTIONAL] <= ahead[BACK]
