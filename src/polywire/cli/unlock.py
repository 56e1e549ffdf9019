"""Keys and passphrases from where they may come: the environment, a prompt, standard input.

Never from the arguments, which others on the machine can read.
"""

import os
import sys
from getpass import getpass
from pathlib import Path

from polywire.core.errors import ConfigError
from polywire.runtime.keystore import LOOK, addresses_in, key_folder, read_key
from polywire.runtime.signer import Key
from polywire.venues.polymarket.eip712 import Address, address_of
from polywire.venues.secret import Secret

PASSPHRASE = "POLYWIRE_KEY_PASSPHRASE"
PRIVATE_KEY = "POLYWIRE_PRIVATE_KEY"
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
        again = _asked("the same again: ", PASSPHRASE)
        if passphrase.reveal() != again.reveal():
            raise ConfigError("the two passphrases differ; nothing was written", look=LOOK)
    if len(passphrase.reveal()) < PASSPHRASE_MIN:
        raise ConfigError(f"a passphrase has at least {PASSPHRASE_MIN} characters", look=LOOK)
    return passphrase


def private_key() -> Secret:
    """A private key to keep: of the environment, of a prompt, or a line of standard input."""
    if PRIVATE_KEY in os.environ:
        return Secret(os.environ[PRIVATE_KEY])
    if sys.stdin.isatty():
        return _asked("private key, 64 hex digits: ", PRIVATE_KEY)
    return Secret(sys.stdin.readline())


def unlocked(folder: Path, address: str | None) -> Key:
    """The key of the environment, or else the one of a key file, decrypted."""
    if PRIVATE_KEY in os.environ:
        key = Key(Secret(os.environ[PRIVATE_KEY]))
        if address is not None and key.address != _address(address):
            raise ConfigError(f"{PRIVATE_KEY} is the key of {key.address}", look=LOOK)
        return key
    which = _only(folder) if address is None else _address(address)
    given = os.environ.get(PASSPHRASE)
    asked = Secret(given) if given is not None else _asked(f"passphrase of {which}: ", PASSPHRASE)
    return read_key(folder, which, asked)


def _only(folder: Path) -> Address:
    """The one key in a folder."""
    found = addresses_in(folder)
    if len(found) == 1:
        return found[0]
    if found:
        raise ConfigError(f"{folder} holds {len(found)} keys; name one: --address", look=LOOK)
    raise ConfigError(f"{folder} holds no key; make one: polywire keys new", look=LOOK)


def _address(text: str) -> Address:
    try:
        return address_of(text)
    except ValueError as error:
        raise ConfigError(f"--address: {error}", look=LOOK) from error


def _asked(prompt: str, variable: str) -> Secret:
    """What somebody types unseen; without a terminal nobody can."""
    if not sys.stdin.isatty():
        raise ConfigError(f"there is no terminal to ask at; set {variable}", look=LOOK)
    try:
        return Secret(getpass(prompt))
    except EOFError:
        raise ConfigError("nothing was typed", look=LOOK) from None
