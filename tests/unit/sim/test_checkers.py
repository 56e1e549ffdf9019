"""Each promise about orders and money, broken on purpose on a made-up wire."""

import pytest
from msgspec import structs

from polywire.core.model.account import (
    FillSettled,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderMissing,
    OrderRejected,
    Settlement,
)
from polywire.core.model.command import CancelOrder, ExitMoved, ExitStep, PlaceOrder, TimeInForce
from polywire.core.model.control import Operation
from polywire.core.model.instrument import FeeSchedule, Market, Outcome, Side
from polywire.sim.checkers import Allowed, Promises
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


class Proof:
    """Evidence that never objects."""

    class Seen:
        tick = 10_000

    markets = {"m": Seen()}  # noqa: RUF012
    says = ""

    def objection(self, market, now, *, leaves):  # noqa: ARG002
        return self.says


@pytest.fixture
def promises():
    return watching(sell_pending=True)


def watching(*, sell_pending):
    allowed = Allowed(
        position_max=20_000_000,
        order_size_max=15_000_000,
        orders_per_minute=3,
        cash=50_000_000,
        gone_ns=5,
        sell_pending=sell_pending,
    )
    watching = Promises(allowed, Proof(), ExitPromises({}))
    watching.listed(MARKET)
    return watching


def order(number, side="BUY", price=400_000, quantity=10_000_000, instrument="yes", strategy="s"):
    return PlaceOrder(
        f"o{number}",
        strategy,
        "m",
        instrument,
        Side[side],
        price,
        quantity,
        TimeInForce.GTC,
        post_only=False,
    )


def fill(number, quantity, *, price=400_000, fee=0, maker=True, fill_id=None):
    fill_id = fill_id or f"f{number}-{quantity}"
    return OrderFilled(0, 0, f"o{number}", fill_id, price, quantity, fee, maker, Settlement.FINAL)


def test_an_honest_wire_breaks_nothing(promises):
    promises.sent(order(1), 0)
    promises.heard(OrderAccepted(0, "o1"))
    promises.heard(fill(1, 4_000_000))
    promises.heard(fill(1, 4_000_000))
    promises.cancelled(CancelOrder("o1", "unwanted"), 0)
    promises.heard(OrderCancelled(0, "o1", "unwanted"))
    promises.sent(order(2, "SELL", 450_000, 5_000_000), SECOND)
    promises.heard(OrderRejected(0, "o2", "too small"))
    promises.compare("the ledger", 48_400_000, {"yes": 4_000_000, "no": 0})
    assert promises.broken == ["o2 on m: sells 5000000 besides 0, and 4000000 are there to sell"]


def test_buys_that_could_all_fill_may_not_pass_the_largest_position(promises):
    promises.sent(order(1), 0)
    promises.sent(order(2), 0)
    assert promises.broken == []
    promises.sent(order(3, quantity=5_000_000), 0)
    assert promises.broken == ["o3 on m: could end up with 25000000 shares"]


def test_an_unanswered_cancel_does_not_free_what_an_order_could_buy(promises):
    promises.sent(order(1, quantity=15_000_000), 0)
    promises.cancelled(CancelOrder("o1", "unwanted"), 0)
    promises.sent(order(2), 0)
    assert "could end up with 25000000" in promises.broken[0]


def test_no_more_is_sold_than_is_held(promises):
    promises.sent(order(1), 0)
    promises.heard(fill(1, 10_000_000))
    promises.sent(order(2, "SELL", quantity=6_000_000), 0)
    promises.sent(order(3, "SELL", quantity=5_000_000), 0)
    assert promises.broken == [
        "o3 on m: sells 5000000 besides 6000000, and 10000000 are there to sell"
    ]


@pytest.mark.parametrize(("sell_pending", "broken"), [(True, 0), (False, 1)])
def test_what_is_not_final_is_sold_only_where_it_may_be(sell_pending, broken):
    promises = watching(sell_pending=sell_pending)
    promises.sent(order(1), 0)
    bought = fill(1, 10_000_000)
    promises.heard(structs.replace(bought, settlement=Settlement.PENDING))
    promises.sent(order(2, "SELL", quantity=6_000_000), 0)
    assert len(promises.broken) == broken
    promises.heard(OrderCancelled(0, "o2", "asked"))
    promises.heard(FillSettled(0, bought.fill_id, Settlement.FINAL))
    promises.sent(order(3, "SELL", quantity=6_000_000), 0)
    assert len(promises.broken) == broken


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"price": 405_000}, "off the grid of 10000"),
        ({"price": 1_000_000}, "off the grid"),
        ({"quantity": 4_000_000}, "too small or too large"),
        ({"quantity": 16_000_000}, "too small or too large"),
        ({"instrument": "other"}, "is no instrument of it"),
    ],
)
def test_orders_have_a_legal_form(promises, wrong, words):
    promises.sent(order(1, **wrong), 0)
    assert words in promises.broken[0]


