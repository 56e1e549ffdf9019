"""`polywire run`: the engine on the venue that the configuration names, with real orders."""

import asyncio
import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import uvloop
from rich.console import Console
from rich.table import Table

from polywire.cli.account import NAMES, Ask
from polywire.cli.configured import NOTHING, ConfigFile, Kept, recorded, setup_from
from polywire.cli.doubts import warn
from polywire.cli.output import check_writable
from polywire.cli.showing import TERMINAL, Look, MetricsPort, Seconds, shown
from polywire.cli.traded import BY, account_of
from polywire.cli.unlock import PRIVATE_KEY, folder_of, unlocked
from polywire.config.build import engine_from
from polywire.config.compose import ceiling_from, endpoints_from, settings_from
from polywire.config.file import File
from polywire.config.load import load
from polywire.config.schema import dump
from polywire.core.errors import ConfigError
from polywire.core.units import dollars, format_micros
from polywire.journal.lock import FolderLock
from polywire.modes.account_check import AccountCheck, clock
from polywire.modes.finding import Finding, State
from polywire.modes.guards import Guards, GuardTerms
from polywire.modes.live import LiveAccount, LiveSetup
from polywire.modes.trading import TradingSetup
from polywire.net.http import Http
from polywire.runtime.keystore import Account, running_folder
from polywire.runtime.signer import Key

CONSOLE = Console(highlight=False, soft_wrap=True, stderr=True)
REFUSED = 1
ANSWER_S = 5.0


def run(
    *,
    config: ConfigFile,
    yes: bool = False,
    seconds: Seconds = None,
    metrics_port: MetricsPort = None,
    kept: Kept = NOTHING,
    look: Look = TERMINAL,
) -> int:
    """Trade for real: orders are signed and sent to the venue that the configuration names.

    Says what it is about to do and asks once. Ctrl-C, SIGTERM or the end of the seconds stops in
    this order: no new orders, orders cancelled, last account facts taken in, journal flushed,
    sockets closed; what still rests is named in the last line. A second Ctrl-C ends at once.

    Parameters
    ----------
    config
        The configuration file; `polywire config check FILE` says what is wrong with one.
    yes
        Do not ask before trading.
    seconds
        Stop after this long; without it, at Ctrl-C.
    metrics_port
        Serve Prometheus metrics on this port of 127.0.0.1; 0 does not, whatever is configured.
    """
    if kept.json is not None:
        check_writable(kept.json)
    file = load(config, os.environ)
    warn(config, file, real=True)
    folder = folder_of(Path(file.account.keys) if file.account.keys is not None else None)
    key = unlocked(folder, file.account.key, BY)
    account = account_of(folder, key.address, file.venue.clob)
    with closing(_sole(account)):
        findings = asyncio.run(_examined(file, account))
        _check(findings)
        _announce(file, account, findings)
        if not Ask(yes=yes)("Trade for real, with these limits?"):
            return REFUSED
        setup = recorded(_setup(file, key, account), kept.record)
        if metrics_port is not None:
            setup = replace(setup, metrics_port=metrics_port)
        return uvloop.run(shown(file, setup, seconds, kept.json, look))


def _sole(account: Account) -> FolderLock:
    """One engine an account, wherever its keys lie: the lock dies with its holder."""
    wallet, where = account.wallet.address, urlsplit(account.clob).netloc.replace(":", "_")
    folder = running_folder(os.environ) / f"{wallet}@{where}"
    return FolderLock(folder, f"the account of {wallet}", instead="set up another account")


def _setup(file: File, key: Key, account: Account) -> TradingSetup:
    settings = settings_from(file, live=True)
    live = LiveSetup(
        key=key,
        account=account,
        user_ws=file.venue.user_ws,
        ceiling=ceiling_from(file),
        seed=file.paper.seed,
        guards=Guards(_guards(file), account),
    )
    return replace(
        setup_from(file),
        engine=engine_from(settings),
        configuration=dump(settings),
        account=LiveAccount(live),
        keep_exits=file.account.keep_exits,
    )


async def _examined(file: File, account: Account) -> list[Finding]:
    http, where = Http(), endpoints_from(file)
    try:
        time = await clock(http, where)
        return [time, *await AccountCheck(http, where, account, ANSWER_S).examine()]
    finally:
        await http.close()


def _check(findings: Sequence[Finding]) -> None:
    """Say what is not as it should be; ConfigError for what nobody may trade with."""
    for one in findings:
        if one.state is State.FAILED:
            raise ConfigError(f"{one.name}: {one.seen}. {one.remedy}", look=one.look)
        if one.state is State.WARNING:
            CONSOLE.print(f"{one.name}: {one.seen}. {one.remedy}", style="yellow")


def _guards(file: File) -> GuardTerms:
    return GuardTerms(
        journal=Path(file.journal.folder),
        shared_credentials=file.account.shared_credentials,
        keep_exits=file.account.keep_exits,
    )


def _announce(file: File, account: Account, findings: Sequence[Finding]) -> None:
    """What is about to happen, in words and numbers, before anything does."""
    limits = file.limits
    table = Table(title="to be traded for real", show_header=False, title_justify="left")
    table.add_row("venue", file.venue.clob)
    table.add_row("account", f"{account.wallet.address} ({NAMES[account.wallet.kind]})")
    if PRIVATE_KEY in os.environ:
        table.add_row("key", "from the environment")
    for seen in findings:
        if "dollars_micros" in seen.figures:
            table.add_row("balance", dollars(int(seen.figures["dollars_micros"])))
    table.add_row("at stake at most", dollars(limits.total_exposure_max))
    table.add_row("on the venue", dollars(limits.venue_exposure_max))
    table.add_row("in one group", dollars(limits.group_exposure_max))
    table.add_row("in one market", dollars(limits.market_exposure_max))
    table.add_row("loss a day", dollars(limits.loss_max))
    table.add_row("one order", f"{format_micros(limits.order_size_max)} shares")
    table.add_row("one outcome", f"{format_micros(limits.position_max)} shares")
    table.add_row("orders a minute", str(limits.orders_per_minute))
    for one in file.strategies:
        table.add_row("strategy", f"{one.name}, up to {dollars(one.budget)}")
    CONSOLE.print(table)
