"""Each promise about exits, broken on purpose on a made-up wire."""

import pytest
from msgspec import structs

from polywire.core.model.account import OrderFilled, Settlement
from polywire.core.model.command import ExitMoved, ExitStep, PlaceOrder
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
    exits = holding()
    exits.overdue(MARKET, (THROUGH, []), 0)
    said = exits.objection(sale, beside)
    assert words in said
    assert bool(words) == bool(said)


def test_without_a_resting_target_nothing_rests():
    resting = order(2, "SELL", 900_000, "GTC")
    assert holding(target=None).objection(resting, []) == "is a sale that no exit wants"


def test_a_price_through_the_stop_is_not_left_alone():
    exits = holding()
    assert exits.overdue(MARKET, (THROUGH, []), 0) == ""
    assert exits.overdue(MARKET, (THROUGH, []), 15 * SECOND) == ""
    assert (
        exits.overdue(MARKET, (THROUGH, []), 16 * SECOND) == "s does not sell yes through its stop"
    )


def test_the_second_outcome_is_read_from_the_asks():
    exits = holding(instrument="no")
    exits.overdue(MARKET, (THROUGH, [(710_000, 20_000_000)]), 0)
    said = exits.overdue(MARKET, (THROUGH, [(710_000, 20_000_000)]), 16 * SECOND)
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
    assert exits.overdue(MARKET, (bids, []), 0) == ""
    assert exits.overdue(MARKET, (bids, []), 60 * SECOND) == ""


@pytest.mark.parametrize(
    "happens",
    [
        lambda exits: exits.unseen("m"),
        lambda exits: exits.restarted(),
        lambda exits: exits.objection(order(2, "SELL", 280_000, "IOC"), []),
        lambda exits: exits.overdue(MARKET, ([(310_000, 20_000_000)], []), 9 * SECOND),
    ],
)
def test_a_sale_a_restart_doubt_or_a_better_price_begins_the_wait_anew(happens):
    exits = holding()
    exits.overdue(MARKET, (THROUGH, []), 0)
    happens(exits)
    assert exits.overdue(MARKET, (THROUGH, []), 16 * SECOND) == ""


def test_shares_that_another_has_sold_are_not_late_and_are_once_they_are_there_again():
    exits = holding()
    for second, there in ((0, 4_999_999), (16, 4_999_999), (17, 5_000_000), (32, 5_000_000)):
        said = exits.overdue(MARKET, (THROUGH, []), second * SECOND, lambda *_, there=there: there)
        assert said == ""
    late = exits.overdue(MARKET, (THROUGH, []), 33 * SECOND, lambda *_: 5_000_000)
    assert late == "s does not sell yes through its stop"


def test_what_is_undone_never_was():
    exits = holding()
    undone = order(8, "BUY", 600_000, "GTC")
    event = OrderFilled(0, 0, "o8", "f8", 600_000, 10_000_000, 0, True, Settlement.PENDING)
    exits.filled(event, undone)
    lot = exits._lots["s", "yes"]
    before = (20_000_000, lot.paid)
    assert (lot.held, lot.paid) == before
    exits.undone(event, undone)
    assert lot.held == 10_000_000
    assert lot.paid == before[1] - 600_000 * 10_000_000


def test_what_was_sold_needs_no_exit():
    exits = holding()
    exits.filled(
        OrderFilled(0, 0, "o2", "f2", 300_000, 6_000_000, 0, False, Settlement.FINAL),
        order(2, "SELL", 300_000, "IOC"),
    )
    exits.overdue(MARKET, (THROUGH, []), 0)
    assert exits.overdue(MARKET, (THROUGH, []), 60 * SECOND) == ""


CALM = [(390_000, 20_000_000)]


def leaving(**plan):
    """Ten shares bought at 40 cents, to be left in one way."""
    exits = holding()
    exits.plans = {"s": Leaving(None, None, 50_000, **plan)}
    return exits


def ending(at):
    return structs.replace(MARKET, end_ns=at)


