"""A backtest decides the same on every Python, under any hash seed: of events and of a file."""

import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

import pytest
from tests.conftest import LONG, ROOT, SOURCE
from tests.unit.history.recording import NO, START_MS, YES, book, change, channel_file, trade

COMPILED = ("msgspec", "zstandard")
"""What a backtest needs that is made for one Python; the rest of the packages serves all."""
DIGESTS = """
import hashlib, runpy, sys
from pathlib import Path
from polywire.config.backtest_plan import plan_from
from polywire.config.load import load
from polywire.modes.backtesting import backtest
made = runpy.run_path("tests/unit/modes/recorded_market.py")
_, kept = made["ran"](made["market_events"](5, 400, markets=4))
print(hashlib.sha256(repr(kept.rows).encode()).hexdigest(), len(kept.rows))
plan = plan_from(load(Path("examples/backtest.toml"), {}), Path(sys.argv[1]), ("front", "back"))
for one in backtest(plan).results:
    print(one.digest, one.fills > 0)
"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory) -> Path:
    """A quiet book, traded at its best bid for six seconds; a last change after 45."""
    frames = [
        (0, book(YES, [("0.40", "100")], [("0.45", "80")])),
        (1, book(NO, [("0.55", "80")], [("0.60", "100")])),
        *((1_000 * n, trade("0.40", "30", "SELL", START_MS + 1_000 * n)) for n in range(1, 7)),
        (45_000, change("0.47", "5", "SELL", ("0.40", "0.45"), START_MS + 45_000)),
    ]
    return channel_file(tmp_path_factory.mktemp("recorded") / "recording.jsonl", frames)


@pytest.fixture(scope="module")
def here(recording) -> str:
    """What this Python says, under one hash seed."""
    return digests(sys.executable, recording, seed="0")


def digests(python: str, recording: Path, *packages: Path, seed: str) -> str:
    paths = [SOURCE, *packages, sysconfig.get_path("purelib")]
    environment = os.environ | {
        "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(map(str, paths))
    }  # fmt: skip
    done = subprocess.run(
        [python, "-c", DIGESTS, str(recording)],
        capture_output=True, text=True, check=False, env=environment, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def python_of(minor: int) -> str:
    """A Python of this version that runs; those of a version manager may be found and not run."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [shutil.which(f"python3.{minor}"), *versions.glob(f"3.{minor}.*/bin/python")]
    for each in found:
        asked = [str(each), "-c", "import sys; print(sys.version_info[1])"]
        if each and subprocess.run(asked, capture_output=True, check=False).stdout.split():
            return str(each)
    pytest.skip(f"there is no Python 3.{minor}")


def test_another_hash_seed_gives_the_same(recording, here):
    assert here.count("True") == 2
    assert digests(sys.executable, recording, seed="4242") == here


@pytest.mark.parametrize("minor", [11, 12, 13])
def test_another_python_gives_the_same(recording, here, tmp_path, minor):
    if minor == sys.version_info[1]:
        pytest.skip("that is this one")
    if not LONG:
        pytest.skip("other Pythons, for which packages are fetched, are for --long")
    python = python_of(minor)
    wanted = [f"{package}=={version(package)}" for package in COMPILED]
    installed = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", "--no-deps",
         "--python", python, "--target", str(tmp_path), *wanted],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if installed.returncode:
        pytest.skip(f"{' '.join(wanted)} for Python 3.{minor} not at hand: {installed.stderr}")
    assert digests(python, recording, tmp_path, seed="1") == here
