"""Recorded frames as a flow: sent exactly as they are, at a chosen speed.

Lines are JSON objects, plain or zstd: `{"t_ms","clock","frame"}` with the frame re-serialised, or
`{"recv_ns","feed","frame"}` with the frame's text as received. A folder is read file by file.
"""

import io
import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import zstandard

from polywire.core.errors import ConfigError
from polywire.exchange.books import MarketBook
from polywire.exchange.decimals import micros, trade_text
from polywire.exchange.flow import Kind, Print
from polywire.exchange.frames import Frame, compact
from polywire.exchange.survey import Survey

MS = 1_000_000
CUSTOM = ("best_bid_ask", "new_market", "market_resolved")


class Line(NamedTuple):
    """One recorded frame: when, its text, and the events in it."""

    at_ns: int
    text: str
    events: list[dict[str, object]]


def opened(path: Path) -> io.TextIOBase:
    """The text of a file, unpacked if its name ends in .zst; raises ConfigError."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise ConfigError(f"cannot read the recording {path}: {error.strerror}") from error
    if path.suffix == ".zst":
        unpacked = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
        return io.TextIOWrapper(unpacked, encoding="utf-8")
    return io.TextIOWrapper(raw, encoding="utf-8")


def files(path: Path) -> list[Path]:
    """The recording's files in the order they were written; raises ConfigError for none."""
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if ".jsonl" in file.suffixes)
    if not found:
        raise ConfigError(f"no .jsonl or .jsonl.zst file in {path}")
    return found


def lines(path: Path) -> Iterator[Line]:
    """Every frame with events; raises ConfigError for what is no recording."""
    for file in files(path):
        with opened(file) as stream:
            try:
                for number, raw in enumerate(stream, start=1):
                    line = _line(raw, f"{file} line {number}")
                    if line is not None:
                        yield line
            except (zstandard.ZstdError, UnicodeDecodeError) as error:
                raise ConfigError(f"{file} is not a readable recording: {error}") from error


def _line(raw: str, where: str) -> Line | None:
    try:
        row = json.loads(raw)
    except json.JSONDecodeError as error:
        if not raw.endswith("\n"):
            return None  # the recorder was killed within its last line
        raise ConfigError(f"{where} is not a recorded frame: {error}") from error
    try:
        at_ns = int(row["recv_ns"]) if "recv_ns" in row else int(row["t_ms"]) * MS
        frame = row.get("frame")
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigError(f"{where} is not a recorded frame: {error}") from error
    whole = frame if isinstance(frame, str) else compact(frame)
    if isinstance(frame, str):
        try:
            frame = json.loads(frame)
        except json.JSONDecodeError:
            return None
    items = frame if isinstance(frame, list) else [frame]
    events = [item for item in items if isinstance(item, dict) and "event_type" in item]
    return Line(at_ns, whole, events) if events else None


class RecordedFlow:
    """A frame recording; see `flow.Flow`."""

    kind: Kind = "recorded"
    waits = True

    def __init__(self, path: Path, now_ns: int) -> None:
        survey = Survey(now_ns)
        begin: int | None = None
        for line in lines(path):
            begin = line.at_ns if begin is None else begin
            for event in line.events:
                survey.see(event)
        if begin is None:
            raise ConfigError(f"{path} holds no market-channel frames")
        self.start_ns = begin - MS
        self.catalogue = survey.catalogue()
        self.books: dict[str, MarketBook] = {}
        self.prints: deque[Print] = deque(maxlen=1000)
        self._survey = survey
        self._lines = lines(path)
        self._next = next(self._lines, None)
        self._at = self.start_ns

    def step(self, until_ns: int) -> Iterator[list[Frame]]:
        """See `flow.Flow`; a line recorded with an earlier time than its forerunner is not held."""
        while self._next is not None and self._next.at_ns <= until_ns:
            line, self._next = self._next, next(self._lines, None)
            for event in line.events:
                self._apply(event)
            yield [addressed(line)]

    def next_ns(self) -> int | None:
        """See `flow.Flow`."""
        return None if self._next is None else self._next.at_ns

    def _apply(self, event: dict[str, object]) -> None:
        """Follow the books for REST; a market without a snapshot has none."""
        market, kind = str(event.get("market")), event["event_type"]
        listing = self.catalogue.by_condition.get(market)
        if listing is None:
            return
        if kind == "book":
            book = self.books.setdefault(market, self._survey.empty_book(listing))
            self._replace(book, event)
        known = self.books.get(market)
        if known is None:
            return
        if kind == "price_change":
            known.timestamp = str(event["timestamp"])
            for change in _dicts(event.get("price_changes")):
                _put(known, str(change["asset_id"]), change)
        elif kind == "last_trade_price":
            self._printed(known, event)
        elif kind == "tick_size_change":
            known.tick = micros(str(event["new_tick_size"]))

    def _replace(self, book: MarketBook, event: dict[str, object]) -> None:
        token = str(event["asset_id"])
        book.clear()
        book.timestamp = str(event["timestamp"])
        for name, side in (("bids", "BUY"), ("asks", "SELL")):
            for level in _dicts(event.get(name)):
                _put(book, token, level | {"side": side})
        if event.get("last_trade_price"):
            book.last_trade = str(event["last_trade_price"])
        if event.get("tick_size"):
            book.tick = micros(str(event["tick_size"]))

    def _printed(self, book: MarketBook, event: dict[str, object]) -> None:
        book.last_trade = trade_text(micros(str(event["price"])))
        book.last_side = str(event.get("side", ""))
        self.prints.append(
            Print(
                str(event["asset_id"]),
                book.last_side,
                str(event["price"]),
                str(event.get("size", "0")),
                int(str(event["timestamp"])),
                str(event.get("transaction_hash", "")),
            )
        )


def addressed(line: Line) -> Frame:
    """The line's text, addressed to the assets its events name."""
    assets: dict[str, None] = {}
    custom = all(event["event_type"] in CUSTOM for event in line.events)
    for event in line.events:
        if event["event_type"] == "new_market":
            return Frame(line.text, (), custom=True)
        for change in _dicts(event.get("price_changes")):
            assets[str(change.get("asset_id"))] = None
        if "asset_id" in event:
            assets[str(event["asset_id"])] = None
        several = event.get("assets_ids")
        assets |= dict.fromkeys(map(str, several if isinstance(several, list) else ()))
    return Frame(line.text, tuple(assets), custom=custom)


def _dicts(value: object) -> list[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _put(book: MarketBook, token: str, level: dict[str, object]) -> None:
    if token in book.tokens:
        book.put(
            index=book.tokens.index(token),
            bid=level["side"] == "BUY",
            price=micros(str(level["price"])),
            size=micros(str(level["size"])),
        )
