"""Each promise about exits, broken on purpose on a made-up wire."""

import pytest

from polywire.core.model.account import OrderFilled, Settlement
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import FeeSchedule, Market, Outcome, Side
from polywire.core.model.intent import TimeInForce
from polywire.sim.exit_promises import ExitPromises, Leaving

SECOND = 1_000_000_000
MARKET = Market(
    id="m",
    venue="v",
    catalogue_id="1",
    question="?",
    slug="m",
    outcomes=(Outcome("yes", "Yes"), Outcome("no", "No")),
    tick=10_000,
    lot=10_000,
    size_min=5_000_000,
    fees=FeeSchedule(40_000, 1, 0),
    neg_risk=False,
    version="v1",
    end_ns=0,
)
THROUGH = [(290_000, 20_000_000)]


def order(number, side, price, life, *, strategy="s", instrument="yes"):
    return PlaceOrder(
        f"o{number}", strategy, "m", instrument, Side[side], price, 10_000_000,
        TimeInForce[life], life == "GTC",
    )  # fmt: skip


def holding(target=100_000, stop=100_000, instrument="yes"):
    """Ten shares bought at 40 cents."""
    exits = ExitPromises({"s": Leaving(target, stop, 50_000)})
    buy = order(1, "BUY", 400_000, "GTC", instrument=instrument)
    exits.filled(
        OrderFilled(0, 0, "o1", "f1", 400_000, 10_000_000, 0, False, Settlement.FINAL), buy
    )
    return exits


@pytest.mark.parametrize(
    ("sale", "beside", "words"),
    [
        (order(2, "SELL", 280_000, "IOC"), [], ""),
        (order(2, "SELL", 40_000, "IOC"), [], "under the floor"),
        (order(2, "SELL", 280_000, "IOC"), [order(3, "SELL", 500_000, "GTC")], "beside an open"),
        (order(2, "SELL", 280_000, "IOC"), [order(3, "SELL", 280_000, "IOC")], "beside an open"),
        (order(2, "SELL", 280_000, "IOC"), [order(3, "SELL", 5, "GTC", strategy="t")], ""),
        (order(2, "SELL", 500_000, "GTC"), [], ""),
        (order(2, "SELL", 499_000, "GTC"), [], "under its target"),
        (order(2, "SELL", 500_000, "GTC"), [order(3, "SELL", 280_000, "IOC")], "beside a sale"),
        (order(2, "SELL", 5, "GTC", strategy="t"), [], ""),
        (order(2, "BUY", 5, "GTC"), [order(3, "SELL", 280_000, "IOC")], ""),
    ],
)
def test_one_side_sells_and_not_under_its_price(sale, beside, words):
    said = holding().objection(sale, beside)
    assert words in said
    assert bool(words) == bool(said)


def test_without_a_resting_target_nothing_rests():
    resting = order(2, "SELL", 900_000, "GTC")
    assert holding(target=None).objection(resting, []) == "is a sale that no exit wants"


def test_a_price_through_the_stop_is_not_left_alone():
    exits = holding()
    assert exits.overdue(MARKET, THROUGH, [], 0) == ""
    assert exits.overdue(MARKET, THROUGH, [], 15 * SECOND) == ""
    assert exits.overdue(MARKET, THROUGH, [], 16 * SECOND) == "s does not sell yes through its stop"


def test_the_second_outcome_is_read_from_the_asks():
    exits = holding(instrument="no")
    exits.overdue(MARKET, THROUGH, [(710_000, 20_000_000)], 0)
    said = exits.overdue(MARKET, THROUGH, [(710_000, 20_000_000)], 16 * SECOND)
    assert said == "s does not sell no through its stop"


@pytest.mark.parametrize(
    "bids",
    [
        [(300_000, 20_000_000)],
        [(290_000, 4_000_000)],
        [(40_000, 20_000_000)],
        [(350_000, 5_000_000), (280_000, 5_000_000)],
        [],
    ],
)
def test_what_is_not_through_cannot_be_sold_or_is_worth_nothing_may_wait(bids):
    exits = holding()
    assert exits.overdue(MARKET, bids, [], 0) == ""
    assert exits.overdue(MARKET, bids, [], 60 * SECOND) == ""


@pytest.mark.parametrize(
    "happens",
    [
        lambda exits: exits.unseen(MARKET),
        lambda exits: exits.restarted(),
        lambda exits: exits.objection(order(2, "SELL", 280_000, "IOC"), []),
        lambda exits: exits.overdue(MARKET, [(310_000, 20_000_000)], [], 9 * SECOND),
    ],
)
def test_a_sale_a_restart_doubt_or_a_better_price_begins_the_wait_anew(happens):
    exits = holding()
    exits.overdue(MARKET, THROUGH, [], 0)
    happens(exits)
    assert exits.overdue(MARKET, THROUGH, [], 16 * SECOND) == ""


def test_what_was_sold_needs_no_exit():
    exits = holding()
    exits.filled(
        OrderFilled(0, 0, "o2", "f2", 300_000, 6_000_000, 0, False, Settlement.FINAL),
        order(2, "SELL", 300_000, "IOC"),
    )
    exits.overdue(MARKET, THROUGH, [], 0)
    assert exits.overdue(MARKET, THROUGH, [], 60 * SECOND) == ""
