"""What a person asks of an engine: orders cancelled, all that is held sold, and what is left."""

from tests.unit.core.building import (
    ASK,
    BID,
    BUY,
    SELL,
    NaiveVenue,
    Scripted,
    cancelled,
    cut,
    delta,
    engine,
    fill,
    forty_sixty,
    micros,
    opening,
    placed,
    quote,
    seat,
    told,
)
from tests.unit.core.started import FIRST, T0, bid_at, with_limits, with_order

from polywire.core.engine.engine import Engine
from polywire.core.ids import OrderId
from polywire.core.model.account import OrderCancelled, Settlement
from polywire.core.model.command import PlaceOrder
from polywire.core.model.control import Operation, OperatorCommand
from polywire.core.model.intent import TimeInForce
from polywire.core.units import SECOND, Ns


def ask(started: Engine, operation: Operation) -> None:
    told(started, OperatorCommand(Ns(T0), operation, "", "me"))


def holding(venue: NaiveVenue, shares: int = 10, through: int = 50_000) -> Engine:
    """An engine that holds shares bought at 50 cents, whose strategy would quote both sides."""
    wants = Scripted(lambda _: (quote(BUY, 50), quote(SELL, 90, 5)))
    started = engine(seat(wants), limits=with_limits(price_through_max=through))
    told(started, *opening(venue, at=T0))
    cut(started, T0)
    told(started, fill("f1", FIRST, 50, shares), OrderCancelled(Ns(T0), FIRST, "rest"))
    return started


def reasons(started: Engine) -> list[str]:
    return [one.reason for one in started.desk.flattening.left()]


def test_all_orders_are_cancelled_once_and_quoting_goes_on() -> None:
    started = with_order(bid_at(50))
    ask(started, Operation.CANCEL_ALL)
    assert cancelled(cut(started, T0 + 1)) == [FIRST]
    told(started, OrderCancelled(Ns(T0), FIRST, "asked"))
    later = cut(started, T0 + SECOND)
    assert [order.order_id for order in placed(later)] == ["run-2"]
    assert cancelled(later) == []
    assert cancelled(cut(started, T0 + SECOND + 1)) == []


def flat_sale(started: Engine, at: int) -> PlaceOrder:
    (sale,) = placed(cut(started, at))
    return sale


def test_what_is_held_is_sold_at_the_bid_within_the_collar_and_nothing_is_bought() -> None:
    started = holding(forty_sixty())
    ask(started, Operation.FLATTEN)
    sale = flat_sale(started, T0 + 1)
    assert (sale.side, sale.price, sale.quantity) == (SELL, 350_000, 10_000_000)
    assert sale.time_in_force is TimeInForce.IOC
    assert placed(cut(started, T0 + SECOND // 2)) == []  # never twice at once
    told(started, fill("f2", sale.order_id, 40, 10))
    assert placed(cut(started, T0 + 2 * SECOND)) == []
    assert started.desk.flattening.left() == []
    ask(started, Operation.RESUME)
    assert len(placed(cut(started, T0 + 3 * SECOND))) == 1


def test_a_sale_is_tried_again_a_second_later_and_only_once_the_last_is_over() -> None:
    started = holding(forty_sixty())
    ask(started, Operation.FLATTEN)
    sale = flat_sale(started, T0 + 1)
    assert reasons(started) == ["an order on it is still open"]
    told(started, OrderCancelled(Ns(T0), sale.order_id, "nothing there"))
    assert placed(cut(started, T0 + SECOND // 2)) == []
    assert flat_sale(started, T0 + 1 + SECOND).order_id != sale.order_id


def test_only_what_the_bids_within_the_collar_take_is_sold() -> None:
    venue = forty_sixty()
    venue.put(micros([(BID, 40, 6), (BID, 36, 2), (BID, 34, 50)]))
    started = holding(venue)
    ask(started, Operation.FLATTEN)
    assert flat_sale(started, T0 + 1).quantity == 8_000_000


def test_what_is_final_is_sold_though_as_much_is_pending_as_an_order_may_have() -> None:
    wants = Scripted(lambda _: (quote(BUY, 50, 100),))
    limits = with_limits(price_through_max=50_000, order_size_max=100_000_000)
    started = engine(seat(wants), limits=limits, sells_pending=False)
    told(started, *opening(forty_sixty(), at=T0))
    for number, settlement in enumerate(Settlement):
        (order,) = placed(cut(started, T0 + number * SECOND))
        told(started, fill(f"f{number}", order.order_id, 50, 100, settlement=settlement))
    ask(started, Operation.FLATTEN)
    assert flat_sale(started, T0 + 10 * SECOND).quantity == 100_000_000


def test_what_rests_is_cancelled_before_anything_is_sold_against_it() -> None:
    venue = forty_sixty()
    wants = Scripted(lambda _: (quote(BUY, 50), quote(BUY, 30, 10, "m-no")))
    started = engine(seat(wants), limits=with_limits(price_through_max=50_000))
    told(started, *opening(venue, at=T0))
    first, second = placed(cut(started, T0))
    told(started, fill("f1", first.order_id, 50, 10))
    ask(started, Operation.FLATTEN)
    commands = cut(started, T0 + 1)
    assert cancelled(commands) == [second.order_id]
    assert [order.side for order in placed(commands)] == [SELL]


def test_what_cannot_be_sold_is_told_with_its_reason() -> None:
    venue = forty_sixty()
    started = holding(venue, shares=4)
    ask(started, Operation.FLATTEN)
    assert placed(cut(started, T0 + 1)) == []
    assert reasons(started) == ["too few shares for an order"]
    bare = NaiveVenue()
    bare.put(micros([(ASK, 60, 100)]))
    nobody = holding(bare)
    ask(nobody, Operation.FLATTEN)
    cut(nobody, T0 + 1)
    assert reasons(nobody) == ["nobody bids"]
    told(started, delta(T0 + 2, (BID, 61, 10)))
    cut(started, T0 + 3)
    assert reasons(started)[0].startswith("its book is not to be trusted: crossed")


def test_of_a_halt_and_flattening_the_later_goes() -> None:
    started = holding(forty_sixty())
    ask(started, Operation.HALT)
    ask(started, Operation.FLATTEN)
    assert [order.side for order in placed(cut(started, T0 + 1))] == [SELL]
    ask(started, Operation.HALT)
    assert cancelled(cut(started, T0 + 2)) == ["run-2"]
    told(started, OrderCancelled(Ns(T0), OrderId("run-2"), "asked"))
    assert placed(cut(started, T0 + 5 * SECOND)) == []


def test_the_end_of_a_run_ends_flattening_for_now() -> None:
    started = holding(forty_sixty())
    ask(started, Operation.FLATTEN)
    told(started, OperatorCommand(Ns(T0), Operation.HALT, "shutting down"))
    assert placed(cut(started, T0 + 1)) == []
