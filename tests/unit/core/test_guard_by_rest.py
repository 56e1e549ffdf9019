"""What may leave on a book that REST alone shows: exits, for two seconds, and nothing else."""

from msgspec import structs
from tests.unit.core.building import BUY, MS, SECOND, WS, placed
from tests.unit.core.guarding import RESTING, WATCH, Held, sale

from polywire.core.model.intent import TimeInForce
from polywire.core.model.market import FeedDown
from polywire.core.units import Ns


def test_while_its_feed_is_down_a_stop_sells_on_the_book_that_rest_has_just_shown() -> None:
    held = Held(WATCH)
    held.cut()
    held.tell(FeedDown(Ns(held.now), WS, "closed"))
    held.cut()
    held.by_rest((30, 100))
    assert sale(held.cut()) == [(28, 10, "IOC")]


def test_an_older_rest_book_is_not_good_enough_to_sell_on() -> None:
    held = Held(structs.replace(WATCH, confirm_ns=1_900 * MS))
    held.cut()
    held.tell(FeedDown(Ns(held.now), WS, "closed"))
    held.cut()
    held.by_rest((30, 100))
    assert sale(held.cut()) == []
    assert sale(held.cut(2_100 * MS)) == []
    held.by_rest((30, 100))
    assert sale(held.cut()) == []
    assert sale(held.cut(1_900 * MS)) == [(28, 10, "IOC")]


def test_nothing_but_an_exit_leaves_on_a_book_that_rest_alone_shows() -> None:
    held = Held(RESTING)
    held.cut()
    held.wants_more = True
    held.tell(FeedDown(Ns(held.now), WS, "closed"))
    held.cut()
    held.by_rest((39, 100))
    assert placed(held.cut()) == []
    assert placed(held.cut(SECOND)) == []


def test_the_door_too_lets_nothing_but_an_exit_out_on_such_a_book() -> None:
    held = Held(WATCH)
    held.cut()
    held.tell(FeedDown(Ns(held.now), WS, "closed"))
    held.by_rest((30, 100))
    (order,) = placed(held.cut())
    distrust = held.engine.standing.distrust
    assert distrust(order) == ""
    assert distrust(structs.replace(order, side=BUY)) == "feed down"
    assert distrust(structs.replace(order, time_in_force=TimeInForce.GTC)) == "feed down"
    held.seat.exits = None
    assert distrust(order) == "feed down"
