"""Many books: each is looked at four times a second, and no cut has to look at all of them."""

import pytest
from tests.unit.core.building import MS, SECOND, WS, forty_sixty, market
from tests.unit.core.test_feeding import busy
from tests.unit.core.watching import AGE, T0, M, Rig

from polywire.core.book.rhythm import Rhythm
from polywire.core.engine.tending import SWEEP_NS, TURN_BOOKS
from polywire.core.ids import MarketId
from polywire.core.model.healing import GapStarted
from polywire.core.model.market import FeedCarries
from polywire.core.units import Ns

COUNT = 5 * TURN_BOOKS - 1
TURN_NS = SWEEP_NS // 4


def many() -> Rig:
    """Books that were proven at T0, all on one socket, the rig's own among them."""
    rig = Rig()
    names = [MarketId(f"m{number}") for number in range(COUNT - 1)]
    rig.watch.feed(FeedCarries(Ns(T0), WS, (M, *names)))
    rig.watch.snapshot(rig.venue.snapshot(T0))
    for name in names:
        rig.watch.list_market(market(name))
        rig.watch.snapshot(forty_sixty(name).snapshot(T0))
    rig.cut(T0)
    return rig


def opened(rig: Rig, start: int, span_ns: int) -> list[int]:
    """How many gaps each cut opens, one every turn."""
    counts = []
    for at in range(start, start + span_ns, TURN_NS):
        told = rig.watch.cut(Ns(at))
        rig.watch.changed.clear()
        counts.append(sum(isinstance(one, GapStarted) for one in told))
    return counts


def test_books_whose_proofs_are_too_old_are_found_in_turn_within_one_round() -> None:
    rig = many()
    assert sum(opened(rig, T0 + AGE - SECOND, SECOND)) == 0
    counts = opened(rig, T0 + AGE + MS, SWEEP_NS)
    assert sum(counts) == COUNT
    assert max(counts) <= COUNT // 3


def test_what_has_left_takes_no_other_book_s_turn() -> None:
    rig = many()
    opened(rig, T0 + AGE - SECOND, SECOND)
    counts = opened(rig, T0 + AGE + MS, TURN_NS)
    gone = [name for name, one in rig.watch.books.items() if one.gap_ns]
    assert len(gone) == sum(counts)
    for name in gone:
        rig.watch.drop_market(name)
    counts += opened(rig, T0 + AGE + MS + TURN_NS, SWEEP_NS)
    assert sum(counts) == COUNT
    assert not [name for name, one in rig.watch.books.items() if not one.gap_ns]


def test_a_decision_waits_for_a_look_at_few_books(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(Rhythm, "patience_ns", lambda *_: asked.append(1))
    rig = many()
    rig.cut(T0 + SECOND)
    asked.clear()
    rig.cut(T0 + SECOND + TURN_NS)
    assert 0 < len(asked) <= COUNT // 3


def test_after_a_pause_all_are_looked_at_at_once() -> None:
    rig = many()
    rig.cut(T0 + SECOND)
    assert opened(rig, T0 + AGE + MS, TURN_NS) == [COUNT]


def test_what_a_silent_socket_fed_is_doubted_at_once() -> None:
    rig = many()
    last = busy(rig, 15)
    counts = opened(rig, last, 2 * SECOND)
    assert [count for count in counts if count] == [COUNT]
