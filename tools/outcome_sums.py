"""Prints what sets of the recorded groups cost, fees paid: python tools/outcome_sums.py FOLDER

Quotes of one instant (the temperature events not even of that) are no evidence that any of it could
have been traded.
"""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import zstandard

from polywire.core.book.order_book import OrderBook
from polywire.core.model.instrument import Market, Side
from polywire.core.units import Ns, Price, Quantity, complement, parse_micros
from polywire.strategies.outcome_sum import Kind, complete
from polywire.strategies.outcome_walk import Offered, edge
from polywire.venues.polymarket.catalogue import parse_page
from polywire.venues.polymarket.rest import decode_books

LABEL = "no evidence of tradability"
ONE = Quantity(1_000_000)
MILLION = 1_000_000
Prices = dict[str, tuple[Price | None, Price | None]]
"""Best bid and ask by token."""


class Sums(NamedTuple):
    """One group at one moment, in micro-dollars a set; None where a side is empty.

    `complete`: whether one of its markets has to win; else all Yes may pay nothing.
    `yes`, `no`: the asks together, of No where somebody offers it; `yes_net`, `no_net`: what a set
    earns, fees paid.
    """

    group: str
    members: int
    complete: bool
    yes: int | None
    yes_net: int | None
    no: int | None
    no_net: int | None


def main() -> int:
    """Print the Fed group, and of the temperature groups how many were under what they pay."""
    data = Path(sys.argv[1])
    print(f"quotes of single moments; {LABEL}\n")
    columns = ("all Yes", "earns", "one wins", "all No", "earns")
    print(f"{'group':<52} {'n':>3}", *(f"{column:>9}" for column in columns))
    show(fed(data))
    weather = list(temperatures(data))
    for name in ("yes_net", "no_net"):
        known = [one for one in weather if getattr(one, name) is not None]
        over = [one for one in known if getattr(one, name) > 0]
        best = max(known, key=lambda one: getattr(one, name))
        words = name.partition("_")[0].capitalize()
        print(
            f"\n{len(known)} temperature quotes with all {words}, {len(over)} would earn; the best:"
        )
        show(best)
    return 0


def show(sums: Sums) -> None:
    """One row; all Yes earn what is said only where one of the markets has to win."""
    cells = [sums.yes, sums.yes_net, sums.no, sums.no_net]
    texts = ["-" if cell is None else f"{cell / MILLION:.4f}" for cell in cells]
    texts.insert(2, "for sure" if sums.complete else "perhaps")
    print(f"{sums.group[:52]:<52} {sums.members:>3}", *(f"{text:>9}" for text in texts))


def fed(data: Path) -> Sums:
    """The Fed decision's five markets, books of one answer."""
    folder = data / "polymarket" / "fed_decision_20260517"
    event = json.loads((folder / "gamma_event.json").read_bytes())
    markets = listed(event)
    prices: Prices = {}
    for snapshot in decode_books((folder / "clob_books.json").read_bytes(), markets, Ns(0)):
        book = OrderBook(snapshot.market)
        book.replace(snapshot)
        market = next(each for each in markets if each.id == snapshot.market)
        token = str(market.outcomes[snapshot.outcome].instrument)
        prices[token] = book.touch(snapshot.outcome)
    return sums_of(event["slug"], markets, prices)


def temperatures(data: Path) -> Iterator[Sums]:
    """The daily-high events of four cities, eight times over a day; prices of one token each."""
    packed = (data / "weather" / "temperature_events_20260624.ndjson.zst").read_bytes()
    text = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed)).read().decode()
    for line in text.splitlines():
        told = json.loads(line)
        prices: Prices = {
            token: (price(quote["price_buy"]["price"]), price(quote["price_sell"]["price"]))
            for token, quote in told["clob_quotes"].items()
        }
        for event in told["gamma_events"]:
            markets = listed(event)
            if len(markets) > 1:
                yield sums_of(event["slug"], markets, prices)


def listed(event: dict) -> list[Market]:
    """The tradable markets of an event as the catalogue tells it."""
    return list(parse_page(json.dumps({"events": [event]}).encode()).markets)


def price(text: str) -> Price | None:
    """A price as text; None for an empty side."""
    micros = parse_micros(text)
    return Price(micros) if 0 < micros < MILLION else None


def sums_of(name: str, markets: list[Market], prices: Prices) -> Sums:
    """What a set of each kind costs and earns at the best asks."""
    cells: list[int | None] = []
    for kind in (Kind.YES, Kind.NO):
        asks = {market.id: ask_of(market, kind, prices) for market in markets}
        legs = [
            Offered(market, kind.outcome, ((ask, ONE),))
            for market in markets
            if (ask := asks[market.id]) is not None
        ]
        if len(legs) < (len(markets) if kind.needs_all else 2):
            cells += [None, None]
            continue
        known = [leg.levels[0][0] for leg in legs]
        earned = edge(Side.BUY, known, legs, kind.worth(len(legs)))
        cells += [sum(known), round(earned / MILLION)]
    return Sums(name, len(markets), complete(markets), *cells)


def ask_of(market: Market, kind: Kind, prices: Prices) -> Price | None:
    """The best ask of the outcome a set takes of a market; that of No mirrors the bid of Yes."""
    bid, ask = prices.get(str(market.outcomes[0].instrument), (None, None))
    if kind.outcome == 0:
        return ask
    return complement(bid) if bid is not None else None


if __name__ == "__main__":
    sys.exit(main())
