"""What would sell a position now, at which prices, and what is in the way: read, never changed.

Whether an exit is armed is the ledger's word; whether it could sell is asked of book and shares.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from msgspec import Struct

from polywire.core.book.measures import sweep
from polywire.core.engine.engine import Engine
from polywire.core.engine.post import Post
from polywire.core.engine.tracked import Tracked
from polywire.core.execution.exits import sellable, trail_price
from polywire.core.ids import InstrumentId, StrategyId
from polywire.core.model.command import ExitCause, ExitMoved, ExitStep
from polywire.core.model.instrument import Market, Side
from polywire.core.units import ONE, Money, Ns, Price, Quantity, cost, format_micros
from polywire.observe.baskets import in_basket


class ExitState(StrEnum):
    """Where a position's exit stands; the last three are without one that could sell now."""

    ARMED = "armed"
    SELLING = "selling"
    WAITING = "waiting"
    DUST = "dust"
    NONE = "none"


GUARDED = (ExitState.ARMED, ExitState.SELLING)


class ExitLevel(Struct):
    """One armed trigger: at which price a share, or when, it sells so many shares."""

    cause: ExitCause
    price: Price | None
    at_ns: Ns | None
    shares: Quantity


class ExitLine(Struct):
    """The exit of one position: `why` says what keeps it from selling, empty where nothing does.

    `lacks` names what of its plan can never sell it, as `no stop: it would be below zero`.

    Dust could be sold with `free_by_buying` more shares, for which the asks want
    `free_for_micros`; nobody buys them by itself.
    """

    state: ExitState
    why: str = ""
    levels: list[ExitLevel] = []
    free_by_buying: Quantity = Quantity(0)
    free_for_micros: Money | None = None
    lacks: str = ""

    @property
    def told(self) -> str:
        """All that is to be said of it in words, once; empty where it is simply armed."""
        return "; ".join(dict.fromkeys(one for one in (self.why, self.lacks) if one))


OWN_WAY: Final = "its strategy sells by itself, or never"


def exit_line(
    engine: Engine, strategy: StrategyId, instrument: InstrumentId, held: Quantity
) -> ExitLine:
    """How a position would be left."""
    market = engine.ledger.markets[instrument]
    tracked = engine.watch.books.get(market.id)
    seat = engine.roster.seats.get(strategy)
    if held <= 0:
        return ExitLine(ExitState.NONE, "more was sold than was held")
    if not sellable(held, market):
        return _dust(market, tracked, instrument)
    if seat is None:
        return ExitLine(ExitState.NONE, "its strategy is not in this run")
    if seat.exits is None:
        why = engine.roster.sold_out(strategy) or in_basket(engine, strategy, instrument)
        return ExitLine(ExitState.NONE, why or OWN_WAY)
    if tracked is None or tracked.resolved:
        gone = "not watched any more" if tracked is None else "resolved: it will be paid out"
        return ExitLine(ExitState.WAITING, f"its market is {gone}")
    index = market.outcome_index(instrument)
    return _guarded(engine, Post(strategy, seat.exits, tracked, index, engine.standing))


def _guarded(engine: Engine, post: Post) -> ExitLine:
    moved = post.state
    if moved is None or moved.step is ExitStep.LEFT:
        return ExitLine(ExitState.WAITING, "no decision on a trusted book has seen it yet")
    levels, lacks = _possible(list(_levels(post, moved)), post)
    obstacle = _obstacle(engine, post)
    if moved.step is not ExitStep.SELLING and lacks and not levels:
        return ExitLine(ExitState.NONE, lacks, lacks=lacks)
    if obstacle:
        return ExitLine(ExitState.WAITING, obstacle, levels, lacks=lacks)
    if moved.step is ExitStep.SELLING:
        return ExitLine(ExitState.SELLING, _tried(moved, "tried"), levels, lacks=lacks)
    return ExitLine(ExitState.ARMED, _tried(moved, "in vain"), levels, lacks=lacks)


def _possible(levels: list[ExitLevel], post: Post) -> tuple[list[ExitLevel], str]:
    """The triggers at which a sale could fill, and of the others why not.

    No bid is under a tick, and nothing is sold under the floor.
    """
    least = max(post.plan.floor, post.market.tick)
    lacks = {
        one.cause: f"no {one.cause}: it would be {_where(one.price, post.plan.floor)}"
        for one in levels
        if one.price is not None and one.price < least
    }
    return [one for one in levels if one.cause not in lacks], "; ".join(lacks.values())


def _where(price: Price, floor: Price) -> str:
    if price <= 0:
        return "below zero" if price < 0 else "at zero"
    return f"under the floor of {format_micros(floor)}" if price < floor else "under every price"


def _obstacle(engine: Engine, post: Post) -> str:
    """Why a trigger would sell nothing now, or empty."""
    standing = engine.standing
    if standing.halted:
        return f"trading is halted: {standing.halted}"
    distrust = standing.exit_distrust(post.tracked)
    if distrust:
        return f"its book is not to be trusted: {distrust}"
    if standing.unsellable(*post.key) and not sellable(post.free, post.market):
        return "its purchase is not final yet"
    if post.offer(post.size) is None:
        return "nobody bids for an order: it waits for bids, or for the resolution"
    return ""


def _tried(moved: ExitMoved, how: str) -> str:
    if moved.cause is None or not moved.attempts:
        return ""
    return f"{moved.attempts} sales {how}: {moved.cause}"


def _levels(post: Post, moved: ExitMoved) -> Iterator[ExitLevel]:
    """Every trigger of the plan as it stands for this position."""
    plan, size = post.plan, post.size
    out = 0
    for due in post.steps(moved):
        if sellable(Quantity(due.size - out), post.market):
            part, out = Quantity(due.size - out), due.size
            yield ExitLevel(ExitCause.TARGET, due.target, None, part)
    if plan.stop is not None:
        yield ExitLevel(ExitCause.STOP, Price(post.entry - plan.stop), None, size)
    if plan.trails and moved.peak:
        yield ExitLevel(ExitCause.TRAIL, trail_price(plan, moved.peak), None, size)
    if plan.before_end_ns is not None and post.market.end_ns:
        at = Ns(post.market.end_ns - plan.before_end_ns)
        yield ExitLevel(ExitCause.END, None, at, size)


def _dust(market: Market, tracked: Tracked | None, instrument: InstrumentId) -> ExitLine:
    """Too few for an order: they wait, or are made enough by the least that can be bought."""
    more = market.size_min
    asked = None
    if tracked is not None and not tracked.resolved:
        asks = tracked.book.levels(market.outcome_index(instrument), Side.SELL)
        taken = sweep(asks, Side.BUY, ONE, more)
        if sum(part for _, part in taken) == more:
            asked = Money(sum(cost(price, part) for price, part in taken))
    price = f" for ${format_micros(asked)}" if asked is not None else ""
    why = (
        f"fewer than the {format_micros(more)} of an order: wait for the resolution, or buy "
        f"{format_micros(more)}{price} and sell all"
    )
    return ExitLine(ExitState.DUST, why, [], more, asked)
