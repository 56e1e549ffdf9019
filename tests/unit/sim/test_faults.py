"""Each kind of fault with certainty, and fine weather without any."""

import random

import pytest

from polywire.core.model.account import (
    FillSettled,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderUnknown,
    Settlement,
)
from polywire.sim.faults import AccountFaults, Fault, Weather, WireFaults

SECOND = 1_000_000_000
TRANSIT = 20_000_000
FRAME = b'{"event_type":"price_change"}'
TRADE = b'{"event_type":"last_trade_price"}'
FILL = OrderFilled(0, 0, "o", "f", 400_000, 5_000_000, 0, True, Settlement.PENDING)


def weather(*kinds, rate=1.0, until=100 * SECOND):
    return Weather(random.Random(1), dict.fromkeys(kinds, rate), until)


def wire(*kinds, **more):
    sky = weather(*kinds, **more)
    return WireFaults(sky, TRANSIT), sky


def test_in_fine_weather_frames_arrive_in_order_and_soon():
    way, sky = wire()
    arrived = [way.send(FRAME, ("a", "b"), now)[0] for now in range(0, SECOND, 5_000_000)]
    times = [delivery.at for delivery in arrived]
    assert times == sorted(times)
    assert {delivery.frame for delivery in arrived} == {FRAME}
    assert sky.counts == {}


def test_a_lost_frame_never_arrives():
    way, sky = wire(Fault.LOSS)
    assert way.send(FRAME, ("a",), 0) == []
    assert sky.counts == {Fault.LOSS: 1}


def test_a_repeated_frame_arrives_twice():
    way, _ = wire(Fault.REPEAT)
    first, again = way.send(FRAME, ("a",), 0)
    assert first.frame == again.frame
    assert again.at > first.at


def test_a_reordered_frame_is_overtaken_by_others():
    way, sky = wire(Fault.REORDER, until=1)
    late = way.send(FRAME, ("a",), 0)[0]
    following = [way.send(FRAME, ("a",), 1)[0].at for _ in range(20)]
    assert sky.counts == {Fault.REORDER: 1}
    assert min(following) < late.at


def test_a_delay_holds_everything_behind_it_up():
    way, _ = wire(Fault.DELAY, until=1)
    late = way.send(FRAME, ("a",), 0)[0]
    assert late.at > TRANSIT
    assert way.send(FRAME, ("a",), 1)[0].at >= late.at


def test_a_gap_swallows_frames_until_it_ends():
    way, _ = wire(Fault.GAP)
    assert way.send(FRAME, ("a",), 0) == []
    still, _ = wire(Fault.GAP, until=1)
    assert still.send(FRAME, ("a",), 0) == []
    assert still.send(FRAME, ("a",), 1) != []


def test_a_disconnect_closes_the_socket():
    way, _ = wire(Fault.DISCONNECT)
    assert way.send(FRAME, ("a",), 0)[0].closes


def test_the_price_of_a_trade_comes_late_and_nothing_else_does():
    way, sky = wire(Fault.LATE_TRADE)
    assert way.send(FRAME, ("a",), 0)[0].at <= TRANSIT
    way.send(TRADE, ("a",), 0)
    assert sky.counts == {Fault.LATE_TRADE: 1}


def test_a_frozen_asset_is_withheld_while_others_flow():
    way, sky = wire(Fault.FREEZE)
    assert way.send(FRAME, ("a", "b"), 0) == []
    sky._rates = {}
    assert way.send(FRAME, ("b", "a"), SECOND) == []
    assert way.send(FRAME, ("c",), SECOND) != []
    assert way.send(FRAME, ("a",), 21 * SECOND) != []


def test_a_truncated_frame_is_shorter():
    way, _ = wire(Fault.TRUNCATE)
    frame = way.send(FRAME, ("a",), 0)[0].frame
    assert FRAME.startswith(frame)
    assert len(frame) < len(FRAME)


def test_a_missing_first_book_is_left_out_of_the_dump():
    assert wire(Fault.NO_FIRST_BOOK)[0].first_books(["a", "b"], 0) == []
    assert wire()[0].first_books(["a", "b"], 0) == ["a", "b"]


def test_faults_end_when_the_weather_does():
    way, sky = wire(*Fault, until=5)
    assert len(way.send(FRAME, ("a",), 5)) == 1
    assert sky.counts == {}


def test_rates_are_kept():
    sky = weather(Fault.LOSS, rate=0.1)
    for _ in range(10_000):
        sky.strikes(Fault.LOSS, 0)
    assert 900 < sky.counts[Fault.LOSS] < 1_100


def test_a_lost_reply_makes_the_order_unknown():
    (heard,) = AccountFaults(weather(Fault.LOST_WORD)).tell(OrderAccepted(7, "o"), 7)
    assert isinstance(heard, OrderUnknown)
    assert heard.order_id == "o"
    assert heard.recv_ns > 7


def test_a_fill_is_never_made_unknown_but_may_be_told_twice():
    heard = AccountFaults(weather(Fault.LOST_WORD, Fault.REPEATED_WORD)).tell(FILL, 9)
    assert [event.fill_id for event in heard] == ["f", "f"]
    assert heard[0].recv_ns == 9
    assert heard[1].recv_ns > 9


@pytest.mark.parametrize(
    "later", [OrderCancelled(1, "o", ""), FillSettled(1, "f", Settlement.FINAL)]
)
def test_a_late_fill_is_not_overtaken_by_what_rests_on_it(later):
    sky = weather(Fault.LATE_WORD, until=1)
    words = AccountFaults(sky)
    (fill,) = words.tell(FILL, 0)
    assert fill.recv_ns > 1
    assert words.tell(later, 1)[0].recv_ns == fill.recv_ns
    assert words.tell(OrderAccepted(1, "o"), 1)[0].recv_ns == 1
