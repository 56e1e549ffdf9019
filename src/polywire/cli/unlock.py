"""Keys and passphrases from where they may come: the environment, a prompt, standard input.

Never from the arguments, which others on the machine can read.
"""

import os
import sys
from getpass import getpass
from pathlib import Path

from polywire.core.errors import ConfigError
from polywire.runtime.keystore import LOOK, addresses_in, check_private, key_folder, read_key
from polywire.runtime.signer import Key
from polywire.venues.polymarket.eip712 import Address, address_of
from polywire.venues.secret import Secret

PASSPHRASE = "POLYWIRE_KEY_PASSPHRASE"
PRIVATE_KEY = "POLYWIRE_PRIVATE_KEY"
PASSPHRASE_FILE = "POLYWIRE_KEY_PASSPHRASE_FILE"
"""Names a file whose first line it is, as services and containers hand secrets over."""
PASSPHRASE_MIN = 8


def folder_of(named: Path | None) -> Path:
    """The folder that was named, or else the user's own."""
    return named if named is not None else key_folder(os.environ)


def new_passphrase() -> Secret:
    """A passphrase to encrypt with, asked for twice."""
    if PASSPHRASE in os.environ:
        passphrase = Secret(os.environ[PASSPHRASE])
    else:
        passphrase = _asked("passphrase for the new key file: ", PASSPHRASE)
        _check_length(passphrase)
        again = _asked("the same again: ", PASSPHRASE)
        if passphrase.reveal() != again.reveal():
            raise ConfigError("the two passphrases differ; nothing was written", look=LOOK)
    _check_length(passphrase)
    return passphrase


def _check_length(passphrase: Secret) -> None:
    if len(passphrase.reveal()) < PASSPHRASE_MIN:
        raise ConfigError(f"a passphrase has at least {PASSPHRASE_MIN} characters", look=LOOK)


def private_key() -> Secret:
    """A private key to keep: of the environment, of a prompt, or a line of standard input."""
    if PRIVATE_KEY in os.environ:
        return Secret(os.environ[PRIVATE_KEY])
    if sys.stdin.isatty():
        return _asked("private key, 64 hex digits: ", PRIVATE_KEY)
    return Secret(sys.stdin.readline())


def unlocked(folder: Path, named: str | None, by: str = "--address") -> Key:
    """The key of the environment, or else the one of a key file, decrypted; `by` names it."""
    if PRIVATE_KEY in os.environ:
        return _of_environment(named, by)
    which = which_key(folder, named, by)
    asked = _given() or _asked(f"passphrase of {which}: ", PASSPHRASE)
    return read_key(folder, which, asked)


def _given() -> Secret | None:
    """The passphrase of the environment, or of the file that it names; None where neither is."""
    if PASSPHRASE in os.environ:
        return Secret(os.environ[PASSPHRASE])
    if PASSPHRASE_FILE not in os.environ:
        return None
    try:
        with Path(os.environ[PASSPHRASE_FILE]).open(encoding="utf-8") as file:
            return Secret(file.readline().rstrip("\r\n"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{PASSPHRASE_FILE} cannot be read: {error}", look=LOOK) from error


def which_key(folder: Path, named: str | None, by: str) -> Address:
    """Whose key it would be, found without its passphrase; ConfigError says what to write `by`."""
    if PRIVATE_KEY in os.environ:
        return _of_environment(named, by).address
    found = addresses_in(folder)
    if not found:
        raise ConfigError(f"{folder} holds no key; make one: polywire keys new", look=LOOK)
    if named is None and len(found) > 1:
        raise ConfigError(f"{folder} holds {len(found)} keys; name one: {by}", look=LOOK)
    which = found[0] if named is None else _address(named, by)
    if which not in found:
        there = ", ".join(found)
        text = f"{by}: {folder} holds no key of {which}, but of {there}; name one of these"
        raise ConfigError(text, look=LOOK)
    check_private(folder, which)
    return which


def _of_environment(named: str | None, by: str) -> Key:
    key = Key(Secret(os.environ[PRIVATE_KEY]))
    if named is not None and key.address != _address(named, by):
        raise ConfigError(f"{PRIVATE_KEY} is the key of {key.address}", look=LOOK)
    return key


def _address(text: str, by: str) -> Address:
    try:
        return address_of(text)
    except ValueError as error:
        raise ConfigError(f"{by}: {error}", look=LOOK) from error


def _asked(prompt: str, variable: str) -> Secret:
    """What somebody types unseen; without a terminal nobody can."""
    if not sys.stdin.isatty():
        raise ConfigError(f"there is no terminal to ask at; set {variable}", look=LOOK)
    try:
        return Secret(getpass(prompt))
    except EOFError:
        raise ConfigError("nothing was typed", look=LOOK) from None
