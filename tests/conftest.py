"""What every test may ask for: the recordings, the protocol vectors, and how many cases to try.

Recordings and vectors lie beside the repository; without them tests skip, and fail in CI.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import polywire

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
LONG = os.environ.get("POLYWIRE_LONG") == "1"

Counts = Callable[[int, int], int]

SLOW_MACHINES = [HealthCheck.too_slow]
settings.register_profile(
    "short", max_examples=50, deadline=None, derandomize=True, suppress_health_check=SLOW_MACHINES
)
settings.register_profile(
    "long", max_examples=2_000, deadline=None, suppress_health_check=SLOW_MACHINES
)
settings.load_profile("long" if LONG else "short")

# tools/mutants.py plants bugs in a copy; the installed code passing would prove nothing.
SOURCE = os.environ.get("POLYWIRE_SOURCE", str(ROOT / "src"))
assert Path(polywire.__file__).is_relative_to(SOURCE), f"{polywire.__file__} is not in {SOURCE}"


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recorded venue traffic, one folder a venue."""
    return beside(SHARED / "data")


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of the venues' protocol notes, with `vectors/` and `samples/` in it."""
    return beside(SHARED / "protocols")


@pytest.fixture(scope="session")
def counts() -> Counts:
    """A function of two numbers: the first normally, the second under `check --long`."""
    return lambda short, long: long if LONG else short


def beside(folder: Path) -> Path:
    if folder.is_dir():
        return folder
    missing = f"needs ../{folder.relative_to(ROOT.parent)} beside the repository"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)
