"""`polywire scan`: which markets are there."""

import asyncio

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from polywire.cli.cells import Middle
from polywire.cli.criteria import MarketOptions
from polywire.cli.output import emit
from polywire.core.units import DAY, HOUR, SCALE, SECOND, Ns, Price, format_micros
from polywire.net.clock import Clock
from polywire.net.http import Http
from polywire.runtime.catalogue import CatalogueReader, Listed
from polywire.venues.polymarket.listing import Listing
from polywire.venues.polymarket.query import PageQuery
from polywire.venues.polymarket.selection import Selection, select

DEFAULTS = MarketOptions()


class Found(Struct):
    """One market as `--json` shows it; prices and money in micro-dollars."""

    id: str
    question: str
    group: str
    bid: int | None
    ask: int | None
    spread: int | None
    volume: int
    liquidity: int
    seconds_left: int
    fee_rate_micros: int
    tags: tuple[str, ...]


class Scan(Struct):
    """What a scan found, and what each filter removed, in the order in which they applied."""

    found: list[Found]
    listed: int
    refused: dict[str, int]
    removed_by_filter: dict[str, int]
    pages: int
    complete: bool


def scan(*, options: MarketOptions = DEFAULTS, json: bool = False) -> int:
    """List the venue's open markets that pass the filters, largest volume first.

    An empty result says how many markets each filter removed. Exit code 0, also when empty.

    Parameters
    ----------
    json
        Print the result as JSON.
    """
    clock = Clock()
    listed = asyncio.run(_read(options))
    now = clock.now()
    selection = select(listed.listings, options.criteria, now)
    result = Scan(
        [_found(listing, now) for listing in selection.chosen],
        len(listed.listings) + len(listed.refused),
        _reasons(listed),
        selection.removed_by_filter,
        listed.pages,
        listed.complete,
    )
    emit(result, _table(result) if selection.chosen else _nothing(result, selection), as_json=json)
    if not listed.complete and not json:
        Console(stderr=True).print(
            f"only the first {listed.pages} pages were read; --pages reads more", style="yellow"
        )
    return 0


async def _read(options: MarketOptions) -> Listed:
    http = Http()
    try:
        with Console(stderr=True).status("reading the catalogue ..."):
            return await CatalogueReader(http, options.gamma, options.pages).listings(PageQuery())
    finally:
        await http.close()


def _reasons(listed: Listed) -> dict[str, int]:
    counts: dict[str, int] = {}
    for refused in listed.refused:
        counts[refused.reason] = counts.get(refused.reason, 0) + 1
    return counts


def _found(listing: Listing, now: Ns) -> Found:
    market = listing.market
    return Found(
        market.id,
        market.question,
        market.group or "",
        listing.best_bid,
        listing.best_ask,
        listing.spread,
        market.volume,
        market.liquidity,
        (market.end_ns - now) // SECOND,
        market.fees.rate_micros,
        market.tags,
    )


def _table(result: Scan) -> Table:
    table = Table(box=None, header_style="bold")
    table.add_column("market", overflow="ellipsis", no_wrap=True, max_width=60)
    for name in ("bid", "ask", "spread", "volume", "liquidity", "ends in"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in result.found:
        prices = (_price(one.bid), _price(one.ask), _price(one.spread))
        money = (f"${one.volume // SCALE:,}", f"${one.liquidity // SCALE:,}")
        table.add_row(Middle(one.question), *prices, *money, _left(one.seconds_left))
    table.caption = f"{len(result.found)} of {result.listed} listed"
    return table


def _nothing(result: Scan, selection: Selection) -> str:
    lines = [f"No market of {result.listed} listed passes the filters. They removed:"]
    lines += [f"  {name:<12} {count}" for name, count in selection.removed_by_filter.items()]
    lines += [f"  {reason}: {count}, cannot be traded" for reason, count in result.refused.items()]
    lines.append("Loosen the filter with the largest number.")
    return "\n".join(lines)


def _price(price: int | None) -> str:
    return "-" if price is None else format_micros(Price(price))


def _left(seconds: int) -> str:
    days, rest = divmod(seconds, DAY // SECOND)
    hours, rest = divmod(rest, HOUR // SECOND)
    return f"{days} d" if days else f"{hours} h" if hours else f"{rest // 60} min"
