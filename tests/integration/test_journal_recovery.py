"""Recovery reads account history only, however large the day; asserted on a generated file."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from polywire.core.ids import OrderId, RunId
from polywire.core.model.account import OrderAccepted
from polywire.core.units import Ns
from polywire.journal.log import Journal
from polywire.journal.snapshot import recover

NOON = Ns(1_732_708_800_000_000_000)
RUN = RunId("generated")
ACCOUNT_ROWS = 20_000
SNAPSHOT_AT = 10_000
SECONDS_MAX = 5.0

FILL = """
    WITH RECURSIVE counter(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < :rows)
    INSERT INTO market SELECT n, :at, 'Cut', x'92a343757405', 0 FROM counter WHERE n % :every
"""


def accepted(count: int) -> OrderAccepted:
    return OrderAccepted(Ns(NOON + count), OrderId(f"generated-{count}"))


def generate(folder: Path, market_rows: int) -> Path:
    """A day with account rows spread evenly between market rows, a ledger snapshot half-way."""
    every = market_rows // ACCOUNT_ROWS + 1
    with Journal(folder, RUN) as journal:
        for count in range(1, ACCOUNT_ROWS + 1):
            journal._seq = every * count - 1
            if count == SNAPSHOT_AT:
                journal.snapshot(b"ledger", NOON)
            else:
                journal.append(accepted(count), NOON)
    (path,) = folder.glob("*.sqlite")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(FILL, {"rows": every * ACCOUNT_ROWS, "every": every, "at": NOON})
    assert connection.execute("SELECT count(*) FROM market").fetchone() == (market_rows,)
    connection.close()
    return path


@pytest.mark.timeout(3_600)
def test_recovery_takes_seconds_and_does_not_look_at_the_market(
    tmp_path: Path, counts: Callable[[int, int], int]
) -> None:
    path = generate(tmp_path, counts(1_000_000, 100_000_000))
    start = time.perf_counter()
    with Journal(tmp_path, RunId("second")) as journal:
        found = recover(tmp_path)
        records = list(found.records)
        seconds = time.perf_counter() - start
        assert journal.seq % ACCOUNT_ROWS == 0
    assert seconds <= SECONDS_MAX, f"{seconds} s for {path.stat().st_size} bytes"
    assert found.ledger == b"ledger"
    assert [record for _, record in records] == [
        accepted(count) for count in range(SNAPSHOT_AT + 1, ACCOUNT_ROWS + 1)
    ]
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE market RENAME TO hidden")
    connection.close()
    assert list(recover(tmp_path).records) == records
    path.unlink()  # several gigabytes in the long run
