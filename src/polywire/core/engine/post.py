"""One guarded position as its exit sees it at a cut: the book, the shares, what was told before."""

from collections.abc import Iterator
from typing import NamedTuple

from polywire.core.engine.standing import Standing
from polywire.core.engine.tracked import Tracked
from polywire.core.execution.exits import (
    ExitPlan,
    ExitStyle,
    Levels,
    Offer,
    goals,
    offer,
    sellable,
    triggered,
)
from polywire.core.ids import InstrumentId, StrategyId
from polywire.core.ledger.ledger import Key
from polywire.core.ledger.order import Order
from polywire.core.ledger.position import Position
from polywire.core.model.command import ExitCause, ExitMoved, ExitStep
from polywire.core.model.instrument import Market, Side
from polywire.core.units import Ns, Price, Quantity, per_share


class Due(NamedTuple):
    """A step of the target: which, at which price, and how many shares are still to go there.

    Counted with those of the steps before it.
    """

    rung: int
    target: Price
    size: Quantity


class Trigger(NamedTuple):
    """Why something is to be sold, what the bids give for it, and which step of a target it is."""

    cause: ExitCause
    seen: Offer
    rung: int


class Post:
    """A strategy's position in one outcome, read-only, at one cut: `market` has its terms then.

    Made for each guarded seat at each look, so it costs little; `key` says whose and of what.
    """

    __slots__ = ("index", "instrument", "key", "market", "plan", "standing", "strategy", "tracked")

    def __init__(
        self,
        strategy: StrategyId,
        plan: ExitPlan,
        tracked: Tracked,
        index: int,
        standing: Standing,
    ) -> None:
        self.strategy = strategy
        self.plan = plan
        self.tracked = tracked
        self.index = index
        self.standing = standing
        self.market: Market = tracked.market
        self.instrument: InstrumentId = self.market.outcomes[index].instrument
        self.key: Key = (strategy, self.instrument)

    @property
    def now(self) -> Ns:
        """The time of the cut."""
        return self.standing.now

    @property
    def over(self) -> bool:
        """Whether nothing is held, and no exit of it goes on."""
        state = self.state
        ended = state is None or state.step is ExitStep.LEFT
        holding = self.standing.ledger.holdings.get(self.key)
        return ended and (holding is None or holding.now.held <= 0)

    @property
    def position(self) -> Position:
        """Shares held, pending fills included."""
        return self.standing.ledger.position(*self.key)

    @property
    def state(self) -> ExitMoved | None:
        """Where the exit stands; None before the first position."""
        return self.standing.ledger.exits.get(self.key)

    @property
    def size(self) -> Quantity:
        """Shares that an order could sell; 0 of dust."""
        return sellable(self.position.held, self.market)

    @property
    def free(self) -> Quantity:
        """Shares held that are there to sell."""
        return self.standing.free(*self.key)

    def offer(self, size: Quantity) -> Offer | None:
        """What the bids would give for so many of the shares held."""
        return offer(self.tracked.book.levels(self.index, Side.BUY), size, self.market)

    @property
    def entry(self) -> Price:
        """What a share cost; call only while something is held."""
        position = self.position
        return per_share(position.paid, position.held)

    def sold(self, state: ExitMoved) -> Quantity:
        """Shares sold since the position was opened."""
        return Quantity(max(0, self.position.sold - state.sold))

    def steps(self, state: ExitMoved) -> Iterator[Due]:
        """The steps of the target, lowest first; call only while something is held."""
        held, sold = self.position.held, self.sold(state)
        gone = goals(self.plan, Quantity(held + sold), self.market)
        for place, (rung, goal) in enumerate(zip(self.plan.rungs, gone, strict=True)):
            yield Due(place, Price(self.entry + rung.above), Quantity(min(held, goal - sold)))

    def due(self, state: ExitMoved) -> Due | None:
        """The first step with enough left for an order."""
        return next((step for step in self.steps(state) if sellable(step.size, self.market)), None)

    def levels(self, state: ExitMoved) -> Levels:
        """What triggers are measured against; call only while something is held."""
        due = self.due(state)
        return Levels(self.entry, state.peak, due.target if due is not None else None)

    def trigger(self, state: ExitMoved, seen: Offer) -> Trigger | None:
        """What is set off, given what all shares would bring; what protects comes first."""
        cause = triggered(self.plan, self.levels(state), seen.price, self.market, self.now)
        if cause is not None:
            return Trigger(cause, seen, 0)
        due = self.due(state)
        if self.plan.style is ExitStyle.WATCH and due is not None:
            part = self.part(due)
            if part is not None and part.price >= due.target:
                return Trigger(ExitCause.TARGET, part, due.rung)
        return None

    def wanted(self, state: ExitMoved, seen: Offer) -> Offer | None:
        """What the bids give for what a sale under way is about; None of a step that is sold."""
        if state.cause is not ExitCause.TARGET:
            return seen
        due = self.due(state)
        return self.part(due) if due is not None and due.rung == state.rung else None

    def part(self, due: Due) -> Offer | None:
        """What a step would bring."""
        return self.offer(sellable(due.size, self.market))

    def sales(self) -> list[Order]:
        """Our open and unknown sales of it, oldest first."""
        return [
            order
            for order in self.standing.ledger.open_on(self.instrument)
            if order.command.strategy == self.strategy and order.command.side is Side.SELL
        ]

    def armed(self) -> ExitMoved:
        """The first word about a position that was opened."""
        return ExitMoved(
            self.strategy,
            self.market.id,
            self.instrument,
            ExitStep.ARMED,
            cause=None,
            price=Price(0),
            peak=Price(0),
            attempts=0,
            at_ns=self.now,
            sold=self.position.sold,
        )
