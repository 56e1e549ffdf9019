"""Hashes whose own state was merged away or replaced before it could be compared."""

import pytest
from msgspec import structs
from tests.unit.core.building import (
    BID,
    CENT,
    SECOND,
    delta,
    micros,
)
from tests.unit.core.proving import T0, Rig, yes_only

from polywire.core.book.integrity import Tally
from polywire.core.model.market import Proof
from polywire.core.units import Ns


@pytest.fixture
def rig() -> Rig:
    """A book proven by its first snapshot at T0."""
    rig = Rig()
    rig.snapshot(rig.venue.snapshot(T0))
    rig.told(snapshots=1, snapshots_agreed=1)
    rig.tally = rig.integrity.tally = Tally()
    return rig


def test_a_proven_snapshot_supersedes_what_waits_on_either_outcome(rig: Rig) -> None:
    wrong = tuple(Proof(outcome, "wrong", None, None) for outcome in (0, 1))
    worse = tuple(Proof(outcome, "worse", None, None) for outcome in (0, 1))
    rig.delta(delta(T0 + 1, (BID, 41, 5), proofs=wrong))
    rig.delta(delta(T0 + 2, (BID, 42, 5), proofs=worse))
    rig.snapshot(rig.venue.snapshot(T0 + 3))
    rig.told(checked=4, superseded=4, groups=4, snapshots=1, snapshots_agreed=1)
    rig.integrity.expire(Ns(T0 + 9 * SECOND))
    assert rig.tally.wrong == 0
    assert not rig.integrity.waits


def test_a_snapshot_without_a_hash_supersedes_what_waits(rig: Rig) -> None:
    rig.delta(delta(T0 + 1, (BID, 41, 5), proofs=(Proof(1, "wrong", None, None),)))
    rig.snapshot(structs.replace(rig.venue.snapshot(T0 + 2), hash=""))
    rig.told(checked=1, superseded=1, groups=1)


def test_a_snapshot_that_holds_a_waiting_state_settles_it_late(rig: Rig) -> None:
    rig.venue.put(micros([(BID, 41, 5), (BID, 42, 5)]))
    early = rig.venue.proof(1, T0 + 1)
    rig.delta(delta(T0 + 1, (BID, 41, 5), proofs=(early,)))
    rig.snapshot(rig.venue.snapshot(T0 + 2))
    rig.told(checked=1, late=1, groups=1, groups_late=1, snapshots=1, snapshots_agreed=1)


def test_changes_a_rest_book_already_holds_are_superseded(rig: Rig) -> None:
    rig.integrity.supersede_delta(
        delta(T0, proofs=(Proof(0, "h", None, None, entries=2), Proof(1, "", None, None)))
    )
    rig.told(checked=2, superseded=2)


def test_a_merged_change_supersedes_the_states_it_went_over(rig: Rig) -> None:
    # the first message of a pair is taken alone; its second is merged with the next change
    rig.venue.put(micros([(BID, 41, 5), (BID, 42, 5)]))
    half = rig.venue.proof(0, T0 + 1)
    rig.delta(delta(T0 + 1, (BID, 41, 5), proofs=(half,)))
    rig.venue.put(micros([(BID, 43, 5)]))
    merged = rig.venue.proof(0, T0 + 3, entries=2)
    rig.delta(delta(T0 + 3, (BID, 42, 5), (BID, 43, 5), proofs=(merged,), frames=2))
    rig.told(checked=3, agreed=2, superseded=1, groups=2, touches=1)


def test_a_merged_change_that_agrees_late_supersedes_too(rig: Rig) -> None:
    rig.venue.put(micros([(BID, 41, 5), (BID, 42, 5)]))
    half = rig.venue.proof(0, T0 + 1)
    rig.delta(delta(T0 + 1, (BID, 41, 5), proofs=(half,)))
    rig.venue.put(micros([(BID, 43, 5)]))
    rig.venue.last_trade = 50 * CENT
    merged = rig.venue.proof(0, T0 + 3, entries=2)
    rig.delta(delta(T0 + 3, (BID, 42, 5), (BID, 43, 5), proofs=(merged,), frames=2))
    assert rig.integrity.waits
    rig.trade(T0 + 4, 50)
    rig.told(checked=3, late=2, superseded=1, groups=2, groups_late=1)
    rig.integrity.expire(Ns(T0 + 9 * SECOND))
    assert rig.tally.wrong == 0


def test_a_state_that_no_merge_went_over_is_not_superseded(rig: Rig) -> None:
    rig.delta(delta(T0 + 1, (BID, 41, 5), proofs=(Proof(0, "wrong", None, None),)))
    rig.venue.put(micros([(BID, 41, 5)]))
    rig.delta(yes_only(rig.venue.delta(T0 + 2, (BID, 42, 5))))
    assert rig.tally.superseded == 0
    assert rig.integrity.waits
