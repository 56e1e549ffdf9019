"""Key files in one folder: the standard encrypted JSON keystore, and the account beside it.

A key lies encrypted with its passphrase; API credentials lie open, readable by the user alone.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from polywire.core.errors import ConfigError
from polywire.runtime.signer import Key
from polywire.venues.polymarket.contracts import POLYGON
from polywire.venues.polymarket.eip712 import Address, address_of
from polywire.venues.polymarket.headers import Credentials
from polywire.venues.polymarket.orders import SignatureType, Wallet
from polywire.venues.secret import Secret

SCRYPT_N: Final = 2**18
"""The work to try one passphrase, as Ethereum's own clients have it: about a second."""
LOOK: Final = "keys"
KEY_END: Final = ".key.json"
ACCOUNT_END: Final = ".account.json"
PRIVATE: Final = 0o600
OTHERS: Final = 0o077
"""What of a file's mode is for others than the user."""


class Account(Struct, frozen=True):
    """What trading needs beside the key: the wallet, and the credentials of one venue's API."""

    clob: str
    chain_id: int
    wallet: Wallet
    credentials: Credentials


def key_folder(environment: Mapping[str, str]) -> Path:
    """Where keys lie unless told otherwise: `polywire/keys` in the user's configuration folder."""
    home = environment.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "polywire" / "keys"


def running_folder(environment: Mapping[str, str]) -> Path:
    """Where a running engine says so: `polywire/running` in the user's state folder."""
    home = environment.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(home) / "polywire" / "running"


def addresses_in(folder: Path) -> list[Address]:
    """The accounts whose keys lie in a folder, sorted; none where there is no such folder."""
    names = [path.name.removesuffix(KEY_END) for path in folder.glob(f"0x*{KEY_END}")]
    try:
        return sorted(map(address_of, names), key=str.lower)
    except ValueError as error:
        raise ConfigError(f"a file in {folder} is not called by its address: {error}") from error


def check_private(folder: Path, address: Address | None = None) -> None:
    """Raise ConfigError where others may look into the folder, or at the key in it."""
    if folder.exists():
        _check_mode(folder, "700")
    if address is not None:
        _check_mode(key_path(folder, address), "600")


def key_path(folder: Path, address: Address) -> Path:
    """The file of a key."""
    return folder / f"{address}{KEY_END}"


def account_path(folder: Path, address: Address) -> Path:
    """The file of the account that a key trades for."""
    return folder / f"{address}{ACCOUNT_END}"


def write_key(folder: Path, secret: Secret, passphrase: Secret) -> Address:
    """Encrypt a key into a file that only the user may read; never over one that is there."""
    from eth_account import Account as Accounts  # noqa: PLC0415  # takes a second to load

    address = Key(secret).address
    raw = bytes.fromhex(secret.reveal().strip().removeprefix("0x"))
    wire = Accounts.encrypt(raw, passphrase.reveal(), "scrypt", SCRYPT_N)
    _write(key_path(folder, address), msgspec.json.encode(wire), replace=False)
    return address


def read_key(folder: Path, address: Address, passphrase: Secret) -> Key:
    """Decrypt a key; ConfigError for a wrong passphrase or a file that is none of ours."""
    from eth_account import Account as Accounts  # noqa: PLC0415  # takes a second to load

    path = key_path(folder, address)
    wire = _read(path)
    try:
        raw = Accounts.decrypt(wire.decode(), passphrase.reveal())
    except (ValueError, TypeError, LookupError, AttributeError, NotImplementedError):
        # Without its cause: nothing that had to do with the passphrase is worth a risk.
        raise ConfigError(
            f"{path} does not open: a wrong passphrase, or no keystore", look=LOOK
        ) from None
    key = Key(Secret(bytes(raw).hex()))
    if key.address != address:
        raise ConfigError(f"{path} holds the key of {key.address}", look=LOOK)
    return key


def write_account(folder: Path, account: Account) -> Path:
    """Write the account of a key, in place of an earlier one; only the user may read it."""
    path = account_path(folder, account.wallet.key)
    given = account.credentials
    wire = _AccountFile(
        clob=account.clob,
        chain_id=account.chain_id,
        key=account.wallet.key,
        signature_type=account.wallet.kind,
        wallet=account.wallet.address,
        delegated=account.wallet.delegated,
        api_key=given.api_key,
        secret=given.secret.reveal(),
        passphrase=given.passphrase.reveal(),
    )
    _write(path, msgspec.json.format(msgspec.json.encode(wire)), replace=True)
    return path


def read_account(folder: Path, address: Address) -> Account:
    """The account of a key; ConfigError where there is none, or where others may read it."""
    path = account_path(folder, address)
    wire = _read(path)
    _check_mode(path, "600")
    try:
        told = ACCOUNT.decode(wire)
        wallet = Wallet(
            SignatureType(told.signature_type),
            address_of(told.wallet),
            address_of(told.key),
            told.delegated,
        )
    except (msgspec.MsgspecError, ValueError):
        raise ConfigError(
            f"{path} is no account; make it anew: polywire account setup", look=LOOK
        ) from None
    credentials = Credentials(told.api_key, Secret(told.secret), Secret(told.passphrase))
    return Account(told.clob, told.chain_id, wallet, credentials)


class _AccountFile(Struct, kw_only=True, forbid_unknown_fields=True):
    """The account as it is written; here alone its secrets are plain text."""

    clob: str
    key: str
    wallet: str
    signature_type: int
    api_key: str
    secret: str
    passphrase: str
    chain_id: int = POLYGON
    delegated: bool = False
    version: Literal[1] = 1


ACCOUNT: Final = msgspec.json.Decoder(_AccountFile)


def _check_mode(path: Path, mode: str) -> None:
    if stat.S_IMODE(path.stat().st_mode) & OTHERS:
        raise ConfigError(f"others may read {path}; type: chmod {mode} {path}", look=LOOK)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}", look=LOOK) from error


def _write(path: Path, content: bytes, *, replace: bool) -> None:
    """All of a file or nothing of it, readable by the user alone from its first byte on."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    if path.exists() and not replace:
        raise ConfigError(f"{path} is there already; it was left as it is", look=LOOK)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
            file.write(content + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            if replace:
                draft.replace(path)
            else:
                path.hardlink_to(draft)  # fails where one came meanwhile, as replacing would not
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}", look=LOOK) from error
