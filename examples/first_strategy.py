"""A strategy of your own on the local exchange, on paper, and in the simulated world.

docs/tutorial/your-first-strategy.md explains every piece; copy the file and change it.
"""

import asyncio
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from polywire import __version__
from polywire.cli.local import local_exchange
from polywire.core.engine.engine import Engine, EngineParameters
from polywire.core.engine.roster import Roster, Seat
from polywire.core.ids import RunId, StrategyId
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import Quote
from polywire.core.risk.limits import Limits
from polywire.core.strategy import Wake
from polywire.core.units import (
    MILLISECOND,
    SECOND,
    Money,
    Ns,
    Price,
    Quantity,
    floor_to,
    format_money,
)
from polywire.core.view import MarketView
from polywire.modes.paper import PaperAccount
from polywire.modes.replay import audit
from polywire.modes.simulate import PARAMETERS, SimulationOptions, draw_scene
from polywire.modes.trading import Trading, TradingSetup
from polywire.net.clock import Clock
from polywire.observe.run_status import RunStatus
from polywire.runtime.inbox import Inbox
from polywire.runtime.watch_list import Watch
from polywire.sim.latency import ConstantLatency
from polywire.sim.world import World
from polywire.venues.polymarket.checksum import BookChecksum
from polywire.venues.polymarket.selection import Criteria

SHARE = DOLLAR = 1_000_000


@dataclass(frozen=True, slots=True)
class HeavySide:
    """Bids where the spread is wide and the bid outweighs the ask; offers what it holds."""

    name: StrategyId
    size: Quantity
    cap: Quantity
    spread_ticks_min: int
    weight_min: int
    wake: Wake = Wake.BOOK

    def follows(self, market: Market) -> bool:
        """Every market that is not a placeholder for an outcome yet to be named."""
        return not market.placeholder

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:
        """Up to one bid and one offer on each outcome."""
        return tuple(quote for outcome in (0, 1) for quote in self._outcome(view, outcome))

    def _outcome(self, view: MarketView, outcome: int) -> list[Quote]:
        best_bid = next(iter(view.levels(outcome, Side.BUY)), None)
        best_ask = next(iter(view.levels(outcome, Side.SELL)), None)
        if best_bid is None or best_ask is None:
            return []
        (bid, bid_size), (ask, ask_size) = best_bid, best_ask
        market, held = view.market, view.held(outcome)
        instrument = market.outcomes[outcome].instrument
        size = self.size
        quotes = []
        wide = ask - bid >= self.spread_ticks_min * market.tick
        heavy = bid_size >= self.weight_min * ask_size
        if wide and heavy and held + size <= self.cap:
            quotes.append(Quote(instrument, Side.BUY, bid, size))
        offered = Quantity(floor_to(min(held, size), market.lot))
        if offered >= market.size_min:
            quotes.append(Quote(instrument, Side.SELL, ask, offered))
        return quotes


LIMITS = Limits(
    order_size_max=Quantity(20 * SHARE),
    position_max=Quantity(60 * SHARE),
    price_through_max=Price(50_000),
    market_exposure_max=Money(60 * DOLLAR),
    group_exposure_max=Money(60 * DOLLAR),
    venue_exposure_max=Money(200 * DOLLAR),
    total_exposure_max=Money(200 * DOLLAR),
    loss_max=Money(20 * DOLLAR),
    orders_per_minute=600,
    proof_age_ns_max=60 * SECOND,
)


def engine(parameters: EngineParameters) -> Engine:
    """A fresh engine with one seat: the strategy, its budget and its pace."""
    strategy = HeavySide(
        name=StrategyId("heavy-side"),
        size=Quantity(10 * SHARE),
        cap=Quantity(30 * SHARE),
        spread_ticks_min=2,
        weight_min=2,
    )
    seat = Seat(strategy, Money(150 * DOLLAR), patience_ns=2 * SECOND, dwell_ns=500 * MILLISECOND)
    return Engine(parameters, Roster([seat]), BookChecksum)


PAPER = EngineParameters(limits=LIMITS, audit_ns=30 * SECOND, sell_pending=True)


async def trade(journal: Path, seconds: float) -> RunStatus:
    """Trade on paper against a local exchange for a while; how the run stood at its end."""
    async with local_exchange(seed=1, speed=1.0, recording=None) as exchange:
        paper = Trading(
            TradingSetup(
                engine=engine(PAPER),
                configuration="examples/first_strategy.py",
                endpoints=exchange.endpoints,
                source=exchange.source,
                watch=Watch(criteria=Criteria(markets_max=25), every_ns=60 * SECOND, pages_max=10),
                journal=journal,
                run=RunId(f"{Clock().now() // MILLISECOND:x}"),
                build=__version__,
                account=PaperAccount(
                    Money(1_000 * DOLLAR),
                    ConstantLatency(Ns(20 * MILLISECOND), Ns(20 * MILLISECOND)),
                ),
                seed=1,
            )
        )
        try:
            await paper.start()
            await asyncio.sleep(seconds)
        finally:
            await paper.stop("the time is over")
        if paper.loop.failure is not None:
            raise paper.loop.failure
        return paper.status()


def simulate(seed: int) -> World:
    """A minute of virtual time with faults; `broken` lists the promises that were not kept."""
    scene = draw_scene(seed, SimulationOptions())
    world = World(replace(scene, life=lambda: (engine(PARAMETERS), Inbox())))
    world.run()
    print(f"{len(scene.promises.orders)} orders, {scene.promises.fills} fills")
    print("\n".join(scene.promises.broken) or "every promise was kept")
    return world


def report(run: RunStatus) -> None:
    """Say what a run came to."""
    orders = run.engine.orders
    print(f"{orders.sent} sent, {orders.filled} filled, {orders.refused} refused")
    print(f"profit ${format_money(run.engine.profit_micros)} with positions at the best bids")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["trade", folder, seconds]:
            report(asyncio.run(trade(Path(folder), float(seconds))))
        case ["audit", folder]:
            seen = audit(Path(folder), lambda _: engine(PAPER))
            print(f"{seen.events} events, all {seen.commands} commands agree")
        case ["simulate", seed]:
            simulate(int(seed))
        case _:
            sys.exit("usage: first_strategy.py trade FOLDER SECONDS | audit FOLDER | simulate SEED")
