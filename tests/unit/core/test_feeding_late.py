"""What comes late, twice, from the future or from the other socket must not undo what is known."""

import pytest
from msgspec import structs
from tests.unit.core.building import BID, CENT, MS, SECOND, SHARE, WS, forty_sixty, market, micros
from tests.unit.core.watching import T0, TWIN, M, Rig, rest

from polywire.core.ids import MarketId
from polywire.core.model.instrument import Side
from polywire.core.model.market import (
    BookDelta,
    FeedCarries,
    FeedUp,
    GapOpened,
    Proof,
    PublicTrade,
)
from polywire.core.units import Ns, Price, Quantity

OTHER = MarketId("other")


@pytest.fixture
def rig() -> Rig:
    """A book proven at T0, and no gap open."""
    rig = Rig()
    rig.watch.snapshot(rig.venue.snapshot(T0))
    rig.cut(T0)
    return rig


def twin(rig: Rig, *markets: MarketId) -> None:
    """A second socket is up."""
    rig.watch.feed(FeedCarries(Ns(T0), TWIN, markets or (M,)))
    rig.watch.feed(FeedUp(Ns(T0), TWIN))


def test_the_second_book_of_a_late_dump_undoes_nothing_either(rig: Rig) -> None:
    twin(rig)
    dump = [rig.venue.snapshot(T0 + 60 * MS, venue_ns=T0, outcome=n, feed="twin") for n in (0, 1)]
    rig.watch.delta(rig.venue.delta(T0 + 50 * MS, (BID, 41, 1)))
    for book in dump:
        rig.watch.snapshot(book)
    assert rig.touch == (41, 60)
    assert rig.tracked.book.venue_ns == T0 + 50 * MS


def test_of_two_sockets_the_one_that_told_last_may_be_late_too(rig: Rig) -> None:
    twin(rig)
    old = rig.venue.snapshot(T0 + 3, venue_ns=T0 - 1, feed="twin")
    rig.watch.snapshot(rig.venue.snapshot(T0 + 1, feed="twin"))
    change = rig.venue.delta(T0 + 2, (BID, 41, 1))
    rig.watch.delta(structs.replace(change, feed=TWIN))
    rig.watch.snapshot(old)
    assert rig.touch == (41, 60)


def test_a_sole_socket_s_own_book_is_taken_whatever_its_time(rig: Rig) -> None:
    old = rig.venue.snapshot(T0 + 3, venue_ns=T0 - 1)
    rig.watch.delta(rig.venue.delta(T0 + 2, (BID, 41, 1)))
    rig.watch.snapshot(old)
    assert rig.touch == (40, 60)


def test_a_rest_book_from_the_future_freezes_nothing(rig: Rig) -> None:
    rig.watch.snapshot(rest(rig, T0 + 1, venue_ns=T0 + 3_600 * SECOND))
    rig.watch.delta(rig.venue.delta(T0 + SECOND, (BID, 41, 1)))
    assert rig.touch == (41, 60)
    rig.venue.put(micros([(BID, 42, 1)]))
    rig.watch.snapshot(rest(rig, T0 + 2 * SECOND))
    assert rig.touch == (42, 60)


def test_a_clock_a_little_ahead_is_believed(rig: Rig) -> None:
    rig.watch.snapshot(rest(rig, T0 + 1, venue_ns=T0 + 4 * SECOND))
    assert rig.tracked.book.venue_ns == T0 + 4 * SECOND


def test_a_repeated_message_does_not_forgive_what_was_lost_after_it(rig: Rig) -> None:
    first = rig.venue.delta(T0 + 1, (BID, 41, 1))
    rig.watch.delta(first)
    rig.watch.gap(GapOpened(Ns(T0 + 2), M, WS, "undecodable frame"))
    rig.watch.delta(first)
    assert rig.distrust(T0 + 3) == "undecodable frame"
    rig.watch.delta(rig.venue.delta(T0 + 4, (BID, 41, 2)))
    rig.watch.verify()
    assert rig.distrust(T0 + 4) == ""


def test_a_late_trade_price_does_not_forgive_what_was_lost_before_it(rig: Rig) -> None:
    rig.venue.last_trade = 55 * CENT
    rig.watch.delta(rig.venue.delta(T0 + 1, (BID, 41, 1)))
    rig.watch.gap(GapOpened(Ns(T0 + 2), M, WS, "undecodable frame"))
    rig.watch.trade(
        PublicTrade(Ns(T0 + 3), Ns(T0), M, 0, Side.BUY, Price(55 * CENT), Quantity(1), WS)
    )
    assert rig.distrust(T0 + 3) == "undecodable frame"


def test_a_touch_that_is_younger_than_the_levels_makes_no_rest_book_old(rig: Rig) -> None:
    touch = (Proof(0, "", Price(40 * CENT), Price(60 * CENT)),)
    rig.watch.delta(BookDelta(Ns(T0 + 9), Ns(T0 + 5 * MS), M, (), touch, WS, Ns(T0 + 9)))
    rig.watch.snapshot(rest(rig, T0 + SECOND, venue_ns=T0))
    assert rig.watch.tally.snapshots_agreed == 2


