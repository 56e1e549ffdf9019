"""Tests the tests: plants each bug of tests/mutants.toml in a copy and sees the named test fail.

The working tree is never touched. A bug that no longer fits its place counts as one not caught.
"""

import argparse
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from gates import ROOT

LIST = ROOT / "tests" / "mutants.toml"
WORKERS = (os.cpu_count() or 1) + 1
"""One more than there are processors: some bugs show only in something that does not come."""
PLUGINS = ("pytest_asyncio.plugin", "pytest_timeout", "_hypothesis_pytestplugin")
SECONDS_MAX = 120
HEALTHY_SECONDS_MAX = 300
TESTS_FAILED = 1
CAUGHT = "caught"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A planted bug: one exact text in one file replaced, and the tests that must notice."""

    id: str
    file: str
    find: str
    replace: str
    test: list[str]
    why: str


class Copy:
    """A source tree of its own for one worker, and a warm process that runs tests on it."""

    def __init__(self, source: Path) -> None:
        # Compiled files go along, so that it starts fast.
        self.source = shutil.copytree(ROOT / "src", source)
        self._output = source.with_suffix(".txt")
        self._output.touch()
        command = (sys.executable, str(ROOT / "tools" / "warm.py"))
        pipe = subprocess.PIPE
        self._warm = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)

    def run_tests(self, tests: list[str], limit: int = SECONDS_MAX) -> tuple[int, str]:
        """Pytest's exit code and output with the copy imported, which conftest.py asserts."""
        env = {
            "PYTHONPATH": str(self.source),
            "PYTHONDONTWRITEBYTECODE": "",  # compiled tests make a run three times faster
            "POLYWIRE_SOURCE": str(self.source),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # looking for them takes a tenth of a second
            "HYPOTHESIS_STORAGE_DIRECTORY": str(self.source / ".hypothesis"),
        }
        options = ["-x", "-q", "--no-header", "--tb=short", "-p", "no:cacheprovider"]
        options += [f"--basetemp={self.source}-made"]  # one that others clear up breaks a run
        options += [word for plugin in PLUGINS for word in ("-p", plugin)]
        options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # plugins are loaded before
        job = {
            "arguments": [*options, *tests],
            "env": env,
            "limit": limit,
            "output": str(self._output),
            "source": str(self.source),
        }
        assert self._warm.stdin is not None
        assert self._warm.stdout is not None
        self._warm.stdin.write(json.dumps(job) + "\n")
        self._warm.stdin.flush()
        code = int(self._warm.stdout.readline())
        return code, self._output.read_text(errors="replace")

    def close(self) -> None:
        """End the process."""
        assert self._warm.stdin is not None
        self._warm.stdin.close()
        self._warm.wait()


class StaleMutantError(Exception):
    """The bug cannot be planted as written; the list must follow the code."""


def main() -> int:
    """Plant the bugs that were asked for; 0 when every one of them is caught."""
    parser = argparse.ArgumentParser(prog="tools/mutants.py", description=__doc__)
    parser.add_argument("--only", metavar="ID", action="append", help="plant this bug alone")
    parser.add_argument(
        "--tests-run-apart",
        action="store_true",
        help="the same pipeline runs all tests with nothing planted: do not begin with those named",
    )
    given = parser.parse_args()
    asked = given.only
    mutants = [mutant for mutant in read(LIST) if not asked or mutant.id in asked]
    if asked and len(mutants) != len(set(asked)):
        print(f"mutants: no such id among {', '.join(asked)}")
        return 2
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="polywire-mutants-") as folder:
        copies = [Copy(Path(folder) / str(number)) for number in range(WORKERS)]
        if not given.tests_run_apart and not healthy(copies, mutants):
            return 1
        survivors = [*hunt(copies, mutants)]
        for copy in copies:
            copy.close()
    told = f"NOT caught: {', '.join(survivors)}" if survivors else "all caught"
    print(f"mutants: {len(mutants)} planted, {told}, in {time.monotonic() - began:.0f} s")
    return 1 if survivors else 0


