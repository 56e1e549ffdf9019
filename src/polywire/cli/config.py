"""`polywire config show|check|import`: what a configuration says, and what is wrong with it."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter, validators
from msgspec import Raw, Struct
from rich.table import Table
from rich.text import Text

from polywire.cli.configured import ConfigFile
from polywire.cli.doubts import doubts
from polywire.cli.output import check_writable, emit, write
from polywire.config.legacy import Became, Imported, import_settings
from polywire.config.load import MISSING, Reading, Shown, read, read_file
from polywire.config.old_files import settings_in
from polywire.config.written import as_toml, to_fill_in
from polywire.core.errors import ConfigError
from polywire.core.parameters import COUNT

config_app = App(
    name="config",
    help="Show, check or import a configuration file.",
    default_parameter=Parameter(negative=()),
)

WRONG_INPUT = 2

OldFiles = Annotated[tuple[Path, ...], Parameter(negative_iterable=())]
NewFile = Annotated[Path | None, Parameter(validator=validators.Path(dir_okay=False))]


class Effective(Struct):
    """One setting as `--json` shows it; `value` as the file would have it, digit by digit."""

    setting: str
    value: Raw
    origin: str
    unit: str
    meaning: str


@config_app.command
def show(config: ConfigFile | None = None, *, json: bool = False) -> int:
    """List every setting with its value, who said so (default, file, environment) and its meaning.

    Parameters
    ----------
    config
        The configuration file; without it, defaults and environment.
    json
        Print the settings as JSON.
    """
    reading = read("", os.environ) if config is None else read_file(config, os.environ)
    if not reading.shown:
        raise ConfigError(reading.mistakes[0], look="configuration")
    emit([_effective(one) for one in reading.shown], _table(reading), as_json=json)
    return 0


@config_app.command
def check(file: ConfigFile, /) -> int:
    """Say what is wrong with a configuration file, one sentence a mistake; exit code 2 if any.

    Warnings are of what can be run and will disappoint: limits that refuse what strategies want,
    exits that sell what has just been bought; `run`, `paper` and `backtest` say them too, when they
    begin. `polywire doctor` looks at the markets, too.

    Parameters
    ----------
    file
        The configuration file; the environment counts too.
    """
    reading = read_file(file, os.environ)
    for mistake in reading.mistakes:
        sys.stderr.write(f"{file}: {mistake}\n")
    if reading.mistakes:
        return WRONG_INPUT
    assert reading.file is not None, "there are no mistakes"
    account = reading.file.account
    real = account.key is not None or account.keys is not None
    found = doubts(reading.file, real=real)
    for doubt in found:
        sys.stdout.write(f"{file}: warning: {doubt}\n")
    said = "it reads, with warnings" if found else "nothing is wrong"
    command = "run" if real else "paper"
    sys.stdout.write(f"{file}: {said}; run it: polywire {command} --config {file}\n")
    return 0


@config_app.command(name="import")
def import_(paths: OldFiles, /, *, output: NewFile = None, force: bool = False) -> int:
    """Write a configuration from the JSON, .env and Python settings of other bots.

    The files are parsed, never executed. Each key is told with what it became, or why it no
    longer applies. Secrets are named and left where they are.

    Parameters
    ----------
    paths
        Files that end in .json or .py, or have .env in their name; of two that say the same
        setting, the last counts.
    output
        Write the configuration to this file; without it, to standard output.
    force
        Write over a file that is there.
    """
    if output is not None and output.exists() and not force:
        said = f"{output} is there already; name another file, or write over it with --force"
        raise ConfigError(said, look="configuration")
    imported = import_settings(one for path in paths for one in settings_in(path))
    if output is None:
        sys.stdout.write(as_toml(imported))
    else:
        check_writable(output)
        write(output, as_toml(imported).rstrip("\n").encode())
    report = sys.stdout if output is not None else sys.stderr
    report.writelines(f"{line}\n" for line in _report(imported))
    return 0


def _report(imported: Imported) -> Iterator[str]:
    """A line for each key that was found, then what a person has to decide."""
    for one in imported.became:
        last = imported.values.get(one.path, one)
        yield f"{one.key}: {one.words}" + ("" if last is one else f"; {_later(one, last)}")
    for key in imported.secrets:
        yield f"{key}: not copied, it looks like a secret; no secret belongs in a configuration"
    for key in imported.unknown:
        yield f"{key}: unknown, not taken over"
    yield f"fill in: {', '.join(to_fill_in(imported))}"


def _later(one: Became, last: Became) -> str:
    if last.words == one.words:
        return "said again later"
    word = "" if last.key == one.key else f"{last.key}, "
    return f"but {word}later, {last.words}"


def _effective(one: Shown) -> Effective:
    setting = one.setting
    unit = setting.unit.name if setting.unit is not None else ""
    value = Raw(one.value.encode() or b"null")  # TOML and JSON write it alike
    return Effective(setting.path, value, one.origin, unit, setting.meaning)


def _table(reading: Reading) -> Table:
    table = Table(box=None, header_style="bold")
    for name in ("setting", "value", "from", "meaning"):
        table.add_column(name, overflow="fold", no_wrap=name == "setting")
    for one in reading.shown:
        style = "red" if one.origin == MISSING else None
        unit = f" ({one.setting.unit.name})" if one.setting.unit not in (None, COUNT) else ""
        meaning = Text(one.setting.meaning + unit)
        table.add_row(Text(one.setting.path), Text(one.value), one.origin, meaning, style=style)
    return table
