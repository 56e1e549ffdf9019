"""Which hashes agree, late, wrong or superseded, and when a book may be trusted.

The venue here hashes its own dictionaries as text; see building.NaiveVenue.
"""

import pytest
from msgspec import structs
from tests.unit.core.building import (
    ASK,
    BID,
    CENT,
    MS,
    SECOND,
    NaiveVenue,
    delta,
    micros,
)
from tests.unit.core.proving import GRACE_NS, T0, Rig, yes_only

from polywire.core.book.integrity import UNKNOWN, Tally
from polywire.core.model.market import BookDelta, Proof
from polywire.core.units import Ns, Price


@pytest.fixture
def rig() -> Rig:
    """A book proven by its first snapshot at T0."""
    rig = Rig()
    rig.snapshot(rig.venue.snapshot(T0))
    rig.told(snapshots=1, snapshots_agreed=1)
    rig.tally = rig.integrity.tally = Tally()
    return rig


def test_nothing_is_trusted_before_a_snapshot() -> None:
    rig = Rig()
    assert rig.integrity.suspect == UNKNOWN == "no snapshot"
    rig.integrity.skip_delta(
        delta(T0, proofs=(Proof(0, "h", None, None, entries=3), Proof(1, "", None, None)))
    )
    rig.told(unverifiable=3)


def test_a_snapshot_that_agrees_proves_the_book() -> None:
    rig = Rig()
    rig.snapshot(rig.venue.snapshot(T0))
    assert rig.integrity.suspect == ""
    assert (rig.integrity.proven_ns, rig.integrity.proven_by) == (T0, "hash")
    assert not rig.integrity.waits


def test_a_snapshot_without_a_hash_is_taken_at_its_word() -> None:
    rig = Rig()
    rig.snapshot(structs.replace(rig.venue.snapshot(T0), hash=""))
    assert rig.integrity.suspect == ""
    assert rig.integrity.proven_by == "ws"
    rig.told()


def test_a_snapshot_that_disagrees_proves_nothing() -> None:
    rig = Rig()
    rig.snapshot(structs.replace(rig.venue.snapshot(T0), hash="other"))
    assert rig.integrity.suspect == "unproven snapshot"
    rig.told(snapshots=1)
    rig.integrity.expire(Ns(T0 + GRACE_NS + 1))
    assert rig.integrity.suspect == "unproven snapshot"
    rig.told(snapshots=1)


def test_a_snapshot_hashed_with_a_trade_price_to_come_is_proven_by_the_trade() -> None:
    rig = Rig()
    rig.venue.last_trade = 50 * CENT
    early = structs.replace(rig.venue.snapshot(T0), last_trade=None)
    rig.snapshot(early)
    assert rig.integrity.suspect == "unproven snapshot"
    rig.trade(T0 + 88 * MS, 50)
    assert rig.integrity.suspect == ""
    assert rig.integrity.proven_ns == T0 + 88 * MS


def test_each_outcome_s_hash_is_counted(rig: Rig) -> None:
    rig.delta(rig.venue.delta(T0 + 1, (BID, 41, 5)))
    rig.told(checked=2, agreed=2, groups=2, touches=2)
    assert rig.integrity.proven_ns == T0 + 1


def test_messages_that_share_a_hash_agree_at_the_last(rig: Rig) -> None:
    final = rig.venue.delta(T0 + 3, (BID, 41, 5), (BID, 42, 6), (BID, 43, 7))
    for at, level in ((T0 + 1, (BID, 41, 5)), (T0 + 2, (BID, 42, 6))):
        rig.delta(delta(at, level, proofs=final.proofs, venue_ns=final.venue_ns))
    assert rig.integrity.waits
    rig.delta(delta(T0 + 3, (BID, 43, 7), proofs=final.proofs))
    rig.told(checked=6, agreed=6, groups=2, touches=2)
    assert not rig.integrity.waits


def test_the_touch_is_not_compared_before_the_hash_agrees(rig: Rig) -> None:
    rig.venue.put(micros([(BID, 41, 5)]))
    rig.delta(delta(T0 + 1, (BID, 42, 5), proofs=(rig.venue.proof(0, T0 + 1),)))
    assert rig.tally.touches == 0


