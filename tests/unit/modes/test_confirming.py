"""Which books are confirmed in the place of REST, and which are not."""

import pytest
from msgspec import structs
from tests.unit.modes.recorded_market import FEED, MS, START, market_events

from polywire.config.build import engine_from
from polywire.config.demo import demo_settings
from polywire.core.model.control import Cut
from polywire.core.model.healing import ProveBook
from polywire.core.model.instrument import Side
from polywire.core.model.market import (
    REST,
    BookDelta,
    BookSnapshot,
    FeedDown,
    GapOpened,
    MarketResolved,
    Proof,
)
from polywire.modes.confirming import Confirming

LATER = START + 500 * MS


@pytest.fixture
def engine():
    engine = engine_from(demo_settings())
    for event in market_events(1, 0, markets=1):
        engine.handle(event)
    engine.handle(Cut(START))
    return engine


def asked(engine, now=LATER):
    confirming = Confirming(engine, confirms=True)
    confirming.ask(ProveBook("m1", "audit"), now)
    assert confirming.wakeup() == now + 200 * MS
    assert confirming.due(now + 199 * MS) == []
    return confirming.due(now + 200 * MS), confirming


def test_a_book_that_nothing_contradicts_is_confirmed_as_it_stands(engine):
    (told,), confirming = asked(engine)
    assert isinstance(told, BookSnapshot)
    assert (told.feed, told.hash) == (REST, "")
    book = engine.watch.books["m1"].book
    assert told.bids == tuple(book.levels(0, Side.BUY))[::-1]
    before = (dict(book.bid_ladder.sizes), dict(book.ask_ladder.sizes))
    engine.handle(told)
    assert (dict(book.bid_ladder.sizes), dict(book.ask_ladder.sizes)) == before
    assert engine.watch.books["m1"].integrity.proven_ns == told.recv_ns
    assert (confirming.confirmed, confirming.refused) == (1, 0)


def crossed(engine):
    bid = engine.watch.books["m1"].book.touch(0)[1]
    level = (0, bid, 5_000_000)
    engine.handle(BookDelta(LATER, LATER, "m1", (level,), (), FEED, LATER))


def wrong_touch(engine):
    """Best prices that differ for longer than the grace."""
    proof = Proof(0, "", 10_000, 20_000)
    engine.handle(BookDelta(LATER, LATER, "m1", (), (proof,), FEED, LATER))
    engine.handle(Cut(LATER + 3_000 * MS))


def differing_for_a_moment(engine):
    proof = Proof(0, "", 10_000, 20_000)
    engine.handle(BookDelta(LATER, LATER, "m1", (), (proof,), FEED, LATER))
    engine.watch.verify()


def lost_something(engine):
    engine.handle(GapOpened(LATER, "m1", FEED, "undecodable frame"))


def untold(engine):
    engine.handle(FeedDown(LATER, FEED, "reset"))


def over(engine):
    engine.handle(MarketResolved(LATER, LATER, "m1", (1_000_000, 0)))


@pytest.mark.parametrize(
    "happens", [crossed, wrong_touch, differing_for_a_moment, lost_something, untold, over]
)
def test_a_book_that_something_contradicts_is_not(engine, happens):
    happens(engine)
    told, confirming = asked(engine, LATER + 4_000 * MS)
    assert told == []
    assert (confirming.confirmed, confirming.refused) == (0, 1)


def test_a_book_that_was_never_told_is_not(engine):
    listed = next(
        event for event in market_events(2, 0) if type(event).__name__ == "InstrumentListed"
    )
    engine.handle(structs.replace(listed, market=structs.replace(listed.market, id="m9")))
    confirming = Confirming(engine, confirms=True)
    for market in ("m9", "nobody"):
        confirming.ask(ProveBook(market, "no snapshot"), LATER)
    assert confirming.due(LATER + 200 * MS) == []
    assert confirming.refused == 2


def test_where_answers_of_rest_are_recorded_none_is_made_up(engine):
    confirming = Confirming(engine, confirms=False)
    confirming.ask(ProveBook("m1", "audit"), LATER)
    assert confirming.wakeup() is None
    assert (confirming.confirmed, confirming.refused) == (0, 0)
