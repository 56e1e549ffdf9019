"""What keeps two engines off one account."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from polywire.cli.live import _sole
from polywire.core.errors import JournalError
from polywire.runtime.signer import Key
from polywire.venues.secret import Secret

KEY, OTHER = Key(Secret("0x" + "1b" * 32)), Key(Secret("0x" + "1c" * 32))


def test_a_second_engine_on_an_account_is_refused_and_told_which_process_has_it(
    tmp_path: Path,
) -> None:
    taken = f"the account of {KEY.address} is in use by process {os.getpid()};"
    with closing(_sole(tmp_path, KEY)):
        with pytest.raises(JournalError, match=taken):
            _sole(tmp_path, KEY)
        _sole(tmp_path, OTHER).close()
    _sole(tmp_path, KEY).close()