def test_an_order_id_is_used_once(promises):
    promises.sent(order(1, quantity=5_000_000), 0)
    promises.sent(order(1, quantity=5_000_000), 0)
    assert promises.broken == ["o1 on m: was sent before under the same id"]


def test_no_order_leaves_against_the_evidence(promises):
    promises.evidence.says = "was not heard of"
    promises.sent(order(1), 0)
    assert promises.broken == ["o1 on m: was not heard of"]


def test_our_own_orders_may_not_meet(promises):
    promises.sent(order(1), 0)
    promises.heard(fill(1, 10_000_000))
    promises.sent(order(2, "SELL", 500_000, 6_000_000), 0)
    promises.sent(order(3, "BUY", 500_000, 5_000_000), 0)
    assert promises.broken == ["o3 on m: would meet our own o2"]


def test_our_own_orders_may_not_meet_through_the_complement(promises):
    promises.sent(order(1, price=400_000), 0)
    promises.sent(order(2, price=590_000, instrument="no"), 0)
    assert promises.broken == []
    promises.sent(order(3, price=600_000, quantity=5_000_000, instrument="no"), 0)
    assert promises.broken == ["o3 on m: would meet our own o1"]


def test_the_pace_of_orders_is_counted_over_a_minute(promises):
    for number in range(3):
        promises.sent(order(number, quantity=5_000_000), number * SECOND)
        promises.heard(OrderRejected(0, f"o{number}", ""))
    promises.sent(order(4, quantity=5_000_000), 60 * SECOND)
    assert promises.broken == []
    promises.sent(order(5, quantity=5_000_000), 60 * SECOND)
    assert promises.broken == ["o5 on m: is order 4 of a minute"]


def test_a_halted_strategy_and_a_halted_engine_send_nothing(promises):
    promises.stopped("mad")
    promises.sent(order(1, quantity=5_000_000, strategy="mad"), 0)
    promises.halted = True
    promises.sent(order(2, quantity=5_000_000), 0)
    said = "was halted or retired"
    assert promises.broken == [f"o1 on m: {said}", f"o2 on m: {said}"]


def test_a_retired_strategy_sends_nothing_and_one_that_is_sold_out_only_sales(promises):
    promises.sent(order(1, strategy="gone"), 0)
    promises.heard(fill(1, 10_000_000))
    promises.asked(Operation.RETIRE, "gone")
    promises.sent(order(2, "SELL", quantity=5_000_000, strategy="gone"), 0)
    promises.asked(Operation.SELL_OUT, "gone")
    promises.sent(order(3, "SELL", quantity=5_000_000, strategy="gone"), 0)
    promises.sent(order(4, price=300_000, quantity=5_000_000, strategy="gone"), 60 * SECOND)
    promises.restarted()
    promises.sent(order(5, price=300_000, quantity=5_000_000, strategy="gone"), 60 * SECOND)
    said = "was halted or retired"
    assert promises.broken == [f"o{number} on m: {said}" for number in (2, 4, 5)]
    promises.asked(Operation.ADD, "gone")
    promises.heard(OrderRejected(0, "o4", ""))
    promises.sent(order(6, price=300_000, quantity=5_000_000, strategy="gone"), 120 * SECOND)
    assert len(promises.broken) == 3
    assert not promises.halted


def test_exits_of_who_is_sold_out_promise_nothing_any_more():
    exits = ExitPromises({"a": Leaving(None, None, 0), "b": Leaving(None, None, 0)})
    watched = watching(sell_pending=True)
    watched.exits = exits
    watched.asked(Operation.RETIRE, "a")
    assert set(exits.plans) == {"a", "b"}, "they guard on"
    watched.asked(Operation.SELL_OUT, "a")
    assert set(exits.plans) == {"b"}


def test_open_buys_may_not_cost_more_than_there_is(promises):
    promises.cash = 7_000_000
    promises.sent(order(1), 0)
    promises.sent(order(2), 0)
    assert "could cost 8000000 with the others" in promises.broken[0]


def test_what_is_undone_never_was_whichever_word_comes_first(promises):
    for first, second in ((0, 1), (1, 0)):
        number = 7 + first
        promises.sent(order(number), 0)
        told = [fill(number, 10_000_000, fill_id=f"f{number}")]
        told.append(FillSettled(0, f"f{number}", Settlement.REVERSED))
        promises.heard(told[first])
        promises.heard(told[second])
        promises.heard(FillSettled(0, f"f{number}", Settlement.FINAL))
        assert (promises.cash, promises.held["yes"]) == (50_000_000, 0)


