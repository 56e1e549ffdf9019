"""Counts what a backtest earns while it runs: positions, fees, drawdown, fills and their markouts.

Reads the engine and changes nothing. Keeps positions of its own: the ledger folds those that are
over, and knows no market apart.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from msgspec import structs

from polywire.core.engine.desk import Command
from polywire.core.engine.engine import Engine
from polywire.core.ids import FillId, InstrumentId, MarketId, OrderId, StrategyId
from polywire.core.ledger.position import Position, fill_of
from polywire.core.model.account import OrderFilled, OrderRejected, Settlement
from polywire.core.model.breaker import BreakerCause, BreakerMoved
from polywire.core.model.command import CancelOrder, OrderRefused, PlaceOrder, StrategyHalted
from polywire.core.model.event import Event
from polywire.core.model.instrument import Market, Side
from polywire.core.model.market import MarketResolved
from polywire.core.risk.gate import Approved
from polywire.core.units import SECOND, Money, Ns, Price, Quantity, cost, proceeds, share_of
from polywire.modes.backtest_result import EarnedRow, EquityPoint, FillPoint, PricePoint

HORIZONS_NS: Final = (1 * SECOND, 5 * SECOND, 30 * SECOND)
LATE_NS_MAX: Final = SECOND
"""A mid that is seen later than so much after its time is not the one that was asked for."""
Touch = tuple[Price | None, Price | None]


@dataclass(slots=True)
class Row:
    """One strategy on one market, as it goes."""

    strategy: StrategyId
    market: Market
    positions: tuple[Position, Position] = field(default_factory=lambda: (Position(), Position()))
    maker_fills: int = 0
    taker_fills: int = 0
    volume: int = 0
    rebates: int = 0
    orders: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    rejected: int = 0
    stake_max: int = 0
    profit: int = 0
    peak: int = 0
    drawdown: int = 0

    def mark(self, bids: Touch) -> None:
        """Value it at these best bids of its outcomes."""
        worth = sum(
            proceeds(bid, position.held)
            for bid, position in zip(bids, self.positions, strict=True)
            if bid is not None and position.held > 0
        )
        self.profit = worth + sum(position.cash for position in self.positions)
        self.peak = max(self.peak, self.profit)
        self.drawdown = max(self.drawdown, self.peak - self.profit)

    def told(self) -> EarnedRow:
        """As data."""
        realised = sum(position.realised for position in self.positions)
        first, second = self.positions
        return EarnedRow(
            strategy=self.strategy,
            market=self.market.id,
            question=self.market.question,
            profit=Money(self.profit),
            realised=Money(realised),
            open=Money(self.profit - realised),
            fees=Money(first.fees + second.fees),
            rebates=Money(self.rebates),
            rewards=Money(0),
            held=(first.held, second.held),
            fills=self.maker_fills + self.taker_fills,
            maker_fills=self.maker_fills,
            taker_fills=self.taker_fills,
            volume=Money(self.volume),
            orders=self.orders,
            refused=dict(sorted(self.refused.items())),
            rejected=self.rejected,
            drawdown=Money(self.drawdown),
            stake_max=Money(self.stake_max),
        )


@dataclass(slots=True)
class Point:
    """One execution whose later mids are still to come."""

    fill: OrderFilled
    order: PlaceOrder
    outcome: int
    touch: Touch
    gains: list[Price | None] = field(default_factory=lambda: [None] * len(HORIZONS_NS))

    def told(self) -> FillPoint:
        """As data."""
        fill, order = self.fill, self.order
        one, five, thirty = self.gains
        return FillPoint(
            at_ns=fill.venue_ns, heard_ns=fill.recv_ns, fill_id=fill.fill_id,
            order_id=fill.order_id, strategy=order.strategy, market=order.market,
            instrument=order.instrument, outcome=self.outcome, side=order.side.name,
            price=fill.price, quantity=fill.quantity, fee=fill.fee, maker=fill.maker,
            bid=self.touch[0], ask=self.touch[1], gains=(one, five, thirty),
        )  # fmt: skip


class Tally:
    """Fulfils backtest.Observer; read its fields when the run is over.

    `rebates`: whether rebates on makers' fees, which a venue pays later if at all, are estimated.
    """

    def __init__(self, engine: Engine, *, rebates: bool) -> None:
        self.rows: dict[tuple[StrategyId, MarketId], Row] = {}
        self.points: list[Point] = []
        self.equity: list[EquityPoint] = []
        self.prices: dict[MarketId, list[PricePoint]] = {}
        self.refused: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self.halted: dict[str, str] = {}
        self.stopped = ""
        self.orders = self.cancels = 0
        self.exposure_max = Money(0)
        self.drawdown = Money(0)
        self._engine = engine
        self._rebates = rebates
        self._orders: dict[OrderId, PlaceOrder] = {}
        self._fills: dict[FillId, None] = {}
        self._paid: dict[MarketId, tuple[Money, Money]] = {}
        self._waiting: tuple[deque[Point], ...] = tuple(deque() for _ in HORIZONS_NS)
        self._second = 0
        self._peak = 0

    def saw(self, event: Event) -> None:
        """See backtest.Observer."""
        match event:
            case OrderFilled():
                self._filled(event)
            case OrderRejected():
                self._reject(event)
            case MarketResolved():
                self._paid.setdefault(event.market, event.payouts)
                for row in self.rows.values():
                    self._pay(row)
            case _:
                pass

    def decided(self, commands: Sequence[Command], now: Ns) -> None:
        """See backtest.Observer."""
        for command in commands:
            match command:
                case Approved(order):
                    self._placed(order)
                case CancelOrder():
                    self.cancels += 1
                case OrderRefused():
                    self.refused[command.rule] += 1
                    self._row(command.strategy, command.instrument).refused[command.rule] += 1
                case StrategyHalted():
                    self.halted[command.strategy] = command.error
                case BreakerMoved(open=True) if command.cause is not BreakerCause.RUN:
                    self.stopped = self.stopped or f"{command.cause}: {command.reason}"
                case _:
                    pass
        for index, horizon in enumerate(HORIZONS_NS):
            waiting = self._waiting[index]
            while waiting and now - waiting[0].fill.venue_ns >= horizon:
                point = waiting.popleft()
                point.gains[index] = self._gain(point, Ns(now - point.fill.venue_ns - horizon))
        self.exposure_max = max(self.exposure_max, self._engine.ledger.exposure)
        if now // SECOND > self._second:
            self._second = now // SECOND
            self.sample(now)

    def sample(self, now: Ns) -> None:
        """Value everything as it stands; what did not change since is not noted again."""
        for row in self.rows.values():
            row.mark((self._bid(row.market, 0), self._bid(row.market, 1)))
        profit = Money(sum(row.profit for row in self.rows.values()))
        self._peak = max(self._peak, profit)
        self.drawdown = max(self.drawdown, Money(self._peak - profit))
        point = EquityPoint(now, profit, self._engine.ledger.exposure)
        if not self.equity or structs.astuple(self.equity[-1])[1:] != structs.astuple(point)[1:]:
            self.equity.append(point)
        for market, known in self.prices.items():
            bid, ask = self._touch(market, 0)
            if not known or (known[-1].bid, known[-1].ask) != (bid, ask):
                known.append(PricePoint(now, bid, ask))

    def _placed(self, order: PlaceOrder) -> None:
        self.orders += 1
        self._orders[order.order_id] = order
        self.prices.setdefault(order.market, [])
        self._row(order.strategy, order.instrument).orders += 1

    def _row(self, strategy: StrategyId, instrument: InstrumentId) -> Row:
        market = self._engine.ledger.markets[instrument]
        key = strategy, market.id
        if key not in self.rows:
            self.rows[key] = Row(strategy, market)
        return self.rows[key]

    def _reject(self, event: OrderRejected) -> None:
        order = self._orders[event.order_id]
        self.rejected[event.reason.replace(order.order_id, "...")] += 1
        self.rows[order.strategy, order.market].rejected += 1

    def _filled(self, fill: OrderFilled) -> None:
        if fill.fill_id in self._fills:
            return
        self._fills[fill.fill_id] = None
        order = self._orders[fill.order_id]
        row = self.rows[order.strategy, order.market]
        outcome = row.market.outcome_index(order.instrument)
        row.positions[outcome].take(fill_of(fill, order.side, Settlement.FINAL))
        row.maker_fills += fill.maker
        row.taker_fills += not fill.maker
        row.volume += cost(fill.price, fill.quantity)
        row.rebates += self._rebate(row.market, fill)
        row.stake_max = max(row.stake_max, sum(position.paid for position in row.positions))
        self._pay(row)
        point = Point(fill, order, outcome, self._touch(order.market, outcome))
        self.points.append(point)
        for waiting in self._waiting:
            waiting.append(point)

    def _pay(self, row: Row) -> None:
        """What is held of a market that has paid is money, also where a fill is heard of later."""
        for position, pays in zip(row.positions, self._paid.get(row.market.id, ()), strict=False):
            position.redeem(pays)

    def _rebate(self, market: Market, fill: OrderFilled) -> int:
        """The maker's share of the taker's fee, as if this market were ours alone to share in."""
        if not (self._rebates and fill.maker):
            return 0
        fee = market.fees.taker_fee(fill.price, fill.quantity)
        return share_of(fee, Quantity(market.fees.rebate_micros), Quantity(1_000_000))

    def _gain(self, point: Point, late_ns: Ns) -> Price | None:
        bid, ask = self._touch(point.order.market, point.outcome)
        if bid is None or ask is None or late_ns > LATE_NS_MAX:
            return None
        mid = (bid + ask) // 2
        bought = point.order.side is Side.BUY
        return Price(mid - point.fill.price if bought else point.fill.price - mid)

    def _touch(self, market: MarketId, outcome: int) -> Touch:
        tracked = self._engine.watch.books.get(market)
        known = tracked is not None and tracked.book.known
        return tracked.book.touch(outcome) if tracked is not None and known else (None, None)

    def _bid(self, market: Market, outcome: int) -> Price | None:
        return self._touch(market.id, outcome)[0]
