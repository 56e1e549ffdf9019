"""Token buckets and the dead-man's switch, against a clock that the test moves."""

import pytest

from polywire.exchange.heartbeats import Heartbeats
from polywire.exchange.limiter import TIERS, Limiter
from polywire.exchange.quotes import RefusedError

SECOND = 1_000_000_000


def test_a_burst_passes_and_then_the_rate() -> None:
    limiter = Limiter("Standard")
    assert all(limiter.orders("me", 1, 0, 0.0).passes for _ in range(60))
    refused = limiter.orders("me", 1, 0, 100.0)
    assert not refused.passes
    assert refused.headers == {
        "Poly-RateLimit-Remaining": "0",
        "Poly-RateLimit-Reset": "101",
        "Poly-RateLimit-Tier": "Standard",
        "Retry-After": "1",
    }
    assert [limiter.orders("me", 1, SECOND, 101.0).passes for _ in range(41)].count(True) == 40


def test_a_batch_passes_whole_or_not_at_all() -> None:
    limiter = Limiter("Standard")
    for _ in range(3):
        assert limiter.orders("me", 15, 0, 0.0).passes
    assert limiter.orders("me", 14, 0, 0.0).headers["Poly-RateLimit-Remaining"] == "1"
    assert not limiter.orders("me", 2, 0, 0.0).passes
    assert limiter.orders("me", 1, 0, 0.0).passes


def test_cancels_have_a_bucket_of_their_own_that_may_owe() -> None:
    limiter = Limiter("Standard")
    for _ in range(60):
        limiter.orders("me", 1, 0, 0.0)
    passed = limiter.cancels("me", 200, 0, 0.0)
    assert passed.passes
    assert passed.headers["Poly-RateLimit-Remaining"] == "-80"
    refused = limiter.cancels("me", 1, 0, 0.0)
    assert not refused.passes
    assert refused.headers["Retry-After"] == "2"
    assert not limiter.cancels("me", 1, SECOND, 1.0).passes
    assert limiter.cancels("me", 1, 2 * SECOND, 2.0).passes


def test_what_a_cancel_of_all_found_is_owed_afterwards() -> None:
    limiter = Limiter("Standard")
    assert limiter.cancels("me", 1, 0, 0.0).headers["Poly-RateLimit-Remaining"] == "119"
    limiter.owe("me", 119)
    assert not limiter.cancels("me", 1, 0, 0.0).passes
    limiter.owe("nobody", 1)


def test_signers_do_not_share_and_a_full_bucket_stays_full() -> None:
    limiter = Limiter("Standard")
    for _ in range(60):
        limiter.orders("me", 1, 0, 0.0)
    assert limiter.orders("you", 1, 0, 0.0).passes
    told = limiter.orders("me", 1, 3600 * SECOND, 3600.0).headers
    assert told["Poly-RateLimit-Remaining"] == "59"
    assert "Retry-After" not in told


def test_without_a_tier_nothing_is_limited_or_told() -> None:
    limiter = Limiter("none")
    assert all(limiter.orders("me", 15, 0, 0.0).passes for _ in range(1000))
    assert limiter.cancels("me", 1, 0, 0.0).headers == {}
    assert TIERS["Elite"] == (600, 900, 1200, 1800)


def test_a_key_that_beats_in_time_is_never_cut_off() -> None:
    beats = Heartbeats(1, 0)
    told = ""
    for second in range(0, 100, 5):
        told = beats.beat("key", told, second * SECOND)
        assert beats.fired(second * SECOND + SECOND) == []


def test_a_key_that_stops_is_cut_off_once_at_the_next_look() -> None:
    beats = Heartbeats(1, 0)
    beats.beat("key", "", 1 * SECOND)
    assert beats.fired(5 * SECOND) == []
    assert beats.fired(10 * SECOND) == []
    assert beats.fired(11 * SECOND) == []
    assert beats.fired(15 * SECOND) == ["key"]
    assert beats.fired(60 * SECOND) == []


def test_a_wrong_id_is_told_the_right_one() -> None:
    beats = Heartbeats(1, 0)
    first = beats.beat("key", "", 0)
    for wrong in ("", "other"):
        with pytest.raises(RefusedError) as refused:
            beats.beat("key", wrong, SECOND)
        assert refused.value.body == {"error_msg": "Invalid Heartbeat ID", "heartbeat_id": first}
    second = beats.beat("key", first, SECOND)
    assert second != first


def test_after_it_fired_the_old_id_is_over_and_an_empty_one_starts_again() -> None:
    beats = Heartbeats(1, 0)
    told = beats.beat("key", "", 0)
    assert beats.fired(10 * SECOND) == ["key"]
    with pytest.raises(RefusedError) as refused:
        beats.beat("key", told, 11 * SECOND)
    assert refused.value.body["heartbeat_id"] == ""
    beats.beat("key", "", 11 * SECOND)
    beats.renew("key", 19 * SECOND)
    assert beats.fired(25 * SECOND) == []
    assert beats.fired(30 * SECOND) == ["key"]
