"""Why a market is or is not traded at a moment: what each strategy wanted, and what became of it.

Read from an engine that stands at that moment, which is not asked or changed; no order is approved.
"""

from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from polywire.core.engine.engine import Engine
from polywire.core.engine.roster import Seat
from polywire.core.engine.tracked import Tracked
from polywire.core.execution.reconcile import fulfils
from polywire.core.ids import MarketId, OrderId, StrategyId
from polywire.core.ledger.order import Order
from polywire.core.model.command import order_for
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import Quote
from polywire.core.risk.limits import refusal
from polywire.core.strategy import GroupStrategy
from polywire.core.units import MILLISECOND, Ns, Price, Quantity, format_micros
from polywire.observe.memory import Memory

APPROVED: Final = "approved"
WAITS: Final = "waits"
"""In place of a rule: nothing was put to the gate, and why."""
FOREIGN: Final = "it does not follow this market"
SIDES: Final = {Side.BUY: "buy", Side.SELL: "sell"}


class Wanted(Struct):
    """One order that a strategy wanted; price and shares in micros."""

    outcome: str
    side: str
    price: Price
    size: Quantity

    @property
    def words(self) -> str:
        """As people say it."""
        return (
            f"{self.side} {format_micros(self.size)} {self.outcome} at {format_micros(self.price)}"
        )


class Verdict(Struct):
    """What kept an order back: a rule of the gate, or `waits`; and why."""

    rule: str
    reason: str


class Inputs(Struct):
    """What a strategy saw; prices are of the first outcome, shares held as `10 Yes, 4 No`."""

    bid: Price | None
    ask: Price | None
    mid: Price | None
    proof_age_ms: int | None
    distrust: str
    holds: str
    open: Quantity


class StrategyWhy(Struct):
    """One strategy: `why_not` it was asked, or what it wanted and for each what became of it."""

    name: StrategyId
    asked: bool
    why_not: str
    wanted: list[Wanted]
    gate: list[Literal["approved"] | Verdict]
    inputs: Inputs | None
    said: str


class PastRefusal(Struct):
    """What the gate refused in this market before: the last of its kind, and how many."""

    at_ms: int
    strategy: StrategyId
    rule: str
    reason: str
    count: int


class Why(Struct):
    """The answer: a sentence first, then strategy by strategy; `market` is its question."""

    at_ms: int
    said: str
    market: str
    market_id: MarketId
    strategies: list[StrategyWhy]
    refused: list[PastRefusal] = []


def why(engine: Engine, market: Market, unknown: str = "") -> Why:
    """What the engine can say of a market it knows, as it stands.

    `unknown`: why nobody knows what strategies wanted, if that is so.
    """
    tracked = engine.watch.books.get(market.id)
    seats = engine.roster.seats.items()
    lines = [_line(engine, name, seat, market, tracked, unknown) for name, seat in seats]
    at = engine.now // MILLISECOND
    return Why(at, _said(lines), market.question, market.id, lines)


def refusals(memory: Memory, market: Market) -> list[PastRefusal]:
    """What the gate refused in a market so far, the newest first."""
    own = [outcome.instrument for outcome in market.outcomes]
    return [
        PastRefusal(
            one.at_ns // MILLISECOND,
            one.refused.strategy,
            one.refused.rule,
            one.refused.reason,
            one.count,
        )
        for (_, instrument, _), one in reversed(memory.refusals.items())
        if instrument in own
    ]


def _line(
    engine: Engine,
    name: StrategyId,
    seat: Seat,
    market: Market,
    tracked: Tracked | None,
    unknown: str,
) -> StrategyWhy:
    why_not = _not_asked(engine, seat, tracked) or _unheard(seat, market, unknown)
    inputs = _inputs(engine, name, tracked) if tracked is not None else None
    if why_not or tracked is None:
        said = f"{name} was not asked: {why_not}"
        return StrategyWhy(name, False, why_not, [], [], inputs, said)
    quotes = seat.heard[market.id].wanted
    wanted = [_wanted(market, quote) for quote in quotes]
    gate = list(_fates(engine, seat, tracked, quotes))
    basket = _basket(engine, seat, market)
    return StrategyWhy(name, True, basket, wanted, gate, inputs, _told(name, wanted, gate, basket))


def _not_asked(engine: Engine, seat: Seat, tracked: Tracked | None) -> str:
    """Why a strategy is not asked, or empty: the market, itself, or everybody's orders."""
    if tracked is None:
        return "the market is not watched any more"
    if tracked.resolved:
        return "the market is resolved"
    return _out(seat, tracked.market.id) or _stopped(engine, tracked)


def _out(seat: Seat, market: MarketId) -> str:
    if seat.sells_out:
        return "it was retired, and all that it holds is being sold"
    if seat.retired:
        return "it was retired"
    if seat.failed or seat.halted:
        return f"it raised and was halted: {seat.halted or seat.failed}"
    if seat.disabled:
        return "it was disabled, until it is enabled"
    return "" if market in seat.follows else FOREIGN


def _stopped(engine: Engine, tracked: Tracked) -> str:
    standing = engine.standing
    if standing.halted:
        return f"trading is halted: {standing.halted}"
    if standing.flattening:
        return "all that is held is being sold, until it is resumed"
    distrust = standing.distrust_of(tracked)
    return f"its book is not to be trusted: {distrust}" if distrust else ""


def _unheard(seat: Seat, market: Market, unknown: str) -> str:
    if market.id in seat.heard and not unknown:
        return ""
    return unknown or "its turn has not come yet"