def test_a_hash_taken_one_message_late_is_late_and_not_wrong(rig: Rig) -> None:
    first, second = (BID, 41, 5), (BID, 42, 6)
    rig.venue.put(micros([first, second]))
    early = rig.venue.proof(0, T0 + 1)
    rig.delta(delta(T0 + 1, first, proofs=(early,)))
    rig.delta(delta(T0 + 2, second, proofs=(rig.venue.proof(0, T0 + 2),)))
    rig.told(checked=2, agreed=1, late=1, groups=2, groups_late=1, touches=1)
    rig.integrity.expire(Ns(T0 + 2 + GRACE_NS + 1))
    assert rig.integrity.suspect == ""
    assert rig.tally.wrong == 0


def test_a_late_hash_proves_the_book_once_the_later_one_agreed(rig: Rig) -> None:
    # the second change's own hash waits for a trade price; the first one's agrees late before it
    rig.venue.put(micros([(BID, 41, 5), (BID, 42, 6)]))
    early = rig.venue.proof(0, T0 + 1)
    rig.delta(delta(T0 + 1, (BID, 41, 5), proofs=(early,)))
    rig.venue.last_trade = 50 * CENT
    rig.delta(delta(T0 + 2, (BID, 42, 6), proofs=(rig.venue.proof(0, T0 + 2),)))
    assert rig.tally.late == 1
    assert rig.integrity.proven_ns == T0  # the newest hash is still open
    rig.trade(T0 + 3, 50)
    rig.told(checked=2, late=2, groups=2, groups_late=2)
    assert rig.integrity.proven_ns == T0 + 3


def test_an_older_hash_that_agrees_after_the_newest_did_is_one_more_proof(rig: Rig) -> None:
    rig.venue.put(micros([(BID, 41, 5), (BID, 42, 6)]))
    rig.venue.last_trade = 50 * CENT
    early = rig.venue.proof(0, T0 + 1)
    rig.venue.last_trade = None
    rig.delta(delta(T0 + 1, (BID, 41, 5), proofs=(early,)))
    rig.delta(delta(T0 + 2, (BID, 42, 6), proofs=(rig.venue.proof(0, T0 + 2),)))
    assert rig.integrity.proven_ns == T0 + 2
    rig.trade(T0 + 3, 50)
    assert rig.integrity.proven_ns == T0 + 3
    rig.told(checked=2, agreed=1, late=1, groups=2, groups_late=1, touches=1)


def test_a_hash_within_its_grace_is_no_reason_for_suspicion(rig: Rig) -> None:
    rig.delta(delta(T0 + 1, (BID, 41, 5), proofs=(Proof(0, "wrong", None, None, touch=False),)))
    rig.integrity.expire(Ns(T0 + 1 + GRACE_NS))
    assert rig.integrity.suspect == ""
    assert rig.integrity.waits
    rig.told(checked=1, groups=1)


def test_a_hash_that_never_agrees_is_wrong_and_the_book_suspect(rig: Rig) -> None:
    rig.delta(delta(T0 + 1, (BID, 41, 5), proofs=(Proof(0, "wrong", None, None, entries=2),)))
    rig.integrity.expire(Ns(T0 + 1 + GRACE_NS + 1))
    rig.told(checked=2, wrong=2, groups=1)
    assert rig.integrity.suspect == "checksum"
    assert not rig.integrity.waits
    rig.integrity.expire(Ns(T0 + 9 * SECOND))
    rig.told(checked=2, wrong=2, groups=1)


def test_a_wrong_hash_before_a_newer_proof_is_counted_and_no_longer_matters(rig: Rig) -> None:
    rig.delta(delta(T0 + 1, (BID, 41, 5), proofs=(Proof(0, "wrong", None, None, touch=False),)))
    rig.venue.put(micros([(BID, 41, 5)]))
    rig.delta(yes_only(rig.venue.delta(T0 + 2, (BID, 42, 5))))
    rig.integrity.expire(Ns(T0 + 1 + GRACE_NS + 1))
    rig.told(checked=2, agreed=1, wrong=1, groups=2, touches=1)
    assert rig.integrity.suspect == ""


