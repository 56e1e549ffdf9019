"""When a doubted or quiet book is asked about, and when a gap counts as closed."""

import pytest
from tests.unit.core.building import (
    BID,
    SECOND,
    WS,
    delta,
)
from tests.unit.core.watching import T0, M, Rig, rest

from polywire.core.ids import FeedId
from polywire.core.model.healing import GapClosed
from polywire.core.model.market import (
    GapOpened,
    MarketResolved,
    Proof,
)
from polywire.core.units import Money, Ns

TWIN = FeedId("twin")


@pytest.fixture
def rig() -> Rig:
    """A book proven at T0, and no gap open."""
    rig = Rig()
    rig.watch.snapshot(rig.venue.snapshot(T0))
    assert rig.cut(T0) == []
    return rig


def test_a_gap_is_asked_about_after_its_feed_had_time_to_heal_it(rig: Rig) -> None:
    rig.watch.gap(GapOpened(Ns(T0 + 1), M, WS, "undecodable frame"))
    assert rig.distrust(T0 + 1) == "undecodable frame"
    assert rig.cut(T0 + 2) == []
    assert rig.cut(T0 + 2 + 2 * SECOND - 1) == []
    assert rig.cut(T0 + 2 + 2 * SECOND + SECOND) == [("prove", "undecodable frame")]
    assert rig.watch.gaps == 1


def test_a_gap_without_a_cause_is_a_gap(rig: Rig) -> None:
    rig.watch.gap(GapOpened(Ns(T0 + 1), M, WS, ""))
    assert rig.distrust(T0 + 1) == "gap"


def test_unanswered_questions_are_repeated_less_and_less_often(rig: Rig) -> None:
    rig.watch.gap(GapOpened(Ns(T0), M, WS, "lost"))
    asked = [at for at in range(80) if rig.cut(T0 + at * SECOND)]
    assert asked == [2, *range(6, 80, 8)]


def test_a_healed_gap_is_told_once_with_its_cause_and_proof(rig: Rig) -> None:
    rig.watch.gap(GapOpened(Ns(T0 + 1), M, WS, "lost"))
    assert rig.cut(T0 + SECOND) == []
    rig.watch.snapshot(rest(rig, T0 + 2 * SECOND))
    (closed,) = rig.watch.cut(Ns(T0 + 2 * SECOND))
    assert closed == GapClosed(M, T0 + SECOND, T0 + 2 * SECOND, "lost", "hash", "", 0)
    rig.watch.changed.clear()
    assert rig.cut(T0 + 3 * SECOND) == []


def test_a_book_s_first_proof_closes_the_gap_of_not_knowing_it() -> None:
    rig = Rig()
    assert rig.cut(T0) == []
    rig.watch.snapshot(rig.venue.snapshot(T0 + SECOND))
    assert rig.cut(T0 + SECOND) == [("closed", "no snapshot", "hash")]
    assert rig.watch.gaps == 0


def test_a_book_never_told_is_asked_for() -> None:
    rig = Rig()
    asked = [at for at in range(20) if ("prove", "no snapshot") in rig.cut(T0 + at * SECOND)]
    assert asked == [2, 6, 14]


def test_a_wrong_hash_becomes_a_gap_when_its_grace_is_over(rig: Rig) -> None:
    rig.watch.delta(delta(T0 + 1, (BID, 41, 1), proofs=(Proof(0, "wrong", None, None),)))
    assert rig.cut(T0 + 1 + 2 * SECOND) == []
    assert rig.distrust(T0 + 1 + 2 * SECOND) == ""
    assert rig.cut(T0 + 3 * SECOND) == []
    assert rig.distrust(T0 + 3 * SECOND) == "checksum"
    assert rig.watch.tally.wrong == 1


def test_a_quiet_book_is_audited_at_an_age_and_not_at_every_cut() -> None:
    rig = Rig(audit_ns=10 * SECOND)
    rig.watch.snapshot(rig.venue.snapshot(T0))
    asked = [at for at in range(30) if rig.cut(T0 + at * SECOND)]
    assert asked == [8, 16, 24]


def test_an_answered_audit_renews_the_proof() -> None:
    rig = Rig(audit_ns=10 * SECOND)
    rig.watch.snapshot(rig.venue.snapshot(T0))
    assert rig.cut(T0 + 8 * SECOND) == [("prove", "audit")]
    rig.watch.snapshot(rest(rig, T0 + 9 * SECOND))
    asked = [at for at in range(9, 30) if rig.cut(T0 + at * SECOND)]
    assert asked == [17, 25]


def test_a_book_that_breaks_again_soon_after_each_answer_is_asked_for_less_and_less() -> None:
    rig = Rig()
    rig.watch.snapshot(rig.venue.snapshot(T0))
    asked = []
    for at in range(80):
        if rig.distrust(T0 + at * SECOND) == "":
            rig.watch.gap(GapOpened(Ns(T0 + at * SECOND), M, WS, "lost"))
        if ("prove", "lost") in rig.cut(T0 + at * SECOND):
            asked.append(at)
            rig.watch.snapshot(rest(rig, T0 + at * SECOND))
            rig.cut(T0 + at * SECOND + SECOND // 2)
    assert asked == [2, *range(7, 80, 9)]


def test_a_resolved_market_is_asked_about_no_more() -> None:
    rig = Rig()
    rig.watch.resolve(MarketResolved(Ns(T0), Ns(T0), M, (Money(1), Money(0))))
    assert [at for at in range(20) if rig.cut(T0 + at * SECOND)] == []


def test_all_books_are_looked_at_four_times_a_second(rig: Rig) -> None:
    assert rig.cut(T0 + SECOND) == []
    rig.tracked.integrity.doubt("quietly")
    assert rig.cut(T0 + SECOND + SECOND // 4 - 1) == []
    assert rig.tracked.gap_ns == 0
    assert rig.cut(T0 + SECOND + SECOND // 4) == []
    assert rig.tracked.gap_ns == T0 + SECOND + SECOND // 4
