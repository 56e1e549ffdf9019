"""Strategies added to a run or retired from it: what speaks against that, and the answer.

Owns too what is left of that after a restart, which knows the file alone.
"""

from collections.abc import Iterator
from pathlib import Path

import structlog

from polywire.core.engine.engine import Engine
from polywire.core.engine.roster import Seat
from polywire.core.errors import ConfigError
from polywire.core.ids import RunId, StrategyId
from polywire.core.ledger.foreign import OTHERS
from polywire.core.model.control import LASTING, Operation, OperatorCommand, RunStarted
from polywire.core.units import Ns, counted, dollars
from polywire.journal.runs import Run, read_kinds, runs_of
from polywire.journal.snapshot import newest_snapshot
from polywire.runtime.operator_door import Asked

TURNOVER = (Operation.ADD, Operation.RETIRE, Operation.SELL_OUT)
Words = dict[StrategyId, list[OperatorCommand]]

log = structlog.get_logger()


def name_in(engine: Engine, asked: Asked) -> StrategyId:
    """The strategy that is meant; raises ConfigError for settings that make none."""
    if asked.operation is Operation.ADD:
        return engine.roster.seat_from(asked.subject).strategy.name
    return StrategyId(asked.subject)


def objection(engine: Engine, asked: Asked) -> str:
    """Why it cannot be done and what to do next, or empty."""
    if asked.operation not in TURNOVER:
        return ""
    if asked.operation is Operation.ADD:
        try:
            return _not_added(engine, engine.roster.seat_from(asked.subject))
        except ConfigError as error:
            return str(error)
    return _not_retired(engine, asked)


def said_again(engine: Engine, folder: Path, run: RunId, now: Ns) -> list[OperatorCommand]:
    """What the run before was told of strategies, as far as the file does not say it.

    Who was retired or is sold out stays so until it is added; who was added is there again, unless
    it left for good; who was disabled stays so. What nobody here sells is logged.
    """
    said = _said(folder, run)
    told = _words(engine, said)
    again = [
        OperatorCommand(now, one.operation, "as before the restart", one.who, one.subject)
        for name, words in told.items()
        for one in _standing(engine, name, words)
    ]
    coming = {name_in(engine, Asked(one.operation, subject=one.subject)) for one in again}
    again += [
        OperatorCommand(now, Operation.DISABLE, "as before the restart", one.who, one.subject)
        for one in _disabled(said)
        if one.subject in {*engine.roster.seats, *coming} and not _renewed(told, one)
    ]
    for name in dict.fromkeys(key[0] for key in engine.ledger.holdings):
        held = _positions(engine, name)
        if held and name not in OTHERS and name not in {*engine.roster.seats, *coming}:
            what = counted(held, "position")
            why = f"it holds {what} and is not in this run, so nothing sells them"
            log.warning("strategy_missing", strategy=name, reason=why)
    return again


def _said(folder: Path, run: RunId) -> list[OperatorCommand]:
    """What the newest run that began was told of strategies; its ledger's snapshot knows it too."""
    for before in reversed([one for one in runs_of(folder) if one.id != run]):
        seq, kept = _kept(before)
        behind = list(read_kinds(before, (RunStarted, OperatorCommand), after=seq))
        if seq or any(isinstance(one, RunStarted) for one in behind):
            told = [one for one in behind if isinstance(one, OperatorCommand)]
            return [*kept, *(one for one in told if one.operation in LASTING)]
    return []


def _kept(run: Run) -> tuple[int, tuple[OperatorCommand, ...]]:
    """The number of a run's newest snapshot that keeps such words, and these; 0 without one."""
    for file in reversed(run.files):
        found = newest_snapshot(file)
        if found is not None and found[1].words is not None:
            return found[0], found[1].words
    return 0, ()