def test_touches_that_agree_do_not_excuse_a_hash_that_never_does(rig: Rig) -> None:
    rig.delta(delta(T0 + 1, (BID, 39, 5), proofs=(Proof(0, "wrong", None, None, touch=False),)))
    rig.delta(delta(T0 + 2, proofs=(Proof(0, "", Price(40 * CENT), Price(60 * CENT)),)))
    rig.integrity.expire(Ns(T0 + 1 + GRACE_NS + 1))
    assert rig.integrity.suspect == "checksum"
    rig.told(checked=1, wrong=1, groups=1, touches=1)


def test_a_proof_just_before_a_wrong_hash_does_not_excuse_it(rig: Rig) -> None:
    rig.delta(yes_only(rig.venue.delta(T0 + 1, (BID, 41, 5))))
    rig.delta(delta(T0 + 1, (BID, 39, 5), proofs=(Proof(0, "wrong", None, None, touch=False),)))
    rig.integrity.expire(Ns(T0 + 1 + GRACE_NS + 1))
    assert rig.integrity.suspect == "checksum"
    rig.told(checked=2, agreed=1, wrong=1, groups=2, touches=1)


def test_a_hash_that_agreed_is_compared_again_when_another_change_repeats_it(rig: Rig) -> None:
    true = yes_only(rig.venue.delta(T0 + 1, (BID, 41, 5)))
    rig.delta(true)
    rig.delta(delta(T0 + 1, (BID, 39, 5), proofs=true.proofs))
    assert rig.integrity.waits
    rig.integrity.expire(Ns(T0 + 1 + GRACE_NS + 1))
    rig.told(checked=2, agreed=1, wrong=1, groups=1, touches=1)


def test_an_old_message_that_comes_again_is_not_excused_by_what_it_proved_before(rig: Rig) -> None:
    old = rig.venue.delta(T0 + 1, (BID, 41, 5))
    rig.delta(old)
    again = structs.replace(rig.venue.delta(T0 + 2, (BID, 42, 5)), proofs=old.proofs)
    rig.delta(structs.replace(again, recv_ns=Ns(T0 + SECOND)))  # both came as one, the old one last
    rig.integrity.expire(Ns(T0 + SECOND + GRACE_NS))
    assert rig.integrity.suspect == ""
    rig.integrity.expire(Ns(T0 + SECOND + GRACE_NS + 1))
    assert rig.integrity.suspect == "checksum"


def test_an_older_message_that_comes_late_cannot_prove_the_state_it_brings_back(rig: Rig) -> None:
    older = rig.venue.delta(T0 + 1, (BID, 41, 5))
    rig.delta(rig.venue.delta(T0 + 2, (BID, 41, 7)))
    proven_ns = rig.integrity.proven_ns
    rig.delta(structs.replace(older, recv_ns=Ns(T0 + SECOND)))
    assert rig.integrity.proven_ns == proven_ns
    rig.told(checked=4, agreed=2, superseded=2, groups=2, touches=2)
    rig.integrity.expire(Ns(T0 + SECOND + GRACE_NS))
    assert rig.integrity.suspect == ""
    rig.integrity.expire(Ns(T0 + SECOND + GRACE_NS + 1))
    assert rig.integrity.suspect == "checksum"


def test_an_older_message_about_another_level_completes_the_newest_state(rig: Rig) -> None:
    older = rig.venue.delta(T0 + 1, (BID, 39, 5))
    rig.delta(rig.venue.delta(T0 + 2, (BID, 41, 7)))
    assert rig.integrity.waits
    rig.delta(structs.replace(older, recv_ns=Ns(T0 + 3)))
    assert not rig.integrity.waits
    rig.told(checked=4, late=2, superseded=2, groups=2, groups_late=2)


def test_a_lost_change_is_noticed_and_the_next_snapshot_heals(rig: Rig) -> None:
    rig.venue.delta(T0 + 1, (BID, 41, 5))  # never arrives
    rig.delta(rig.venue.delta(T0 + 2, (BID, 42, 5)))
    rig.integrity.expire(Ns(T0 + 2 + GRACE_NS + 1))
    assert rig.integrity.suspect == "checksum"
    rig.told(checked=2, wrong=2, groups=2)
    rig.snapshot(rig.venue.snapshot(T0 + 5 * SECOND))
    assert rig.integrity.suspect == ""


