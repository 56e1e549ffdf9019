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


@pytest.mark.parametrize(("queue", "filled"), [(FRONT, "9"), (PROPORTIONAL, "0"), (BACK, "0")])
def test_where_only_best_prices_are_told_an_empty_level_may_hold_many(rig, queue, filled):
    rig.open(Conduct(queue=queue, deep=False))
    rig.book([("0.42", "100")], ASKS)
    ours = rig.place("BUY", "0.40", "30")
    rig.trade("SELL", "0.40", "9")
    assert rig.filled(ours) == filled
    rig.book([("0.40", "100")], ASKS)  # who is there was there before us, for all we know
    rig.book([("0.42", "100")], ASKS)  # and is still there when a better price is told
    rig.book([("0.40", "100")], ASKS)
    rig.trade("SELL", "0.40", "99")
    assert rig.filled(ours) == ("30" if queue is FRONT else "0")
    rig.trade("SELL", "0.40", "6")
    assert rig.filled(ours) == ("30" if queue is FRONT else "5")
