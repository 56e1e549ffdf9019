"""A writer killed at any moment has lost nothing it said was committed."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from polywire.core.ids import OrderId
from polywire.core.model.account import OrderAccepted
from polywire.core.model.control import Cut
from polywire.core.units import Ns
from polywire.journal.reader import read_account, read_all
from polywire.journal.retention import pack_closed

DAY = 86_400_000_000_000

WRITER = f"""
import random, sys
from pathlib import Path
from polywire.core.model.account import OrderAccepted
from polywire.core.model.control import Cut
from polywire.journal.log import Journal

folder, run, chance = Path(sys.argv[1]), sys.argv[2], random.Random(int(sys.argv[3]))
journal = Journal(folder, run)
now = (int(run[3:]) + 20_000) * {DAY}
while True:
    for _ in range(chance.choice([1, 1, 2, 30, 300])):
        seq = journal.seq + 1
        now += chance.choice([0, 0, 0, 10**9, 10**12])
        record = OrderAccepted(seq, f"order-{{seq}}") if seq % 3 == 0 else Cut(seq)
        assert journal.append(record, now) == seq
    journal.barrier()
    print(journal.seq, flush=True)
"""


def written(seq: int) -> OrderAccepted | Cut:
    return OrderAccepted(Ns(seq), OrderId(f"order-{seq}")) if seq % 3 == 0 else Cut(Ns(seq))


def write_and_kill(folder: Path, run: int, seed: int) -> int:
    """Run a writer until a random moment; the last number it said was committed."""
    chance = random.Random(seed)
    command = [sys.executable, "-c", WRITER, str(folder), f"run{run}", str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(chance.choice([1, 5, 50, 500]))]
        for _ in range(chance.randrange(20_000)):
            pass
        os.kill(writer.pid, signal.SIGKILL)
        said += writer.stdout.readlines()
    return int(next(line for line in reversed(said) if line.endswith("\n")))


def test_kills_in_mid_write_lose_nothing_acknowledged(
    tmp_path: Path, counts: Callable[[int, int], int]
) -> None:
    for kill in range(counts(5, 15)):
        acknowledged = write_and_kill(tmp_path, kill, seed=kill)
        found = list(read_all(tmp_path))
        assert len(found) >= acknowledged, f"kill {kill}"
        assert found == [(seq, written(seq)) for seq in range(1, len(found) + 1)], f"kill {kill}"
        account = [(seq, record) for seq, record in found if seq % 3 == 0]
        assert list(read_account(tmp_path)) == account
        pack_closed(tmp_path)


WRITER_ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from polywire.core.errors import JournalError
from polywire.core.model.control import Cut
from polywire.journal.log import Journal

def file_bytes_max(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

journal = Journal(Path(sys.argv[1]), "run")
refusals = 0
for limit in (200_000, 400_000, resource.RLIM_INFINITY):
    file_bytes_max(limit)
    for _ in range(12_000):
        try:
            journal.append(Cut(journal.seq + 1), 5)
        except JournalError as error:
            refusals += 1
            print(error)
            break
file_bytes_max(resource.RLIM_INFINITY)
journal.close()
print(journal.seq, refusals)
"""


def test_a_disk_that_refuses_to_grow_loses_nothing(tmp_path: Path) -> None:
    writer = subprocess.run(
        [sys.executable, "-c", WRITER_ON_A_FULL_DISK, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
    )
    *errors, last = writer.stdout.splitlines()
    count, refusals = (int(word) for word in last.split())
    assert refusals == len(errors) == 2
    assert all("records wait in memory until a barrier succeeds" in error for error in errors)
    assert count > 12_000
    assert list(read_all(tmp_path)) == [(seq, Cut(Ns(seq))) for seq in range(1, count + 1)]
