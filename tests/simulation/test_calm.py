"""Faultless hours in short: whatever is suspected on them is a false alarm."""

import pytest

from polywire.bench import calm
from polywire.bench.calm_watch import Mix


@pytest.mark.parametrize("redundancy", [1, 2])
def test_busy_and_quiet_markets_without_a_fault_raise_no_suspicion(redundancy: int) -> None:
    found = calm.run(seconds=300, seed=2, mixes=(Mix(4, 60.0), Mix(40, 8.0)), redundancy=redundancy)
    assert found.value("suspect periods") == 0, found.notes
    assert found.value("resubscriptions and replacements") == 0
    assert found.value("hashes wrong") == 0
    assert found.value("busy books, at most") >= 2
    assert found.value("hashes agreed late") > 0  # so that there was something to be patient with


def test_two_hundred_and_fifty_dead_markets_are_proven_by_a_call_every_forty_seconds() -> None:
    found = calm.run(seconds=400, mixes=(Mix(250, 0.5),))
    assert found.value("suspect periods") == 0, found.notes
    assert found.value("book calls") == pytest.approx(9 * 9)  # nine in a ninth of an hour
    assert found.value("busy books, at most") == 0
