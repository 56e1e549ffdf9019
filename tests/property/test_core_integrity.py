"""Evidence under an honest venue, however it splits, delays or we merge; and under one that loses.

The venue is plain dictionaries hashed as text (building.NaiveVenue); merging is done naively here.
"""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from tests.unit.core.building import (
    BUY,
    CENT,
    MS,
    SECOND,
    SELL,
    NaiveChecksum,
    NaiveVenue,
    delta,
    forty_sixty,
    market,
    micros,
)

from polywire.core.book.belief import Belief
from polywire.core.book.integrity import BookIntegrity, Tally
from polywire.core.book.order_book import OrderBook
from polywire.core.ids import MarketId
from polywire.core.model.market import BookDelta
from polywire.core.units import Ns, Price

levels = st.tuples(st.sampled_from([0, 1]), st.integers(38, 42), st.integers(0, 3))


@dataclass(frozen=True)
class Step:
    """One matching step: its changes, a trade price the hash knows early, a hash taken late."""

    changes: list[tuple[int, int, int]]
    trade: int | None
    late: bool


steps = st.lists(
    st.builds(
        Step,
        st.lists(levels, min_size=1, max_size=3, unique_by=lambda level: level[:2]),
        st.one_of(st.none(), st.integers(1, 99)),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)

Message = BookDelta | int
"""A change, or a trade price in cents."""


def put(venue: NaiveVenue, changes: list[tuple[int, int, int]]) -> None:
    """Zero sizes remove; removing what is not there is no error."""
    for side, price, size in micros(changes):
        book = venue.asks if side else venue.bids
        book.pop(price, None)
        if size:
            book[price] = size


def messages(venue: NaiveVenue, script: list[Step]) -> list[Message]:
    """What an honest venue says: one message a change, all of a step with one hash for a token."""
    said: list[Message] = []
    for number, step in enumerate(script):
        at = (number + 1) * 10 * MS
        put(venue, step.changes)
        if step.trade is not None:
            venue.last_trade = step.trade * CENT
        touches = [venue.proof(outcome, at) for outcome in (0, 1)]
        if step.late and step.trade is None and number + 1 < len(script):
            ahead = NaiveVenue()
            ahead.bids, ahead.asks = dict(venue.bids), dict(venue.asks)
            ahead.last_trade, ahead.tick = venue.last_trade, venue.tick
            put(ahead, script[number + 1].changes)
            if script[number + 1].trade is None:
                touches = [
                    structs.replace(touch, hash=ahead.hash(touch.outcome, at)) for touch in touches
                ]
        said += [delta(at, change, proofs=tuple(touches)) for change in step.changes]
        if step.trade is not None:
            said.append(step.trade)
    return said


def merged(said: list[Message], sizes: list[int]) -> list[Message]:
    """Neighbouring changes as one, in runs of these sizes; a trade ends a run."""
    out: list[Message] = []
    run: list[BookDelta] = []
    wanted = iter(sizes)
    size = next(wanted, 1)

    def end() -> None:
        if run:
            out.append(joined(run))
            run.clear()

    for message in said:
        if isinstance(message, int):
            end()
            out.append(message)
            continue
        run.append(message)
        if len(run) >= size:
            end()
            size = next(wanted, 1)
    end()
    return out


def joined(run: list[BookDelta]) -> BookDelta:
    """All levels in order; the last proofs, for as many messages as there were."""
    last = run[-1]
    return structs.replace(
        last,
        levels=tuple(level for each in run for level in each.levels),
        proofs=tuple(structs.replace(proof, entries=len(run)) for proof in last.proofs),
        first_ns=run[0].recv_ns,
        frames=len(run),
    )


class Ours:
    """The book as we follow it."""

    def __init__(self, venue: NaiveVenue) -> None:
        self.book = OrderBook(MarketId("m"))
        self.integrity = BookIntegrity(NaiveChecksum(market()), Belief(), MarketId("m"))
        self.tally = self.integrity.tally
        first = venue.snapshot(0)
        self.integrity.take_snapshot(self.book, first, self.book.replace(first))

    def hear(self, said: list[Message]) -> None:
        now = Ns(0)
        for message in said:
            if isinstance(message, int):
                self.book.last_trade = Price(message * CENT)
                if self.integrity.waits:
                    self.integrity.recheck(self.book, now)
            else:
                now = message.recv_ns
                self.book.apply(message)
                self.integrity.take_delta(self.book, message)
        self.integrity.expire(Ns(now + 3 * SECOND))

    def same_as(self, venue: NaiveVenue) -> bool:
        return (
            dict(self.book.levels(0, BUY)) == venue.bids
            and dict(self.book.levels(0, SELL)) == venue.asks
        )


def balanced(tally: Tally) -> bool:
    parts = tally.agreed + tally.late + tally.wrong + tally.superseded
    return tally.checked == parts


@given(steps)
def test_an_honest_venue_is_never_wrong(script: list[Step]) -> None:
    venue = forty_sixty()
    ours = Ours(venue)
    said = messages(venue, script)
    ours.hear(said)
    assert ours.same_as(venue)
    assert ours.integrity.suspect == ""
    assert ours.tally.checked == 2 * sum(not isinstance(each, int) for each in said)
    assert (ours.tally.wrong, ours.tally.superseded) == (0, 0)
    assert ours.tally.touches_differing == 0 or any(step.late for step in script)
    assert balanced(ours.tally)
    assert not ours.integrity.waits


@given(steps, st.lists(st.integers(1, 5), max_size=12))
def test_merging_loses_no_proof_and_invents_no_wrong(script: list[Step], sizes: list[int]) -> None:
    venue = forty_sixty()
    ours = Ours(venue)
    said = messages(venue, script)
    ours.hear(merged(said, sizes))
    assert ours.same_as(venue)
    assert ours.integrity.suspect == ""
    assert ours.tally.checked == 2 * sum(not isinstance(each, int) for each in said)
    assert ours.tally.wrong == 0
    assert balanced(ours.tally)


@given(steps, st.lists(st.integers(1, 5), max_size=12), st.integers(0, 40))
def test_a_book_that_lost_a_message_is_suspect_or_right(
    script: list[Step], sizes: list[int], lost: int
) -> None:
    venue = forty_sixty()
    ours = Ours(venue)
    said = messages(venue, [*script, Step([(0, 30, 1)], None, False)])
    changes = [number for number, each in enumerate(said[:-1]) if not isinstance(each, int)]
    del said[changes[lost % len(changes)]]
    ours.hear(merged(said, sizes))
    assert ours.same_as(venue) or ours.integrity.suspect == "checksum"
    assert balanced(ours.tally)
    healing = venue.snapshot(9 * SECOND)
    ours.integrity.take_snapshot(ours.book, healing, ours.book.replace(healing))
    assert ours.same_as(venue)
    assert ours.integrity.suspect == ""
