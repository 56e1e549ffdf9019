"""The account that `run` would trade for, found without a passphrase; `doctor` looks for it too."""

import os
from pathlib import Path
from typing import Final

from polywire.cli.unlock import PRIVATE_KEY, folder_of, which_key
from polywire.config.file import File
from polywire.core.errors import ConfigError
from polywire.modes.finding import Finding, failed, skipped
from polywire.runtime.keystore import (
    LOOK,
    Account,
    account_path,
    addresses_in,
    check_private,
    read_account,
)
from polywire.venues.polymarket.eip712 import Address

BY: Final = "key under [account]"
CHECK: Final = "account"


def account_of(folder: Path, address: Address, clob: str) -> Account:
    """The account of a key; ConfigError if it was not set up at the venue to be traded on."""
    again = f"polywire account setup --address {address} --clob {clob} --dir {folder}"
    if not account_path(folder, address).exists():
        raise ConfigError(f"{address} has no account in {folder} yet; run: {again}", look=LOOK)
    check_private(folder)
    account = read_account(folder, address)
    if account.clob != clob:
        raise ConfigError(
            f"the account of {address} was set up at {account.clob}, and the configuration names "
            f"{clob}; run: {again}",
            look=LOOK,
        )
    return account


def to_examine(file: File) -> Account | Finding:
    """The account, or why `run` would be refused; skipped where nobody keeps or names a key."""
    named = file.account.keys
    folder = folder_of(Path(named) if named is not None else None)
    wanted = named is not None or file.account.key is not None or PRIVATE_KEY in os.environ
    try:
        if not wanted and not addresses_in(folder):
            return skipped(CHECK, f"no key in {folder}, and none named: on paper alone")
        return account_of(folder, which_key(folder, file.account.key, BY), file.venue.clob)
    except ConfigError as error:
        return failed(CHECK, str(error), LOOK)
