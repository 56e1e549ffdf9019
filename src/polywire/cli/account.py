"""`polywire account setup`: what trading needs of the venue for a key, asked for and kept."""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from cyclopts import App, Parameter
from rich.console import Console

from polywire.cli.configured import ConfigFile
from polywire.cli.keys import KeyFolder
from polywire.cli.unlock import folder_of, unlocked
from polywire.config.load import load
from polywire.core.errors import ConfigError
from polywire.core.units import format_money
from polywire.modes.account import AccountSetup, not_approved
from polywire.net.clock import Clock
from polywire.net.http import Http
from polywire.runtime.endpoints import POLYMARKET
from polywire.runtime.keystore import LOOK, Account, account_path, write_account
from polywire.runtime.signer import Key
from polywire.venues.polymarket.account import Balance
from polywire.venues.polymarket.contracts import POLYGON
from polywire.venues.polymarket.eip712 import address_of
from polywire.venues.polymarket.headers import Credentials
from polywire.venues.polymarket.orders import SignatureType, Wallet
from polywire.venues.polymarket.wallets import wallets_of

CONSOLE = Console(highlight=False, soft_wrap=True)
FAILED = 1
UNAPPROVED = (
    "Orders are refused until the contracts above are approved. That is a transaction on Polygon,"
    " which this program does not send: approve them at polymarket.com or with the wallet, then run"
    " this again."
)

WebAddress = Annotated[str, Parameter(validator=lambda _, text: text is None or check_web(text))]

account_app = App(
    name="account",
    help="The account at the venue that a key trades for.",
    default_parameter=Parameter(negative=()),
)

NAMES: Mapping[SignatureType, str] = {
    SignatureType.EOA: "the key's own account",
    SignatureType.PROXY: "proxy wallet",
    SignatureType.SAFE: "Safe",
    SignatureType.DEPOSIT: "deposit wallet",
}


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class SetupOptions:
    """Which venue, which key, and which wallet."""

    config: ConfigFile | None = None
    """Ask the venue that this configuration names."""
    clob: WebAddress | None = None
    """Ask the venue at this address; without both, Polymarket."""
    address: str | None = None
    """The account of the key, where the folder holds several."""
    folder: KeyFolder = None
    """The folder of the key files; without it, `polywire/keys` in your configuration folder."""
    wallet: str | None = None
    """The wallet that holds the funds, where it is not found by itself."""
    delegated: bool = False
    """The key is not the owner of that deposit wallet but was authorised on it."""
    yes: bool = False
    """Ask nothing: make credentials where there are none, and keep them."""


@account_app.command
def setup(*, options: SetupOptions | None = None) -> int:
    """Get API credentials for a key, find its wallet, and see what the exchange may take of it.

    The credentials are kept beside the key file, readable by you alone. Exit code 1 if a contract
    may not take what orders give: approving it is a transaction, which this program does not send.
    """
    asked = options or SetupOptions()
    clob = _clob(asked)
    folder = folder_of(asked.folder)
    key = unlocked(folder, asked.address)
    ask = Ask(yes=asked.yes)
    told = asyncio.run(_examined(key, clob, ask))
    if told is None:
        return FAILED
    credentials, balances = told
    wallet = _chosen(key, balances, asked)
    missing = not_approved(balances[wallet.kind])
    _show(key, wallet, balances[wallet.kind], missing)
    path = account_path(folder, key.address)
    if not ask(f"Keep the API credentials in {path}?"):
        return FAILED
    write_account(folder, Account(clob, POLYGON, wallet, credentials))
    CONSOLE.print(f"kept in {path}")
    if missing:
        CONSOLE.print(UNAPPROVED)
    return FAILED if missing else 0


def _clob(asked: SetupOptions) -> str:
    """The address of the venue, said in one place."""
    if asked.config is None:
        return asked.clob or POLYMARKET.clob
    if asked.clob is not None:
        raise ConfigError("say which venue with one of both: --config or --clob", look=LOOK)
    return _clob_of(asked.config)


def _clob_of(config: Path) -> str:
    """The address that a configuration names."""
    clob = load(config, os.environ).venue.clob
    try:
        check_web(clob)
    except ValueError as error:
        raise ConfigError(f"{config}: venue.clob: {error}", look=LOOK) from error
    return clob


def _show(key: Key, wallet: Wallet, balance: Balance, missing: list[str]) -> None:
    CONSOLE.print(f"key       {key.address}")
    CONSOLE.print(f"wallet    {wallet.address} ({NAMES[wallet.kind]})")
    CONSOLE.print(f"dollars   {format_money(balance.held)}")
    for name in missing:
        CONSOLE.print(f"approved  not yet: {name}")


def check_web(text: str) -> None:
    """Raise ValueError for what is no web address; TLS, but on this machine."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise ValueError("expected a web address, such as https://clob.polymarket.com")
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost"):
        raise ValueError("credentials are not sent in the open: https, or this machine")


class Ask:
    """Asks a question of yes or no; `yes` answers all of them."""

    def __init__(self, *, yes: bool) -> None:
        self._yes = yes

    def __call__(self, question: str) -> bool:
        """Whether the answer is yes; ConfigError where nobody can be asked."""
        if self._yes:
            return True
        if not sys.stdin.isatty():
            raise ConfigError(f"{question} There is no terminal to ask at; add --yes", look=LOOK)
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


async def _examined(
    key: Key, clob: str, ask: Ask
) -> tuple[Credentials, dict[SignatureType, Balance]] | None:
    """Credentials and what each wallet has; None if none were wanted."""
    clock, http = Clock(), Http()
    try:
        desk = AccountSetup(http, clob, key)
        credentials = await desk.credentials(clock.now())
        if credentials is None:
            if not ask(f"{key.address} has no API credentials at {clob}. Make some?"):
                return None
            credentials = await desk.make_credentials(clock.now())
        return credentials, await desk.collateral(credentials, clock.now())
    finally:
        await http.close()


def _chosen(key: Key, balances: Mapping[SignatureType, Balance], asked: SetupOptions) -> Wallet:
    """The wallet that was named, or the only one with money whose address is certain."""
    owned = wallets_of(key.address)
    if asked.wallet is not None:
        return _named(owned, key, asked.wallet, delegated=asked.delegated)
    if asked.delegated:
        raise ConfigError("--delegated: name the wallet too, with --wallet", look=LOOK)
    with_money = [one for one in owned if balances[one.kind].held]
    if len(with_money) == 1:
        return with_money[0]
    listed = "; ".join(f"{one.address} ({NAMES[one.kind]})" for one in with_money or owned)
    why = "more than one wallet may hold the money" if with_money else "no wallet holds any money"
    raise ConfigError(f"{why}; name it: --wallet, perhaps {listed}", look=LOOK)


def _named(owned: list[Wallet], key: Key, wallet: str, *, delegated: bool) -> Wallet:
    try:
        named = address_of(wallet)
    except ValueError as error:
        raise ConfigError(f"--wallet: {error}", look=LOOK) from error
    if delegated:
        return Wallet(SignatureType.DEPOSIT, named, key.address, delegated=True)
    for one in owned:
        if one.address == named:
            return one
    raise ConfigError(
        f"{named} is no wallet of {key.address}; if the key was authorised on it, add --delegated",
        look=LOOK,
    )