SALE = order(2, "SELL", 280_000, "IOC")
WAYS = {
    "trail": ({"trail": 50_000}, [CALM, [(320_000, 20_000_000)]], MARKET),
    "end": ({"before_end_ns": 60 * SECOND}, [CALM], ending(60 * SECOND)),
    "target": ({"watched": 100_000}, [[(520_000, 20_000_000)]], MARKET),
}


@pytest.mark.parametrize("cause", WAYS)
def test_each_trigger_is_a_cause_to_sell_and_has_to_be_heeded(cause):
    plan, looks, market = WAYS[cause]
    exits = leaving(**plan)
    for bids in looks:
        assert exits.overdue(market, (bids, []), 0) == ""
    late = exits.overdue(market, (looks[-1], []), 16 * SECOND)
    assert late == f"s does not sell yes through its {cause}"
    assert exits.objection(SALE, []) == ""


@pytest.mark.parametrize(
    ("plan", "looks", "market"),
    [
        ({"trail": 50_000}, [CALM, [(350_000, 20_000_000)]], MARKET),
        ({"trail": 50_000}, [[(450_000, 6_000_000)], CALM], MARKET),
        ({"before_end_ns": 60 * SECOND}, [CALM], ending(61 * SECOND)),
        ({"before_end_ns": 60 * SECOND}, [CALM], MARKET),
        ({"watched": 100_000}, [[(499_000, 20_000_000)]], MARKET),
        ({}, [THROUGH], MARKET),
        ({"watched": 100_000}, [], MARKET),
    ],
)
def test_a_sale_that_nothing_triggered_is_told(plan, looks, market):
    exits = leaving(**plan)
    for bids in looks:
        exits.overdue(market, (bids, []), 0)
    assert "nothing triggered" in exits.objection(SALE, [])


@pytest.mark.parametrize(("seconds", "told"), [(10, False), (11, True)])
def test_a_cause_may_be_a_few_seconds_old(seconds, told):
    exits = holding()
    exits.overdue(MARKET, (THROUGH, []), 0)
    for second in range(1, seconds + 1):
        exits.overdue(MARKET, (CALM, []), second * SECOND)
    assert bool(exits.objection(SALE, [])) is told


@pytest.mark.parametrize(
    "blind",
    [
        lambda exits: exits.unseen("m"),
        lambda exits: exits.restarted(),
        lambda exits: exits.overdue(MARKET, ([], []), SECOND),
        lambda exits: exits.overdue(MARKET, (CALM, []), 0, None),
    ],
)
def test_a_cause_does_not_age_while_nothing_can_be_sold(blind):
    exits = holding()
    exits.overdue(MARKET, (THROUGH, []), 0)
    blind(exits)
    exits.overdue(MARKET, (CALM, []), 60 * SECOND)
    assert exits.objection(SALE, []) == ""


def test_a_position_opened_anew_knows_no_cause_and_no_peak_of_the_last():
    exits = leaving(trail=50_000)
    for bids in ([(600_000, 20_000_000)], CALM):
        exits.overdue(MARKET, (bids, []), 0)
    for number, side in ((2, "SELL"), (3, "BUY")):
        told = order(number, side, 390_000, "IOC")
        exits.filled(
            OrderFilled(
                0, 0, f"o{number}", f"f{number}", 390_000, 10_000_000, 0, False, Settlement.FINAL
            ),
            told,
        )
        exits.overdue(MARKET, (CALM, []), 0)
    assert "nothing triggered" in exits.objection(order(4, "SELL", 380_000, "IOC"), [])


def told(step, strategy="s", instrument="yes"):
    return ExitMoved(strategy, "m", instrument, ExitStep(step), None, 0, 0, 0, 0)


@pytest.mark.parametrize("step", ["armed", "selling"])
def test_a_position_with_an_exit_is_not_bare(step):
    exits = holding()
    exits.told([told(step)])
    for second in range(5):
        assert exits.bare(MARKET, second * SECOND) == ""


