"""Workers of a pool whose parent was killed."""

import os
import signal
import subprocess
import sys
import time

import pytest

POOL = """
import os, time
from concurrent.futures import ProcessPoolExecutor
from polywire.modes.workers import mortal
pool = ProcessPoolExecutor(2, initializer=mortal)
for _ in range(2):
    pool.submit(time.sleep, 60)
print(*pool._processes, flush=True)
time.sleep(60)
"""


@pytest.mark.timeout(20)
def test_workers_end_with_a_parent_that_was_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", POOL], stdout=subprocess.PIPE, text=True) as main:
        assert main.stdout is not None
        workers = [int(pid) for pid in main.stdout.readline().split()]
        assert len(workers) == 2
        assert all(alive(pid) for pid in workers)
        main.send_signal(signal.SIGKILL)
    while any(alive(pid) for pid in workers):
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether it runs; one that only waits to be reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"
