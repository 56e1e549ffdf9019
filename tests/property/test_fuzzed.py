"""No bytes at all make a decoder do anything but decode or refuse."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.conftest import LONG, Counts

FUZZED = Path(__file__).with_name("fuzzed.py")


@pytest.mark.timeout(0 if LONG else 60)
def test_a_coverage_guided_fuzzer_finds_no_way_through(tmp_path: Path, counts: Counts) -> None:
    if find_spec("atheris") is None:
        assert os.environ.get("CI") != "true", "CI has the fuzzer"
        pytest.skip("atheris is packaged for Linux and Python 3.11 to 3.13 alone")
    command = [sys.executable, FUZZED, str(counts(4, 600)), tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-2_000:]}{done.stderr[-4_000:]}"
    assert "Done " in done.stderr, "it ran to its end"
