"""`polywire doctor`: what a run needs, what is wrong with it, and how to mend each."""

import asyncio
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators
from msgspec import Struct
from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from polywire.cli.configured import ConfigFile
from polywire.cli.output import emit
from polywire.cli.traded import to_examine
from polywire.config.compose import endpoints_from, settings_from, watch_from
from polywire.config.demo import WATCH
from polywire.config.file import File
from polywire.config.load import LOOK, read_file
from polywire.config.obstacles import obstacles
from polywire.core.errors import ConfigError
from polywire.modes.doctor import Doctor, DoctorSetup
from polywire.modes.finding import Finding, State, failed, skipped
from polywire.modes.verdicts import healthy
from polywire.runtime.endpoints import POLYMARKET

Limit = Annotated[float, Parameter(validator=validators.Number(gte=0.1, lte=10))]

TROUBLE = "docs/how-to/troubleshooting.md"
STYLES = {
    State.OK: "green",
    State.WARNING: "yellow",
    State.FAILED: "bold red",
    State.SKIPPED: "dim",
}


class Diagnosis(Struct):
    """What `--json` prints; `ok` says that nothing failed."""

    ok: bool
    findings: Sequence[Finding]


def doctor(*, config: ConfigFile | None = None, json: bool = False, timeout: Limit = 5.0) -> int:
    """Examine what a run needs, from the clock to the venue's books, with a remedy for each fault.

    Nothing is traded and nothing is kept. Exit code 1 if a check failed; a warning is no failure.

    Parameters
    ----------
    config
        The configuration to examine; without it, the live venue and the current folder.
    json
        Print the findings as JSON.
    timeout
        How long a question may take, 0.1 to 10 seconds; all of it takes four times that at most.
    """
    file, findings = (None, list[Finding]()) if config is None else _read(config)
    if healthy(findings):
        findings += _examined(_setup(file, timeout))
    else:
        findings.append(skipped("the rest", "the configuration does not read"))
    result = Diagnosis(healthy(findings), findings)
    emit(result, _table(result), as_json=json)
    return 0 if result.ok else 1


def _read(config: Path) -> tuple[File | None, list[Finding]]:
    """The configuration and that it reads, or a finding for each mistake in it."""
    try:
        reading = read_file(config, os.environ)
    except ConfigError as error:
        return None, [failed("configuration", str(error), LOOK)]
    if reading.file is None:
        return None, [failed("configuration", each, LOOK) for each in reading.mistakes]
    reads = Finding(name="configuration", state=State.OK, seen=f"{config} reads")
    return reading.file, [reads]


def _setup(file: File | None, timeout: float) -> DoctorSetup:
    """What a run with this configuration would use, or one with none."""
    if file is None:
        return DoctorSetup(
            endpoints=POLYMARKET,
            criteria=WATCH.criteria,
            journal=Path(),
            streams=True,
            timeout_s=timeout,
            trading=None,
        )
    return DoctorSetup(
        endpoints=endpoints_from(file),
        criteria=watch_from(file.watch).criteria,
        journal=Path(file.journal.folder),
        streams=file.feed.kind == "stream",
        timeout_s=timeout,
        trading=partial(obstacles, settings_from(file), file.paper.cash),
        account=to_examine(file),
    )


def _examined(setup: DoctorSetup) -> list[Finding]:
    with Console(stderr=True).status("examining ...") as status:
        tell = partial(_tell, status)
        return asyncio.run(Doctor(setup, tell).examine())


def _tell(status: Status, what: str) -> None:
    status.update(f"examining {what} ...")


def _table(result: Diagnosis) -> Table:
    table = Table(box=None, header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column("check", no_wrap=True)
    table.add_column("seen, and what to do", overflow="fold")
    for one in result.findings:
        words = Text(one.seen)
        if one.remedy:
            where = f" {TROUBLE}#{one.look}" if one.look else ""
            words.append(f"\n{one.remedy}{where}", style="italic")
        table.add_row(Text(one.state, style=STYLES[one.state]), one.name, words)
    states = [one.state for one in result.findings]
    counts = ", ".join(f"{states.count(state)} {state}" for state in State if state in states)
    table.caption = counts
    return table
