"""`polywire strategies ...`: who trades in a running engine, and how, without a restart."""

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter, validators
from msgspec import json

from polywire.cli.configured import ConfigFile
from polywire.cli.operate import ANY, Which, folder_of, say_meanwhile, told
from polywire.cli.output import emit
from polywire.cli.standings import standings
from polywire.config.compose import settings_from
from polywire.config.load import load
from polywire.config.schema import SeatSettings, dump
from polywire.core.errors import ConfigError
from polywire.core.model.control import Operation
from polywire.runtime.operator_door import Asked, ask

strategies_app = App(
    name="strategies",
    help="Add strategies to a running engine, retire them, disable them, change or list them.",
    default_parameter=Parameter(negative=()),
)

Folder = Annotated[Path | None, Parameter(validator=validators.Path(file_okay=False))]


@strategies_app.command
def add(name: str, /, *, config: ConfigFile, reason: str = "") -> int:
    """Seat a strategy in the engine that runs by this configuration, as the file has it now.

    Parameters
    ----------
    name
        Its name in the file.
    config
        The file; the rest of it counts at the next start.
    reason
        Why, for the journal.
    """
    settings = dump(_table(name, config))
    folder = folder_of(Which(config=config))
    answer = ask(folder, Asked(Operation.ADD, reason, subject=settings), say_meanwhile)
    code = told(answer)
    if answer.done:
        sys.stdout.write(f"as long as {config} has it, a restart by that file brings it too\n")
    return code


@strategies_app.command
def retire(name: str, /, *, sell: bool = False, which: Which = ANY) -> int:
    """Ask a strategy no more and cancel its orders; its exits go on guarding what it holds.

    Parameters
    ----------
    name
        Its name.
    sell
        Sell all that it holds to the bids, too; its exits stand aside.
    """
    operation = Operation.SELL_OUT if sell else Operation.RETIRE
    folder = folder_of(which)
    answer = ask(folder, Asked(operation, which.reason, subject=name), say_meanwhile)
    code = told(answer)
    if answer.said[0].startswith(f"{name} is retired;"):
        file = which.config or "the configuration file"
        sys.stdout.write(f"take it out of {file}, or a restart brings it back\n")
    return code


@strategies_app.command
def disable(name: str, /, *, which: Which = ANY) -> int:
    """Ask a strategy no more until it is enabled, over restarts too; its orders are cancelled.

    Its exits go on guarding what it holds.

    Parameters
    ----------
    name
        Its name.
    """
    return _steered(Operation.DISABLE, name, which)


@strategies_app.command
def enable(name: str, /, *, which: Which = ANY) -> int:
    """Ask a strategy again that was disabled.

    Parameters
    ----------
    name
        Its name.
    """
    return _steered(Operation.ENABLE, name, which)


@strategies_app.command(name="set")
def change(name: str, key: str, value: str, /, *, which: Which = ANY) -> int:
    """Tell a running strategy one of its parameters otherwise, until the run ends.

    It begins anew: what has to warm up does so again.

    Parameters
    ----------
    name
        Its name.
    key
        The parameter, as in the file.
    value
        What would be written there.
    """
    told_it = json.encode({"name": key, "value": value}).decode()
    return _steered(Operation.SET, name, which, told_it)


@strategies_app.command(name="list")
def show(*, journal: Folder = None, config: ConfigFile | None = None, json: bool = False) -> int:
    """List the strategies of a running engine: what each made, has at stake, lost today, holds.

    Parameters
    ----------
    journal
        The run's journal folder.
    config
        Or the configuration it runs by.
    json
        Print them as JSON.
    """
    answer = ask(folder_of(Which(journal, config)), Asked(None), say_meanwhile)
    if answer.said:
        return told(answer)
    emit(answer.strategies, standings(answer.strategies), as_json=json)
    return 0


def _steered(operation: Operation, name: str, which: Which, value: str = "") -> int:
    asked = Asked(operation, which.reason, subject=name, value=value)
    return told(ask(folder_of(which), asked, say_meanwhile))


def _table(name: str, config: Path) -> SeatSettings:
    """What the file says of a strategy now."""
    seats = {str(seat.name): seat for seat in settings_from(load(config, os.environ)).strategies}
    if name not in seats:
        there = ", ".join(seats)
        raise ConfigError(
            f'{config}: no strategy is named "{name}", there are {there}; write [[strategies]] and '
            f'name = "{name}" below it',
            look="configuration",
        )
    return seats[name]
