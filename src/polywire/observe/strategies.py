"""How each strategy of a run stands, as data: what it may, what it has at stake, what it lost."""

from enum import StrEnum

from msgspec import Struct

from polywire.core.engine.engine import Engine
from polywire.core.engine.roster import Seat
from polywire.core.ids import StrategyId
from polywire.core.ledger.ledger import Ledger
from polywire.core.units import ONE, Money, Quantity, payout


class Stands(StrEnum):
    """Whether a strategy is asked, and if not, why."""

    ACTIVE = "active"
    HALTED = "halted"
    RETIRED = "retired"
    SELLING_OUT = "selling out"


class StrategyLine(Struct):
    """One strategy, in micro-dollars; `barred` is why it buys nothing more today, or empty.

    `positions` counts what it holds.
    """

    name: StrategyId
    state: Stands
    barred: str
    budget_micros: Money
    stake_micros: Money
    loss_micros: Money
    loss_max_micros: Money | None
    positions: int


def strategy_lines(engine: Engine) -> list[StrategyLine]:
    """Every strategy that has a seat, in the order in which they came."""
    return [_line(engine, name, seat) for name, seat in engine.roster.seats.items()]


def paired(ledger: Ledger) -> Money:
    """What merging all pairs would free, whoever holds which half; nothing merges them yet."""
    markets = {market.id: market for market in ledger.markets.values()}
    halves = ([ledger.held(one.instrument) for one in each.outcomes] for each in markets.values())
    pairs = Quantity(sum(max(0, min(both)) for both in halves))
    return payout(Money(ONE), pairs)


def _line(engine: Engine, name: StrategyId, seat: Seat) -> StrategyLine:
    holdings = engine.ledger.holdings.items()
    return StrategyLine(
        name=name,
        state=_stands(seat),
        barred=engine.standing.spent(name),
        budget_micros=seat.budget,
        stake_micros=engine.ledger.strategy_exposures.get(name, Money(0)),
        loss_micros=engine.standing.lost(name),
        loss_max_micros=seat.loss_max,
        positions=sum(one.now.held > 0 for key, one in holdings if key[0] == name),
    )


def _stands(seat: Seat) -> Stands:
    if seat.sells_out:
        return Stands.SELLING_OUT
    if seat.retired:
        return Stands.RETIRED
    return Stands.HALTED if seat.halted else Stands.ACTIVE
