"""Which run is looked at: a running engine is asked, any other is rebuilt from its journal."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter, validators

from polywire.cli.configured import ConfigFile
from polywire.cli.journals import chosen_run, runs_in
from polywire.cli.operate import say_meanwhile
from polywire.cli.reading import reading
from polywire.config.build import engine_from
from polywire.config.file import JournalTable
from polywire.config.load import load
from polywire.config.schema import load as settings_in
from polywire.core.engine.engine import Engine
from polywire.core.errors import ConfigError
from polywire.core.model.control import RunStarted
from polywire.core.units import Ns, utc_time
from polywire.journal.lock import holder
from polywire.journal.runs import Run, last_ns, rows_in, span_ns
from polywire.observe.shadow import Shadow
from polywire.runtime.operator_door import Answer, Asked, Question, ask

ROWS: Final = 2_000
"""Taken in before somebody is told how far it has come."""
LONG: Final = 300_000
"""So many rows are read in a quarter of a minute."""


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Where:
    """Which run is looked at."""

    journal: Annotated[Path | None, Parameter(validator=validators.Path(file_okay=False))] = None
    """The run's journal folder; without it and --config, the folder of a file that names none."""
    config: ConfigFile | None = None
    """Or the configuration it runs by."""
    run: str = ""
    """A run of the journal, by how its id begins; without it, the newest."""


HERE = Where()


def folder_of(where: Where) -> Path:
    """The journal's folder; ConfigError where two are named."""
    if where.journal is not None and where.config is not None:
        raise ConfigError("say which run with one of both: --journal FOLDER or --config FILE")
    if where.config is not None:
        return Path(load(where.config, os.environ).journal.folder)
    return where.journal or Path(JournalTable().folder)


def runs_at(where: Where) -> tuple[list[Run], Path]:
    """The runs that may be meant, and their folder; ConfigError where there is none."""
    folder = folder_of(where)
    named = where.journal is not None or where.config is not None
    return runs_in(folder, "" if named else "--journal FOLDER or --config FILE"), folder


def answered(folder: Path, question: Question, subject: str = "") -> Answer | None:
    """What the running engine says; None where none runs, or it does not answer."""
    if holder(folder) is None:
        return None
    try:
        return ask(folder, Asked(None, subject=subject, question=question), say_meanwhile)
    except ConfigError as error:
        say_meanwhile(f"{error}; its journal is read instead")
        return None


def followed(
    folder: Path, run: Run, until: Ns | None = None, *, hasty: bool = False
) -> tuple[Shadow, Engine]:
    """A shadow that stands at the end of a run, or at a moment of it; says how far it has come.

    `hasty`: of a long run the account is enough, and what its books were worth in the end.
    """
    rows = rows_in(run)
    partly = hasty and rows > LONG
    shadow = Shadow(folder, engine_for, run.id, hasty=partly)
    with reading(None if partly or until is not None else rows) as progressed:
        while (more := shadow.advance(ROWS, until)) == ROWS:
            progressed(more, shadow.now)
    if shadow.engine is None:
        raise ConfigError(f"run {run.id} of {folder} ended before it began: it has no rows")
    return shadow, shadow.engine


def run_of(runs: list[Run], where: Where, folder: Path, at: Ns | None) -> Run:
    """The run that is named, else the newest that had begun; ConfigError for a time in none."""
    if where.run or at is None:
        return _within(chosen_run(runs, where.run, folder), at)
    begun = [one for one in runs if (span := span_ns(one)) is None or span[0] <= at]
    return _within(begun[-1] if begun else runs[0], at)


def newest_ns(runs: list[Run]) -> Ns:
    """When the last row was written."""
    return max(map(last_ns, runs), default=Ns(0))


def _within(run: Run, at: Ns | None) -> Run:
    span = span_ns(run)
    if at is None or span is None or span[0] <= at <= span[1]:
        return run
    raise ConfigError(
        f"{utc_time(at)} UTC is outside run {run.id}, which lasted from {utc_time(span[0])} to "
        f"{utc_time(span[1])} UTC"
    )


def engine_for(started: RunStarted) -> Engine:
    """The engine that a run's recorded settings make."""
    return engine_from(settings_in(started.configuration))