def read(path: Path) -> list[Mutant]:
    """The planted bugs; a wrong key or an id used twice ends the run."""
    mutants = [Mutant(**entry) for entry in tomllib.loads(path.read_text())["mutant"]]
    ids = [mutant.id for mutant in mutants]
    assert len(ids) == len(set(ids)), "an id is used twice"
    return mutants


def healthy(copies: list[Copy], mutants: list[Mutant]) -> bool:
    """Whether the named tests pass with nothing planted; else their failing would say nothing."""
    named = sorted({test for mutant in mutants for test in mutant.test})
    share = -(-len(named) // len(copies))
    parts = [named[start : start + share] for start in range(0, len(named), share)]
    with ThreadPoolExecutor(len(copies)) as workers:
        told = workers.map(
            lambda copy, part: copy.run_tests(part, HEALTHY_SECONDS_MAX), copies, parts
        )
    failed = [output for code, output in told if code]
    if failed:
        print(f"{failed[0]}\nmutants: the named tests do not pass as the code stands")
    return not failed


def hunt(copies: list[Copy], mutants: list[Mutant]) -> Iterator[str]:
    """Print a line for each bug, and yield the ids of those that were not caught."""
    free: queue.SimpleQueue[Copy] = queue.SimpleQueue()
    for copy in copies:
        free.put(copy)

    def judge(mutant: Mutant) -> tuple[Mutant, str, str, float]:
        copy = free.get()
        began = time.monotonic()
        verdict, output = plant(copy, mutant)
        free.put(copy)
        return mutant, verdict, output, time.monotonic() - began

    with ThreadPoolExecutor(len(copies)) as workers:
        for mutant, verdict, output, seconds in workers.map(judge, mutants):
            print(f"{verdict:<9} {mutant.id:<32} {seconds:5.1f} s  {mutant.file}", flush=True)
            if verdict != CAUGHT:
                print(f"          {mutant.why}\n{output}", flush=True)
                yield mutant.id


def plant(copy: Copy, mutant: Mutant) -> tuple[str, str]:
    """Run the named tests against the copy with the bug in it, then take the bug out again."""
    try:
        path, text = mutated(copy.source, mutant)
    except StaleMutantError as error:
        return "STALE", str(error)
    original = path.read_text()
    path.write_text(text)
    forget_compiled(path)
    try:
        code, output = copy.run_tests(mutant.test)
    finally:
        path.write_text(original)
        forget_compiled(path)
    return judgement(code, output), output


def mutated(source: Path, mutant: Mutant) -> tuple[Path, str]:
    """The file and its text with the bug; raises StaleMutantError where it does not fit."""
    path = source / Path(mutant.file).relative_to("src")
    if not path.is_file():
        raise StaleMutantError(f"{mutant.file} does not exist")
    text = path.read_text()
    if (times := text.count(mutant.find)) != 1:
        raise StaleMutantError(f"the text to find stands {times} times in {mutant.file}")
    changed = text.replace(mutant.find, mutant.replace)
    if changed == text:
        raise StaleMutantError("the replacement changes nothing")
    try:
        compile(changed, mutant.file, "exec")
    except SyntaxError as error:
        raise StaleMutantError(f"the replacement does not compile: {error}") from error
    return path, changed


def forget_compiled(path: Path) -> None:
    """Python trusts a compiled file of the same second and size, which a bug may well have."""
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()


def judgement(code: int, output: str) -> str:
    """Only a test that ran and failed has caught a bug; one that could not start has not."""
    if code == 0:
        return "SURVIVED"
    if code == TESTS_FAILED and re.search(r"^\d+ failed", output, re.MULTILINE):
        return CAUGHT
    return "BROKEN"


if __name__ == "__main__":
    sys.exit(main())
