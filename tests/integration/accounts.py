"""What a journal's account rows add up to, by arithmetic of its own: no code of the engine's."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import zstandard

Row = tuple[int, str, Any]

MICRO = 1_000_000


@dataclass
class Account:
    """Cash and shares in micros after all rows; `sent` and `filled` by order id."""

    cash: int = 0
    shares: Counter[str] = field(default_factory=Counter)
    sent: dict[str, list[Any]] = field(default_factory=dict)
    filled: Counter[str] = field(default_factory=Counter)
    fills: set[str] = field(default_factory=set)
    reports: list[tuple[int, dict[str, int]]] = field(default_factory=list)
    halts: list[str] = field(default_factory=list)
    fees: int = 0
    pending: dict[str, list[Any]] = field(default_factory=dict)
    corrections: list[list[Any]] = field(default_factory=list)
    _outcomes: dict[str, tuple[str, int]] = field(default_factory=dict)
    _payouts: dict[str, list[int]] = field(default_factory=dict)
    _held: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def positions(self) -> dict[str, int]:
        """Shares by instrument where there are any."""
        return {instrument: held for instrument, held in self.shares.items() if held}

    def take(self, kind: str, row: list[Any]) -> None:
        """Count one row; asserts what must never happen twice."""
        if kind == "PlaceOrder":
            assert row[1] not in self.sent, f"order {row[1]} was placed twice"
            self.sent[row[1]] = row
        elif kind.startswith("Order") and kind != "OrderRefused":
            order = row[3] if kind == "OrderFilled" else row[2]
            assert order in self.sent, f"{kind} for {order}, which the journal never placed"
            if kind == "OrderFilled":
                self._fill(row)
        else:
            self._note(kind, row)

    def _note(self, kind: str, row: list[Any]) -> None:
        if kind == "RunStarted":
            self.cash += row[5]
        elif kind == "InstrumentListed":
            for index, outcome in enumerate(row[2]["outcomes"]):
                self._outcomes[outcome["instrument"]] = (row[2]["id"], index)
        elif kind == "MarketResolved" and row[3] not in self._payouts:
            self._payouts[row[3]] = row[4]
            for strategy, instrument in [*self._held]:
                self._redeem(strategy, instrument)
        elif kind == "AccountReported":
            self.reports.append((row[2], dict(row[3])))
        elif kind == "OperatorCommand":
            self.halts.append(row[3])
        elif kind == "FillSettled":
            self._settle(row[2], row[3])
        elif kind == "Correction":
            self._correct(row)

    def _correct(self, row: list[Any]) -> None:
        self.corrections.append(row)
        _, strategy, instrument, shares, cash = row
        self.cash += cash
        if instrument is not None:
            self.shares[instrument] += shares
            self._held[strategy, instrument] += shares

    def _settle(self, fill_id: str, settlement: str) -> None:
        """A fill that was undone never happened; only a pending one can be."""
        fill = self.pending.pop(fill_id, None)
        if fill is not None and settlement == "reversed":
            self._book(fill, -1)
        elif fill is not None and settlement == "pending":
            self.pending[fill_id] = fill

    def _fill(self, row: list[Any]) -> None:
        _, _, _, order_id, fill_id, price, quantity, _, _, settlement = row
        assert fill_id not in self.fills, f"fill {fill_id} was told twice"
        self.fills.add(fill_id)
        side, limit, size = self.sent[order_id][5:8]
        buys = side == 0
        assert self.filled[order_id] + quantity <= size, f"order {order_id} filled beyond its size"
        assert price <= limit if buys else price >= limit, f"{order_id} beyond its limit"
        if settlement == "pending":
            self.pending[fill_id] = row
        if settlement != "reversed":
            self._book(row, 1)

    def _book(self, row: list[Any], sign: int) -> None:
        """Count an execution, or take it back."""
        _, _, _, order_id, _, price, quantity, fee, *_ = row
        _, _, strategy, _, instrument, side, *_ = self.sent[order_id]
        buys = side == 0
        spent_up = -(-price * quantity // MICRO)
        earned = -spent_up if buys else price * quantity // MICRO
        moved = quantity if buys else -quantity
        self.filled[order_id] += sign * quantity
        self.cash += sign * (earned - fee)
        self.fees += sign * fee
        self.shares[instrument] += sign * moved
        self._held[strategy, instrument] += sign * moved
        self._redeem(strategy, instrument)

    def _redeem(self, strategy: str, instrument: str) -> None:
        market, index = self._outcomes[instrument]
        held = self._held[strategy, instrument]
        if market in self._payouts and held > 0:
            self.cash += self._payouts[market][index] * held // MICRO
            self.shares[instrument] -= held
            self._held[strategy, instrument] = 0


def rows(folder: Path, table: str = "account") -> Iterator[Row]:
    """Every row of a table in order: its number, its kind and its payload as plain values."""
    days = {path.name.removesuffix(".zst"): path for path in sorted(folder.glob("*.sqlite*"))[::-1]}
    names = [name for name in days if name.endswith(".sqlite")]
    for name in sorted(names, key=lambda name: int(name.split(".")[2])):
        with TemporaryDirectory() as scratch, closing(opened(days[name], Path(scratch))) as file:
            if (table,) not in file.execute("SELECT name FROM sqlite_master").fetchall():
                continue
            query = f"SELECT seq, kind, payload FROM {table} ORDER BY seq"
            for seq, kind, payload in file.execute(query).fetchall():
                yield seq, kind, msgspec.msgpack.decode(payload)


def opened(path: Path, scratch: Path) -> sqlite3.Connection:
    """A journal file for reading; a packed one, if only since a moment ago, is unpacked first.

    Not in SQLite's read-only mode, which cannot finish what a killed writer had begun.
    """
    if not path.exists():
        path = path.with_name(f"{path.name}.zst")
    if path.suffix == ".zst":
        plain = scratch / "day.sqlite"
        with path.open("rb") as packed, plain.open("wb") as unpacked:
            zstandard.ZstdDecompressor().copy_stream(packed, unpacked)
        path = plain
    return sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)


def fold(folder: Path) -> Account:
    """The account that a journal's rows add up to."""
    account = Account()
    for _, kind, row in rows(folder):
        account.take(kind, row)
    return account
