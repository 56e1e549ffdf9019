"""Level changes and trades as CSV, with the best prices at each change, to events.

Such a file has no whole books, no hashes and no market ids, and levels eaten by trades are not
removed in it: what lies beyond the recorded best prices is removed here, and a book begins, and
begins anew after a contradiction, where its best prices are as recorded.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

from polywire.core.book.order_book import OrderBook
from polywire.core.errors import ConfigError
from polywire.core.ids import FeedId, InstrumentId, MarketId
from polywire.core.model.event import Event
from polywire.core.model.instrument import Market, Side
from polywire.core.model.market import (
    BookDelta,
    BookSnapshot,
    FeedCarries,
    FeedUp,
    InstrumentListed,
    Level,
    Proof,
    PublicTrade,
    TickSizeChanged,
)
from polywire.core.units import MILLISECOND, ONE, SECOND, Ns, Price, Quantity, complement
from polywire.history.lines import lines, wrong
from polywire.history.provenance import LOOK, VENUE, Provenance, Reading
from polywire.history.terms import ASSUMED, Given, assumed
from polywire.venues.polymarket.answers import UNREADABLE
from polywire.venues.polymarket.texts import Prices, Sizes

FEED: Final = FeedId("ticks")
TOKENS: Final = "_tokens.json"
HEAD: Final = "ts_ms,kind,token,side,price,size,best_bid,best_ask"
SIDES: Final = {"BUY": Side.BUY, "SELL": Side.SELL}
GRIDS: Final = (10_000, 1_000, 100)
CONTRADICTED_NS: Final = SECOND
"""A book that differs from the recorded best prices for so long begins anew when it agrees."""
MIRRORED: Final = "changes of the other token that say the same again"
UNKNOWN_TOKEN: Final = "rows of a token that the tokens file does not name"
EATEN: Final = (
    "levels beyond the recorded best prices are taken to have been eaten or cancelled; what a "
    "trade leaves of a best level is known only at that level's next change"
)


class Tick(NamedTuple):
    """One row; prices are the token's own, `bid` and `ask` empty texts where they are not told."""

    venue_ns: Ns
    trade: bool
    token: int
    side: Side
    price: str
    size: str
    bid: str
    ask: str


