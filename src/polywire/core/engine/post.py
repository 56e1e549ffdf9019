"""One guarded position as its exit sees it at a cut: the book, the shares, what was told before."""

from dataclasses import dataclass

from polywire.core.engine.standing import Standing
from polywire.core.engine.tracked import Tracked
from polywire.core.execution.exits import ExitPlan, Levels, Offer, offer, sellable
from polywire.core.ids import InstrumentId, StrategyId
from polywire.core.ledger.ledger import Key
from polywire.core.ledger.order import Order
from polywire.core.ledger.position import Position
from polywire.core.model.command import ExitMoved, ExitStep
from polywire.core.model.instrument import Market, Side
from polywire.core.units import Ns, Price, Quantity, per_share


@dataclass(frozen=True, slots=True)
class Post:
    """A strategy's position in one outcome, read-only."""

    strategy: StrategyId
    plan: ExitPlan
    tracked: Tracked
    index: int
    standing: Standing

    @property
    def now(self) -> Ns:
        """The time of the cut."""
        return self.standing.now

    @property
    def market(self) -> Market:
        """The terms in force."""
        return self.tracked.market

    @property
    def instrument(self) -> InstrumentId:
        """What is held."""
        return self.market.outcomes[self.index].instrument

    @property
    def key(self) -> Key:
        """Whose, and of what."""
        return self.strategy, self.instrument

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
        """Shares held that are there to sell: another strategy may have sold more than it had."""
        ledger, instrument = self.standing.ledger, self.instrument
        others = ledger.could_sell(instrument) - ledger.could_sell(instrument, self.strategy)
        there = min(self.position.held, ledger.held(instrument) - others)
        return Quantity(max(0, there - self.standing.unsellable(*self.key)))

    def offer(self) -> Offer | None:
        """What the bids would give for what is held."""
        return offer(self.tracked.book.levels(self.index, Side.BUY), self.size, self.market)

    def levels(self, state: ExitMoved) -> Levels:
        """What triggers are measured against; call only while something is held."""
        position = self.position
        return Levels(per_share(position.paid, position.held), state.peak)

    def sales(self) -> list[Order]:
        """Our open and unknown sales of it, oldest first."""
        return [
            order
            for order in self.standing.ledger.open_on(self.instrument)
            if order.command.strategy == self.strategy and order.command.side is Side.SELL
        ]

    def armed(self) -> ExitMoved:
        """The first word about a position that was opened."""
        market, step = self.market.id, ExitStep.ARMED
        return ExitMoved(
            self.strategy, market, self.instrument, step, None, Price(0), Price(0), 0, self.now
        )
