"""What a fill that is undone means for views, exits, exposure and what may be sold."""

from tests.unit.core.building import (
    DOLLAR,
    SECOND,
    SHARE,
    YES,
    cancelled,
    fill,
    placed,
)
from tests.unit.core.guarding import RESTING, WATCH, Held, sale, steps

from polywire.core.ids import FillId, OrderId
from polywire.core.model.account import FillSettled, OrderRejected, Settlement
from polywire.core.units import Ns
from polywire.core.view import Footing, MarketView

REVERSED, FINAL, PENDING = Settlement.REVERSED, Settlement.FINAL, Settlement.PENDING


def settle(held: Held, fill_id: str, settlement: Settlement) -> None:
    held.tell(FillSettled(Ns(held.now), FillId(fill_id), settlement))


def bought(held: Held, shares: int = 10) -> None:
    """Another purchase at 40 cents, pending."""
    held.wants_more, held.shares = True, shares
    (buy,) = placed(held.cut(SECOND))
    held.tell(fill("p1", buy.order_id, 40, shares, settlement=PENDING))
    held.wants_more = False


def sold(held: Held) -> OrderId:
    """The stop sells everything at 30 cents; the fill is pending."""
    held.book((30, 100))
    (order,) = placed(held.cut())
    held.tell(fill("s1", order.order_id, 30, 10, settlement=PENDING))
    held.cut()
    assert str(held.exit.step) == "left"
    return order.order_id


def test_what_a_strategy_sees_follows_a_purchase_that_is_undone() -> None:
    held = Held(WATCH)
    seen: list[int] = []

    def wants(view: MarketView) -> tuple[()]:
        seen.append(view.held(0))
        return ()

    bought(held)
    held.strategy.wants = wants
    held.cut(SECOND)
    settle(held, "p1", REVERSED)
    held.cut(SECOND)
    assert seen == [20 * SHARE, 10 * SHARE]
    ledger = held.engine.ledger
    assert (ledger.cash, ledger.exposure) == (996 * DOLLAR, 4 * DOLLAR)


def test_a_sale_that_is_undone_puts_its_position_under_guard_again() -> None:
    held = Held(WATCH)
    sold(held)
    settle(held, "s1", REVERSED)
    held.book((38, 100))
    assert steps(held.cut(SECOND)) == [("armed", 0)]
    held.book((29, 100))
    assert sale(held.cut(SECOND)) == [(27, 10, "IOC")]


def test_a_sale_that_becomes_final_is_over() -> None:
    held = Held(WATCH)
    sold(held)
    settle(held, "s1", FINAL)
    held.book((29, 100))
    assert sale(held.cut(SECOND)) == []


def test_a_resting_target_shrinks_to_what_is_left_of_an_undone_purchase() -> None:
    held = Held(RESTING)
    (target,) = placed(held.cut())
    held.accept(target.order_id)
    bought(held)
    (second,) = placed(held.cut(SECOND))
    held.accept(second.order_id)
    assert held.engine.ledger.could_sell(YES) == 20 * SHARE
    settle(held, "p1", REVERSED)
    held.now += SECOND  # a quote rests before it is re-priced
    assert cancelled(held.cut()) == [second.order_id]


def test_pending_shares_are_sold_like_others_unless_that_is_forbidden() -> None:
    for allowed, shares in ((True, 20), (False, 10)):
        held = Held(WATCH)
        held.engine.standing.footing = Footing(sells_pending=allowed, shows_ours=True)
        bought(held)
        held.book((30, 100))
        assert sale(held.cut(SECOND)) == [(28, shares, "IOC")]


def test_shares_that_became_final_are_sold_in_either_case() -> None:
    held = Held(WATCH)
    held.engine.standing.footing = Footing(sells_pending=False, shows_ours=True)
    bought(held)
    settle(held, "p1", FINAL)
    held.book((30, 100))
    assert sale(held.cut(SECOND)) == [(28, 20, "IOC")]


def test_a_sale_that_the_venue_refuses_for_lack_of_shares_rests_before_it_is_tried_again() -> None:
    held = Held(WATCH)
    held.book((30, 100))
    (first,) = placed(held.cut())
    held.tell(OrderRejected(Ns(held.now), first.order_id, "not enough balance / allowance"))
    assert sale(held.cut(SECOND // 2)) == []
    assert sale(held.cut(SECOND)) == [(26, 10, "IOC")]