def _words(engine: Engine, said: list[OperatorCommand]) -> Words:
    """Who was added, retired or sold out, by strategy."""
    words: Words = {}
    for one in said:
        if one.operation in TURNOVER:
            try:
                name = name_in(engine, Asked(one.operation, subject=one.subject))
            except ConfigError as error:
                log.warning("strategy_missing", strategy="", reason=str(error))
                continue
            words.setdefault(name, []).append(one)
    return words


def _disabled(said: list[OperatorCommand]) -> list[OperatorCommand]:
    """The last words on those who were left disabled."""
    last = {one.subject: one for one in said if one.operation not in TURNOVER}
    return [one for one in last.values() if one.operation is Operation.DISABLE]


def _renewed(told: Words, disabled: OperatorCommand) -> bool:
    """Whether a strategy was added anew since it was disabled."""
    since = (
        one for one in told.get(StrategyId(disabled.subject), ()) if one.recv_ns > disabled.recv_ns
    )
    return any(one.operation is Operation.ADD for one in since)


def _standing(
    engine: Engine, name: StrategyId, words: list[OperatorCommand]
) -> Iterator[OperatorCommand]:
    """Which of these words a restart has to hear to stand where they left it."""
    last, seated = words[-1], name in engine.roster.seats
    ended = last.operation is not Operation.ADD
    comings = [one for one in words if one.operation is Operation.ADD]
    if not seated and (not comings or (ended and not _positions(engine, name))):
        return
    if not seated:
        yield comings[-1]
    if ended:
        why = (
            f"{last.operation} was the last word on it, and stands; to have it back: strategies add"
        )
        log.warning("strategy_still_retired", strategy=name, reason=why)
        yield last


def lacking(seat: Seat) -> str:
    """What a strategy needs and nothing executes, or empty."""
    if not seat.needs:
        return ""
    needs = ", ".join(sorted(seat.needs))
    return f"{seat.strategy.name} needs {needs}, which nothing here executes yet: leave it out"


def added(engine: Engine, name: StrategyId) -> list[str]:
    """What a strategy begins with that has just been seated."""
    seat = engine.roster.seats[name]
    held = _positions(engine, name)
    follows, books = len(seat.follows), len(engine.watch.books)
    said = [f"{name} is asked about {follows} of {books} markets; budget {dollars(seat.budget)}"]
    if held:
        said.append(f"{name} takes up {counted(held, 'position')} that it held before")
    if seat.failed:
        said.append(f"{name} raised and was halted: {seat.failed}")
    return said


def guarded(engine: Engine, name: StrategyId) -> list[str]:
    """What becomes of what a retired strategy holds."""
    held = _positions(engine, name)
    if not held:
        return []
    if engine.roster.seats[name].exits is not None:
        return [f"its exits go on guarding {counted(held, 'position')}"]
    what = counted(held, "position")
    why = f"it has no exits, so nothing sells what it holds ({what}) before the end"
    return [f"{why}; to sell: polywire strategies retire {name} --sell"]


def _not_added(engine: Engine, seat: Seat) -> str:
    name = seat.strategy.name
    if engine.roster.is_free(name):
        return lacking(seat)
    state = "was halted" if engine.roster.seats[name].halted else "is at work"
    return (
        f"{name} {state}: polywire strategies retire {name} first, or give the new one another name"
    )


def _not_retired(engine: Engine, asked: Asked) -> str:
    seat = engine.roster.seats.get(StrategyId(asked.subject))
    if seat is None:
        names = ", ".join(engine.roster.seats)
        return f"no strategy {asked.subject!r} in this run; there are {names}"
    if seat.sells_out:
        return f"{asked.subject} is being sold out already: polywire strategies list"
    if seat.retired and asked.operation is Operation.RETIRE:
        held = _positions(engine, seat.strategy.name)
        sell = f"; to sell what it holds: polywire strategies retire {asked.subject} --sell"
        return f"{asked.subject} is retired already{sell if held else ''}"
    return ""


def _positions(engine: Engine, name: StrategyId) -> int:
    holdings = engine.ledger.holdings.items()
    return sum(one.now.held > 0 for key, one in holdings if key[0] == name)
