"""What a market event does to trust in its book, and which proofs are asked for when."""

import pytest
from msgspec import structs
from tests.unit.core.building import (
    ASK,
    BID,
    CENT,
    MS,
    SHARE,
    WS,
    NaiveVenue,
    delta,
    forty_sixty,
    market,
    micros,
)
from tests.unit.core.watching import AGE, T0, M, Rig, rest

from polywire.core.ids import FeedId, MarketId
from polywire.core.model.instrument import Side
from polywire.core.model.market import (
    FeedCarries,
    FeedDown,
    FeedUp,
    GapOpened,
    MarketResolved,
    PublicTrade,
    TickSizeChanged,
)
from polywire.core.units import Money, Ns, Price, Quantity

TWIN = FeedId("twin")


@pytest.fixture
def rig() -> Rig:
    """A book proven at T0, and no gap open."""
    rig = Rig()
    rig.watch.snapshot(rig.venue.snapshot(T0))
    assert rig.cut(T0) == []
    return rig


def test_a_book_that_is_proven_and_fed_is_trusted(rig: Rig) -> None:
    assert rig.distrust(T0) == ""
    assert rig.touch == (40, 60)


@pytest.mark.parametrize(("age", "told"), [(AGE, ""), (AGE + 1, "stale proof")])
def test_a_proof_grows_stale(rig: Rig, age: int, told: str) -> None:
    assert rig.distrust(T0 + age) == told


def test_changes_that_come_without_proof_keep_no_book_fresh(rig: Rig) -> None:
    rig.watch.delta(delta(T0 + AGE, (BID, 39, 1)))
    assert rig.distrust(T0 + AGE) == ""
    assert rig.distrust(T0 + AGE + 1) == "stale proof"


def test_a_crossed_book_is_distrusted_while_it_is_crossed(rig: Rig) -> None:
    rig.watch.delta(rig.venue.delta(T0 + 1, (BID, 60, 1)))
    assert rig.distrust(T0 + 1) == "crossed"
    rig.watch.delta(rig.venue.delta(T0 + 2, (ASK, 60, 0), (ASK, 61, 1)))
    assert rig.distrust(T0 + 2) == ""


def test_changes_before_the_first_book_are_discarded_and_counted() -> None:
    rig = Rig()
    rig.watch.delta(rig.venue.delta(T0, (BID, 41, 1)))
    assert rig.touch == (None, None)
    assert rig.watch.tally.unverifiable == 2
    assert rig.distrust(T0) == "no snapshot"


def test_what_concerns_a_market_nobody_watches_is_ignored(rig: Rig) -> None:
    other = forty_sixty("other")
    far = MarketId("other")
    rig.watch.snapshot(other.snapshot(T0))
    rig.watch.delta(other.delta(T0, (BID, 41, 1)))
    rig.watch.trade(PublicTrade(Ns(T0), Ns(T0), far, 0, Side.BUY, Price(1), Quantity(1), WS))
    rig.watch.tick(TickSizeChanged(Ns(T0), Ns(T0), far, Price(1)))
    rig.watch.resolve(MarketResolved(Ns(T0), Ns(T0), far, (Money(0), Money(1))))
    rig.watch.gap(GapOpened(Ns(T0), far, WS, "lost"))
    rig.watch.feed(FeedCarries(Ns(T0), TWIN, (far,)))
    rig.watch.feed(FeedDown(Ns(T0), TWIN, "gone"))
    assert list(rig.watch.books) == ["m"]
    assert rig.watch.changed == {}


def test_a_dropped_market_is_forgotten(rig: Rig) -> None:
    rig.watch.delta(rig.venue.delta(T0 + 1, (BID, 41, 1)))
    rig.watch.drop_market(M)
    rig.watch.drop_market(M)
    assert rig.watch.books == {}
    assert rig.cut(T0 + 2) == []


def test_a_rest_book_older_than_the_stream_is_dropped(rig: Rig) -> None:
    old = rest(rig, T0 + 20, venue_ns=T0 + 9)
    rig.watch.delta(rig.venue.delta(T0 + 10, (BID, 41, 1)))
    rig.watch.snapshot(old)
    assert rig.touch == (41, 60)
    assert rig.watch.tally.snapshots == 1


