"""From wanted prices on both sides to quotes: what is held is sold first, the rest are bids.

To be longer of the first outcome is to sell the second one, or else, where none of it may be sold
now, to bid for the first; the book is one. Owns the rules that keep orders where they rest, and
the cap on what could be held.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from polywire.core.ledger.order import Order, remaining
from polywire.core.model.instrument import Side
from polywire.core.model.intent import Quote
from polywire.core.units import Price, Quantity, complement, floor_to
from polywire.core.view import MarketView


class Rung(NamedTuple):
    """One layer of one side: a price of the first outcome, and shares."""

    price: Price
    size: Quantity


@dataclass(frozen=True, slots=True)
class Ladder:
    """One side as wanted, nearest layer first; `limit` is the best price it may ever rest at.

    `lengthens`: whether what fills makes us longer of the first outcome.
    """

    lengthens: bool
    rungs: tuple[Rung, ...]
    limit: Price

    @property
    def bought(self) -> int:
        """The outcome that is bought where nothing is there to sell."""
        return 0 if self.lengthens else 1

    def own(self, price: Price) -> Price:
        """A price of the first outcome as that of the bought one."""
        return price if self.lengthens else complement(price)


@dataclass(frozen=True, slots=True)
class Patience:
    """When an order is left alone: nearer to its target than `keep`, between half and twice its
    size. `cap` is the most of one outcome that could be held once everything open has filled.
    """

    keep: Price
    cap: Quantity


def two_sided(view: MarketView, ladders: tuple[Ladder, ...], patience: Patience) -> list[Quote]:
    """The quotes for all ladders, post-only."""
    return [
        quote for ladder in ladders for quote in _Side(view, ladder, patience).quotes() if quote
    ]


class _Side:
    """One ladder at work: what is left to sell and to buy while it is walked."""

    def __init__(self, view: MarketView, ladder: Ladder, patience: Patience) -> None:
        self._view = view
        self._ladder = ladder
        self._patience = patience
        bought = ladder.bought
        self._sales, self._buys = view.open_orders(1 - bought), view.open_orders(bought)
        self._left = view.sellable(1 - bought)
        self._unsold = self._left - remaining(self._sales, Side.SELL)
        self._room = patience.cap - view.held(bought) - remaining(self._buys, Side.BUY)

    def quotes(self) -> Iterator[Quote | None]:
        """One quote a layer, or None where nothing is to rest there now."""
        for layer, rung in enumerate(self._ladder.rungs):
            sold = self._to_sell(layer, rung)
            yield self._buy(layer, rung) if sold is None else self._sale(layer, rung, sold)

    def _to_sell(self, layer: int, rung: Rung) -> Quantity | None:
        """As much of what is held as earlier layers leave; None where that is too little."""
        market, mine = self._view.market, self._at(Side.SELL, layer)
        size = floor_to(min(rung.size, self._left), market.lot)
        rests = mine is not None and mine.remaining <= self._left
        return Quantity(size) if size >= market.size_min or rests else None

    def _sale(self, layer: int, rung: Rung, size: Quantity) -> Quote | None:
        """Of no more than what no other order offers: a layer waits until another's is gone."""
        mine, most = self._at(Side.SELL, layer), self._left
        there = mine.remaining if mine is not None else 0
        self._left = Quantity(most - max(size, there))
        free = floor_to(max(0, there + self._unsold), self._view.market.lot)
        size = Quantity(min(size, free))
        self._unsold -= max(0, size - there)
        price = complement(self._ladder.own(rung.price))
        return self._quote(mine, Side.SELL, layer, Rung(price, size), most)

    def _buy(self, layer: int, rung: Rung) -> Quote | None:
        """For no more than could still be held."""
        mine = self._at(Side.BUY, layer)
        there = mine.remaining if mine is not None else 0
        most = Quantity(max(0, there + self._room))
        size = floor_to(min(rung.size, most), self._view.market.lot)
        self._room -= max(0, size - there)
        target = Rung(self._ladder.own(rung.price), Quantity(size))
        return self._quote(mine, Side.BUY, layer, target, most)

    def _quote(
        self, mine: Order | None, side: Side, layer: int, target: Rung, most: Quantity
    ) -> Quote | None:
        """The target, or the order that rests well enough; None pulls one that is too good."""
        market, (price, size) = self._view.market, target
        if mine is not None and not mine.cancelling:
            if self._too_good(mine):
                return None
            near = abs(mine.command.price - price) < self._patience.keep
            if near and mine.remaining <= min(2 * size, most) and size <= 2 * mine.remaining:
                price, size = mine.command.price, mine.remaining
        if not size or (size < market.size_min and mine is None):
            return None
        bought = self._ladder.bought
        instrument = market.outcomes[bought if side is Side.BUY else 1 - bought].instrument
        return Quote(instrument, side, price, size, layer=layer)

    def _too_good(self, mine: Order) -> bool:
        limit, price = self._ladder.own(self._ladder.limit), mine.command.price
        return price > limit if mine.command.side is Side.BUY else price < complement(limit)

    def _at(self, side: Side, layer: int) -> Order | None:
        """The open order of a slot, the one that still rests where there are several."""
        mine = [
            order
            for order in (self._buys if side is Side.BUY else self._sales)
            if order.command.side is side and order.command.layer == layer
        ]
        return min(mine, key=lambda order: order.cancelling, default=None)
