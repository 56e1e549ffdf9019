"""A tick recording as a flow: books rebuilt from empty ones, the recorded touch passed on.

The file has level changes and trades but no books and no hashes. Hashes are those of the rebuilt
books; best prices are the recorded ones, so a reader can count where the two disagree.
"""

import contextlib
import csv
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import zstandard

from polywire.core.errors import ConfigError
from polywire.exchange import frames
from polywire.exchange.books import MarketBook
from polywire.exchange.decimals import micros, trade_text
from polywire.exchange.flow import Kind, Print
from polywire.exchange.founding import DAY, HOUR, digest
from polywire.exchange.frames import Change, Frame, Proof
from polywire.exchange.listing import Catalogue, Group, Listing
from polywire.exchange.recording import opened
from polywire.exchange.survey import FEE, RECORDED, grid_of

MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Tick:
    """One row; `best` is the recorded touch, empty for trades."""

    time: str
    trade: bool
    token: int
    side: str
    price: str
    size: str
    best: tuple[str, str]

    @property
    def at_ns(self) -> int:
        """When, in nanoseconds."""
        return int(self.time) * MS

    def change(self) -> Change:
        """The level it sets."""
        return Change(self.token % 2, self.side == "BUY", micros(self.price), micros(self.size))

    def mirrors(self, other: "Tick") -> bool:
        """Whether two rows are one order seen from both tokens of a market."""
        return (
            not self.trade
            and not other.trade
            and self.time == other.time
            and self.token ^ 1 == other.token
            and self.change() == other.change().mirrored()
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One order: one row, or two that mirror each other."""

    rows: tuple[Tick, ...]

    def same_moment(self, other: "Step") -> bool:
        """Whether both may belong to one matching step: market, time and touch are equal."""
        mine, theirs = self.rows[0], other.rows[0]
        return (
            not theirs.trade
            and mine.time == theirs.time
            and mine.token // 2 == theirs.token // 2
            and self.touches() == other.touches()
        )

    def touches(self) -> dict[int, tuple[str, str]]:
        """The recorded best prices by place of the token."""
        return {row.token % 2: row.best for row in self.rows}


def tokens_beside(path: Path) -> dict[int, str]:
    """Tokens by column number, from the file beside the ticks; raises ConfigError."""
    stem = path.name.removesuffix(".zst").removesuffix(".csv")
    date = "_".join(stem.split("_")[:2])
    for name in (f"{stem}_tokens.json", f"{date}_tokens.json"):
        beside = path.with_name(name)
        if beside.exists():
            found = json.loads(beside.read_text(encoding="utf-8"))
            return {int(number): str(token) for number, token in found.items()}
    raise ConfigError(f"{path} needs {date}_tokens.json beside it, which names its tokens")


@contextlib.contextmanager
def _rows(path: Path) -> Iterator["csv.DictReader[str]"]:
    with opened(path) as stream:
        try:
            yield csv.DictReader(stream)
        except (KeyError, ValueError, zstandard.ZstdError) as error:
            raise ConfigError(f"{path} is not a tick recording: {error}") from error


def ticks(path: Path) -> Iterator[Tick]:
    """The rows in arrival order; raises ConfigError for another kind of file."""
    with _rows(path) as rows:
        for row in rows:
            yield Tick(
                time=row["ts_ms"],
                trade=row["kind"] == "trade",
                token=int(row["token"]),
                side=row["side"],
                price=row["price"],
                size=row["size"],
                best=(row["best_bid"], row["best_ask"]),
            )


def steps(rows: Iterator[Tick]) -> Iterator[Step]:
    """Rows with their mirrors; a trade between the two rows of a pair comes after it."""
    waiting: Tick | None = None
    between: list[Tick] = []
    for row in rows:
        if waiting is not None and waiting.mirrors(row):
            yield Step((waiting, row))
            waiting = None
        elif waiting is not None and row.trade and row.time == waiting.time:
            between.append(row)
            continue
        else:
            if waiting is not None:
                yield Step((waiting,))
            waiting = None if row.trade else row
            if row.trade:
                between.append(row)
        yield from (Step((trade,)) for trade in between)
        between.clear()
    if waiting is not None:
        yield Step((waiting,))


class RebuiltFlow:
    """A tick recording; see `flow.Flow`."""

    kind: Kind = "rebuilt"
    waits = True

    def __init__(self, path: Path, now_ns: int) -> None:
        tokens = tokens_beside(path)
        grids, begin = _survey(path)
        self.start_ns = begin - MS
        self.catalogue = Catalogue()
        self.books: dict[str, MarketBook] = {}
        self.prints: deque[Print] = deque(maxlen=1000)
        self._by_pair: dict[int, MarketBook] = {}
        for pair in sorted({number // 2 for number in tokens}):
            listing = _listing((tokens[2 * pair], tokens[2 * pair + 1]), pair, now_ns)
            self.catalogue.add(listing)
            book = MarketBook(
                listing.condition_id, listing.tokens, tick=grids.get(pair, 10_000), neg_risk=False
            )
            book.timestamp = str(begin // MS)
            self._by_pair[pair] = self.books[listing.condition_id] = book
        self._steps = steps(ticks(path))
        self._next = next(self._steps, None)

    def step(self, until_ns: int) -> Iterator[list[Frame]]:
        """See `flow.Flow`."""
        while self._next is not None and self._next.rows[0].at_ns <= until_ns:
            step, self._next = self._next, next(self._steps, None)
            yield self._printed(step.rows[0]) if step.rows[0].trade else self._changed(step)

    def next_ns(self) -> int | None:
        """See `flow.Flow`."""
        return None if self._next is None else self._next.rows[0].at_ns

    def _changed(self, first: Step) -> list[Frame]:
        """The frames of one matching step: more than one while the touch is not yet as recorded."""
        book = self._by_pair[first.rows[0].token // 2]
        book.timestamp = first.rows[0].time
        group = [first]
        self._apply(book, first)
        while not _agrees(book, first) and self._next is not None and first.same_moment(self._next):
            group.append(self._next)
            self._apply(book, self._next)
            self._next = next(self._steps, None)
        recorded = first.touches()
        own = frames.proofs(book, book.timestamp)
        proof = (
            Proof(own[0].digest, *recorded.get(0, own[0][1:])),
            Proof(own[1].digest, *recorded.get(1, own[1][1:])),
        )
        return [
            frames.price_change(book, [row.change() for row in one.rows], proof, book.timestamp)
            for one in group
        ]

    def _apply(self, book: MarketBook, step: Step) -> None:
        change = step.rows[0].change()
        book.put(index=change.index, bid=change.bid, price=change.price, size=change.size)

    def _printed(self, row: Tick) -> list[Frame]:
        book = self._by_pair[row.token // 2]
        book.last_trade = trade_text(micros(row.price))
        book.last_side = row.side
        token = book.tokens[row.token % 2]
        self.prints.append(Print(token, row.side, row.price, row.size, int(row.time), ""))
        fields = {
            "asset_id": token,
            "fee_rate_bps": "",
            "price": row.price,
            "side": row.side,
            "size": row.size,
            "timestamp": row.time,
        }
        return [frames.last_trade(book, fields)]


def _agrees(book: MarketBook, step: Step) -> bool:
    return all(book.touch(index) == best for index, best in step.touches().items())


def _survey(path: Path) -> tuple[dict[int, int], int]:
    """The finest grid each market shows, and the time of the first row."""
    prices: dict[int, set[str]] = {}
    begin: int | None = None
    with _rows(path) as rows:
        for row in rows:
            begin = int(row["ts_ms"]) * MS if begin is None else begin
            if row["kind"] != "trade":
                prices.setdefault(int(row["token"]) // 2, set()).add(row["price"])
    if begin is None:
        raise ConfigError(f"{path} holds no ticks")
    return {pair: min(map(grid_of, seen)) for pair, seen in prices.items()}, begin


def _listing(tokens: tuple[str, str], pair: int, now_ns: int) -> Listing:
    question = f"Recorded market {pair + 1}"
    group = Group(
        id=str(40_001 + pair),
        slug=f"recorded-event-{pair + 1}",
        title=question,
        description="Rebuilt from ticks: market id, fees, outcomes and dates are not recorded.",
        tags=(RECORDED,),
        start_ns=now_ns - DAY,
        end_ns=now_ns + 7 * DAY + HOUR,
    )
    return Listing(
        id=str(600_001 + pair),
        condition_id="0x" + digest("rebuilt", *tokens).hex(),
        question_id="0x" + digest("question", *tokens).hex(),
        slug=f"recorded-market-{pair + 1}",
        question=question,
        outcomes=("Yes", "No"),
        tokens=tokens,
        fee=FEE,
        group=group,
        start_ns=group.start_ns,
        end_ns=group.end_ns,
    )