def test_a_rest_book_older_than_the_stream_still_tells_of_a_missed_trade(rig: Rig) -> None:
    rig.venue.last_trade = 55 * CENT  # and its print is lost
    told = rest(rig, T0 + 20, venue_ns=T0 + 9)
    rig.watch.delta(rig.venue.delta(T0 + 10, (BID, 41, 1)))
    rig.watch.verify()
    assert rig.tracked.integrity.waits
    rig.watch.snapshot(told)
    assert rig.tracked.book.last_trade == 55 * CENT
    assert not rig.tracked.integrity.waits
    assert rig.touch == (41, 60)


def test_a_rest_book_as_old_as_the_stream_is_taken(rig: Rig) -> None:
    rig.watch.delta(rig.venue.delta(T0 + 10, (BID, 41, 1)))
    rig.watch.snapshot(rest(rig, T0 + 20, venue_ns=T0 + 10))
    assert rig.watch.tally.snapshots_agreed == 2


def test_changes_that_a_rest_book_already_holds_are_not_applied_again(rig: Rig) -> None:
    late = rig.venue.delta(T0 + 21, (BID, 41, 1), venue_ns=T0 + 10)
    rig.venue.put(micros([(BID, 41, 0)]))
    rig.watch.snapshot(rest(rig, T0 + 20, venue_ns=T0 + 11))
    rig.watch.delta(late)
    assert rig.touch == (40, 60)
    assert (rig.watch.tally.superseded, rig.watch.tally.checked) == (2, 2)
    rig.watch.delta(rig.venue.delta(T0 + 11, (BID, 42, 1)))
    assert rig.touch == (42, 60)
    assert rig.distrust(T0 + 11) == ""


def test_a_stream_s_own_snapshot_starts_its_changes_anew_after_a_rest_book(rig: Rig) -> None:
    behind = rig.venue.snapshot(T0 + 30, venue_ns=T0 + 10)
    between = rig.venue.delta(T0 + 31, (BID, 41, 1), venue_ns=T0 + 15)
    rig.watch.snapshot(rest(rig, T0 + 29, venue_ns=T0 + 20))
    rig.watch.snapshot(behind)
    rig.watch.delta(between)
    rig.watch.delta(rig.venue.delta(T0 + 32, (ASK, 59, 1), venue_ns=T0 + 25))
    rig.watch.verify()
    assert rig.touch == (41, 59)
    assert rig.watch.tally.agreed == 4


def test_each_change_is_compared_with_its_own_state_however_late(rig: Rig) -> None:
    for at, size in enumerate((1, 2, 3), start=1):
        rig.watch.delta(rig.venue.delta(T0 + at, (BID, 41, size)))
    assert rig.watch.tally.agreed == 4  # the last one waits for a decision
    rig.watch.verify()
    rig.watch.verify()
    assert (rig.watch.tally.agreed, rig.watch.tally.checked) == (6, 6)


def test_what_waits_is_compared_before_anything_else_touches_the_evidence(rig: Rig) -> None:
    for event in (FeedDown(Ns(T0), WS, ""), GapOpened(Ns(T0), M, WS, "feed down")):
        rig = Rig()
        rig.watch.snapshot(rig.venue.snapshot(T0))
        rig.watch.delta(rig.venue.delta(T0 + 1, (BID, 41, 1)))
        rig.watch.feed(event) if isinstance(event, FeedDown) else rig.watch.gap(event)
        assert rig.watch.tally.agreed == 2
        rig.watch.verify()
        assert rig.distrust(T0 + 1) == "feed down"


def test_a_dropped_book_s_last_hash_is_counted(rig: Rig) -> None:
    rig.watch.delta(rig.venue.delta(T0 + 1, (BID, 41, 1)))
    rig.watch.drop_market(M)
    assert rig.watch.tally.agreed == 2


def test_a_trade_price_settles_the_hash_that_knew_it_early(rig: Rig) -> None:
    rig.venue.last_trade = 55 * CENT
    rig.watch.delta(rig.venue.delta(T0 + 1, (BID, 41, 1)))
    rig.watch.verify()
    assert rig.tracked.integrity.waits
    trade = PublicTrade(
        Ns(T0 + 88 * MS), Ns(T0), M, 0, Side.BUY, Price(55 * CENT), Quantity(SHARE), WS
    )
    rig.watch.trade(trade)
    assert not rig.tracked.integrity.waits
    assert rig.watch.tally.late == 2
    rig.watch.trade(trade)
    assert rig.watch.tally.late == 2


