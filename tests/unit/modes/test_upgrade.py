"""A journal that an earlier build wrote, with a position open, before there were real orders."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
import zstandard
from tests.unit.modes.test_replay import bidder

from polywire.core.errors import JournalError
from polywire.journal.record import checksum
from polywire.modes.fills import fills_of
from polywire.modes.replay import recover

ROWS = Path(__file__).parents[2] / "vectors" / "journal-before-real-orders.zst"
SCHEMA = "CREATE TABLE {} (seq INTEGER PRIMARY KEY, recv_ns, kind, payload BLOB, checksum)"
TOKEN = "65965240581045934619771993158520440092616160301984695541231958566949401531019"


def written(folder: Path, version: str) -> Path:
    """The rows of a demo of the build before, in a file as it made them."""
    folder.mkdir()
    rows = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(ROWS.read_bytes()))
    with closing(sqlite3.connect(folder / "2026-11-21.old.1.sqlite")) as file, file:
        for name in ("market", "account"):
            file.execute(SCHEMA.format(name))
        file.execute("CREATE TABLE meta (key PRIMARY KEY, value)")
        meta = {"version": version, "run": "old", "capture": "full"}
        file.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        for seq, recv_ns, kind, payload in rows:
            kept = (seq, recv_ns, kind, payload, checksum(seq, payload))
            file.execute("INSERT INTO account VALUES (?, ?, ?, ?, ?)", kept)
    return folder


def test_an_open_position_of_an_earlier_build_is_taken_up_whole(tmp_path: Path) -> None:
    engine = bidder()
    assert recover(engine, written(tmp_path / "journal", "1"))
    ledger = engine.ledger
    assert ledger.cash == 994_900_000
    held = {name: holding.now for (_, name), holding in ledger.holdings.items()}
    assert {name: (one.held, one.paid) for name, one in held.items()} == {
        TOKEN: (10_000_000, 5_100_000)
    }
    assert not ledger.open_orders
    assert len(ledger.orders) == 49


def test_its_fills_can_be_exported(tmp_path: Path) -> None:
    (fill,) = fills_of(written(tmp_path / "journal", "1"), lambda _: None)
    assert (fill.side, fill.price, fill.shares, fill.state) == ("BUY", "0.51", "10", "final")
    assert (fill.strategy, fill.outcome, fill.venue_order_id) == ("touch-1", "Up", "")


def test_a_journal_of_another_version_is_refused_by_both(tmp_path: Path) -> None:
    journal = written(tmp_path / "journal", "0")
    said = "has version 0, this build reads version 1; read it with the build that wrote it"
    with pytest.raises(JournalError, match=said):
        recover(bidder(), journal)
    with pytest.raises(JournalError, match=said):
        fills_of(journal, lambda _: None)
