"""Processes beside an engine: they work when it does not want to."""

import subprocess
import sys
from pathlib import Path

import pytest

AUTOGROUP = Path("/proc/self/autogroup")
CODE = """
import os
from polywire.runtime.beside import AUTOGROUP, give_way
before = os.nice(0)
give_way()
print(os.nice(0) - before, before, AUTOGROUP.read_text().split()[-1])
"""


def test_gives_way_beyond_its_own_session() -> None:
    if not AUTOGROUP.exists():
        pytest.skip("this system's scheduler knows no groups of sessions")
    told = subprocess.run(
        [sys.executable, "-c", CODE],
        start_new_session=True, capture_output=True, text=True, check=True,
    )  # fmt: skip
    more, before, group = map(int, told.stdout.split())
    assert (more, group) == (min(10, 19 - before), 10)
