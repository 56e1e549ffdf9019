"""A book under any changes, beside plain dictionaries."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.unit.core.building import BUY, CENT, SELL, SHARE, NaiveVenue, delta

from polywire.core.book.measures import crosses, sweep
from polywire.core.book.order_book import OrderBook
from polywire.core.ids import MarketId
from polywire.core.model.instrument import Side
from polywire.core.units import Price, Quantity

sides = st.sampled_from([0, 1])
cents = st.integers(1, 99)
shares = st.integers(0, 3)
changes = st.lists(st.tuples(sides, cents, shares), max_size=6)


class BookBesideDictionaries(RuleBasedStateMachine):
    """Everything a book can be asked, worked out again from two dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self.book = OrderBook(MarketId("m"))
        self.sizes: tuple[dict[int, int], dict[int, int]] = ({}, {})

    @rule(levels=changes)
    def change(self, levels: list[tuple[int, int, int]]) -> None:
        self.book.apply(delta(0, *levels))
        for side, price, size in levels:
            self.sizes[side][price] = size

    @rule(levels=changes)
    def replace(self, levels: list[tuple[int, int, int]]) -> None:
        venue = NaiveVenue()
        self.sizes = ({}, {})
        for side, price, size in levels:
            self.sizes[side][price] = size
        for price, size in self.sizes[0].items():
            venue.bids[price * CENT] = size * SHARE
        for price, size in self.sizes[1].items():
            venue.asks[price * CENT] = size * SHARE
        self.book.replace(venue.snapshot(0))

    def shown(self, outcome: int, side: Side) -> list[tuple[int, int]]:
        """Levels in cents and shares, best first."""
        kept = self.sizes[(side is SELL) ^ outcome]
        mirrored = {100 - p if outcome else p: s for p, s in kept.items() if s}
        return sorted(mirrored.items(), reverse=side is BUY)

    @invariant()
    def levels_and_touch_are_what_the_dictionaries_say(self) -> None:
        for outcome in (0, 1):
            best: list[int | None] = []
            for side in (BUY, SELL):
                expected = self.shown(outcome, side)
                told = [(p // CENT, s // SHARE) for p, s in self.book.levels(outcome, side)]
                assert told == expected
                best.append(expected[0][0] * CENT if expected else None)
                for price in (1, 50, 99):
                    size = self.book.size_at(outcome, side, Price(price * CENT))
                    assert size == dict(expected).get(price, 0) * SHARE
            assert self.book.touch(outcome) == tuple(best)

    @invariant()
    def a_book_is_crossed_when_some_bid_meets_some_ask(self) -> None:
        bids, asks = self.shown(0, BUY), self.shown(0, SELL)
        assert self.book.crossed() == any(b >= a for b, _ in bids for a, _ in asks)

    @rule(side=st.sampled_from([BUY, SELL]), limit=cents, wanted=st.integers(0, 9))
    def sweep_takes_what_a_share_by_share_buyer_would(
        self, side: Side, limit: int, wanted: int
    ) -> None:
        taken = sweep(
            self.book.levels(0, side.opposite),
            side,
            Price(limit * CENT),
            Quantity(wanted * SHARE),
        )
        queue = [p for p, size in self.shown(0, side.opposite) for _ in range(size)]
        fits = [p for p in queue if (p <= limit if side is BUY else p >= limit)][:wanted]
        told = [p // CENT for p, size in taken for _ in range(size // SHARE)]
        assert told == fits
        trades = crosses(side, Price(limit * CENT), self.book.touch(0))
        assert trades == any(p <= limit if side is BUY else p >= limit for p in queue)


TestBookBesideDictionaries = BookBesideDictionaries.TestCase
