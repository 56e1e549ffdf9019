"""What each capture level keeps of the market."""

from polywire.core.ids import FeedId, MarketId
from polywire.core.model.control import Cut
from polywire.core.model.market import BookDelta, BookSnapshot, Proof
from polywire.core.units import Ns, Price
from polywire.journal.capture import Capture, TouchFilter, market_filter

AT = Ns(1)
YES_10_20 = Proof(0, "", Price(10), Price(20))
NO_80_90 = Proof(1, "", Price(80), Price(90))
YES_10_21 = Proof(0, "", Price(10), Price(21))
YES_10_NONE = Proof(0, "", Price(10), None)
YES_UNTOLD = Proof(0, "h", None, None, touch=False)


def delta(*proofs: Proof, market: str = "a") -> BookDelta:
    return BookDelta(AT, AT, MarketId(market), (), proofs, FeedId("f"), AT)


def snapshot(market: str) -> BookSnapshot:
    return BookSnapshot(AT, AT, MarketId(market), 0, (), (), "", FeedId("f"))


def kept(*entries: BookDelta | BookSnapshot | Cut) -> list[bool]:
    touch = TouchFilter()
    return [touch.keeps(entry) for entry in entries]


def test_a_change_is_kept_when_either_best_price_of_an_outcome_moved() -> None:
    assert kept(
        delta(YES_10_20, NO_80_90),
        delta(YES_10_20, NO_80_90),
        delta(YES_10_21),
        delta(YES_10_NONE),
        delta(YES_10_NONE),
        delta(NO_80_90),
    ) == [True, False, True, True, False, False]


def test_markets_are_remembered_apart() -> None:
    assert kept(delta(YES_10_20), delta(YES_10_20, market="b"), delta(YES_10_20)) == [
        True,
        True,
        False,
    ]


def test_a_change_that_proves_no_touch_is_kept() -> None:
    assert kept(delta(), delta(), delta(YES_UNTOLD), delta(YES_UNTOLD)) == [True] * 4


def test_all_else_is_kept_and_a_snapshot_forgets_the_touch_of_its_market() -> None:
    assert kept(
        delta(YES_10_20),
        delta(YES_10_20, market="b"),
        snapshot("a"),
        Cut(AT),
        delta(YES_10_20),
        delta(YES_10_20, market="b"),
    ) == [True, True, True, True, True, False]


def test_the_levels_full_and_none_do_not_look() -> None:
    same = delta(YES_10_20)
    full, none = market_filter(Capture.FULL), market_filter(Capture.NONE)
    touch = market_filter(Capture.TOUCH)
    assert [full(same), full(same)] == [True, True]
    assert [none(same), none(Cut(AT))] == [False, False]
    assert [touch(same), touch(same)] == [True, False]
