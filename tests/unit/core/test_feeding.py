"""Which feeds feed a book: what counts as telling, what silence says, what REST finds out."""

import pytest
from msgspec import structs
from tests.unit.core.building import BID, MS, SECOND, WS, forty_sixty, market, micros
from tests.unit.core.watching import T0, TWIN, M, Rig, rest

from polywire.core.ids import MarketId
from polywire.core.model.healing import GapClosed, GapStarted, ReplaceSocket
from polywire.core.model.market import FeedBehind, FeedCarries, FeedDown, FeedUp
from polywire.core.units import Ns

OTHER = MarketId("other")


@pytest.fixture
def rig() -> Rig:
    """A book proven at T0, and no gap open."""
    rig = Rig()
    rig.watch.snapshot(rig.venue.snapshot(T0))
    assert rig.cut(T0) == []
    return rig


def busy(rig: Rig, seconds: int, *, each: int = 50, start: int = T0) -> int:
    """So many seconds of a change each 50 ms; when the last one came."""
    at = start
    for number in range(seconds * 1_000 // each):
        at = start + (number + 1) * each * MS
        rig.watch.delta(rig.venue.delta(at, (BID, 39, 1 + number % 7)))
        rig.cut(at)
    return at


def asked(rig: Rig, at: int) -> list[tuple[str, ...]]:
    """What a cut asks for."""
    return [one for one in rig.cut(at) if one[0] in ("prove", "resubscribe", "replace")]


def test_a_rest_book_ahead_of_the_stream_is_no_reason_for_doubt_for_a_second(rig: Rig) -> None:
    rig.venue.put(micros([(BID, 41, 1)]))
    rig.watch.snapshot(rest(rig, T0 + SECOND))
    assert rig.cut(T0 + 2 * SECOND) == []
    assert rig.distrust(T0 + 2 * SECOND) == ""
    assert rig.cut(T0 + 2 * SECOND + 300 * MS) == [("resubscribe", "missed change")]
    assert rig.distrust(T0 + 2 * SECOND + 300 * MS) == "missed change"


def test_a_stream_that_tells_what_rest_showed_was_only_late(rig: Rig) -> None:
    rig.venue.put(micros([(BID, 41, 1)]))
    rig.watch.snapshot(rest(rig, T0 + SECOND, venue_ns=T0 + 900 * MS))
    rig.watch.delta(rig.venue.delta(T0 + SECOND + 20 * MS, (BID, 41, 1), venue_ns=T0 + 900 * MS))
    rig.cut(T0 + 3 * SECOND)
    assert rig.distrust(T0 + 3 * SECOND) == ""


def test_an_older_change_does_not_show_that_the_stream_caught_up(rig: Rig) -> None:
    rig.venue.put(micros([(BID, 41, 1)]))
    rig.watch.snapshot(rest(rig, T0 + SECOND, venue_ns=T0 + 900 * MS))
    rig.watch.delta(rig.venue.delta(T0 + SECOND + 20 * MS, (BID, 41, 1), venue_ns=T0 + 800 * MS))
    rig.cut(T0 + 3 * SECOND)
    assert rig.distrust(T0 + 3 * SECOND) == "missed change"


def test_after_a_missed_change_rest_alone_restores_no_trust_but_the_stream_does(rig: Rig) -> None:
    rig.venue.put(micros([(BID, 41, 1)]))
    rig.watch.snapshot(rest(rig, T0 + SECOND))
    rig.cut(T0 + 3 * SECOND)
    rig.watch.snapshot(rest(rig, T0 + 4 * SECOND))
    rig.cut(T0 + 4 * SECOND)
    assert rig.distrust(T0 + 4 * SECOND) == "missed change"
    rig.watch.snapshot(rig.venue.snapshot(T0 + 5 * SECOND))
    rig.cut(T0 + 5 * SECOND)
    assert rig.distrust(T0 + 5 * SECOND) == ""


def test_a_busy_book_that_falls_silent_is_asked_about_and_suspect_after_two_seconds(
    rig: Rig,
) -> None:
    rig.watch.feed(FeedCarries(Ns(T0), TWIN, (M,)))  # so that no socket is alone in its silence
    rig.watch.feed(FeedUp(Ns(T0), TWIN))
    rig.watch.snapshot(rig.venue.snapshot(T0, feed="twin"))
    last = busy(rig, 15)
    assert rig.cut(last + 1_400 * MS) == []
    assert rig.cut(last + 1_900 * MS) == [("prove", "silence")]
    assert rig.distrust(last + 1_900 * MS) == ""
    assert rig.cut(last + 2_300 * MS) == []
    assert rig.distrust(last + 2_300 * MS) == "silence"


def test_a_silence_that_rest_confirms_in_time_raises_no_suspicion(rig: Rig) -> None:
    last = busy(rig, 15)
    calls = 0
    for at in range(1_000, 30_000, 250):
        if asked(rig, last + at * MS):
            rig.watch.snapshot(rest(rig, last + (at + 200) * MS, venue_ns=last))
            calls += 1
        assert rig.distrust(last + at * MS) == ""
    assert calls == 2  # once for the socket, once for the book


def test_a_silence_is_held_against_the_rhythm_before_it(rig: Rig) -> None:
    last = busy(rig, 60, each=85)
    said = [one for step in range(1, 10) for one in rig.cut(last + step * 250 * MS)]
    assert said == [("prove", "silent socket")]


def test_a_silence_that_rest_confirms_is_forgotten_and_not_asked_about_again(rig: Rig) -> None:
    last = busy(rig, 15)
    rig.cut(last + 2_300 * MS)
    rig.watch.snapshot(rest(rig, last + 2_400 * MS, venue_ns=last))
    rig.cut(last + 2_400 * MS)
    assert rig.distrust(last + 2_400 * MS) == ""
    assert [at for at in range(3, 25) if asked(rig, last + at * SECOND)] == []


def test_a_quiet_book_may_be_silent(rig: Rig) -> None:
    last = busy(rig, 15, each=150)
    assert rig.cut(last + 20 * SECOND) == []
    assert rig.distrust(last + 20 * SECOND) == ""


def test_a_busy_socket_is_found_silent_within_two_seconds(rig: Rig) -> None:
    last = busy(rig, 15)
    rig.cut(last + 1_400 * MS)
    assert rig.distrust(last + 1_400 * MS) == ""
    rig.cut(last + 1_700 * MS)
    assert rig.distrust(last + 1_700 * MS) == "silent socket"


def test_a_silent_socket_that_missed_a_change_is_replaced_at_once(rig: Rig) -> None:
    last = busy(rig, 15)
    rig.cut(last + 1_700 * MS)
    rig.venue.put(micros([(BID, 41, 1)]))
    rig.watch.snapshot(rest(rig, last + 1_800 * MS))
    assert ("replace", "missed change") in rig.cut(last + 2_000 * MS)
    later = [one for at in range(3, 30) for one in asked(rig, last + at * SECOND)]
    assert ("replace", "missed change") not in later


def test_a_silent_socket_of_which_rest_says_nothing_is_replaced_after_five_seconds(
    rig: Rig,
) -> None:
    last = busy(rig, 15)
    replaced = ("replace", "silent socket")
    times = [at for at in range(9) if replaced in asked(rig, last + at * SECOND)]
    assert times == [8]  # silent from 2 on, by whole seconds


def test_a_socket_that_speaks_again_owes_proof_of_what_it_left_out(rig: Rig) -> None:
    rig.watch.list_market(market("other"))
    other = forty_sixty("other")
    rig.watch.feed(FeedCarries(Ns(T0), WS, (M, OTHER)))
    rig.watch.snapshot(other.snapshot(T0))
    last = busy(rig, 15)
    rig.cut(last + 1_700 * MS)
    rig.watch.delta(rig.venue.delta(last + 2 * SECOND, (BID, 39, 3)))
    rig.cut(last + 2 * SECOND)
    assert rig.distrust(last + 2 * SECOND) == ""
    quiet = rig.watch.books[OTHER]
    assert rig.watch.distrust(quiet, Ns(last + 2 * SECOND)) == "silent socket"


def test_a_twin_that_is_behind_leaves_the_book_trusted_and_is_subscribed_anew(rig: Rig) -> None:
    rig.watch.feed(FeedCarries(Ns(T0), TWIN, (M,)))
    rig.watch.feed(FeedUp(Ns(T0), TWIN))
    rig.watch.snapshot(rig.venue.snapshot(T0, feed="twin"))
    rig.watch.feed(FeedBehind(Ns(T0 + SECOND), TWIN, M))
    assert rig.cut(T0 + SECOND) == [("resubscribe", "behind its twin")]
    assert rig.distrust(T0 + SECOND) == ""
    rig.watch.feed(FeedDown(Ns(T0 + SECOND), WS, "closed"))
    assert rig.distrust(T0 + SECOND) == "behind its twin"


def test_a_book_that_comes_late_from_a_twin_changes_nothing_and_counts_as_told(rig: Rig) -> None:
    late = rig.venue.snapshot(T0 + 2, venue_ns=T0 - 5, feed="twin")
    rig.watch.feed(FeedCarries(Ns(T0), TWIN, (M,)))
    rig.watch.feed(FeedUp(Ns(T0), TWIN))
    rig.watch.delta(rig.venue.delta(T0 + 1, (BID, 41, 1)))
    rig.watch.snapshot(late)
    assert rig.touch == (41, 60)
    rig.watch.feed(FeedDown(Ns(T0 + 3), WS, "closed"))
    assert rig.distrust(T0 + 3) == ""


def test_a_twin_s_repetitions_that_were_dropped_are_no_silence_once_it_is_alone(rig: Rig) -> None:
    rig.watch.feed(FeedCarries(Ns(T0), TWIN, (M,)))
    rig.watch.feed(FeedUp(Ns(T0), TWIN))
    rig.watch.snapshot(rig.venue.snapshot(T0, feed="twin"))
    last = busy(rig, 15)
    for number in range(100):  # now the twin is first with everything
        at = last + (number + 1) * 50 * MS
        change = rig.venue.delta(at, (BID, 39, 1 + number % 5))
        rig.watch.delta(structs.replace(change, feed=TWIN))
        rig.cut(at)
    rig.watch.feed(FeedDown(Ns(at), TWIN, "closed"))
    rig.cut(at + SECOND)
    assert rig.distrust(at + SECOND) == ""


def test_quiet_books_are_audited_less_often_where_two_feeds_tell_them() -> None:
    rig = Rig(audit_ns=10 * SECOND)
    rig.watch.feed(FeedCarries(Ns(T0), TWIN, (M,)))
    rig.watch.feed(FeedUp(Ns(T0), TWIN))
    rig.watch.snapshot(rig.venue.snapshot(T0))
    rig.watch.snapshot(rig.venue.snapshot(T0, feed="twin"))
    assert [at for at in range(30) if rig.cut(T0 + at * SECOND)] == [18]


def test_an_audit_takes_along_what_would_soon_be_due() -> None:
    rig = Rig(audit_ns=32 * SECOND)
    names = [f"m{number}" for number in range(20)]
    rig.watch.feed(FeedCarries(Ns(T0), WS, (M, *map(MarketId, names))))
    rig.watch.snapshot(rig.venue.snapshot(T0))
    for place, name in enumerate(names):
        rig.watch.list_market(market(name))
        rig.watch.snapshot(forty_sixty(name).snapshot(T0 + place * SECOND))
    rig.cut(T0)
    at_30 = rig.cut(T0 + 29 * SECOND) + rig.cut(T0 + 30 * SECOND)
    assert at_30.count(("prove", "audit")) == 21
    assert rig.cut(T0 + 40 * SECOND) == []


def test_a_gap_is_told_when_it_opens_and_when_it_ends_with_all_that_is_known(rig: Rig) -> None:
    rig.venue.put(micros([(BID, 41, 1)]))
    rig.watch.snapshot(rest(rig, T0 + SECOND))
    opened = [one for one in rig.watch.cut(Ns(T0 + 3 * SECOND)) if isinstance(one, GapStarted)]
    assert opened == [GapStarted(M, Ns(T0 + 3 * SECOND), "missed change")]
    rig.venue.put(micros([(BID, 42, 1), (BID, 41, 0)]))
    rig.watch.snapshot(rig.venue.snapshot(T0 + 4 * SECOND))
    (closed,) = rig.watch.cut(Ns(T0 + 4 * SECOND))
    assert closed == GapClosed(
        M, Ns(T0 + 3 * SECOND), Ns(T0 + 4 * SECOND), "missed change", "hash", "resubscribe", 2
    )


def test_the_gap_of_a_market_that_leaves_ends_with_it(rig: Rig) -> None:
    rig.watch.feed(FeedDown(Ns(T0 + 1), WS, "closed"))
    rig.cut(T0 + SECOND)
    rig.watch.drop_market(M)
    assert rig.cut(T0 + 2 * SECOND) == [("closed", "feed down", "dropped")]


def test_replacing_goes_to_the_feed_that_was_silent(rig: Rig) -> None:
    last = busy(rig, 15)
    rig.cut(last + 1_700 * MS)
    rig.venue.put(micros([(BID, 41, 1)]))
    rig.watch.snapshot(rest(rig, last + 1_800 * MS))
    told = rig.watch.cut(Ns(last + 2_000 * MS))
    assert ReplaceSocket(WS, "missed change") in told


def test_after_a_standstill_what_the_sockets_held_is_read_before_anything_is_traded(
    rig: Rig,
) -> None:
    now = T0 + 24 * SECOND
    rig.watch.stand_still(Ns(now))
    assert rig.distrust(now) == "stood still"
    old = rig.venue.delta(now + MS, (BID, 39, 7), venue_ns=T0 + 50 * MS)
    rig.watch.delta(old)
    rig.watch.verify()
    assert rig.distrust(now + 999 * MS) == "stood still", "a hash of long ago proves what was then"
    assert rig.distrust(now + SECOND) == ""


def test_a_book_of_which_nothing_is_told_after_a_standstill_owes_a_proof(rig: Rig) -> None:
    rig.watch.stand_still(Ns(T0 + 24 * SECOND))
    rig.cut(T0 + 24 * SECOND)
    assert rig.distrust(T0 + 25 * SECOND) == "stood still"
