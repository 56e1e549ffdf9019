"""A recorded market's terms: the catalogue's, where its objects were given, and assumed if not.

A recording of the market channel does not say fees, minimum sizes, questions or ends.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Raw, structs

from polywire.core.errors import ConfigError
from polywire.core.ids import InstrumentId, MarketId
from polywire.core.model.instrument import FeeSchedule, Market, Outcome
from polywire.core.model.market import MarketResolved
from polywire.core.units import CENT, DAY, SECOND, Money, Ns, Price, Quantity
from polywire.history.lines import lines, wrong
from polywire.history.provenance import LOOK
from polywire.venues.polymarket import gamma
from polywire.venues.polymarket.answers import UNREADABLE
from polywire.venues.polymarket.catalogue import own_group, resolution
from polywire.venues.polymarket.listing import LOT, VENUE, read_listing

FEES: Final = FeeSchedule(rate_micros=50_000, exponent=1, rebate_micros=250_000)
"""Of most categories (polymarket.md 4.10)."""
TICK: Final = Price(10_000)
SIZE_MIN: Final = Quantity(5_000_000)
FAR_NS: Final = Ns(47_482 * DAY)
"""The year 2100: an end that nothing waits for."""
ASSUMED: Final = (
    "terms of markets without catalogue objects are assumed: taker fee 0.05 * p * (1 - p), "
    "maker rebate 25 % of it, tick 0.01 until told otherwise, at least 5 shares, no group, an end "
    "in 2100; the outcome that the recording names first is called Yes"
)


class Given:
    """What the catalogue says of markets: their terms while they were open, and what they paid."""

    def __init__(self) -> None:
        self.markets: dict[MarketId, Market] = {}
        self.resolved: dict[MarketId, MarketResolved] = {}
        self.delays_ns: dict[MarketId, Ns] = {}
        """How long the venue holds orders that would trade at once, where it is told."""

    def market(
        self, market: MarketId, assets: tuple[str, str], tick: Price | None, *, neg_risk: bool
    ) -> Market:
        """The terms of a recorded market; what its frames show counts where nothing is given."""
        found = self.markets.get(market)
        if found is not None:
            return found
        return assumed(market, assets, tick=tick or TICK, neg_risk=neg_risk)

    def market_of(self, assets: tuple[str, str]) -> Market | None:
        """The terms of the market with these two assets, in either order, if they are given."""
        for market in self.markets.values():
            if {outcome.instrument for outcome in market.outcomes} == set(assets):
                return market
        return None

    def knows(self, markets: Iterable[MarketId]) -> bool:
        """Whether it has all of them."""
        return all(market in self.markets for market in markets)


def assumed(
    market: MarketId,
    assets: tuple[str, str],
    *,
    tick: Price = TICK,
    neg_risk: bool = False,
    fees: FeeSchedule = FEES,
    end_ns: Ns = FAR_NS,
) -> Market:
    """A market of which only its assets are recorded."""
    first, second = assets
    return Market(
        id=market,
        venue=VENUE,
        catalogue_id="",
        question=market[:18],
        slug=f"recorded-{market[:18]}",
        outcomes=(Outcome(InstrumentId(first), "Yes"), Outcome(InstrumentId(second), "No")),
        tick=tick,
        lot=LOT,
        size_min=SIZE_MIN,
        fees=fees,
        neg_risk=neg_risk,
        version="v1",
        end_ns=end_ns,
        cost_step=Money(CENT),
    )


def given_by(path: Path) -> Given:
    """What a file of catalogue objects says: pages, events or markets, one JSON text or many lines.

    Raises ConfigError for a file in which no market can be read.
    """
    given = Given()
    for number, line in enumerate(_texts(path), 1):
        try:
            for item, group in _items(Raw(line)):
                _take(given, item, group)
        except UNREADABLE as error:
            raise wrong(path, number, f"no object of the catalogue ({error})") from error
    if not given.markets:
        raise ConfigError(
            f"{path} names no market that can be traded: save what the catalogue answers for the "
            "recorded markets, such as /markets?condition_ids=...",
            look=LOOK,
        )
    return given


def _texts(path: Path) -> Iterator[bytes]:
    """The JSON texts of a file: one over many lines, or one a line."""
    found = [line for line in lines(path) if line.strip()]
    try:
        msgspec.json.decode(found[0] if found else b"", type=Raw)
    except (msgspec.DecodeError, RecursionError):
        yield b"\n".join(found)
    else:
        yield from found


class _Shape(msgspec.Struct):
    """As much of an object as says what it is."""

    markets: list[Raw] | None = None
    events: list[Raw] | None = None
    condition_id: str | None = msgspec.field(default=None, name="conditionId")


def _items(text: Raw) -> Iterator[tuple[gamma.Item, gamma.Group]]:
    if bytes(text).lstrip()[:1] == b"[":
        for each in msgspec.json.decode(text, type=list[Raw]):
            yield from _items(each)
        return
    shape = msgspec.json.decode(text, type=_Shape)
    if shape.condition_id is not None:
        item = gamma.decode_item(text)
        yield item, own_group(item)
        return
    for event in shape.events or ():
        yield from _items(event)
    group = gamma.decode_group(text) if shape.events is None else gamma.Group()
    for market in shape.markets or ():
        item = gamma.decode_item(market)
        yield item, own_group(item) if item.events else group


def _take(given: Given, item: gamma.Item, group: gamma.Group) -> None:
    """A market as it was while it was open; one that can never be traded is left out."""
    then = structs.replace(
        item, closed=False, archived=False, active=True, accepting_orders=True,
    )  # fmt: skip
    try:
        market = read_listing(then, group).market
        seconds = gamma.number(item.seconds_delay)
        resolved = resolution(item, Ns(0))
    except UNREADABLE:
        return
    given.markets[market.id] = market
    if seconds is not None:
        given.delays_ns[market.id] = Ns(int(seconds) * SECOND)
    if resolved is not None:
        given.resolved[market.id] = resolved
