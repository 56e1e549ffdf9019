"""`polywire replay`: audit a journal."""

from pathlib import Path
from typing import Annotated

import uvloop
from cyclopts import Parameter, validators
from msgspec.structs import replace
from rich.console import Console
from rich.status import Status

from polywire.cli.beside import NOT_SAID, DashboardOptions, dashboard, hand_over
from polywire.cli.output import emit
from polywire.cli.show import show_for
from polywire.cli.signals import Stop
from polywire.config.build import engine_of
from polywire.core.errors import ConfigError
from polywire.core.ids import RunId
from polywire.modes.replay import audit
from polywire.observe.auditor import Audit

Journal = Annotated[Path, Parameter(validator=validators.Path(exists=True))]


def replay(journal: Journal, /, *, json: bool = False, beside: DashboardOptions = NOT_SAID) -> int:
    """Audit a journal: the same events must give the same commands, byte for byte.

    Exit code 0 if every command agrees, 1 at the first that does not (the message says at which
    seq): a bug, or a build other than the one that recorded it. With --dashboard the newest run of
    the journal is shown in a browser instead, until Ctrl-C.

    Parameters
    ----------
    journal
        A journal folder, or one file of it, captured in full.
    json
        Print the result as JSON.
    """
    if beside.dashboard is not False and beside.asked:
        return uvloop.run(_looked_at(journal, beside))
    console = Console(stderr=True)
    with console.status("replaying ...") as status:
        seen = audit(journal, engine_of, lambda audited: _show(status, audited))
    if not seen.runs:
        raise ConfigError(_nothing(journal, seen))
    emit(seen, _said(seen), as_json=json)
    return 0


def _said(seen: Audit) -> str:
    counts = f"runs: {seen.runs}, events: {seen.events:,}, cuts: {seen.cuts:,}"
    missing = f"; passed over: run {seen.passed_over}, whose beginning was deleted"
    agree = f"{counts}; all {seen.commands:,} commands agree"
    return agree + (missing if seen.passed_over else "")


def _nothing(journal: Path, seen: Audit) -> str:
    if seen.passed_over:
        return (
            f"the beginning of run {seen.passed_over} is not in {journal}, so no decision can be "
            "made again: name the whole folder; where its first days were deleted, "
            f"`polywire status --journal {journal}` and `polywire replay {journal} --dashboard` "
            "show the rest"
        )
    return f"{journal} holds no run: record one with `polywire demo --journal DIR`"


async def _looked_at(journal: Path, beside: DashboardOptions) -> int:
    """Serve the dashboard of a journal until somebody has seen enough."""
    stop = Stop()
    told = replace(hand_over(journal, RunId(""), "replay", "a journal"), read_only=True)
    async with dashboard(beside, told, show_for(plain=True), usual=False):
        await stop.asked.wait()
    return 0


def _show(status: Status, seen: Audit) -> None:
    status.update(f"replaying: {seen.events:,} events, {seen.commands:,} commands agree")