def test_a_book_that_stays_wrong_costs_no_more_with_every_change(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    digest = rig.integrity.checksum.digest

    def counted(outcome: int, venue_ns: Ns, last_trade: Price | None) -> str:
        asked.append(outcome)
        return digest(outcome, venue_ns, last_trade)

    monkeypatch.setattr(rig.integrity.checksum, "digest", counted)
    rig.venue.delta(T0 + 1, (BID, 41, 5))  # never arrives
    for at in range(2, 102):
        asked.clear()
        rig.delta(rig.venue.delta(T0 + at, (BID, 42, at)))
    assert len(asked) == 2 * (1 + 16)


def test_the_first_cause_of_doubt_stands_until_proof(rig: Rig) -> None:
    rig.integrity.doubt("feed down")
    rig.integrity.doubt("checksum")
    assert rig.integrity.suspect == "feed down"
    rig.delta(rig.venue.delta(T0 + 1, (BID, 41, 5)))
    assert rig.integrity.suspect == ""


def test_a_touch_that_differs_for_longer_than_the_grace_voids_the_book(rig: Rig) -> None:
    def lie(at: int) -> BookDelta:
        true = yes_only(rig.venue.delta(at, (BID, 41, at)))
        return structs.replace(
            true, proofs=(structs.replace(true.proofs[0], best_bid=Price(42 * CENT)),)
        )

    rig.delta(lie(T0 + 1))
    rig.delta(lie(T0 + 2))
    rig.integrity.expire(Ns(T0 + 1 + GRACE_NS))
    assert rig.integrity.suspect == ""
    rig.integrity.expire(Ns(T0 + 1 + GRACE_NS + 1))
    assert rig.integrity.suspect == "touch"
    assert rig.tally.touches_differing == 2


def test_a_touch_that_agrees_again_is_forgiven(rig: Rig) -> None:
    true = yes_only(rig.venue.delta(T0 + 1, (BID, 41, 5)))
    lie = structs.replace(true.proofs[0], best_ask=None)
    rig.delta(structs.replace(true, proofs=(lie,)))
    rig.delta(rig.venue.delta(T0 + 2, (BID, 42, 5)))
    rig.integrity.expire(Ns(T0 + 9 * SECOND))
    assert rig.integrity.suspect == ""


def test_a_proven_snapshot_answers_a_differing_touch(rig: Rig) -> None:
    true = yes_only(rig.venue.delta(T0 + 1, (BID, 41, 5)))
    lie = structs.replace(true.proofs[0], best_ask=None)
    rig.delta(structs.replace(true, proofs=(lie,)))
    rig.snapshot(rig.venue.snapshot(T0 + 2))
    rig.integrity.expire(Ns(T0 + 9 * SECOND))
    assert rig.integrity.suspect == ""


def test_a_touch_alone_renews_a_proof_and_ends_no_suspicion(rig: Rig) -> None:
    bare = Proof(0, "", Price(40 * CENT), Price(60 * CENT))
    rig.delta(delta(T0 + 5, proofs=(bare,)))
    assert rig.integrity.proven_ns == T0 + 5
    rig.integrity.doubt("gap")
    rig.delta(delta(T0 + 6, proofs=(bare,)))
    assert rig.integrity.suspect == "gap"
    rig.told(touches=2)


def test_a_proof_that_says_neither_hash_nor_touch_says_nothing(rig: Rig) -> None:
    rig.delta(delta(T0 + 5, (ASK, 59, 1), proofs=(Proof(0, "", None, None, touch=False),)))
    assert rig.integrity.proven_ns == T0
    rig.told()


def test_a_new_tick_is_part_of_what_is_hashed(rig: Rig) -> None:
    rig.venue.tick = CENT // 10
    rig.integrity.checksum.set_tick(Price(CENT // 10))
    rig.delta(rig.venue.delta(T0 + 1, (BID, 41, 5)))
    assert rig.tally.agreed == 2


def test_the_venue_of_these_tests_tells_states_apart() -> None:
    venue = NaiveVenue()
    seen = {venue.hash(0, 1), venue.hash(1, 1), venue.hash(0, 2)}
    venue.put(micros([(BID, 40, 1)]))
    seen |= {venue.hash(0, 1)}
    venue.last_trade = 1
    seen |= {venue.hash(0, 1)}
    venue.tick = 1
    assert len(seen | {venue.hash(0, 1)}) == 6
