"""Healing in rising order: a market is subscribed anew, then its socket replaced, with pauses."""

from itertools import pairwise

import pytest
from tests.unit.core.building import BID, MS, SECOND, WS, delta, forty_sixty, market
from tests.unit.core.watching import T0, M, Rig

from polywire.core.ids import FeedId, MarketId
from polywire.core.model.healing import ReplaceSocket, Resubscribe
from polywire.core.model.market import FeedBehind, FeedCarries, FeedDown, FeedUp, GapOpened
from polywire.core.units import Ns

NEW = FeedId("ws.2")


def measures(rig: Rig, first: int, last: int) -> list[tuple[float, str]]:
    """What is done to the feeds from one second to another, looked at each quarter of a second."""
    done = []
    for quarter in range(4 * first, 4 * last):
        for command in rig.watch.cut(Ns(T0 + quarter * SECOND // 4)):
            if isinstance(command, Resubscribe):
                done.append((quarter / 4, f"resubscribe {command.market}"))
            elif isinstance(command, ReplaceSocket):
                done.append((quarter / 4, f"replace {command.feed}"))
    return done


@pytest.fixture
def rig() -> Rig:
    """A feed that is up and has told nothing."""
    return Rig()


def test_a_first_book_that_does_not_come_is_asked_for_anew_and_then_on_a_new_socket(
    rig: Rig,
) -> None:
    assert measures(rig, 0, 6) == [(3.25, "resubscribe m"), (5.0, "replace ws")]


def test_what_no_measure_heals_is_tried_again_with_longer_and_longer_pauses(rig: Rig) -> None:
    done = measures(rig, 0, 400)
    replaced = [at for at, what in done if what == "replace ws"]
    pauses = [round(later - before) for before, later in pairwise(replaced)]
    assert len(pauses) == 2
    assert 30 <= pauses[0] < 100 < pauses[1]
    done_at = [at for at, what in done if what == "resubscribe m"]
    assert min(later - before for before, later in pairwise(done_at)) >= 10


def test_a_resubscription_that_helped_leaves_the_socket_alone(rig: Rig) -> None:
    assert measures(rig, 0, 4) == [(3.25, "resubscribe m")]
    rig.watch.snapshot(rig.venue.snapshot(T0 + 4 * SECOND))
    assert measures(rig, 4, 60) == []


def test_the_same_trouble_soon_after_a_resubscription_climbs_on(rig: Rig) -> None:
    rig.watch.snapshot(rig.venue.snapshot(T0))
    rig.watch.feed(FeedBehind(Ns(T0), WS, M))
    assert measures(rig, 0, 1) == [(0.0, "resubscribe m")]
    rig.watch.snapshot(rig.venue.snapshot(T0 + SECOND))
    rig.watch.feed(FeedBehind(Ns(T0 + 4 * SECOND), WS, M))
    assert measures(rig, 4, 5) == [(4.0, "replace ws")]


def test_the_same_trouble_much_later_begins_at_the_lowest_step(rig: Rig) -> None:
    rig.watch.snapshot(rig.venue.snapshot(T0))
    rig.watch.feed(FeedBehind(Ns(T0), WS, M))
    assert measures(rig, 0, 1) == [(0.0, "resubscribe m")]
    rig.watch.snapshot(rig.venue.snapshot(T0 + SECOND))
    rig.watch.feed(FeedBehind(Ns(T0 + 20 * SECOND), WS, M))
    assert measures(rig, 20, 21) == [(20.0, "resubscribe m")]


def test_a_socket_that_lacks_many_markets_is_replaced_at_once_and_asked_for_none(rig: Rig) -> None:
    names = [MarketId(f"m{number}") for number in range(9)]
    rig.watch.feed(FeedCarries(Ns(T0), WS, (M, *names)))
    for name in names:
        rig.watch.list_market(market(name))
    assert measures(rig, 0, 12) == [(10.25, "replace ws")]


def test_a_new_socket_has_its_time_before_anything_is_done_to_it(rig: Rig) -> None:
    assert measures(rig, 0, 6)[-1] == (5.0, "replace ws")
    rig.watch.feed(FeedCarries(Ns(T0 + 6 * SECOND), NEW, (M,)))
    rig.watch.feed(FeedUp(Ns(T0 + 6 * SECOND), NEW))
    rig.watch.feed(FeedDown(Ns(T0 + 6 * SECOND), WS, "replaced"))
    rig.watch.feed(FeedCarries(Ns(T0 + 6 * SECOND), WS, ()))
    assert measures(rig, 6, 9) == []
    rig.watch.snapshot(rig.venue.snapshot(T0 + 9 * SECOND, feed="ws.2"))
    assert rig.distrust(T0 + 9 * SECOND) == ""
    assert WS not in rig.watch.sources.by_feed


def test_nothing_is_done_to_a_feed_that_is_down(rig: Rig) -> None:
    rig.watch.feed(FeedDown(Ns(T0), WS, "closed"))
    assert measures(rig, 0, 60) == []


def test_a_resolved_market_heals_nothing(rig: Rig) -> None:
    rig.tracked.resolved = True
    assert measures(rig, 0, 60) == []


def test_one_missing_among_many_is_subscribed_anew_alone(rig: Rig) -> None:
    names = [f"m{number}" for number in range(9)]
    rig.watch.feed(FeedCarries(Ns(T0), WS, (M, *map(MarketId, names))))
    for name in names[1:]:
        rig.watch.list_market(market(name))
        rig.watch.snapshot(forty_sixty(name).snapshot(T0 + 100 * MS))
    rig.watch.list_market(market(names[0]))
    rig.watch.snapshot(rig.venue.snapshot(T0 + 100 * MS))
    assert measures(rig, 0, 4) == [(3.25, "resubscribe m0")]


def test_a_wrong_book_that_rest_is_always_behind_is_subscribed_anew(rig: Rig) -> None:
    rig.watch.snapshot(rig.venue.snapshot(T0))
    rig.watch.gap(GapOpened(Ns(T0 + 1), M, WS, "undecodable frame"))
    old = rig.venue.snapshot(T0 + 3 * SECOND, venue_ns=T0 + 2 * SECOND, feed="rest")
    rig.watch.delta(delta(T0 + 3 * SECOND - MS, (BID, 41, 1)))
    assert measures(rig, 0, 3) == []
    rig.watch.snapshot(old)
    rig.watch.delta(delta(T0 + 3 * SECOND + MS, (BID, 42, 1)))
    assert measures(rig, 3, 4) == [(3.0, "resubscribe m")]
    rig.watch.snapshot(rig.venue.snapshot(T0 + 4 * SECOND))
    assert measures(rig, 4, 30) == []


def test_a_right_book_that_rest_is_behind_is_left_alone(rig: Rig) -> None:
    rig.watch.snapshot(rig.venue.snapshot(T0 + 2 * SECOND))
    rig.watch.snapshot(rig.venue.snapshot(T0 + 3 * SECOND, venue_ns=T0 + SECOND, feed="rest"))
    assert measures(rig, 3, 20) == []


def test_a_market_that_never_tells_does_not_keep_a_silent_socket_from_being_replaced(
    rig: Rig,
) -> None:
    assert [what for _, what in measures(rig, 0, 600)].count("replace ws") >= 3
    rig.watch.sources.by_feed[WS].failed = "silent socket"
    assert (600.0, "replace ws") in measures(rig, 600, 632) or measures(rig, 632, 664)


def test_what_never_helps_is_done_less_and_less(rig: Rig) -> None:
    done = [what for _, what in measures(rig, 0, 3_600)]
    assert done.count("resubscribe m") < 40
    assert done.count("replace ws") < 8