def _wanted(market: Market, quote: Quote) -> Wanted:
    outcome = market.outcome_of(quote.instrument)
    return Wanted(outcome.name, SIDES[quote.side], quote.price, quote.quantity)


def _fates(
    engine: Engine, seat: Seat, tracked: Tracked, quotes: tuple[Quote, ...]
) -> Iterator[Literal["approved"] | Verdict]:
    name = seat.strategy.name
    mine = [
        order
        for outcome in tracked.market.outcomes
        for order in engine.ledger.open_on(outcome.instrument)
        if order.command.strategy == name
    ]
    for quote in quotes:
        if any(fulfils(order, quote) for order in mine):
            yield APPROVED
            continue
        before = next((order for order in mine if order.command.slot == quote.slot), None)
        waits = _waits(engine, seat, tracked, quote, before)
        refused = Verdict(WAITS, waits) if waits else _refused(engine, name, tracked, quote)
        yield refused or APPROVED


def _waits(engine: Engine, seat: Seat, tracked: Tracked, quote: Quote, order: Order | None) -> str:
    """What keeps a quote from the gate, or empty."""
    if tracked.retired and quote.side is Side.BUY:
        return "the market is watched only for what is still held in it"
    if seat.exits is not None and quote.side is Side.SELL:
        return "its exits do the selling"
    if order is not None:
        being = "cancelled" if order.cancelling else "re-priced, once it has rested its time"
        return f"order {order.command.order_id} is in its place, and is being {being}"
    if quote.side is Side.BUY and engine.desk.rearming.bars(engine.now):
        return "exits are armed anew first"
    rested_ns = seat.rested_ns.get(quote.slot)
    if rested_ns is not None and engine.now - rested_ns < seat.dwell_ns:
        return "an order like it was of no use a moment ago"
    return ""


def _refused(engine: Engine, name: StrategyId, tracked: Tracked, quote: Quote) -> Verdict | None:
    """The first rule that is against it; as the gate, without its approval."""
    order = order_for(quote, OrderId(""), name, tracked.market.id)
    refused = refusal(order, engine.standing)
    return Verdict(refused.rule, refused.reason) if refused is not None else None


def _inputs(engine: Engine, name: StrategyId, tracked: Tracked) -> Inputs:
    bid, ask = tracked.book.touch(0)
    proven_ns = tracked.integrity.proven_ns
    outcomes, ledger = tracked.market.outcomes, engine.ledger
    held = [(ledger.position(name, one.instrument).held, one.name) for one in outcomes]
    mine = [
        order.remaining
        for one in outcomes
        for order in ledger.open_on(one.instrument)
        if order.command.strategy == name
    ]
    return Inputs(
        bid=bid,
        ask=ask,
        mid=Price((bid + ask) // 2) if bid is not None and ask is not None else None,
        proof_age_ms=Ns(engine.now - proven_ns) // MILLISECOND if proven_ns else None,
        distrust=engine.standing.distrust_of(tracked),
        holds=", ".join(f"{format_micros(shares)} {word}" for shares, word in held if shares),
        open=Quantity(sum(mine)),
    )


def _basket(engine: Engine, seat: Seat, market: Market) -> str:
    """What a strategy that buys whole groups makes of the market's; empty of any other."""
    if not isinstance(seat.strategy, GroupStrategy):
        return ""
    if market.group is None:
        return "it buys whole groups, and the market is in none"
    moved = engine.ledger.baskets.get((seat.strategy.name, market.group))
    if moved is not None and market.id in [leg.market for leg in moved.basket.legs]:
        stands = f"{moved.step}: {moved.reason}" if moved.reason else str(moved.step)
        return f"the market is a leg of its basket, which is {stands}"
    books = engine.watch.books
    members = [books[one] for one in engine.ledger.groups.get(market.group, {}) if one in books]
    doubted = sum(bool(engine.standing.distrust_of(one)) for one in members)
    more = f", and {doubted} of its {len(members)} books are in doubt" if doubted else ""
    return f"it wants no basket of the market's group now{more}"


def _told(
    name: StrategyId,
    wanted: list[Wanted],
    gate: list[Literal["approved"] | Verdict],
    basket: str,
) -> str:
    """One strategy in a clause: what was kept back first."""
    kept = [(one, fate) for one, fate in zip(wanted, gate, strict=True) if fate != APPROVED]
    for one, fate in kept:
        if isinstance(fate, Verdict):
            more = f" and {len(kept) - 1} more" if len(kept) > 1 else ""
            if fate.rule == WAITS:
                return f"{name} wanted to {one.words}{more}, which waits: {fate.reason}"
            return (
                f"{name} wanted to {one.words}{more}; the risk limit {fate.rule} refused that: "
                f"{fate.reason}"
            )
    if not wanted:
        return f"{name}: {basket}" if basket else f"{name} wanted nothing"
    orders = "; ".join(one.words for one in wanted[:2])
    more = f" and {len(wanted) - 2} more" if len(wanted) > 2 else ""
    return f"{name} wanted to {orders}{more}, and nothing is in the way"


def _said(lines: list[StrategyWhy]) -> str:
    """All of it in one sentence; who does not follow the market is only counted."""
    follow = [one for one in lines if one.why_not != FOREIGN]
    if not follow:
        return "No strategy follows this market."
    same = {one.why_not for one in follow if not one.asked}
    if len(same) == 1 and not any(one.asked for one in follow):
        return f"No strategy was asked: {same.pop()}."
    told = [one.said for one in sorted(follow, key=lambda one: not one.asked)]
    return f"{'; '.join(told)}."
