"""Runs pytest in forks of a process that has imported what every run of it imports.

Half of a short run is imports. Reads a job a line on standard input, answers its exit code. Knows
nothing of polywire: each fork imports the copy that its job names.
"""

import gc
import json
import os
import signal
import sys
import time
from importlib import import_module

HEAVY = (
    "pytest", "pytest_asyncio.plugin", "pytest_timeout", "_hypothesis_pytestplugin",
    "hypothesis.strategies",
    "msgspec", "aiohttp.web", "structlog", "uvloop", "picows", "rich.console", "rich.live",
    "cyclopts", "litestar", "uvicorn", "zstandard", "prometheus_client", "coincurve", "sha3",
    "httptools", "sqlite3",
)  # fmt: skip
POLL_S = 0.01


def main() -> None:
    """Serve until standard input ends."""
    for name in HEAVY:
        import_module(name)
    gc.freeze()  # what a fork never frees it need not look through, five times a run
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if not child:
            run(job)
        print(waited(child, job["limit"]), flush=True)


def run(job: dict) -> None:  # type: ignore[type-arg]
    """Be the test run: its output to the file, its imports from the copy; never returns."""
    os.setsid()
    output = os.open(job["output"], os.O_WRONLY | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ |= job["env"]
    sys.path.insert(0, job["source"])
    code = sys.modules["pytest"].main(job["arguments"])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def waited(child: int, limit: float) -> int:
    """The exit code, negative for a signal; a run that takes too long is killed with its own."""
    ends = time.monotonic() + limit
    while time.monotonic() < ends:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(POLL_S)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -signal.SIGKILL


if __name__ == "__main__":
    main()
