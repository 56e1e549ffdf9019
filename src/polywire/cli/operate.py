"""`polywire halt|resume|cancel-all|flatten`: what a person asks of a running engine."""

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators

from polywire.config.load import load
from polywire.core.errors import ConfigError
from polywire.core.model.control import Operation
from polywire.runtime.operator_door import Asked, ask

Folder = Annotated[Path | None, Parameter(validator=validators.Path(file_okay=False))]
Config = Annotated[Path | None, Parameter(validator=validators.Path(exists=True, dir_okay=False))]
WITHIN_S = 40.0
"""The engine answers within less, whatever the venue does."""
NOT_DONE = 1


def halt(*, journal: Folder = None, config: Config = None, reason: str = "") -> int:
    """Halt a running engine: its open orders are cancelled, and nothing is placed until `resume`.

    That includes the sales of exits. It outlives a restart.

    Parameters
    ----------
    journal
        The run's journal folder.
    config
        Or the configuration it runs by.
    reason
        Why, for the journal and the status.
    """
    return _ask(Operation.HALT, journal, config, reason)


def resume(*, journal: Folder = None, config: Config = None, reason: str = "") -> int:
    """Let a running engine trade again: closes its breaker, whatever opened it, and ends `flatten`.

    Parameters
    ----------
    journal
        The run's journal folder.
    config
        Or the configuration it runs by.
    reason
        Why, for the journal.
    """
    return _ask(Operation.RESUME, journal, config, reason)


def cancel_all(*, journal: Folder = None, config: Config = None, reason: str = "") -> int:
    """Cancel all orders of a running engine, each by its id; no order of anybody else's.

    Quoting goes on, unless the engine is halted.

    Parameters
    ----------
    journal
        The run's journal folder.
    config
        Or the configuration it runs by.
    reason
        Why, for the journal.
    """
    return _ask(Operation.CANCEL_ALL, journal, config, reason)


def flatten(*, journal: Folder = None, config: Config = None, reason: str = "") -> int:
    """Sell all that a running engine holds to the bids, and buy nothing more until `resume`.

    Its open orders are cancelled first. Says what could not be sold, and why; goes on trying.

    Parameters
    ----------
    journal
        The run's journal folder.
    config
        Or the configuration it runs by.
    reason
        Why, for the journal.
    """
    return _ask(Operation.FLATTEN, journal, config, reason)


def _ask(operation: Operation, journal: Path | None, config: Path | None, reason: str) -> int:
    if (journal is None) == (config is None):
        raise ConfigError("say which run: --journal FOLDER or --config FILE", look="nothing-runs")
    if journal is None:
        assert config is not None, "one of both"
        journal = Path(load(config, os.environ).journal.folder)
    answer = ask(journal, Asked(operation, reason), WITHIN_S)
    sys.stdout.write("".join(f"{sentence}\n" for sentence in answer.said))
    return 0 if answer.done else NOT_DONE