@pytest.mark.parametrize(
    "moved", [None, told("left"), told("armed", "t"), told("armed", "s", "no")]
)
def test_a_position_without_an_exit_is_named_after_a_look_at_every_market(moved):
    exits = holding()
    if moved is not None:
        exits.told([moved])
    assert exits.bare(MARKET, 0) == ""
    assert exits.bare(MARKET, SECOND) == ""
    assert exits.bare(MARKET, 2 * SECOND) == "s holds 10000000 of yes without an exit"


@pytest.mark.parametrize(
    "happens",
    [lambda exits: exits.unseen("m"), lambda exits: exits.restarted()],
)
def test_doubt_and_a_restart_begin_the_wait_for_an_exit_anew(happens):
    exits = holding()
    exits.bare(MARKET, 0)
    happens(exits)
    assert exits.bare(MARKET, 2 * SECOND) == ""
    assert "without an exit" in exits.bare(MARKET, 4 * SECOND)


def test_what_was_told_before_a_restart_has_to_be_told_again():
    exits = holding()
    exits.told([told("armed")])
    exits.restarted()
    exits.bare(MARKET, 0)
    assert "without an exit" in exits.bare(MARKET, 2 * SECOND)


def test_dust_needs_no_exit():
    exits = holding()
    sale = OrderFilled(0, 0, "o2", "f2", 400_000, 6_000_000, 0, False, Settlement.FINAL)
    exits.filled(sale, order(2, "SELL", 400_000, "IOC"))
    exits.bare(MARKET, 0)
    assert exits.bare(MARKET, 9 * SECOND) == ""


def laid_out(*, sold=0):
    """Twenty shares at 40 cents, half to be sold at ten cents above it, half at twenty."""
    exits = ExitPromises({"s": Leaving(100_000, None, 0, steps=((100_000, 50), (200_000, 50)))})
    buy = order(1, "BUY", 400_000, "GTC")
    exits.filled(
        OrderFilled(0, 0, "o1", "f1", 400_000, 20_000_000, 0, False, Settlement.FINAL), buy
    )
    exits.overdue(MARKET, ([], []), 0)
    if sold:
        gone = OrderFilled(0, 0, "o2", "f2", 500_000, sold, 0, True, Settlement.FINAL)
        exits.filled(gone, order(2, "SELL", 500_000, "GTC"))
    return exits


@pytest.mark.parametrize(
    ("price", "layer", "quantity", "sold", "words"),
    [
        (500_000, 0, 10_000_000, 0, ""),
        (500_000, 0, 10_010_000, 0, "rests 10010000 of 20000000"),
        (600_000, 1, 20_000_000, 0, ""),
        (590_000, 1, 10_000_000, 0, "under its target"),
        (500_000, 0, 6_000_000, 5_000_000, "5000000 sold"),
        (500_000, 0, 5_000_000, 5_000_000, ""),
    ],
)
def test_a_step_rests_with_its_part_at_its_price(price, layer, quantity, sold, words):
    sale = structs.replace(order(3, "SELL", price, "GTC"), layer=layer, quantity=quantity)
    said = laid_out(sold=sold).objection(sale, [])
    assert words in said
    assert bool(words) == bool(said)


def test_a_stop_that_trails_in_log_odds_is_heeded():
    exits = ExitPromises({"s": Leaving(None, None, 0, trail_odds=500_000)})
    buy = order(1, "BUY", 400_000, "GTC")
    exits.filled(
        OrderFilled(0, 0, "o1", "f1", 400_000, 10_000_000, 0, False, Settlement.FINAL), buy
    )
    exits.overdue(MARKET, ([(900_000, 20_000_000)], []), 0)
    for price, late in ((850_000, ""), (820_000, "s does not sell yes through its trail")):
        exits.overdue(MARKET, ([(price, 20_000_000)], []), SECOND)
        assert exits.overdue(MARKET, ([(price, 20_000_000)], []), 17 * SECOND) == late
