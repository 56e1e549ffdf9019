"""The life of one socket of the user channel."""

import copy
import json
import pickle

import pytest
from tests.unit.venues.account_building import (
    KEY,
    PASSPHRASE,
    SECRET,
    auth,
    order,
    reader,
    trade,
)
from tests.unit.venues.building import NOW, SECOND, frame

from polywire.core.errors import DecodeError
from polywire.core.ids import FeedId, OrderId
from polywire.core.model.account import OrderAccepted, OrderFilled
from polywire.core.model.control import AccountFeedMoved, ReconnectorMoved, ReconnectorState
from polywire.core.units import Ns
from polywire.venues.polymarket.user_ws import UserSession
from polywire.venues.session import ConnectionState

UP = AccountFeedMoved(NOW, True, "")
REFUSED = "closed by the venue: 1008 invalid credentials"


def at(seconds: float) -> Ns:
    return Ns(NOW + int(seconds * SECOND))


def session(*, live: bool = True) -> UserSession:
    """A session of an account with order 1; connected, and proven by a pong."""
    made = UserSession(auth(), reader(), lambda: 0.5)
    if live:
        made.connected(NOW)
        made.outbox()
        made.receive(b"PONG", NOW)
    return made


def test_the_first_frame_has_the_credentials_and_no_filter_and_a_ping_follows() -> None:
    one = session(live=False)
    assert one.outbox() == []
    one.connected(NOW)
    first, ping = one.outbox()
    assert json.loads(first) == {
        "type": "user",
        "auth": {"apiKey": KEY, "secret": SECRET, "passphrase": PASSPHRASE},
    }
    assert ping == b"PING"
    assert one.outbox() == []


def test_the_secrets_are_in_no_text_of_the_session() -> None:
    credentials = auth()
    one = session()
    one.on_undecodable(b"junk", NOW)
    (down, *_) = one.dropped(NOW, REFUSED)
    seen = f"{credentials!r} {credentials} {one!r} {down!r} {one.cause}"
    for secret in (SECRET, PASSPHRASE):
        assert secret not in seen
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(credentials)
    with pytest.raises(TypeError, match="not pickled"):
        copy.deepcopy(credentials)


def test_a_pong_proves_the_channel_for_it_may_say_nothing_for_hours() -> None:
    one = session(live=False)
    one.connecting(NOW)
    one.connected(NOW)
    assert one.state is ConnectionState.SUBSCRIBING
    assert one.receive(b"PONG\n", NOW) == [UP]
    assert one.state is ConnectionState.LIVE
    now, pings = NOW, 0
    while now < at(7200):
        now = one.wakeup() or at(7200)
        assert one.on_time(now) == []
        if one.outbox():
            pings += 1
            assert one.receive(b"PONG", now) == []
        assert one.state is ConnectionState.LIVE
    assert pings == 720
    assert one.stats.pongs == 721


def test_the_first_event_proves_it_too() -> None:
    one = session(live=False)
    one.connected(NOW)
    assert one.receive(frame(order()), NOW) == [UP, OrderAccepted(NOW, OrderId("run-1"))]
    (fill,) = one.receive(frame(trade()), NOW)
    assert isinstance(fill, OrderFilled)


def test_a_channel_that_answers_nothing_fails_after_10_s_and_is_dropped_after_30() -> None:
    one = session(live=False)
    one.connected(NOW)
    one.on_time(at(10))
    assert (one.attempt, one.cause, one.wants_drop) == (1, "no data for 10 s", "")
    one.on_time(at(30))
    assert one.wants_drop == "no data for 30 s"


def test_thirty_seconds_without_a_pong_drop_a_channel_that_was_up() -> None:
    one = session()
    one.on_time(at(15))
    assert one.state is ConnectionState.SILENT
    one.on_time(at(30))
    assert one.wants_drop == "no pong for 30 s"
    assert one.wakeup() is None


def test_the_end_of_a_channel_that_was_up_is_told_with_its_cause() -> None:
    one = session()
    assert one.dropped(at(60), "reset") == [AccountFeedMoved(at(60), False, "reset")]
    assert one.retry_at() == at(61.5)
    one.connecting(at(62))
    one.connected(at(62))
    assert one.receive(b"PONG", at(62)) == [AccountFeedMoved(at(62), True, "")]
    assert one.attempt == 0


