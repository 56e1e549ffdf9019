"""What keeps two engines off one account."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from polywire.cli.run import _sole
from polywire.core.errors import JournalError
from polywire.runtime.keystore import Account
from polywire.venues.polymarket.eip712 import Address
from polywire.venues.polymarket.headers import Credentials
from polywire.venues.polymarket.orders import SignatureType, Wallet
from polywire.venues.secret import Secret

CLOB = "https://clob.example"


def account(digit: str, clob: str = CLOB) -> Account:
    address = Address("0x" + digit * 40)
    wallet = Wallet(SignatureType.EOA, address, address)
    return Account(clob, 137, wallet, Credentials("key", Secret("shh"), Secret("pass")))


def test_a_second_engine_on_an_account_is_refused_and_told_which_process_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    taken = f"the account of 0x{'a' * 40} is in use by process {os.getpid()}; "
    taken += "stop that one or set up another account"
    with closing(_sole(account("a"))):
        with pytest.raises(JournalError, match=taken):
            _sole(account("a"))
        _sole(account("b")).close()
        _sole(account("a", "http://127.0.0.1:8100")).close()
    _sole(account("a")).close()
