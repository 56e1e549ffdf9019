"""Five-minute windows of one market to events: its prints and its best prices, without depth.

The file has no sizes at the best prices and no depth behind them: a stated size is assumed there.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from polywire.core.ids import FeedId, MarketId
from polywire.core.model.event import Event
from polywire.core.model.instrument import FeeSchedule, Side
from polywire.core.model.market import (
    BookSnapshot,
    FeedCarries,
    FeedUp,
    InstrumentListed,
    MarketResolved,
    PublicTrade,
)
from polywire.core.units import (
    MILLISECOND,
    MINUTE,
    ONE,
    SECOND,
    Money,
    Ns,
    Price,
    Quantity,
    complement,
)
from polywire.history.lines import first_line, lines, wrong
from polywire.history.provenance import TIME_NS_MAX, VENUE, Provenance, Reading
from polywire.history.terms import Given, assumed
from polywire.venues.polymarket.texts import Prices, Sizes

SHAPE: Final = "window"
FEED: Final = FeedId("window")
TOP_SIZE: Final = Quantity(100_000_000)
FEES: Final = FeeSchedule(rate_micros=70_000, exponent=1, rebate_micros=200_000)
"""Of the crypto category (polymarket.md 4.10)."""
LENGTH_NS: Final = 5 * MINUTE
TOKENS: Final = {"up": 0, "down": 1}
OTHERS: Final = ("binance_rtds", "chainlink", "chainlink_twap60")
TOP_ONLY: Final = (
    "only best prices are recorded, of the window's last 90 s: 100 shares are assumed at each and "
    "nothing behind it, but who is ahead at another price is known only once it is the best; "
    "prints do not say who took: one at or under the best bid is a sale"
)
TERMS: Final = (
    "terms are assumed: taker fee 0.07 * p * (1 - p), maker rebate 20 % of it, tick 0.01, at "
    "least 5 shares; the window's own result is paid after its last line"
)


class Label(Struct):
    """How the window ended."""

    resolved_up: int | None = None


class Head(Struct):
    """The first line: the market."""

    window_ts: int
    cid: str
    token_up: str
    token_down: str
    label: Label = msgspec.field(default_factory=Label)


decode_head: Final = msgspec.json.Decoder(Head).decode


class WindowHistory:
    """One window; see provenance.Recording. Its market's result comes a second after its end."""

    def __init__(self, path: Path, given: Given, delay_ns: int) -> None:
        self._path = path
        self._reading = Reading(path, SHAPE, clock=VENUE, delay_ns=delay_ns)
        self._head = head_of(path)
        terms = assumed(
            MarketId(self._head.cid),
            (self._head.token_up, self._head.token_down),
            fees=FEES,
            end_ns=Ns(self._head.window_ts * SECOND + LENGTH_NS),
        )
        self._market = given.markets.get(terms.id, terms)
        self._reading.assumptions += [TOP_ONLY, *([] if terms.id in given.markets else [TERMS])]
        self._prices, self._sizes = Prices(), Sizes()
        self._touch: tuple[Price | None, Price | None] = (None, None)

    @property
    def provenance(self) -> Provenance:
        """See provenance.Recording."""
        return self._reading.provenance()

    def events(self) -> Iterator[Event]:
        """See provenance.Recording."""
        reading = self._reading
        now = Ns(0)
        for number, line in enumerate(lines(self._path), 1):
            if number == 1:
                continue  # the market
            reading.lines += 1
            try:
                at_ms, kind, *rest = decode_row(line)
                now = reading.received(int(at_ms) * MILLISECOND)
                told = self._row(str(kind), [str(each) for each in rest], number, now)
                yield from reading.told(told)
            except (msgspec.MsgspecError, ValueError, KeyError) as error:
                raise wrong(self._path, number, f"no row of a window ({error})") from error
        up = self._head.label.resolved_up
        if up is not None:
            ended = Ns(max(now, self._market.end_ns) + SECOND)
            pays = (Money(ONE), Money(0)) if up else (Money(0), Money(ONE))
            yield from reading.told([MarketResolved(ended, ended, self._market.id, pays)])

    def _row(self, kind: str, rest: list[str], number: int, now: Ns) -> Iterator[Event]:
        if number == 2:
            yield FeedUp(now, FEED)
            yield InstrumentListed(now, self._market)
            yield FeedCarries(now, FEED, (self._market.id,))
        if kind == "bbo":
            yield from self._best(rest, now)
        elif kind == "trade":
            yield self._print(rest, now)
        elif kind in OTHERS:
            self._reading.refuse("prices of other sources")
        else:
            raise ValueError(f"expected bbo, trade or a price source, found {kind!r}")

    def _best(self, rest: list[str], now: Ns) -> Iterator[Event]:
        """Both outcomes tell one book; the first one's own messages are all of it."""
        name, bid, ask = rest
        if TOKENS[name]:
            self._reading.refuse("best prices of the other token, which mirror the first one's")
            return
        best = self._prices.best
        touch = best(bid, Price(0)), best(ask, ONE)
        if touch == self._touch:
            self._reading.refuse("best prices that did not change")
            return
        self._touch = touch
        bids, asks = (((price, TOP_SIZE),) if price is not None else () for price in touch)
        yield BookSnapshot(now, now, self._market.id, 0, bids, asks, "", FEED)

    def _print(self, rest: list[str], now: Ns) -> Event:
        name, price_text, size_text = rest
        outcome = TOKENS[name]
        price, size = self._prices.primary(price_text, 0), self._sizes[size_text]
        bid, ask = self._touch
        under = bid if not outcome else (None if ask is None else complement(ask))
        side = Side.SELL if under is not None and price <= under else Side.BUY
        return PublicTrade(now, now, self._market.id, outcome, side, price, size, FEED)


def head_of(path: Path) -> Head:
    """The market of a window, or ConfigError."""
    try:
        head = decode_head(first_line(path))
    except msgspec.MsgspecError as error:
        raise wrong(path, 1, f"no market of a window ({error})") from error
    if not all((head.cid, head.token_up, head.token_down)) or head.token_up == head.token_down:
        raise wrong(path, 1, "no market of a window (its id and two tokens are not all there)")
    if not 0 <= head.window_ts * SECOND <= TIME_NS_MAX:
        raise wrong(path, 1, f"no market of a window (window_ts {head.window_ts} is no time)")
    return head


decode_row: Final = msgspec.json.Decoder(list[int | float | str]).decode
