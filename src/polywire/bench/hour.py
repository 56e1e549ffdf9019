"""One seeded hour of the synthetic venue, known before it is served: what its books would pay.

The local exchange makes the same hour again in a process of its own, from the same recipe.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec import Struct

from polywire.core.units import MILLISECOND, MINUTE, SECOND
from polywire.exchange.books import MarketBook
from polywire.exchange.synthetic import Recipe, SyntheticFlow

START_NS = 1_790_000_100 * SECOND
"""When every hour begins; with the seed it fixes the venue."""
FOLLOWED = 5
BAND = (200_000, 800_000)
"""The followed markets begin with a price in between."""


class Plan(Struct, frozen=True, kw_only=True):
    """What an hour is made from; `shares` in micros are what an executable price is for."""

    seed: int
    minutes: float
    markets: int
    frames_a_second: float
    shares: int

    @property
    def end_ns(self) -> int:
        """When it is over, in venue time."""
        return START_NS + int(self.minutes * MINUTE)


@dataclass(slots=True)
class Followed:
    """A market by its slug, and what its shares would bring: venue milliseconds and micros."""

    id: str
    slug: str
    times: list[int] = field(default_factory=list)
    prices: list[int | None] = field(default_factory=list)

    def take(self, at_ms: int, price: int | None) -> None:
        """Note a price, if it is another."""
        if not self.prices or self.prices[-1] != price:
            self.times.append(at_ms)
            self.prices.append(price)

    def price_at(self, at_ms: int) -> int | None:
        """What the shares would have brought at a venue time."""
        return self.prices[max(0, bisect_right(self.times, at_ms) - 1)]


def followed(plan: Plan) -> list[Followed]:
    """The five markets open all hour long whose price moves most, with every change of it."""
    flow = SyntheticFlow(Recipe(plan.seed, START_NS, plan.markets, plan.frames_a_second))
    list(flow.step(START_NS))
    found = {
        key: Followed(key, flow.catalogue.by_condition[key].slug)
        for key, book in flow.books.items()
        if BAND[0] <= (book.bids.best() or 0) <= BAND[1]
    }
    for at_ns, touched in _steps(flow, plan.end_ns, list(found)):
        for key in touched:
            if key in found and key in flow.books:
                price = executable(flow.books[key], plan.shares)
                found[key].take(at_ns // MILLISECOND, price)
    lasting = [one for key, one in found.items() if key in flow.books]
    lasting.sort(key=_range, reverse=True)
    return lasting[:FOLLOWED]


def executable(book: MarketBook, shares: int) -> int | None:
    """What one of so many shares of the first outcome would bring now; None without a bid."""
    left, dollars = shares, 0
    for rank in range(len(book.bids)):
        price = book.bids.at(rank)
        part = min(left, book.bids.sizes[price])
        dollars += price * part
        left -= part
        if not left:
            break
    return dollars // (shares - left) if left < shares else None


def _steps(flow: SyntheticFlow, end_ns: int, first: list[str]) -> Iterator[tuple[int, list[str]]]:
    """When something happened, and to which markets; to begin with, to all."""
    yield START_NS, first
    by_token = flow.catalogue.by_token
    while (due := flow.next_ns()) is not None and due <= end_ns:
        for batch in flow.step(due):
            tokens = {token: None for frame in batch for token in frame.assets}
            yield due, list({by_token[token][0].condition_id: None for token in tokens})


def _range(one: Followed) -> int:
    prices = [price for price in one.prices if price is not None]
    return max(prices) - min(prices)
