"""The view of one market: its terms, its book with our orders in it, and what happened in it."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from polywire.core.book.integrity import HASH
from polywire.core.engine.engine import Engine
from polywire.core.engine.tracked import Tracked
from polywire.core.ids import MarketId
from polywire.core.ledger.order import Order
from polywire.core.model.instrument import Market, Side
from polywire.core.model.market import PublicTrade
from polywire.core.units import ONE, SCALE, SECOND, Price, Quantity, complement, format_micros
from polywire.dashboard.scene import Ask, Scene, to_ms
from polywire.dashboard.views.orders import SIDES, fill_row
from polywire.dashboard.views.overview import held
from polywire.dashboard.views.pulse import Shape
from polywire.observe.market_memory import UNKNOWN, MarketMemory
from polywire.observe.queue_places import Places
from polywire.observe.why import APPROVED, Verdict, why

LEVELS: Final = 15
FILLS: Final = 200
Ours = dict[Price, list[Order]]
HALF: Final = Price(ONE // 2)
"""Where a fee is the largest."""


def market(scene: Scene, ask: Ask) -> Shape | None:
    """See the contract of the page; None for a market that nobody follows."""
    engine = scene.shadow.engine
    tracked = engine.watch.books.get(MarketId(ask.id)) if engine is not None else None
    if engine is None or tracked is None:
        return None
    memory = scene.shadow.memory
    known = memory.markets.of(tracked.market.id)
    fills = [one for one in memory.orders.fills.values() if one.command.market == ask.id]
    return {
        "market": terms(tracked.market)
        | {"held": [one for one in held(scene, engine) if one["market_id"] == ask.id]},
        "ladder": ladder(engine, tracked, memory.places),
        "mids": list(_mids(known)),
        "fills": [fill_row(engine, one) for one in reversed(fills[-FILLS:])],
        "trades": [_trade(one) for one in reversed(known.trades)],
        "evidence": list(_evidence(tracked, known)),
        "wishes": list(_wishes(scene, engine, tracked.market)),
    }


def _mids(known: MarketMemory) -> Iterator[tuple[int, int, int | None]]:
    for at, mid, fair in known.mids.points():
        yield to_ms(at), mid, fair if fair != UNKNOWN else None


def _evidence(tracked: Tracked, known: MarketMemory) -> Iterator[Shape]:
    """What proves the book now, to the second, and then what happened to that."""
    proofs = tracked.integrity
    if proofs.proven_ns:
        tally = proofs.tally
        how = "the venue's hash" if proofs.proven_by == HASH else f"a book from {proofs.proven_by}"
        agreed = tally.agreed + tally.late + tally.snapshots_agreed
        wrong = tally.wrong + tally.snapshots - tally.snapshots_agreed
        sums = f"{agreed:,} agreed, {wrong:,} did not"
        at_ms = to_ms(proofs.proven_ns // SECOND * SECOND)
        yield {
            "at_ms": at_ms,
            "kind": "proof",
            "text": f"last proven by {how}; of its hashes {sums}",
        }
    for at, kind, words in reversed(known.evidence):
        yield {"at_ms": to_ms(at), "kind": kind, "text": words}


def terms(one: Market) -> Shape:
    """What a market is."""
    return {
        "id": one.id,
        "question": one.question,
        "event": one.event,
        "rules": one.rules,
        "end_ms": to_ms(one.end_ns) if one.end_ns else None,
        "tick": one.tick,
        "fees": fees(one),
        "outcomes": [each.name for each in one.outcomes],
    }


def fees(one: Market) -> str:
    """What it costs to trade, in a sentence."""
    most = one.fees.taker_fee(HALF, Quantity(SCALE))
    if not most:
        return "nobody pays a fee"
    return f"who takes pays up to ${format_micros(most)} a share, at 0.5; who rests pays nothing"


def ladder(engine: Engine, tracked: Tracked, places: Places) -> Shape:
    """The best levels of both sides in prices of the first outcome, with what of them is ours."""
    ours: tuple[Ours, Ours] = ({}, {})
    for index, outcome in enumerate(tracked.market.outcomes):
        for order in engine.ledger.open_on(outcome.instrument):
            command = order.command
            side = command.side.opposite if index else command.side
            price = complement(command.price) if index else command.price
            ours[side].setdefault(price, []).append(order)
    shows_ours = engine.standing.footing.shows_ours

    def levels(side: Side) -> Iterator[tuple[Price, Quantity, Quantity, Quantity | None]]:
        for price, size in islice(tracked.book.levels(0, side), LEVELS):
            mine = ours[side].get(price, [])
            own = Quantity(sum(order.remaining for order in mine))
            others = Quantity(max(0, size - own)) if shows_ours else size
            ahead = (places.ahead(order.command.order_id, others) for order in mine)
            yield price, size, own, min((one for one in ahead if one is not None), default=None)

    return {"bids": list(levels(Side.BUY)), "asks": list(levels(Side.SELL))}


def _trade(one: PublicTrade) -> tuple[int, Price, Quantity, str]:
    """In prices of the first outcome: who buys the second sells the first."""
    if one.outcome:
        return to_ms(one.recv_ns), complement(one.price), one.size, SIDES[one.side.opposite]
    return to_ms(one.recv_ns), one.price, one.size, SIDES[one.side]


def _wishes(scene: Scene, engine: Engine, one: Market) -> Iterator[Shape]:
    told = why(engine, one, scene.shadow.difference or scene.shadow.partial)
    for line in told.strategies:
        for wanted, fate in zip(line.wanted, line.gate, strict=True):
            yield {
                "strategy": line.name,
                "outcome": wanted.outcome,
                "side": wanted.side,
                "price": wanted.price,
                "size": wanted.size,
                "verdict": fate.reason if isinstance(fate, Verdict) else APPROVED,
                "rule": fate.rule if isinstance(fate, Verdict) else "",
            }
