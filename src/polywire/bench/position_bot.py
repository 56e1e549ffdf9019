"""The position bot that every mode runs, and a note of when it decided on what.

The same settings in every mode but for the style of its exits.
"""

from dataclasses import dataclass, field

from polywire.bench.mode_report import Look, Looks
from polywire.config.schema import SeatSettings, Settings
from polywire.core.engine.engine import Engine
from polywire.core.engine.tracked import Tracked
from polywire.core.execution.exits import ExitPlan, ExitStyle
from polywire.core.ids import MarketId, StrategyId
from polywire.core.model.instrument import Market
from polywire.core.model.intent import Quote
from polywire.core.risk.limits import Limits
from polywire.core.strategy import Strategy, Wake
from polywire.core.units import MILLISECOND, SECOND, Money, Price, Quantity
from polywire.core.view import MarketView
from polywire.net.clock import Clock
from polywire.strategies.holder import HolderParameters

BOT = StrategyId("positions")
CENT = 10_000
DOLLAR = 1_000_000
TARGET = Price(4 * CENT)
STOP = Price(10 * CENT)
CONFIRM_NS = 400 * MILLISECOND


@dataclass(slots=True)
class Note:
    """Asks the strategy it stands for, and notes when it did; it wakes at every change."""

    strategy: Strategy
    books: dict[MarketId, Tracked]
    clock: Clock
    name: StrategyId = BOT
    wake: Wake = Wake.BOOK
    looks: Looks = field(default_factory=dict)

    @classmethod
    def seat(cls, engine: Engine, clock: Clock) -> "Note":
        """Take the bot's seat in an engine."""
        seat = engine.roster.seats[BOT]
        note = cls(seat.strategy, engine.watch.books, clock)
        seat.strategy = note
        return note

    def follows(self, market: Market) -> bool:
        """What the strategy follows."""
        return self.strategy.follows(market)

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:
        """Decide, and note what the decision was on."""
        market = view.market.id
        book = self.books[market].book
        looks = self.looks.setdefault(market, [])
        if not looks or book.venue_ns > looks[-1].book_ns:
            looks.append(Look(book.venue_ns, book.recv_ns, self.clock.now()))
        return self.strategy.quotes(view)


def bot_settings(style: ExitStyle, shares: int) -> Settings:
    """The position bot's own; limits that never bind."""
    return Settings(
        limits=Limits(
            order_size_max=Quantity(2 * shares),
            position_max=Quantity(2 * shares),
            price_through_max=Price(50_000),
            market_exposure_max=Money(1_000 * DOLLAR),
            group_exposure_max=Money(1_000 * DOLLAR),
            venue_exposure_max=Money(1_000 * DOLLAR),
            total_exposure_max=Money(1_000 * DOLLAR),
            loss_max=Money(1_000 * DOLLAR),
            orders_per_minute=1_000,
            proof_age_ns_max=120 * SECOND,
        ),
        audit_ns=100 * SECOND,
        audit_twin_ns=100 * SECOND,
        sell_pending=True,
        strategies=(
            SeatSettings(
                name=BOT,
                budget=Money(1_000 * DOLLAR),
                patience_ns=2 * SECOND,
                dwell_ns=500 * MILLISECOND,
                exits=exit_plan(style),
                parameters=HolderParameters(
                    shares=Quantity(shares),
                    outcome="yes",
                    price_min=Price(10 * CENT),
                    price_max=Price(90 * CENT),
                    spread_max=Price(2 * CENT),
                ),
            ),
        ),
    )


def exit_plan(style: ExitStyle) -> ExitPlan:
    """Sell 4 cents above what a share cost or 10 below; a trigger must hold for 400 ms.

    What a share cost includes the fee and the spread, about 3 cents: so either is as far away.
    """
    return ExitPlan(
        style=style,
        target=TARGET,
        stop=STOP,
        trail=None,
        before_end_ns=None,
        confirm_ns=CONFIRM_NS,
        slack=Price(3 * CENT),
        floor=Price(CENT),
        attempts_max=5,
        rest_ns=60 * SECOND,
    )
