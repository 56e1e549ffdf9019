"""Results that cannot be written."""

import sys
from pathlib import Path

import pytest

from polywire.cli.output import emit
from polywire.core.errors import ConfigError


@pytest.mark.parametrize("as_json", [False, True])
def test_a_full_disk_under_standard_output_is_an_error_in_words(
    monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(ConfigError, match="cannot write the result: No space left"):
            emit(["shown"], "shown", as_json=as_json)
