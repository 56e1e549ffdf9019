"""Runs every gate of `./polywire check` and `./polywire test` to the end, and names what failed.

Gates that do not disturb each other share two lanes; the ones with sockets and deadlines run alone.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
LANES = 2
SECONDS_MAX = 480
GRACE_SECONDS = 10
LONG_SECONDS_MAX = 6 * 3_600
NO_TESTS = 5

WITHOUT_SOCKETS = ("property", "golden", "unit")  # the longest first
QUIET_LANES = (*WITHOUT_SOCKETS, "simulation")
ASIDE = {"integration": "3"}
"""Tiers whose tests mostly wait for sockets and processes, with how many run beside each other."""
BY_HAND = "live"
COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed|deselected|warnings?)")


@dataclass(frozen=True, slots=True)
class Gate:
    """One command that must succeed; a gate that is not calm runs with nothing beside it."""

    name: str
    command: tuple[str, ...]
    tests: Path | None = None
    calm: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one gate said; `closing` is pytest's last line with its counts, or nothing."""

    gate: Gate
    passed: bool
    seconds: float
    output: str
    closing: str


def main() -> int:
    """Run the gates that were asked for; 0 when all of them passed."""
    asked = arguments()
    gates = [*checks()] if asked.command == "check" else []
    if asked.command == "test" or asked.long:
        gates += tests(long=asked.long)
    elif not asked.without_tests:
        gates += quick_tests()
    began = time.monotonic()
    try:
        verdicts = [*run_all(gates, long=asked.long)]
    except KeyboardInterrupt:
        print(f"{asked.command}: interrupted")
        return 130
    return summary(asked.command, verdicts, time.monotonic() - began)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./polywire", description=__doc__)
    parser.add_argument(
        "command",
        choices=["check", "test"],
        help="check: format, lint, types, contracts, tidy, the dashboard's page and the tests that "
        "need no socket; test: every test, with short simulations, real sockets on the loopback, "
        "and kills",
    )
    parser.add_argument(
        "--without-tests", action="store_true", help="check alone what needs no test to run"
    )
    parser.add_argument(
        "--long", action="store_true", help="every test with its full counts; this takes hours"
    )
    return parser.parse_args()


def checks() -> Iterator[Gate]:
    yield Gate("types", (tool("mypy"),))
    yield Gate("contracts", (tool("lint-imports"),))
    yield Gate("format", (tool("ruff"), "format", "--check", "."))
    yield Gate("lint", (tool("ruff"), "check", "."))
    yield Gate("tidy", (sys.executable, "tools/tidy.py"))
    yield Gate("page", (sys.executable, "tools/page.py", "--check"))


def quick_tests() -> Iterator[Gate]:
    for tier in WITHOUT_SOCKETS:
        yield tier_gate(tier, long=False)


def tests(*, long: bool) -> Iterator[Gate]:
    """Every folder of tests, also one that is added later, but those that are run by hand."""
    folders = sorted(path.name for path in (ROOT / "tests").iterdir() if path.is_dir())
    others = [
        name for name in folders if name not in {*QUIET_LANES, BY_HAND, "vectors", "__pycache__"}
    ]
    for tier in (*QUIET_LANES, *others):
        yield tier_gate(tier, long=long)


def tier_gate(tier: str, *, long: bool) -> Gate:
    tests = ROOT / "tests" / tier
    patience = ["--timeout=0", "-o", "faulthandler_timeout=0"] if long else []
    aside = ["-n", ASIDE[tier], "--dist", "worksteal"] if tier in ASIDE else []
    command = [sys.executable, "-m", "pytest", str(tests), "-rs", "-m", f"not {BY_HAND}"]
    command += [*patience, *aside]
    return Gate(tier, tuple(command), tests, calm=tier in QUIET_LANES)


def tool(name: str) -> str:
    return str(BIN / name)


def run_all(gates: list[Gate], *, long: bool) -> Iterator[Verdict]:
    """Report each gate as it ends: first the calm ones two at a time, then the others."""
    with ThreadPoolExecutor(LANES) as lanes:
        for verdict in lanes.map(lambda gate: run(gate, long=long), (g for g in gates if g.calm)):
            report(verdict)
            yield verdict
    for gate in gates:
        if not gate.calm:
            verdict = run(gate, long=long)
            report(verdict)
            yield verdict


def run(gate: Gate, *, long: bool) -> Verdict:
    if gate.tests and not gate.tests.is_dir():
        return Verdict(gate, passed=True, seconds=0.0, output="", closing="no tests yet")
    began = time.monotonic()
    limit = LONG_SECONDS_MAX if long else SECONDS_MAX
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": ""} | ({"POLYWIRE_LONG": "1"} if long else {})
    code, output = outcome(gate.command, env, limit)
    passed = code == 0 or (gate.tests is not None and code == NO_TESTS)
    closing = closing_line(output) if gate.tests else ""
    return Verdict(gate, passed, time.monotonic() - began, output, closing)


def outcome(command: tuple[str, ...], env: dict[str, str], limit: int) -> tuple[int, str]:
    """The exit code and everything that was printed; what hangs is interrupted, then killed.

    The output goes to a file, since a pipe would also wait for whatever the command left behind.
    """
    with (
        tempfile.TemporaryFile("w+") as printed,
        subprocess.Popen(
            command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed
        ) as running,
    ):
        try:
            running.wait(limit)
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGINT)
            stop(running)
            printed.write(f"\nstopped after {limit} s\n")
        printed.seek(0)
        return running.returncode, printed.read()


def stop(running: subprocess.Popen[bytes]) -> None:
    try:
        running.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()


def closing_line(output: str) -> str:
    lines = [line.strip(" =") for line in output.splitlines() if line.startswith("=")]
    return lines[-1] if lines else ""


def report(verdict: Verdict) -> None:
    mark = "ok    " if verdict.passed else "FAILED"
    print(f"{mark} {verdict.gate.name:<12} {verdict.seconds:6.1f} s  {verdict.closing}", flush=True)
    if not verdict.passed:
        print(verdict.output, flush=True)
    else:
        for line in verdict.output.splitlines():
            if line.startswith("SKIPPED"):
                print(f"       {line}", flush=True)


def summary(command: str, verdicts: list[Verdict], seconds: float) -> int:
    """Say what failed, and close as pytest does, with the counts of all its runs together."""
    failed = [verdict.gate.name for verdict in verdicts if not verdict.passed]
    told = f"failed: {', '.join(failed)}" if failed else f"all {len(verdicts)} gates passed"
    print(f"{command}: {told} in {seconds:.0f} s")
    totals: Counter[str] = Counter()
    for verdict in verdicts:
        for count, kind in COUNT.findall(verdict.closing):
            totals[kind] += int(count)
    counts = ", ".join(f"{count} {kind}" for kind, count in totals.items()) or "no tests ran"
    print(f"{f' {counts} in {seconds:.2f}s ':=^80}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
