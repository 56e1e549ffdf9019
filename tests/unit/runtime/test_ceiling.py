"""The last stop before the wire: orders and dollars in any minute, and over it for good."""

import pytest
from structlog.testing import capture_logs
from tests.unit.core.building import DOLLAR, SECOND, SELL, place, taking

from polywire.core.units import Money, Ns
from polywire.runtime.ceiling import Ceiling

MINUTE = 60 * SECOND


def at(seconds: float) -> Ns:
    return Ns(int((1_000 + seconds) * SECOND))


def test_one_order_more_than_a_minute_may_have_ends_it_for_good() -> None:
    ceiling = Ceiling(orders=3, dollars=Money(1_000 * DOLLAR))
    assert [ceiling.refusal(place(), at(n)) for n in range(3)] == ["", "", ""]
    told = "over the ceiling of 3 orders a minute: nothing is placed until the next start"
    with capture_logs() as lines:
        assert ceiling.refusal(place(), at(59)) == told
        assert ceiling.refusal(place(side=SELL), at(10_000)) == told
    assert ceiling.hit == told
    assert lines == [{"event": "ceiling_hit", "log_level": "critical", "reason": told}]


def test_a_minute_is_any_minute() -> None:
    ceiling = Ceiling(orders=2, dollars=Money(1_000 * DOLLAR))
    for seconds in (0, 59.9, 60, 119.9, 120):
        assert ceiling.refusal(place(), at(seconds)) == "", seconds
    assert ceiling.refusal(place(), at(121)), "119.9, 120 and 121 are one minute"


def test_after_one_dollar_more_than_a_minute_may_spend_nothing_is_bought() -> None:
    ceiling = Ceiling(orders=1_000, dollars=Money(12 * DOLLAR))
    assert ceiling.refusal(taking(place(cents=50, shares=10)), at(0)) == ""
    assert ceiling.refusal(taking(place(cents=70, shares=10)), at(1)) == "", "12 are allowed"
    told = "over the ceiling of $12 a minute: nothing is bought until the next start"
    assert ceiling.refusal(taking(place(cents=1, shares=1)), at(2)) == told
    assert ceiling.refusal(place(cents=1, shares=1), at(500)) == told
    assert ceiling.refusal(taking(place(side=SELL)), at(3)) == "", "what is held can be left"


def test_sales_after_too_many_dollars_are_still_orders() -> None:
    ceiling = Ceiling(orders=4, dollars=Money(DOLLAR))
    told = "over the ceiling of $1 a minute: nothing is bought until the next start"
    assert ceiling.refusal(taking(place(cents=50, shares=10)), at(0)) == told
    assert [ceiling.refusal(place(side=SELL), at(n)) for n in range(1, 5)] == [""] * 4
    told = "over the ceiling of 4 orders a minute: nothing is placed until the next start"
    assert ceiling.refusal(place(side=SELL), at(5)) == ceiling.hit == told
    assert ceiling.refusal(place(side=SELL), at(500)) == told, "an engine that runs wild sells on"


def test_an_order_that_may_not_trade_at_once_spends_nothing_when_it_is_sent() -> None:
    ceiling = Ceiling(orders=1_000, dollars=Money(DOLLAR))
    assert not any(ceiling.refusal(place(cents=90, shares=100), at(n)) for n in range(500))


def test_sales_spend_nothing_and_count_as_orders() -> None:
    ceiling = Ceiling(orders=3, dollars=Money(1 * DOLLAR))
    for seconds in range(3):
        assert ceiling.refusal(place(side=SELL, cents=99, shares=100), at(seconds)) == ""
    assert (
        ceiling.refusal(place(side=SELL), at(4))
        == "over the ceiling of 3 orders a minute: nothing is placed until the next start"
    )


def test_dollars_that_are_a_minute_old_are_spent_no_more() -> None:
    ceiling = Ceiling(orders=1_000, dollars=Money(10 * DOLLAR))
    for minute in range(5):
        order = taking(place(cents=100, shares=10))
        assert ceiling.refusal(order, Ns(at(0) + minute * MINUTE)) == ""


@pytest.mark.parametrize(("orders", "dollars"), [(0, 1_000 * DOLLAR), (1_000, 0)])
def test_a_ceiling_of_nothing_lets_nothing_pass(orders: int, dollars: int) -> None:
    assert Ceiling(orders=orders, dollars=Money(dollars)).refusal(taking(place()), at(0))
