"""Exits on the recorded market channel; what leaves is counted here, apart from the ledger."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec import structs
from tests.golden.polymarket.recorded import compact, json_lines
from tests.golden.polymarket.test_market_channel import FOLLOWED

from polywire.config.build import engine_from
from polywire.config.demo import demo_settings
from polywire.config.schema import SeatSettings
from polywire.core.execution.exits import ExitPlan, ExitStyle
from polywire.core.ids import FeedId, OrderId, RunId, StrategyId
from polywire.core.model.account import OrderCancelled, OrderFilled, OrderRejected
from polywire.core.model.command import CancelOrder, ExitMoved, PlaceOrder
from polywire.core.model.instrument import Side
from polywire.core.model.intent import TimeInForce
from polywire.core.model.market import InstrumentListed
from polywire.core.risk.gate import Approved
from polywire.core.units import MILLISECOND, SECOND, Money, Ns, Price, Quantity
from polywire.runtime.inbox import Inbox
from polywire.sim.latency import ConstantLatency
from polywire.sim.trader import Trader
from polywire.sim.venue import SimVenue
from polywire.strategies.holder import HolderParameters
from polywire.venues.polymarket.market_ws import MarketSession

RECORDING = "polymarket/market_channel_20260727.jsonl.zst"
STEP_NS = 50 * MILLISECOND
CASH = 1_000_000_000
SHARES = 50_000_000
TICK = 1_000
PLAN = ExitPlan(
    style=ExitStyle.WATCH,
    target=Price(TICK),  # the recorded touch hardly moves: its spread alone is a stop
    stop=Price(TICK),
    trail=None,
    before_end_ns=None,
    confirm_ns=300 * MILLISECOND,
    slack=Price(2 * TICK),
    floor=Price(TICK),
    attempts_max=3,
    rest_ns=5 * SECOND,
)


@dataclass
class Counted:
    """Shares, money and open sales, from orders and fills alone."""

    cash: int = CASH
    held: Counter[str] = field(default_factory=Counter)
    orders: dict[OrderId, PlaceOrder] = field(default_factory=dict)
    selling: dict[OrderId, int] = field(default_factory=dict)
    steps: Counter[str] = field(default_factory=Counter)

    def sent(self, order: PlaceOrder) -> None:
        self.orders[order.order_id] = order
        if order.side is Side.BUY:
            return
        beside = [self.orders[other] for other in self.selling]
        takes = order.time_in_force is TimeInForce.IOC
        assert not any(takes or one.time_in_force is TimeInForce.IOC for one in beside)
        self.selling[order.order_id] = order.quantity
        assert sum(self.selling.values()) <= self.held[order.instrument]

    def heard(self, event: object) -> None:
        if isinstance(event, OrderFilled):
            order = self.orders[event.order_id]
            sign = 1 if order.side is Side.BUY else -1
            amount = event.price * event.quantity
            self.cash -= -(-amount // 1_000_000) if sign > 0 else -(amount // 1_000_000)
            self.held[order.instrument] += sign * event.quantity
            assert self.held[order.instrument] >= 0
            if event.order_id in self.selling:
                self.selling[event.order_id] -= event.quantity
                if not self.selling[event.order_id]:
                    del self.selling[event.order_id]
        elif isinstance(event, OrderCancelled | OrderRejected):
            self.selling.pop(event.order_id, None)


def holder(plan: ExitPlan) -> SeatSettings:
    return SeatSettings(
        name=StrategyId("hold"),
        budget=Money(CASH),
        patience_ns=2 * SECOND,
        dwell_ns=500 * MILLISECOND,
        exits=plan,
        parameters=HolderParameters(
            shares=Quantity(SHARES),
            outcome="yes",
            price_min=Price(0),
            price_max=Price(1_000_000),
            spread_max=Price(1_000_000),
        ),
    )


def trade(recordings: Path, plan: ExitPlan) -> tuple[Counted, Trader]:
    """The recording from its first frame to its last, in its own time."""
    settings = structs.replace(demo_settings(), strategies=(holder(plan),))
    latency = ConstantLatency(Ns(20 * MILLISECOND), Ns(20 * MILLISECOND))
    venue = SimVenue({}, lambda _: False, latency, Money(0))
    trader = Trader(engine_from(settings), Inbox(), venue, [])
    session = MarketSession(FeedId("recorded"), lambda: 0.5)
    lines = json_lines(recordings / RECORDING)
    now = Ns(lines[0]["t_ms"] * MILLISECOND)
    counted = Counted()
    trader.start(RunId("run"), Money(CASH), now)
    trader.put([InstrumentListed(now, FOLLOWED), *session.subscribe([FOLLOWED], now)])
    session.connected(now)
    for line in lines:
        at = Ns(line["t_ms"] * MILLISECOND)
        while now < at:
            now = Ns(min(now + STEP_NS, at))
            step(trader, counted, now)
        trader.put(session.receive(compact(line["frame"]), now))
        step(trader, counted, now)
    return counted, trader


def step(trader: Trader, counted: Counted, now: Ns) -> None:
    for event in trader.venue.due(now):
        counted.heard(event)
        trader.inbox.put_fact(event)
    for command in trader.decide(now):
        if isinstance(command, Approved):
            counted.sent(command.order)
            trader.venue.place(command, now)
        elif isinstance(command, CancelOrder):
            trader.venue.cancel(command, now)
        elif isinstance(command, ExitMoved):
            counted.steps[f"{command.step} {command.cause}".strip()] += 1


@pytest.mark.parametrize("style", list(ExitStyle))
def test_positions_on_a_recorded_book_are_left_and_never_oversold(
    recordings: Path, style: ExitStyle
) -> None:
    counted, trader = trade(recordings, structs.replace(PLAN, style=style))
    sides = Counter(order.side for order in counted.orders.values())
    assert sides[Side.BUY] >= 50
    assert sides[Side.SELL] >= sides[Side.BUY] * (2 if style is ExitStyle.RESTING else 1) - 1
    assert counted.steps["left stop"] == sides[Side.BUY]
    assert trader.engine.ledger.cash == counted.cash
    assert trader.engine.watch.tally.wrong == 0
    assert {key: held for key, held in trader.held().items() if held} == {
        key: held for key, held in counted.held.items() if held
    }
