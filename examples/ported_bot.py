"""The bot of polling_bot.py on the engine: its loop body through the adapter, on paper.

docs/how-to/migrate.md explains every piece; ported_bot.toml has its settings.
"""

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path

from polywire.cli.configured import setup_from
from polywire.cli.local import local_exchange
from polywire.config.compose import settings_from
from polywire.config.file import File
from polywire.config.load import load
from polywire.core.engine.engine import Engine, EngineParameters
from polywire.core.engine.roster import Roster, Seat
from polywire.modes.replay import audit
from polywire.modes.trading import Trading
from polywire.observe.run_status import RunStatus
from polywire.strategies.plain import PlainStrategy, Prices, Wish
from polywire.venues.polymarket.checksum import BookChecksum

SHARES = 10
SPREAD_MAX = 0.03
PRICE_MIN, PRICE_MAX = 0.20, 0.80


def decide(prices: Prices) -> list[Wish]:
    """The loop body: what is missing to ten shares, where the price and the spread allow it."""
    if prices.bid is None or prices.ask is None:
        return []
    missing = SHARES - prices.held
    if missing < prices.shares_min:
        return []
    if PRICE_MIN <= prices.ask <= PRICE_MAX and round(prices.ask - prices.bid, 4) <= SPREAD_MAX:
        return [Wish("buy", prices.ask, missing)]
    return []


def engine(file: File) -> Engine:
    """The configured limits, pace and exits around our own loop body."""
    settings = settings_from(file)
    (given,) = settings.strategies
    seat = Seat(
        PlainStrategy(given.name, decide),
        given.budget,
        given.patience_ns,
        given.dwell_ns,
        given.exits,
    )
    parameters = EngineParameters(
        limits=settings.limits, audit_ns=settings.audit_ns, sell_pending=settings.sell_pending
    )
    return Engine(parameters, Roster([seat]), BookChecksum)


async def trade(file: File, seconds: float) -> RunStatus:
    """Trade on paper against a local exchange for a while; how the run stood at its end."""
    async with local_exchange(seed=1, speed=1.0, recording=None) as exchange:
        setup = replace(
            setup_from(file),
            engine=engine(file),
            configuration="examples/ported_bot.py",
            endpoints=exchange.endpoints,
            source=exchange.source,
        )
        paper = Trading(setup)
        try:
            await paper.start()
            await asyncio.sleep(seconds)
        finally:
            await paper.stop("the time is over")
        if paper.loop.failure is not None:
            raise paper.loop.failure
        return paper.status()


def report(run: RunStatus) -> None:
    """Say what a run came to."""
    orders, target = run.engine.orders, run.latency_target
    print(f"{orders.sent} sent, {orders.filled} filled, {orders.refused} refused")
    print(f"{run.rest_calls.book} calls for books in {run.seconds:.0f} s")
    print(f"{target.share_above:.1%} of the decisions took over {target.ms:g} ms")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["trade", path, seconds]:
            report(asyncio.run(trade(load(Path(path), os.environ), float(seconds))))
        case ["audit", path]:
            file = load(Path(path), os.environ)
            seen = audit(Path(file.journal.folder), lambda _: engine(file))
            print(f"{seen.events} events, all {seen.commands} commands agree")
        case _:
            sys.exit("usage: ported_bot.py trade FILE SECONDS | audit FILE")
