"""What a backtest came to, as data: for --json, for tables, and for a report made of it later.

Amounts in micro-dollars and micro-shares, prices in micro-dollars a share, times in nanoseconds.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from polywire.core.ids import FillId, InstrumentId, MarketId, OrderId, StrategyId
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.history.provenance import Provenance

HORIZONS: Final = ("1 s", "5 s", "30 s")
"""How long after a fill it is asked what a share has gained."""
Means = tuple[float | None, float | None, float | None]


class EarnedRow(Struct, frozen=True, kw_only=True):
    """What one strategy made of one market.

    `profit` is `realised` by sales and payouts, and `open`: what is still held at the best bid
    less what it cost; all net of `fees`, without `rebates` and `rewards`. `stake_max` is the most
    it had paid for what it held, `drawdown` the deepest fall of its profit; `refused` are the
    gate's noes.
    """

    strategy: StrategyId
    market: MarketId
    question: str
    profit: Money
    realised: Money
    open: Money
    fees: Money
    rebates: Money
    rewards: Money
    held: tuple[Quantity, Quantity]
    fills: int
    maker_fills: int
    taker_fills: int
    volume: Money
    orders: int
    refused: dict[str, int]
    rejected: int
    drawdown: Money
    stake_max: Money


class FillPoint(Struct, frozen=True, kw_only=True):
    """One execution. `bid` and `ask` are its outcome's best prices when we heard of it.

    `gains`: what a share had gained 1, 5 and 30 s after the execution, by the mid then; None where
    there was none. A buy gains as the price rises, a sale as it falls.
    """

    at_ns: Ns
    heard_ns: Ns
    fill_id: FillId
    order_id: OrderId
    strategy: StrategyId
    market: MarketId
    instrument: InstrumentId
    outcome: int
    side: str
    price: Price
    quantity: Quantity
    fee: Money
    maker: bool
    bid: Price | None
    ask: Price | None
    gains: tuple[Price | None, Price | None, Price | None]


class EquityPoint(Struct, frozen=True, array_like=True):
    """Cash and what is held at the best bid, less what was begun with; and what was at stake."""

    at_ns: Ns
    profit: Money
    exposure: Money


class PricePoint(Struct, frozen=True, array_like=True):
    """Best prices of a market's first outcome, where they changed; at most one a second."""

    at_ns: Ns
    bid: Price | None
    ask: Price | None


class Earned(Struct, frozen=True, kw_only=True):
    """One run under one assumption about the queue.

    `cash` and `worth`, of what is held at the best bid, less the cash begun with are `profit`.
    `digest` is of all decisions and account events: equal digests, equal runs. `gains` are means a
    share over all fills, weighed by shares. `refused` counts the gate's noes by rule, `rejected`
    the venue's by reason; `unconfirmed`, how often a book could not be confirmed.
    """

    queue: str
    digest: str
    first_ns: Ns
    last_ns: Ns
    events: int
    cuts: int
    orders: int
    cancels: int
    fills: int
    maker_fills: int
    taker_fills: int
    cash: Money
    worth: Money
    profit: Money
    realised: Money
    open: Money
    fees: Money
    rebates: Money
    rewards: Money
    drawdown: Money
    exposure_max: Money
    gains: Means
    refused: dict[str, int]
    rejected: dict[str, int]
    halted: dict[str, str]
    idle: dict[str, str]
    stopped: str
    books: int
    books_known: int
    hashes_agreed: int
    hashes_wrong: int
    gaps: int
    confirmed: int
    unconfirmed: int
    rows: list[EarnedRow]
    equity: list[EquityPoint]
    points: list[FillPoint]
    prices: dict[MarketId, list[PricePoint]]


class BacktestReport(Struct, frozen=True, kw_only=True):
    """What was run on what, what was assumed, and what came of it at each end of the queue."""

    version: str
    configuration: str
    recordings: list[Provenance]
    assumptions: list[str]
    results: list[Earned]


def mean_gains(fills: Sequence[FillPoint]) -> Means:
    """Dollars a share at each horizon, weighed by shares; None where no fill has a later mid."""
    one, five, thirty = (_mean_gain(fills, at) for at in range(len(HORIZONS)))
    return one, five, thirty


def _mean_gain(fills: Sequence[FillPoint], at: int) -> float | None:
    known = [(gain, fill.quantity) for fill in fills if (gain := fill.gains[at]) is not None]
    whole = sum(quantity for _, quantity in known)
    return sum(gain * quantity for gain, quantity in known) / whole / 1e6 if whole else None
