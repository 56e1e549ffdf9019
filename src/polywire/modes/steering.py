"""What a person asks of one strategy, one market or one order of a run, and what is said of it.

What is told of a strategy's parameters holds until the run ends: a restart goes by its file.
"""

from dataclasses import replace
from functools import partial
from typing import Final

import msgspec
from msgspec import Struct

from polywire.core.engine.asking import attempt
from polywire.core.engine.engine import Engine
from polywire.core.engine.roster import Seat
from polywire.core.engine.turnover import tell
from polywire.core.errors import ConfigError
from polywire.core.ids import OrderId, StrategyId
from polywire.core.model.control import Operation
from polywire.core.model.instrument import Side
from polywire.core.parameters import StrategyParameters
from polywire.core.risk.misfits import misfits
from polywire.core.strategy import Parametrised
from polywire.core.units import format_micros
from polywire.modes.turnover import guarded
from polywire.observe.parameter_lines import changed
from polywire.runtime.operator_door import Asked

STEERING: Final = (
    Operation.DISABLE,
    Operation.ENABLE,
    Operation.SET,
    Operation.CANCEL_MARKET,
    Operation.CANCEL_ORDER,
)
CANCELS: Final = (Operation.CANCEL_MARKET, Operation.CANCEL_ORDER)


class Wanted(Struct, frozen=True, forbid_unknown_fields=True):
    """One parameter, by its name in the file, as a person writes it there."""

    name: str
    value: str


def steering_objection(engine: Engine, asked: Asked) -> str:
    """Why it cannot be done, or empty; also for all that is not asked of one thing."""
    if asked.operation in CANCELS:
        what = "market" if asked.operation is Operation.CANCEL_MARKET else "order"
        return "" if touched(engine, asked) else f"nothing of {what} {asked.subject} is open"
    if asked.operation not in STEERING:
        return ""
    seat = engine.roster.seats.get(StrategyId(asked.subject))
    if seat is None or seat.retired:
        there = ", ".join(name for name, one in engine.roster.seats.items() if not one.retired)
        return f"no strategy {asked.subject!r} is at work in this run; there are {there or 'none'}"
    if asked.operation is Operation.SET:
        return _not_set(engine, seat, asked.value)
    wanted = asked.operation is Operation.DISABLE
    state = "disabled" if seat.disabled else "enabled"
    return f"{asked.subject} is {state} already" if seat.disabled is wanted else ""


def kept_value(engine: Engine, asked: Asked) -> str:
    """What the journal keeps of a value: the parameter in the engine's own units."""
    if asked.operation is not Operation.SET:
        return ""
    strategy = engine.roster.seats[StrategyId(asked.subject)].strategy
    assert isinstance(strategy, Parametrised), "it was looked at"
    return _kept(strategy, asked.value)


def _kept(strategy: Parametrised, value: str) -> str:
    name = msgspec.json.decode(value, type=Wanted).name
    return msgspec.json.encode({name: getattr(_new(strategy, value), name)}).decode()


def _new(strategy: Parametrised, value: str) -> StrategyParameters:
    wanted = msgspec.json.decode(value, type=Wanted)
    return changed(strategy.parameters, wanted.name, wanted.value)


def touched(engine: Engine, asked: Asked) -> list[OrderId]:
    """The open orders that will be cancelled for it."""
    found = []
    for order_id, order in engine.ledger.open_orders.items():
        command = order.command
        seat = engine.roster.seats.get(command.strategy)
        guards = seat is not None and seat.exits is not None and command.side is Side.SELL
        its_own = {
            Operation.CANCEL_ORDER: order_id == asked.subject,
            Operation.CANCEL_MARKET: command.market == asked.subject,
            Operation.DISABLE: command.strategy == asked.subject and not guards,
        }
        if asked.operation is not None and its_own.get(asked.operation, False):
            found.append(order_id)
    return found


def steered(engine: Engine, asked: Asked, gone: list[str]) -> list[str]:
    """What was done, in sentences; `gone` says what became of orders."""
    name = StrategyId(asked.subject)
    match asked.operation:
        case Operation.DISABLE:
            said = f"{name} is disabled until it is enabled, over restarts too; {gone[0]}"
            return [said, *gone[1:], *guarded(engine, name)]
        case Operation.ENABLE:
            return [_enabled(engine, name)]
        case Operation.SET:
            wanted = msgspec.json.decode(asked.value, type=Wanted)
            seat = engine.roster.seats[name]
            if seat.failed:
                return [f"{name} raised and was halted: {seat.failed}"]
            until = "until this run ends; to keep it, write it into the configuration"
            return [
                f"{wanted.name} of {name} is {wanted.value}, {until}",
                *_too_small(engine, seat),
            ]
        case _:
            return [*gone, "what is still wanted there is placed anew"]


def _too_small(engine: Engine, seat: Seat) -> list[str]:
    """What of its markets takes no order as small as a strategy's; nobody orders more for it."""
    assert isinstance(seat.strategy, Parametrised), "it was looked at"
    size = seat.strategy.parameters.sizes().first
    books = engine.watch.books
    followed = [books[market].market for market in seat.follows if market in books]
    larger = sorted(market.size_min for market in followed if market.size_min > size)
    if not larger:
        return []
    most = f" to {format_micros(larger[-1])}" if larger[-1] > larger[0] else ""
    return [
        f"{len(larger)} of its {len(followed)} markets take no order of {format_micros(size)}, but "
        f"{format_micros(larger[0])}{most} at least: nothing is bought there"
    ]


def _enabled(engine: Engine, name: StrategyId) -> str:
    """What an enabled strategy does now; being enabled ends no other reason to be still."""
    halted, spent = engine.roster.seats[name].halted, engine.standing.spent(name)
    if halted:
        stays = "stays so until it is retired and added anew"
        return f"{name} is enabled, but was halted ({halted}) and {stays}"
    return f"{name} is asked again" + (f", and buys nothing today: it {spent}" if spent else "")


def _not_set(engine: Engine, seat: Seat, value: str) -> str:
    if not isinstance(seat.strategy, Parametrised):
        return f"{seat.strategy.name} has no parameters that can be changed"
    try:
        kept = _kept(seat.strategy, value)
        new = _new(seat.strategy, value)
        for key, why in misfits(new, engine.standing.limits, seat.budget):
            return f"{key}: {why}"
    except msgspec.MsgspecError as error:
        return f"that is no parameter: {error}"
    except ConfigError as error:
        return str(error)
    trial = replace(seat, failed="")  # what one's own cannot take would halt it
    attempt(trial, partial(tell, trial, kept))
    why = "cannot be made anew with that"
    return f"{seat.strategy.name} {why}: {trial.failed}" if trial.failed else ""
