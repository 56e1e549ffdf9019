"""Starts and stops a local exchange: sockets, applications, the running flow, the ready line."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from dataclasses import dataclass

import uvloop
from aiohttp import web

from polywire.core.errors import ConfigError
from polywire.exchange import data_api
from polywire.exchange.account_control import AccountControl
from polywire.exchange.account_side import AccountSide
from polywire.exchange.channel import Channel
from polywire.exchange.control import Control
from polywire.exchange.faults import read_faults
from polywire.exchange.flow import Flow
from polywire.exchange.gamma import Gamma
from polywire.exchange.options import ExchangeOptions
from polywire.exchange.ports import HOST, Sockets, bind_run
from polywire.exchange.rebuilt import RebuiltFlow
from polywire.exchange.recording import RecordedFlow
from polywire.exchange.rest import Rest
from polywire.exchange.runner import Runner
from polywire.exchange.synthetic import Recipe, SyntheticFlow
from polywire.exchange.venue import Venue, VirtualClock

PARENT_CHECK_S = 0.5


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the exchange listens."""

    clob: str
    market_ws: str
    user_ws: str
    gamma: str
    data: str
    control: str | None


class Exchange:
    """A running exchange; `close` stops it."""

    def __init__(self, options: ExchangeOptions, venue: Venue, sockets: Sockets) -> None:
        self.venue = venue
        self._runner = Runner(venue)
        self.channel = Channel(venue, options.silence_s, self._runner.reader_came)
        self._accounts = AccountSide(options, venue, self.channel)
        self._sockets = sockets
        self._options = options
        self._applications: list[web.AppRunner] = []
        self._running: asyncio.Task[None] | None = None
        base = sockets.base
        self.addresses = Addresses(
            clob=f"http://{HOST}:{base}",
            market_ws=f"ws://{HOST}:{base}/ws/market",
            user_ws=f"ws://{HOST}:{base}/ws/user",
            gamma=f"http://{HOST}:{base + 1}",
            data=f"http://{HOST}:{base + 2}",
            control=f"http://{HOST}:{base + 9}" if options.control else None,
        )

    def ready(self) -> dict[str, object]:
        """The line that says where everything is."""
        where = self.addresses
        return {
            "ready": True,
            "clob": where.clob,
            "market_ws": where.market_ws,
            "user_ws": where.user_ws,
            "gamma": where.gamma,
            "data": where.data,
            "control": where.control,
            "source": self.venue.flow.kind,
            "seed": self._options.seed if self.venue.flow.kind == "synthetic" else None,
            "markets": len(self.venue.catalogue.listings),
        }

    async def open(self) -> None:
        """Serve all addresses and let the flow run."""
        clob = Rest(self.venue).application()
        clob.router.add_get("/ws/market", self.channel.serve)
        self._accounts.add_to(clob.router)
        await self._serve(clob, 0)
        await self._serve(Gamma(self.venue).application(), 1)
        await self._serve(data_api.application(self.venue), 2)
        if self._options.control:
            control = Control(self.venue, self.channel, self._runner).application()
            AccountControl(self.venue, self._accounts.accounts).add_to(control.router)
            await self._serve(control, 3)
        else:
            self._sockets.control.close()
        await self._runner.catch_up(self.channel)
        self._running = asyncio.create_task(self._runner.run(self.channel))
        self._accounts.start()

    async def close(self) -> None:
        """Stop the flow, close all sockets."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
        await self._accounts.close()
        await self.channel.close()
        for runner in self._applications:
            await runner.cleanup()

    async def _serve(self, application: web.Application, place: int) -> None:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._applications.append(runner)
        await web.SockSite(runner, self._sockets.all()[place]).start()


def make_flow(options: ExchangeOptions, now_ns: int) -> Flow:
    """The flow that the options ask for; raises ConfigError for an unreadable recording."""
    if options.recording is None:
        recipe = Recipe(
            options.seed, now_ns, options.markets, options.frames_a_second, options.reserve_market
        )
        return SyntheticFlow(recipe)
    if ".csv" in options.recording.suffixes:
        return RebuiltFlow(options.recording, now_ns)
    return RecordedFlow(options.recording, now_ns)


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")  # which is never kept back


async def serve(options: ExchangeOptions) -> Exchange:
    """A running exchange; raises ConfigError when a port is taken or a recording unreadable."""
    if options.speed <= 0 or options.markets < 1:
        raise ConfigError("speed and the number of markets must be above zero")
    faults = read_faults(options.faults) if options.faults is not None else []
    sockets = bind_run(options.port)
    flow = make_flow(options, options.start_ns or time.time_ns())
    clock = VirtualClock(flow.start_ns, options.speed)
    if options.begin_ns is not None:
        clock.start(options.begin_ns)
    venue = Venue(flow, clock, options.settles, options.seed)
    if faults:
        venue.faults.tell = _tell
    for number, fault in enumerate(faults, 1):
        try:
            venue.plan(fault, flow.start_ns)
        except ValueError as error:
            raise ConfigError(f"{options.faults}: fault {number}: {error}") from error
    exchange = Exchange(options, venue, sockets)
    await exchange.open()
    return exchange


def run(options: ExchangeOptions) -> int:
    """Serve until a signal or the parent's end; the exit code."""
    try:
        return uvloop.run(_run(options))
    except ConfigError as error:
        sys.stderr.write(f"polywire: {error}\nSee: docs/how-to/troubleshooting.md#{error.look}\n")
        return 2


async def _run(options: ExchangeOptions) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    parent = os.getppid()
    exchange = await serve(options)
    sys.stdout.write(json.dumps(exchange.ready()) + "\n")
    sys.stdout.flush()
    while not stop.is_set():
        if options.with_parent and os.getppid() != parent:
            break
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), PARENT_CHECK_S if options.with_parent else None)
    await exchange.close()
    return 0