class TickHistory:
    """A recording of ticks; see provenance.Recording."""

    def __init__(self, path: Path, given: Given, delay_ns: int) -> None:
        self._path = path
        self._reading = Reading(path, "ticks", clock=VENUE, delay_ns=delay_ns)
        self._tokens = tokens_beside(path)
        self._given = given
        self._reading.assumptions += [EATEN] if self._all_given() else [ASSUMED, EATEN]
        self._prices, self._sizes = Prices(), Sizes()
        self._rebuilt: dict[int, TickBook] = {}

    @property
    def provenance(self) -> Provenance:
        """See provenance.Recording."""
        return self._reading.provenance()

    def events(self) -> Iterator[Event]:
        """See provenance.Recording."""
        reading = self._reading
        for number, line in enumerate(lines(self._path), 1):
            if number == 1:
                continue  # the heading
            reading.lines += 1
            try:
                tick = parsed(line.decode())
                yield from reading.told(self._row(tick, reading.received(tick.venue_ns)))
            except (ValueError, KeyError) as error:
                raise wrong(self._path, number, f"no row of ticks ({error})") from error

    def _row(self, tick: Tick, now: Ns) -> Iterator[Event]:
        if tick.token not in self._tokens or tick.token ^ 1 not in self._tokens:
            self._reading.refuse(UNKNOWN_TOKEN)
            return
        if tick.token // 2 not in self._rebuilt:
            yield from self._begin(tick, now)
        book = self._rebuilt[tick.token // 2]
        outcome = book.market.outcome_index(InstrumentId(self._tokens[tick.token]))
        if tick.trade:
            size = self._sizes[tick.size]
            price = self._prices.primary(tick.price, 0)
            yield PublicTrade(
                now, tick.venue_ns, book.market.id, outcome, tick.side, price, size, FEED
            )
            return
        side = int(tick.side) ^ outcome
        level = side, self._prices.primary(tick.price, outcome), self._sizes[tick.size]
        best = self._prices.best
        proof = Proof(outcome, "", best(tick.bid, Price(0)), best(tick.ask, ONE))
        if book.repeats(tick.venue_ns, level, outcome):
            self._reading.refuse(MIRRORED)
        else:
            yield from book.change(tick.venue_ns, level, proof, now)

    def _assets(self, pair: int) -> tuple[str, str]:
        return self._tokens[2 * pair], self._tokens[2 * pair + 1]

    def _all_given(self) -> bool:
        pairs = (one // 2 for one in self._tokens if one % 2 == 0 and one + 1 in self._tokens)
        return all(self._given.market_of(self._assets(pair)) is not None for pair in pairs)

    def _begin(self, tick: Tick, now: Ns) -> Iterator[Event]:
        """A market is listed at its first row."""
        pair = tick.token // 2
        assets = self._assets(pair)
        market = self._given.market_of(assets)
        market = market or assumed(MarketId(f"ticks-{assets[0][:12]}"), assets)
        if not self._rebuilt:
            yield FeedUp(now, FEED)
        self._rebuilt[pair] = TickBook(market)
        yield InstrumentListed(now, market)
        yield FeedCarries(now, FEED, tuple(each.market.id for each in self._rebuilt.values()))


class TickBook:
    """One market's book from its changes; says what an engine is told of it."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self._book = OrderBook(market.id)
        self._last: tuple[Ns, Level, int] = (Ns(0), (0, Price(0), Quantity(0)), 0)
        self._grid = market.tick
        self._differs_ns = Ns(0)

    def repeats(self, at: Ns, level: Level, outcome: int) -> bool:
        """Whether the row before said the same of the other token."""
        before, self._last = self._last, (at, level, outcome)
        return before == (at, level, 1 - outcome)

    def change(self, venue_ns: Ns, level: Level, proof: Proof, now: Ns) -> Iterator[Event]:
        """What a changed level and the best prices after it come to."""
        if level[1] % self._grid:
            self._grid = Price(next((each for each in GRIDS if level[1] % each == 0), GRIDS[-1]))
            yield TickSizeChanged(now, venue_ns, self.market.id, self._grid)
        bid, ask = proof.best_bid, proof.best_ask
        if proof.outcome:
            bid, ask = _other(ask), _other(bid)
        self._put(level, venue_ns, now)
        levels = (level, *self._beyond(bid, ask, venue_ns, now))
        agrees = self._book.touch(0) == (bid, ask)
        anew = not self._book.known or (
            self._differs_ns and now - self._differs_ns > CONTRADICTED_NS
        )
        self._differs_ns = Ns(0) if agrees else self._differs_ns or now
        if agrees and anew:
            self._book.known = True
            yield self._whole(venue_ns, now)
        elif self._book.known:
            yield BookDelta(now, venue_ns, self.market.id, levels, (proof,), FEED, now)

    def _put(self, level: Level, venue_ns: Ns, now: Ns) -> None:
        self._book.apply(BookDelta(now, venue_ns, self.market.id, (level,), (), FEED, now))

    def _beyond(
        self, bid: Price | None, ask: Price | None, venue_ns: Ns, now: Ns
    ) -> Iterator[Level]:
        """Remove what is better than the recorded best prices."""
        while (best := self._book.touch(0)[0]) is not None and (bid is None or best > bid):
            gone = 0, best, Quantity(0)
            self._put(gone, venue_ns, now)
            yield gone
        while (best := self._book.touch(0)[1]) is not None and (ask is None or best < ask):
            gone = 1, best, Quantity(0)
            self._put(gone, venue_ns, now)
            yield gone

    def _whole(self, venue_ns: Ns, now: Ns) -> BookSnapshot:
        bids, asks = (tuple(self._book.levels(0, side)) for side in (Side.BUY, Side.SELL))
        return BookSnapshot(
            now, venue_ns, self.market.id, 0, bids[::-1], asks[::-1], "", FEED, tick=self._grid
        )


def parsed(row: str) -> Tick:
    """A row of the file; ValueError or KeyError for what is none."""
    at_ms, kind, token, side, price, size, bid, ask = row.split(",")
    if kind not in ("change", "trade"):
        raise ValueError(f"expected change or trade, found {kind!r}")
    at = Ns(int(at_ms) * MILLISECOND)
    return Tick(at, kind == "trade", int(token), SIDES[side], price, size, bid, ask)


_decode_tokens: Final = msgspec.json.Decoder(dict[int, Annotated[str, Meta(min_length=1)]]).decode


def tokens_beside(path: Path) -> dict[int, str]:
    """Assets by the number in the token column, from the file beside the ticks."""
    stem = path.name.removesuffix(".zst").removesuffix(".csv")
    names = [f"{stem}{TOKENS}", f"{'_'.join(stem.split('_')[:2])}{TOKENS}"]
    for beside in map(path.with_name, dict.fromkeys(names)):
        if beside.exists():
            try:
                found = _decode_tokens(beside.read_bytes())
            except (OSError, *UNREADABLE) as error:
                raise ConfigError(
                    f"{beside} does not name tokens by number ({error}); mend it", look=LOOK
                ) from error
            if len({*found.values()}) < len(found):
                raise ConfigError(
                    f"{beside} gives two numbers one asset: no book of theirs would be right; "
                    "mend it",
                    look=LOOK,
                )
            return found
    raise ConfigError(
        f"{path} needs {names[-1]} beside it, which names the asset of each token number", look=LOOK
    )


def _other(price: Price | None) -> Price | None:
    return None if price is None else complement(price)
