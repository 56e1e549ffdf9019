"""Market data made once from the exchange's own synthetic flow, kept as bytes and as true books.

Every benchmark reads the same tape; nothing here is timed.
"""

from dataclasses import dataclass
from random import Random

from polywire.core.model.instrument import Market
from polywire.core.units import MILLISECOND, SECOND, Price
from polywire.exchange import frames
from polywire.exchange.books import MarketBook
from polywire.exchange.founding import Founder
from polywire.exchange.order_flow import OrderFlow
from polywire.exchange.shape import Character
from polywire.exchange.synthetic import Recipe, SyntheticFlow
from polywire.modes.simulate import terms

START_NS = 1_790_000_100 * SECOND
"""A full five minutes, so that no short market ends while a tape is made."""
FRAMES_A_SECOND = 5_000.0
DEEP = Character(depth=110, spread_ticks=1, pace=1.0, volatility=0.1, size=250.0)
"""110 levels a side, as in the one recording that has books and their changes."""
DEEP_TICK = 1_000
FAIR = 0.57
USUAL = '"event_type":"price_change"}'


@dataclass(frozen=True, slots=True)
class Tape:
    """`opening` is the book of every token, `frames` what followed, `books` what it came to."""

    markets: tuple[Market, ...]
    opening: tuple[bytes, ...]
    frames: tuple[bytes, ...]
    books: dict[str, MarketBook]

    @property
    def bytes_mean(self) -> float:
        """Mean length of a frame after the opening."""
        return sum(map(len, self.frames)) / max(1, len(self.frames))


def record(*, markets: int, count: int, seed: int = 1, usual_only: bool = False) -> Tape:
    """At least so many frames over so many markets, books and trades as the exchange makes them.

    `usual_only` keeps the two-entry changes alone; the books then hold more than was told.
    """
    flow = SyntheticFlow(Recipe(seed, START_NS, markets, FRAMES_A_SECOND))
    list(flow.step(START_NS))
    books = dict(flow.books)
    listed = tuple(terms(flow.catalogue.by_condition[key], Price(books[key].tick)) for key in books)
    opening = _opening(books)
    tokens = {token for book in books.values() for token in book.tokens}
    kept: list[bytes] = []
    while len(kept) < count:
        due = flow.next_ns()
        assert due is not None, "a synthetic flow never ends"
        for batch in flow.step(due):
            kept += [frame.text.encode() for frame in batch if _belongs(frame, tokens, usual_only)]
    return Tape(listed, opening, tuple(kept), books)


def record_deep(*, markets: int, count: int, seed: int = 1) -> Tape:
    """At least so many two-entry changes of books as deep as the one recorded with its changes."""
    rng = Random(seed)
    founder = Founder(seed, rng)
    listings = [founder.binary(START_NS)[0] for _ in range(markets)]
    books = {
        listing.condition_id: MarketBook(
            listing.condition_id, listing.tokens, tick=DEEP_TICK, neg_risk=False
        )
        for listing in listings
    }
    flows = [OrderFlow(book, DEEP, rng) for book in books.values()]
    for flow in flows:
        flow.open(FAIR, START_NS)
    listed = tuple(terms(listing, Price(books[listing.condition_id].tick)) for listing in listings)
    opening = _opening(books)
    kept: list[bytes] = []
    while len(kept) < count:
        now = START_NS + len(kept) * MILLISECOND
        sent = rng.choice(flows).act(FAIR, now)
        kept += [frame.text.encode() for frame in sent if frame.text.endswith(USUAL)]
    return Tape(listed, opening, tuple(kept), books)


def _opening(books: dict[str, MarketBook]) -> tuple[bytes, ...]:
    return tuple(
        frames.book(book, index).text.encode() for book in books.values() for index in (0, 1)
    )


def _belongs(frame: frames.Frame, tokens: set[str], usual_only: bool) -> bool:
    if not frame.assets or not tokens.issuperset(frame.assets):
        return False
    return not usual_only or frame.text.endswith(USUAL)