def test_an_order_of_the_run_before_may_be_cancelled_though_its_end_was_told(promises):
    promises.sent(order(1), 0)
    promises.heard(OrderCancelled(0, "o1", "unwanted"))
    promises.restarted()
    promises.cancelled(CancelOrder("o1", "unwanted"), 0)
    assert promises.broken == []


def test_what_is_denied_for_long_enough_is_gone_until_it_shows_up(promises):
    promises.sent(order(1), 0)
    promises.heard(OrderMissing(10, "o1", ""))
    promises.heard(OrderMissing(14, "o1", ""))
    assert promises.orders["o1"].open
    promises.heard(OrderMissing(15, "o1", ""))
    assert not promises.orders["o1"].open
    promises.heard(OrderAccepted(16, "o1"))
    assert promises.orders["o1"].open
    promises.heard(OrderMissing(30, "o1", ""))
    assert promises.orders["o1"].open


def test_cancels_go_to_open_orders_and_wait_for_an_answer(promises):
    promises.cancelled(CancelOrder("o9", "unwanted"), 0)
    promises.sent(order(1), 0)
    promises.cancelled(CancelOrder("o1", "unwanted"), 0)
    promises.cancelled(CancelOrder("o1", "unwanted"), 0)
    promises.cancelled(CancelOrder("o1", "unwanted"), 2_000_000_000)
    promises.heard(OrderCancelled(0, "o1", "unwanted"))
    promises.cancelled(CancelOrder("o1", "unwanted"), 9_000_000_000)
    assert promises.broken == [
        "o9 is cancelled though it is not open",
        "o1 is cancelled twice",
        "o1 is cancelled though it is not open",
    ]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (fill(1, 11_000_000), "was filled 1000000 beyond its size"),
        (fill(1, 5_000_000, price=410_000), "was filled at 410000, worse than asked"),
        (fill(1, 5_000_000, fee=48_000), "paid a fee of 48000"),
        (fill(1, 5_000_000, fee=47_990, maker=False), "paid a fee of 47990"),
    ],
)
def test_fills_keep_to_what_was_asked(promises, event, words):
    promises.sent(order(1), 0)
    promises.heard(event)
    assert words in promises.broken[0]


def test_accounts_that_differ_by_a_micro_are_told_apart(promises):
    promises.sent(order(1), 0)
    # 5.000001 shares at 0.40 cost 2.0000004, rounded up to 2.000001; the fee is 0.04800001, up.
    promises.heard(fill(1, 5_000_001, fee=48_010, maker=False))
    assert promises.cash == 50_000_000 - 2_000_001 - 48_010
    promises.compare("the ledger", promises.cash, {"yes": 5_000_001})
    assert promises.broken == []
    promises.compare("the ledger", promises.cash + 1, {"yes": 5_000_000})
    assert [sentence.split(",")[0] for sentence in promises.broken] == [
        "the ledger has cash 47951990",
        "the ledger holds {'yes': 5000000}",
    ]
    promises.compare("the venue", promises.cash - 1, {"yes": 5_000_001})
    assert promises.broken[2].startswith("the venue has cash 47951988")


def test_a_resolution_pays_what_is_held_once(promises):
    promises.sent(order(1), 0)
    promises.heard(fill(1, 5_000_001))
    promises.settle("m", (500_000, 500_000))
    promises.compare("the ledger", 50_000_000 - 2_000_001 + 2_500_000, {})
    assert promises.broken == []


@pytest.mark.parametrize(("cancels", "late"), [(0, True), (1, True), (2, False)])
def test_a_sale_waits_for_what_is_in_its_way_once_a_cancel_got_no_answer(promises, cancels, late):
    promises.exits.plans = {"s": Leaving(target=None, stop=10_000, floor=1_000)}
    promises.sent(order(1), 0)
    promises.heard(fill(1, 10_000_000))
    promises.exits.told([ExitMoved("s", "m", "yes", ExitStep.ARMED, None, 0, 0, 0, 0)])
    promises.sent(order(2, price=300_000, quantity=5_000_000, strategy="t"), 0)
    for number in range(cancels):
        promises.cancelled(CancelOrder("o2", "in the way"), number * 2 * SECOND)
    for second in range(18):
        promises.looked(MARKET, ([(300_000, 20_000_000)], []), second * SECOND)
    said = "s does not sell yes through its stop"
    assert (said in promises.broken) == late, promises.broken
