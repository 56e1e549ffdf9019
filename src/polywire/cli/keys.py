"""`polywire keys new|import|list`: private keys in encrypted files."""

from pathlib import Path
from typing import Annotated

from coincurve import PrivateKey
from cyclopts import App, Parameter, validators
from msgspec import Struct
from rich.table import Table

from polywire.cli.output import emit
from polywire.cli.unlock import folder_of, new_passphrase, private_key
from polywire.runtime.keystore import (
    account_path,
    addresses_in,
    check_private,
    key_path,
    write_key,
)
from polywire.runtime.signer import Key
from polywire.venues.secret import Secret

keys_app = App(
    name="keys",
    help="Keep private keys in encrypted files (the standard Ethereum JSON keystore).",
    default_parameter=Parameter(negative=()),
)

KeyFolder = Annotated[
    Path | None, Parameter(name="--dir", validator=validators.Path(file_okay=False))
]


class Kept(Struct):
    """A key file as `--json` shows it."""

    address: str
    key_file: str
    account_file: str | None


@keys_app.command
def new(*, folder: KeyFolder = None) -> int:
    """Make a new private key, and keep it encrypted with a passphrase.

    The passphrase is asked for, or comes from POLYWIRE_KEY_PASSPHRASE. Without it the key, and what
    it controls, is lost.

    Parameters
    ----------
    folder
        The folder of the key files; without it, `polywire/keys` in your configuration folder.
    """
    return _keep(Secret(PrivateKey().to_hex()), folder)


@keys_app.command(name="import")
def import_(*, folder: KeyFolder = None) -> int:
    """Keep a private key that you have, encrypted with a passphrase.

    The key is asked for, or comes from POLYWIRE_PRIVATE_KEY or from standard input; never from the
    arguments, which others on the machine can read.

    Parameters
    ----------
    folder
        The folder of the key files; without it, `polywire/keys` in your configuration folder.
    """
    return _keep(private_key(), folder)


@keys_app.command(name="list")
def list_(*, folder: KeyFolder = None, json: bool = False) -> int:
    """List the accounts whose keys are kept; no passphrase is needed.

    Parameters
    ----------
    folder
        The folder of the key files; without it, `polywire/keys` in your configuration folder.
    json
        Print the list as JSON.
    """
    at = folder_of(folder)
    kept = []
    for address in addresses_in(at):
        check_private(at, address)
        account = account_path(at, address)
        told = str(account) if account.exists() else None
        kept.append(Kept(address, str(key_path(at, address)), told))
    emit(kept, _table(kept) if kept else f"no keys in {at}", as_json=json)
    return 0


def _keep(secret: Secret, folder: Path | None) -> int:
    at = folder_of(folder)
    check_private(at)
    Key(secret)  # says what is wrong with it before anything is asked
    address = write_key(at, secret, new_passphrase())
    emit(None, f"{address}\nkept in {key_path(at, address)}", as_json=False)
    return 0


def _table(kept: list[Kept]) -> Table:
    table = Table(box=None, header_style="bold")
    for column in ("address", "key file", "account"):
        table.add_column(column, overflow="fold")
    for one in kept:
        table.add_row(one.address, one.key_file, one.account_file or "not set up")
    return table