def test_an_overtaken_change_makes_no_old_rest_book_new(rig: Rig) -> None:
    rig.watch.delta(rig.venue.delta(T0 + 20, (BID, 41, 1)))
    old = rest(rig, T0 + 40, venue_ns=T0 + 15)
    rig.watch.delta(rig.venue.delta(T0 + 30, (BID, 38, 1), venue_ns=T0 + 10))
    rig.watch.snapshot(old)
    assert rig.tracked.book.venue_ns == T0 + 20


def test_a_slower_twin_that_alone_carries_a_market_is_not_called_silent(rig: Rig) -> None:
    twin(rig)
    rig.watch.list_market(market("other"))
    rig.watch.feed(FeedCarries(Ns(T0), WS, (M, OTHER)))
    rig.watch.snapshot(forty_sixty("other").snapshot(T0))
    rig.watch.snapshot(rig.venue.snapshot(T0, feed="twin"))
    at = T0
    for number in range(600):  # first this socket wins, then the twin does with everything
        at = T0 + (number + 1) * 50 * MS
        change = rig.venue.delta(at, (BID, 39, 1 + number % 5))
        rig.watch.delta(change if number < 300 else structs.replace(change, feed=TWIN))
        assert all("socket" not in reason for _, reason in rig.cut(at))
    assert rig.watch.fed(OTHER)


def test_a_new_book_is_known_to_be_busy_after_three_seconds() -> None:
    rig = Rig()
    rig.watch.snapshot(rig.venue.snapshot(T0))
    at = T0
    for number in range(80):
        at = T0 + (number + 1) * 50 * MS
        rig.watch.delta(rig.venue.delta(at, (BID, 39, 1 + number % 7)))
        rig.cut(at)
    rig.cut(at + 1_700 * MS)
    assert rig.distrust(at + 1_700 * MS) == "silent socket"


def test_a_first_book_older_than_changes_that_a_twin_has_told_is_no_proof_of_now() -> None:
    rig = Rig()
    twin(rig)
    old = rig.venue.snapshot(T0 + 9 * MS, venue_ns=T0 + MS, feed="twin")
    rig.watch.delta(rig.venue.delta(T0 + 3 * MS, (BID, 41, 1)))
    stale = rig.venue.delta(T0 + 8 * MS, (BID, 38, 7), venue_ns=T0 - MS)
    rig.watch.delta(structs.replace(stale, feed=TWIN))
    rig.watch.snapshot(old)
    assert rig.distrust(T0 + 9 * MS) == "no snapshot"


def test_a_late_book_mends_one_in_doubt_with_what_was_told_since(rig: Rig) -> None:
    twin(rig)
    rig.watch.delta(rig.venue.delta(T0 + 1, (BID, 41, 1)))
    rig.venue.put(micros([(BID, 42, 7)]))  # nobody hears of it
    rig.watch.gap(GapOpened(Ns(T0 + 2), M, WS, "undecodable frame"))
    rig.watch.delta(rig.venue.delta(T0 + 3, (BID, 43, 1)))
    late = rest(rig, T0 + 90 * MS, venue_ns=T0 + 4)
    rig.watch.delta(rig.venue.delta(T0 + 50 * MS, (BID, 44, 1)))
    rig.watch.snapshot(late)
    bids = [(price // CENT, size // SHARE) for price, size in rig.tracked.book.levels(0, Side.BUY)]
    assert bids[:4] == [(44, 1), (43, 1), (42, 7), (41, 1)]
    assert rig.distrust(T0 + 90 * MS) == "undecodable frame"  # mended, and not yet proven
    rig.watch.delta(rig.venue.delta(T0 + 95 * MS, (BID, 45, 1)))
    rig.watch.verify()
    assert rig.distrust(T0 + 95 * MS) == ""


def test_a_late_book_of_before_the_doubt_mends_nothing(rig: Rig) -> None:
    twin(rig)
    rig.watch.delta(rig.venue.delta(T0 + 10, (BID, 41, 1)))
    rig.venue.put(micros([(BID, 42, 7)]))  # nobody hears of it
    rig.watch.gap(GapOpened(Ns(T0 + 11), M, WS, "undecodable frame"))
    rig.watch.delta(rig.venue.delta(T0 + 20, (BID, 43, 1)))
    rig.venue.bids.clear()
    rig.watch.snapshot(rest(rig, T0 + 90 * MS, venue_ns=T0 + 5))
    bids = [price // CENT for price, _ in rig.tracked.book.levels(0, Side.BUY)]
    assert bids[:2] == [43, 41]


def test_a_late_book_may_lack_what_was_told_of_its_own_millisecond(rig: Rig) -> None:
    twin(rig)
    rig.venue.put(micros([(BID, 42, 7)]))  # nobody hears of it
    rig.watch.gap(GapOpened(Ns(T0 + 2), M, WS, "undecodable frame"))
    late = rest(rig, T0 + 90 * MS, venue_ns=T0 + 3 * MS)
    rig.watch.delta(rig.venue.delta(T0 + 3 * MS, (BID, 43, 1)))
    rig.watch.delta(rig.venue.delta(T0 + 50 * MS, (BID, 44, 1)))
    rig.watch.snapshot(late)
    bids = [price // CENT for price, _ in rig.tracked.book.levels(0, Side.BUY)]
    assert bids[:3] == [44, 43, 42]
