"""How much the venue takes: buckets by tier, headers, restarts and closed venues, by hand."""

import pytest
from msgspec import structs
from tests.unit.core.building import MS, SECOND, SELL, place, taking

from polywire.core.model.command import PlaceOrder
from polywire.core.model.intent import TimeInForce
from polywire.core.units import Ns
from polywire.venues.polymarket.pace import Bucket, Pace, Rate

START = 1_800_000_000 * SECOND
NOTHING: dict[bytes, bytes] = {}
RESTS = place()
TAKES = taking(place())
LEAVES = structs.replace(taking(place(side=SELL)), time_in_force=TimeInForce.IOC)
CLOSED = "the venue takes no orders now"
POST_ONLY = "the venue takes post-only orders alone now"
TOO_FAST = "over the venue's rate of orders"


def at(seconds: float) -> Ns:
    return Ns(START + int(seconds * SECOND))


def taken(pace: Pace, order: PlaceOrder, now: Ns) -> int:
    """How many of this order pass before one is refused."""
    count = 0
    while not pace.refusal(order, now):
        count += 1
        assert count < 10_000
    return count


def test_a_bucket_is_full_at_first_and_fills_by_itself_and_no_further() -> None:
    bucket = Bucket(Rate(10, 20))
    assert bucket.take(20, at(0))
    assert not bucket.take(1, at(0))
    assert not bucket.take(1, Ns(START + 99 * MS))
    assert bucket.take(1, Ns(START + 100 * MS))
    assert not bucket.take(21, at(3_600))
    assert bucket.take(20, at(3_600))


def test_a_clock_that_stands_still_or_goes_back_fills_nothing() -> None:
    bucket = Bucket(Rate(10, 20))
    assert bucket.take(20, at(10))
    assert not bucket.take(1, at(5))
    assert not bucket.take(1, at(10))
    assert bucket.take(1, at(10.1))


def test_the_venue_can_say_that_less_is_left_and_never_that_more_is() -> None:
    bucket = Bucket(Rate(10, 20))
    bucket.told(3, at(0))
    bucket.told(15, at(0))
    assert not bucket.take(4, at(0))
    assert bucket.take(3, at(0))


def test_a_quarter_of_the_orders_is_kept_for_what_leaves_a_position() -> None:
    pace = Pace()
    assert taken(pace, RESTS, at(0)) == 45
    assert pace.refusal(TAKES, at(0)) == TOO_FAST
    assert taken(pace, LEAVES, at(0)) == 15
    assert pace.refusal(LEAVES, at(0)) == TOO_FAST
    assert pace.cancels.take(120, at(0)), "cancels have a bucket of their own"


def test_a_sale_that_may_rest_leaves_nothing_for_sure_and_has_no_right_to_what_is_kept() -> None:
    pace = Pace()
    taken(pace, RESTS, at(0))
    assert pace.refusal(taking(place(side=SELL)), at(0)) == TOO_FAST
    buys_now = structs.replace(TAKES, time_in_force=TimeInForce.IOC)
    assert pace.refusal(buys_now, at(0)) == TOO_FAST


@pytest.mark.parametrize("reply", ["placed", "cancelled"])
def test_the_tier_that_a_reply_names_is_the_one_in_force(reply: str) -> None:
    pace = Pace()
    told = {b"poly-ratelimit-tier": b"Gold"}
    if reply == "placed":
        pace.placed(200, told, b"", at(0))
    else:
        pace.cancelled(200, told, at(0))
    assert (pace.orders.rate, pace.cancels.rate) == ((400, 600), (800, 1200))
    pace.placed(200, {b"poly-ratelimit-tier": b"wood"}, b"", at(0))
    assert pace.orders.rate == (400, 600), "a tier nobody knows changes nothing"
    pace.placed(200, {b"poly-ratelimit-tier": b"standard"}, b"", at(0))
    assert pace.orders.rate == (40, 60)


@pytest.mark.parametrize("left", [b"", b"-5", b"many", b"\xff\xfe", b"1e3"])
def test_a_header_that_is_no_number_is_passed_over(left: bytes) -> None:
    pace = Pace()
    told = {b"poly-ratelimit-remaining": left, b"poly-ratelimit-tier": left, b"retry-after": left}
    pace.placed(200, told, b"", at(0))
    assert taken(pace, RESTS, at(0)) == 45
    pace.placed(429, told, b"", at(10))
    assert pace.refusal(RESTS, at(10.9)) == TOO_FAST
    assert pace.refusal(RESTS, at(11)) == ""


def test_what_is_left_of_cancels_does_not_count_for_orders() -> None:
    pace = Pace()
    pace.cancelled(200, {b"poly-ratelimit-remaining": b"2"}, at(0))
    assert not pace.cancels.take(3, at(0))
    assert pace.cancels.take(2, at(0))
    assert taken(pace, RESTS, at(0)) == 45


def test_too_many_shuts_orders_for_as_long_as_the_venue_asks_exits_too() -> None:
    pace = Pace()
    pace.placed(429, {b"retry-after": b"7"}, b"", at(0))
    assert pace.refusal(LEAVES, at(6.9)) == TOO_FAST
    assert pace.cancels.take(1, at(6.9))
    assert pace.refusal(LEAVES, at(7)) == ""
    pace.cancelled(429, {b"retry-after": b"3"}, at(10))
    assert not pace.may_cancel(at(12.9))
    assert pace.may_cancel(at(13))


