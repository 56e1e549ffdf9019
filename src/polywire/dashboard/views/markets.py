"""The view of all markets: a row each, all of them at first and then those that changed."""

from typing import Final

from polywire.core.engine.engine import Engine
from polywire.core.engine.tracked import Tracked
from polywire.core.ids import MarketId
from polywire.core.model.instrument import Side
from polywire.core.units import Price, Quantity
from polywire.dashboard.scene import Scene, to_ms
from polywire.dashboard.views.pulse import Shape

COLUMNS: Final = (
    "id",
    "event",
    "question",
    "bid",
    "ask",
    "spread",
    "bid_size",
    "ask_size",
    "position",
    "outcomes",
    "orders",
    "proven_ms",
    "distrust",
    "spark",
)
ROWS_MAX: Final = 2_000
"""Of one change; what is left over comes with the next."""

Row = tuple[object, ...]


class MarketsView:
    """Fulfils live.View for one socket."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._known: dict[MarketId, None] | None = None
        self._version = 0

    def look(self) -> Shape | None:
        """See live.View."""
        engine, memories = self._scene.shadow.engine, self._scene.shadow.memory.markets
        if engine is None:
            return None
        books = engine.watch.books
        if self._known is None or memories.version < self._version:
            self._known, self._version = dict.fromkeys(books), memories.version
            rows = [
                row(engine, each, spark=self._spark(market, 0)) for market, each in books.items()
            ]
            return {"full": {"columns": COLUMNS, "rows": rows}}
        told = self._changed(engine, self._known)
        return {"change": told} if told else None

    def _changed(self, engine: Engine, known: dict[MarketId, None]) -> Shape:
        memories, books = self._scene.shadow.memory.markets, engine.watch.books
        changed = memories.since(self._version)[::-1][:ROWS_MAX]  # the oldest first
        rows = {
            each: row(engine, books[each], spark=self._spark(each, self._version))
            for each in changed
            if each in books
        }
        self._version = memories.moved[changed[-1]] if changed else self._version
        known.update(dict.fromkeys(rows))
        gone = [each for each in known if each not in books]
        for each in gone:
            del known[each]
        return {key: value for key, value in (("rows", rows), ("gone", gone)) if value}

    def _spark(self, market: MarketId, since: int) -> list[Price] | None:
        """Its mids, where there are newer ones than are known."""
        memory = self._scene.shadow.memory.markets.known.get(market)
        return list(memory.spark) if memory is not None and memory.sparked > since else None


def row(engine: Engine, tracked: Tracked, *, spark: list[Price] | None) -> Row:
    """One market, in the order of the columns; prices and sizes of the first outcome.

    What is held is told of each outcome, with their names; neither where nothing is.
    """
    market, book, ledger = tracked.market, tracked.book, engine.ledger
    bid, ask = book.touch(0)
    held = [ledger.held(one.instrument) for one in market.outcomes]
    proven_ns = tracked.integrity.proven_ns
    return (
        market.id,
        market.event,
        market.question,
        bid,
        ask,
        ask - bid if bid is not None and ask is not None else None,
        _size(tracked, Side.BUY, bid),
        _size(tracked, Side.SELL, ask),
        held if any(held) else None,
        [one.name for one in market.outcomes] if any(held) else None,
        sum(1 for one in market.outcomes for _ in ledger.open_on(one.instrument)),
        to_ms(proven_ns) if proven_ns else None,
        "resolved" if tracked.resolved else engine.standing.distrust_of(tracked),
        spark,
    )


def _size(tracked: Tracked, side: Side, price: Price | None) -> Quantity | None:
    return tracked.book.size_at(0, side, price) if price is not None else None
