"""`polywire halt|resume|cancel-all|flatten`: what a person asks of a running engine."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators

from polywire.cli.configured import ConfigFile
from polywire.config.load import load
from polywire.core.errors import ConfigError
from polywire.core.model.control import Operation
from polywire.runtime.operator_door import Answer, Asked, ask

NOT_DONE = 1


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Which:
    """Which run is meant, and why it is asked."""

    journal: Annotated[Path | None, Parameter(validator=validators.Path(file_okay=False))] = None
    """The run's journal folder."""
    config: ConfigFile | None = None
    """Or the configuration it runs by."""
    reason: str = ""
    """Why, for the journal and the status."""


ANY = Which()


def halt(*, which: Which = ANY) -> int:
    """Halt a running engine: its open orders are cancelled, and nothing is placed until `resume`.

    That includes the sales of exits. It outlives a restart.
    """
    return _ask(Operation.HALT, which)


def resume(*, which: Which = ANY) -> int:
    """Let a running engine trade again: closes its breaker, ends `flatten`.

    What the run itself said of its disk or its end stays, and is named.
    """
    return _ask(Operation.RESUME, which)


def cancel_all(*, which: Which = ANY) -> int:
    """Cancel all orders of a running engine, each by its id; no order of anybody else's.

    Quoting goes on, unless the engine is halted.
    """
    return _ask(Operation.CANCEL_ALL, which)


def flatten(*, which: Which = ANY) -> int:
    """Sell all that a running engine holds to the bids, and buy nothing more until `resume`.

    Its open orders are cancelled first. Says what could not be sold, and why; goes on trying.
    """
    return _ask(Operation.FLATTEN, which)


def _ask(operation: Operation, which: Which) -> int:
    return told(ask(folder_of(which), Asked(operation, which.reason), say_meanwhile))


def folder_of(which: Which) -> Path:
    """The journal's folder of the run that is meant; ConfigError where none is named, or two."""
    journal, config = which.journal, which.config
    if (journal is None) == (config is None):
        both = "say which run with one of both" if journal is not None else "say which run"
        raise ConfigError(f"{both}: --journal FOLDER or --config FILE", look="nothing-runs")
    if journal is None:
        assert config is not None, "one of both"
        journal = Path(load(config, os.environ).journal.folder)
    return journal


def told(answer: Answer) -> int:
    """Print what was done; the exit code."""
    sys.stdout.write("".join(f"{sentence}\n" for sentence in answer.said))
    return 0 if answer.done else NOT_DONE


def say_meanwhile(words: str) -> None:
    """What a script does not read."""
    sys.stderr.write(f"{words}\n")