def test_a_wait_of_a_day_is_believed_for_a_minute_and_less_for_what_ends_risk() -> None:
    pace, day = Pace(), {b"retry-after": b"86400"}
    assert pace.placed(429, day, b"", at(0)) == 86_400 * SECOND
    assert pace.refusal(LEAVES, at(9.9)) == TOO_FAST
    assert pace.refusal(LEAVES, at(10)) == ""
    assert pace.refusal(RESTS, at(59.9)) == TOO_FAST
    pace.placed(429, day, b"", at(10))
    assert pace.refusal(LEAVES, at(19.9)) == TOO_FAST, "told again"
    assert pace.refusal(LEAVES, at(20)) == ""
    assert pace.refusal(RESTS, at(69.9)) == TOO_FAST
    assert pace.refusal(RESTS, at(70)) == ""
    assert pace.cancelled(429, day, at(100)) == 86_400 * SECOND
    assert not pace.may_cancel(at(104.9))
    assert pace.may_cancel(at(105))


@pytest.mark.parametrize(
    ("body", "said"), [(b"post-only mode", POST_ONLY), (b"Trading is currently disabled", CLOSED)]
)
def test_a_window_of_a_day_is_believed_no_longer(body: bytes, said: str) -> None:
    pace = Pace()
    pace.placed(503, {b"retry-after": b"99999"}, body, at(0))
    assert pace.refusal(LEAVES, at(9.9)) == said
    assert pace.refusal(LEAVES, at(10)) == ""
    assert pace.refusal(TAKES, at(59.9)) == said
    assert pace.refusal(TAKES, at(60)) == ""


def test_a_batch_whose_orders_met_the_post_only_mode_opens_its_window() -> None:
    pace = Pace()
    error = b"post-only mode: only post-only orders and cancels are allowed"
    pace.placed(200, NOTHING, b'[{"success":true,"errorMsg":"%b"}]' % error, at(0))
    assert pace.refusal(TAKES, at(119.9)) == POST_ONLY
    assert pace.refusal(TAKES, at(120)) == ""


def test_a_shorter_wait_does_not_end_a_longer_one() -> None:
    pace = Pace()
    pace.placed(429, {b"retry-after": b"60"}, b"", at(0))
    pace.placed(429, {b"retry-after": b"1"}, b"", at(1))
    assert pace.refusal(RESTS, at(59)) == TOO_FAST
    assert pace.refusal(RESTS, at(60)) == ""


def test_after_a_restart_nothing_is_placed_for_one_two_four_seconds_up_to_thirty() -> None:
    pace, now = Pace(), 0
    for pause in (1, 2, 4, 8, 16, 30, 30, 30, 30, 30):
        pace.placed(425, NOTHING, b"", at(now))
        assert pace.refusal(RESTS, at(now)) == CLOSED
        assert pace.refusal(TAKES, at(now + pause - 0.001)) == CLOSED
        assert pace.refusal(LEAVES, at(now + min(pause, 10) - 0.001)) == CLOSED
        assert pace.refusal(RESTS, at(now + pause)) == "", pause
        now += pause
    pace.placed(200, NOTHING, b"", at(now))
    pace.placed(425, NOTHING, b"", at(now + 200))
    assert pace.refusal(RESTS, at(now + 201)) == ""


def test_orders_that_were_under_way_together_count_as_one_restart() -> None:
    pace = Pace()
    for number in range(8):
        pace.placed(425, NOTHING, b"", at(number / 100))
    assert pace.refusal(RESTS, at(0.999)) == CLOSED
    assert pace.refusal(RESTS, at(1)) == ""


def test_two_minutes_after_a_restart_only_post_only_orders_leave() -> None:
    pace = Pace()
    pace.placed(425, NOTHING, b"", at(0))
    assert pace.refusal(RESTS, at(5)) == ""
    pace.placed(200, NOTHING, b"", at(5))
    assert pace.refusal(TAKES, at(5)) == POST_ONLY
    assert pace.refusal(TAKES, at(119.9)) == POST_ONLY
    assert pace.refusal(LEAVES, at(9.9)) == POST_ONLY
    assert pace.refusal(LEAVES, at(10)) == "", "tried, and perhaps refused: nothing is lost"
    assert pace.refusal(TAKES, at(120)) == ""


def test_a_refusal_that_names_the_window_is_believed() -> None:
    pace = Pace()
    told = b'{"error":"post-only mode: only post-only orders and cancels are allowed"}'
    pace.placed(503, {b"retry-after": b"10"}, told, at(0))
    assert pace.refusal(TAKES, at(9.9)) == POST_ONLY
    assert pace.refusal(RESTS, at(9.9)) == ""
    assert pace.refusal(TAKES, at(10)) == ""
    pace.placed(503, NOTHING, told, at(20))
    assert pace.refusal(TAKES, at(139.9)) == POST_ONLY
    assert pace.refusal(TAKES, at(140)) == ""


@pytest.mark.parametrize(
    "told", [b"Trading is currently disabled. Check ...", b"Trading is currently cancel-only."]
)
def test_a_closed_venue_is_left_alone_for_half_a_minute_and_still_asked_to_cancel(
    told: bytes,
) -> None:
    pace = Pace()
    pace.placed(503, NOTHING, told, at(0))
    assert pace.refusal(RESTS, at(29.9)) == CLOSED
    assert pace.cancels.take(1, at(0))
    assert pace.refusal(TAKES, at(30)) == ""


@pytest.mark.parametrize("status", [500, 503, 400, 502])
def test_other_failures_say_nothing_of_the_next_order(status: int) -> None:
    pace = Pace()
    pace.placed(status, NOTHING, b'{"error":"boom"}', at(0))
    assert pace.refusal(TAKES, at(0)) == ""


def test_a_refused_order_takes_no_token() -> None:
    pace = Pace()
    pace.placed(425, NOTHING, b"", at(0))
    for _ in range(100):
        assert pace.refusal(TAKES, at(50)) == POST_ONLY
    assert taken(pace, RESTS, at(50)) == 45