def test_a_new_tick_keeps_the_levels_and_asks_for_proof(rig: Rig) -> None:
    rig.watch.tick(TickSizeChanged(Ns(T0 + 1), Ns(T0 + 1), M, Price(CENT // 10)))
    assert rig.touch == (40, 60)
    assert rig.tracked.market.tick == 1_000
    assert rig.distrust(T0 + 1) == "tick size changed"
    rig.venue.tick = CENT // 10
    rig.watch.snapshot(rest(rig, T0 + 2))
    assert rig.distrust(T0 + 2) == ""


def test_a_tick_told_twice_is_no_news(rig: Rig) -> None:
    rig.watch.tick(TickSizeChanged(Ns(T0 + 1), Ns(T0 + 1), M, Price(CENT)))
    assert rig.distrust(T0 + 1) == ""
    assert rig.watch.changed == {}


def test_a_snapshot_may_bring_a_new_tick(rig: Rig) -> None:
    rig.venue.tick = CENT // 10
    rig.watch.snapshot(rig.venue.snapshot(T0 + 1, tick=CENT // 10))
    assert rig.tracked.market.tick == 1_000
    assert rig.distrust(T0 + 1) == ""


def test_a_listing_changes_terms_but_does_not_undo_a_tick(rig: Rig) -> None:
    rig.watch.tick(TickSizeChanged(Ns(T0 + 1), Ns(T0 + 1), M, Price(CENT // 10)))
    rig.watch.list_market(market(size_min=Quantity(15 * SHARE)))
    assert rig.tracked.market.size_min == 15 * SHARE
    assert rig.tracked.market.tick == 1_000
    assert rig.touch == (40, 60)


def test_a_feed_that_goes_down_leaves_its_books_distrusted_until_new_proof(rig: Rig) -> None:
    rig.watch.feed(FeedDown(Ns(T0 + 1), WS, "closed"))
    assert rig.distrust(T0 + 1) == "feed down"
    rig.watch.feed(FeedUp(Ns(T0 + 2), WS))
    assert rig.distrust(T0 + 2) == "feed down"
    rig.watch.snapshot(rig.venue.snapshot(T0 + 3))
    assert rig.distrust(T0 + 3) == ""


def test_a_rest_book_while_no_feed_is_up_proves_nothing_for_later(rig: Rig) -> None:
    rig.watch.feed(FeedDown(Ns(T0 + 1), WS, "closed"))
    rig.watch.snapshot(rest(rig, T0 + 2))
    assert rig.distrust(T0 + 2) == "feed down"
    rig.watch.feed(FeedUp(Ns(T0 + 9), WS))
    assert rig.distrust(T0 + 9) == "feed down"


def test_a_twin_keeps_a_book_alive(rig: Rig) -> None:
    rig.watch.feed(FeedCarries(Ns(T0), TWIN, (M,)))
    rig.watch.feed(FeedUp(Ns(T0), TWIN))
    rig.watch.snapshot(rig.venue.snapshot(T0, feed="twin"))
    rig.watch.feed(FeedDown(Ns(T0 + 1), WS, "closed"))
    assert rig.distrust(T0 + 1) == ""
    rig.watch.feed(FeedDown(Ns(T0 + 1), TWIN, "closed"))
    assert rig.distrust(T0 + 1) == "feed down"


def test_a_market_moved_between_feeds_needs_new_proof(rig: Rig) -> None:
    rig.watch.feed(FeedUp(Ns(T0 + 1), TWIN))
    rig.watch.feed(FeedCarries(Ns(T0 + 1), WS, ()))
    rig.watch.feed(FeedCarries(Ns(T0 + 1), TWIN, (M,)))
    assert rig.distrust(T0 + 1) == "feed down"
    rig.watch.snapshot(rig.venue.snapshot(T0 + 2, feed="twin"))
    assert rig.distrust(T0 + 2) == ""


def test_carrying_the_same_market_again_changes_nothing(rig: Rig) -> None:
    rig.watch.feed(FeedCarries(Ns(T0 + 1), WS, (M, MarketId("other"))))
    assert rig.distrust(T0 + 1) == ""


def test_a_book_that_is_carried_by_no_feed_is_distrusted() -> None:
    rig = Rig()
    rig.watch.list_market(market("lonely"))
    venue: NaiveVenue = forty_sixty("lonely")
    rig.watch.snapshot(structs.replace(venue.snapshot(T0)))
    lonely = rig.watch.books[MarketId("lonely")]
    assert rig.watch.distrust(lonely, Ns(T0)) == "feed down"
    rig.watch.delta(venue.delta(T0 + 1, (BID, 41, 1)))
    assert rig.watch.distrust(lonely, Ns(T0 + 1)) == "feed down"
