"""What can happen to an order, a cancel and a question on their way to the simulated venue."""

import random
from functools import partial

import pytest

from polywire.core.model.account import OrderUnknown
from polywire.core.model.command import CancelOrder, LookUpOrder
from polywire.core.risk.gate import Approved
from polywire.sim.errands import LATE_NS, Errands
from polywire.sim.faults import Fault, Weather

SECOND = 1_000_000_000
BIDS, ASKS = [("0.40", "100")], [("0.45", "20")]


class Way:
    """A venue in bad weather; `later` holds what is still to happen."""

    def __init__(self, rig, *faults):
        self.rig = rig
        self.later = []
        self.told = []
        weather = Weather(random.Random(1), dict.fromkeys(faults, 1.0), 100 * SECOND)
        self.errands = Errands(
            rig.venue, weather, lambda at, happen: self.later.append((at, happen)), self.told.extend
        )
        rig.book(BIDS, ASKS)

    def place(self):
        order = self.rig.order("BUY", "0.40", "10")
        leave = partial(self.rig.venue.place, Approved(order))
        self.errands.place(order.order_id, leave, self.rig.now)
        self.rig.pass_ms(15)
        return order.order_id


def test_in_fine_weather_everything_arrives(rig):
    way = Way(rig)
    order_id = way.place()
    way.errands.run(CancelOrder(order_id, "unwanted"), rig.now)
    rig.pass_ms(15)
    way.errands.run(LookUpOrder(order_id, None), rig.now)
    rig.pass_ms(15)
    assert rig.kinds() == ["OrderAccepted", "OrderCancelled", "OrderCancelled"]
    assert (way.later, way.told) == ([], [])


def test_a_lost_order_is_unknown_and_never_comes(rig):
    way = Way(rig, Fault.LOST_ORDER)
    order_id = way.place()
    assert isinstance(way.told[0], OrderUnknown)
    assert (rig.kinds(), way.later, list(rig.venue.known)) == ([], [], [])
    assert order_id == way.told[0].order_id


def test_a_late_order_is_unknown_and_rests_after_its_cancel_was_told_that_there_is_none(rig):
    way = Way(rig, Fault.LATE_ORDER)
    order_id = way.place()
    rig.cancel(order_id)
    assert rig.kinds() == ["OrderMissing"]
    ((at, happen),) = way.later
    assert 0 < at <= LATE_NS
    happen(rig.now)
    rig.pass_ms(15)
    assert rig.kinds() == ["OrderMissing", "OrderAccepted"]
    assert list(rig.venue.resting()) == [order_id]


@pytest.mark.parametrize(
    ("fault", "command"),
    [
        (Fault.LOST_CANCEL, CancelOrder("o1", "unwanted")),
        (Fault.LOST_ANSWER, LookUpOrder("o1", None)),
    ],
)
def test_what_is_lost_has_no_answer(rig, fault, command):
    way = Way(rig, fault)
    way.place()
    rig.events.clear()
    way.errands.run(command, rig.now)
    rig.pass_ms(15)
    assert rig.events == []


def test_a_late_answer_is_asked_for_later(rig):
    way = Way(rig, Fault.LATE_ANSWER)
    order_id = way.place()
    way.errands.run(LookUpOrder(order_id, None), rig.now)
    ((at, happen),) = way.later
    assert at > rig.now
    happen(rig.now)
    rig.pass_ms(15)
    assert rig.kinds() == ["OrderAccepted", "OrderAccepted"]


def test_an_engine_that_starts_anew_hears_nothing_of_what_was_on_its_way(rig):
    rig.book(BIDS, ASKS)
    order = rig.order("BUY", "0.40", "10")
    rig.venue.place(Approved(order), rig.now)
    rig.pass_ms(12)
    rig.venue.attach({"m": rig.shown}, lambda _: True)
    rig.pass_ms(100)
    assert rig.events == []
    assert rig.venue.resting() == {order.order_id: 10_000_000}