def test_a_channel_that_tells_nothing_of_an_order_the_venue_took_has_frozen() -> None:
    one = session()
    assert one.owes(at(1), at(1.2))
    assert not one.owes(at(1.1), at(1.3)), "one debt is enough"
    one.receive(b"PONG", at(2))
    assert one.on_time(at(4.1)) == []
    assert one.wants_drop == ""
    one.on_time(at(4.2))
    assert one.wants_drop == "no word of an order that the venue took"
    (down,) = one.dropped(at(4.2), one.wants_drop)
    assert down == AccountFeedMoved(at(4.2), False, "no word of an order that the venue took")


@pytest.mark.parametrize("told_at", [1.1, 4])
def test_news_before_or_after_the_reply_are_the_channel_s_word(told_at: float) -> None:
    one = session()
    if told_at < 1.2:
        one.receive(frame(order()), at(told_at))
    assert one.owes(at(1), at(1.2)) is (told_at > 1.2)
    if told_at > 1.2:
        one.receive(frame(order()), at(told_at))
    one.on_time(at(5))
    assert one.wants_drop == ""


def test_a_frame_that_cannot_be_read_is_a_word_too_and_a_channel_that_is_down_owes_none() -> None:
    one = session()
    assert one.owes(at(1), at(1.2))
    one.on_undecodable(b"junk", at(2))
    one.on_time(at(5))
    assert one.wants_drop == ""
    assert not session(live=False).owes(at(1), at(1))


def test_a_channel_that_freezes_again_and_again_is_tried_less_and_less_often() -> None:
    one, now, pauses = session(), NOW, []
    for _ in range(5):
        one.owes(Ns(now + 1), now)
        now = Ns(now + 10 * SECOND)
        one.on_time(now)
        one.dropped(now, one.wants_drop)
        pauses.append((one.retry_at() - now) / SECOND)
        now = one.retry_at()
        one.connecting(now)
        one.connected(now)
        assert AccountFeedMoved(now, True, "") in one.receive(b"PONG", now)
    assert pauses == [1.5, 3, 6, 12, 24]
    one.receive(frame(order()), now)
    assert one.attempt == 0


def test_refused_credentials_have_a_clear_cause_and_wait_for_a_minute() -> None:
    one = session(live=False)
    one.connected(NOW)
    (down,) = one.dropped(NOW, REFUSED)
    assert down == AccountFeedMoved(
        NOW,
        False,
        "the venue refused the API credentials (closed by the venue: 1008 invalid credentials)",
    )
    assert one.retry_at() == at(60)
    moved = [one.dropped(at(60 * n), REFUSED)[1:] for n in (1, 2)]
    assert moved[0] == []
    (opened,) = moved[1]
    assert isinstance(opened, ReconnectorMoved)
    assert (opened.feed, opened.state) == (FeedId("user"), ReconnectorState.OPEN)
    assert opened.retry_ns == at(180)


def test_a_port_of_1008_is_no_refusal() -> None:
    one = session(live=False)
    assert one.dropped(NOW, "cannot connect to ws://127.0.0.1:1008/ws/user: refused") == []
    assert one.retry_at() == at(1.5)


def test_a_frame_that_cannot_be_read_is_counted_and_told() -> None:
    one = session()
    with pytest.raises(DecodeError, match="a user frame of 5 bytes"):
        one.receive(b"junk!", NOW)
    lost = AccountFeedMoved(NOW, True, "a frame could not be read")
    assert one.on_undecodable(b"junk!", NOW) == [lost]
    assert one.stats.undecodable == 1
    early = session(live=False)
    assert early.on_undecodable(b"junk", NOW) == [
        AccountFeedMoved(NOW, False, "a frame could not be read")
    ]


def test_an_invalid_operation_is_counted_and_proves_nothing() -> None:
    one = session(live=False)
    one.connected(NOW)
    assert one.receive(b"INVALID OPERATION", NOW) == []
    assert one.stats.invalid_operations == 1
    assert one.state is ConnectionState.SUBSCRIBING


def test_every_frame_is_counted() -> None:
    one = session()
    one.receive(frame(order()), NOW)
    one.receive(frame([order(2), trade()]), NOW)
    assert one.stats.frames == 3
    assert one.stats.messages == {"order": 2, "trade": 1}
