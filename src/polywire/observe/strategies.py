"""How each strategy of a run stands, as data: what it may, has at stake, made and was refused."""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from polywire.core.engine.engine import Engine
from polywire.core.engine.roster import Seat
from polywire.core.ids import StrategyId
from polywire.core.ledger.foreign import OTHERS
from polywire.core.ledger.ledger import Ledger
from polywire.core.units import ONE, Money, Quantity, payout
from polywire.observe.day_loss import DayLoss


class Stands(StrEnum):
    """Whether a strategy is asked, and if not, why."""

    ACTIVE = "active"
    HALTED = "halted"
    DISABLED = "disabled"
    RETIRED = "retired"
    SELLING_OUT = "selling out"


class StrategyLine(Struct):
    """One strategy, in micro-dollars; `barred` is why it buys nothing more today, or empty.

    `positions` counts what it holds, `worth_micros` is that at the best bids. `profit_micros` is
    what sales and payouts made and that worth, less what it cost: all since the account began.
    `fills` and `refused`, by rule, are of this run.
    """

    name: StrategyId
    state: Stands
    barred: str
    budget_micros: Money
    stake_micros: Money
    loss_micros: Money
    loss_max_micros: Money | None
    positions: int
    profit_micros: Money = Money(0)
    realised_micros: Money = Money(0)
    worth_micros: Money = Money(0)
    fees_micros: Money = Money(0)
    fills: int = 0
    refused: dict[str, int] = {}


class Made(NamedTuple):
    """What positions made, `realised` of it by sales and payouts; fees are paid already."""

    profit: Money
    realised: Money
    fees: Money


def made_by_all(engine: Engine) -> Made:
    """What our strategies made since the account began, those that have no seat any more too."""
    return _made(engine, lambda name: name not in OTHERS)


def strategy_lines(engine: Engine) -> list[StrategyLine]:
    """Every strategy that has a seat, in the order in which they came."""
    loss = DayLoss(engine)
    return [_line(engine, name, seat, loss.of(name)) for name, seat in engine.roster.seats.items()]


def paired(ledger: Ledger) -> Money:
    """What merging all pairs would free, whoever holds which half; nothing merges them yet."""
    held = {ledger.markets[key[1]].id: ledger.markets[key[1]] for key in ledger.holdings}
    halves = ([ledger.held(one.instrument) for one in each.outcomes] for each in held.values())
    pairs = Quantity(sum(max(0, min(both)) for both in halves))
    return payout(Money(ONE), pairs)


def _line(engine: Engine, name: StrategyId, seat: Seat, loss: Money) -> StrategyLine:
    own = [(key[1], one.now) for key, one in engine.ledger.holdings.items() if key[0] == name]
    made = _made(engine, lambda each: each == name)
    worth = sum(engine.standing.worth(instrument, now) for instrument, now in own if now.held)
    refused = engine.desk.refused.items()
    return StrategyLine(
        name=name,
        state=_stands(seat),
        barred=engine.standing.spent(name),
        budget_micros=seat.budget,
        stake_micros=engine.ledger.strategy_exposures.get(name, Money(0)),
        loss_micros=loss,
        loss_max_micros=seat.loss_max,
        positions=sum(now.held > 0 for _, now in own),
        profit_micros=made.profit,
        realised_micros=made.realised,
        worth_micros=Money(worth),
        fees_micros=made.fees,
        fills=engine.fills[name],
        refused={rule: times for (who, rule), times in sorted(refused) if who == name},
    )


def _made(engine: Engine, counts: Callable[[StrategyId], bool]) -> Made:
    ledger, worth = engine.ledger, engine.standing.worth
    made = [one for name, one in ledger.results() if counts(name)]
    held = sum(worth(key[1], one.now) for key, one in ledger.holdings.items() if counts(key[0]))
    cash, realised = sum(one.cash for one in made), sum(one.realised for one in made)
    return Made(Money(cash + held), Money(realised), Money(sum(one.fees for one in made)))


def _stands(seat: Seat) -> Stands:
    if seat.sells_out:
        return Stands.SELLING_OUT
    if seat.retired:
        return Stands.RETIRED
    if seat.halted:
        return Stands.HALTED
    return Stands.DISABLED if seat.disabled else Stands.ACTIVE
