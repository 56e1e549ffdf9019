"""A trading run: market data from wherever the endpoints say, orders to whose account it is.

Composes the parts and owns the order in which they start and stop; `start` is also recovery. On
paper or for real is the account's to say: paper.py and live.py.
"""

import asyncio
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from polywire.core.engine.engine import Engine
from polywire.core.errors import ConfigError
from polywire.core.ids import FeedId, MarketId, RunId
from polywire.core.ledger.dump import dump
from polywire.core.ledger.order import Order
from polywire.core.model.account import AccountEvent
from polywire.core.model.control import ControlEvent, Operation, OperatorCommand, RunStarted
from polywire.core.model.event import Event
from polywire.core.model.instrument import Market
from polywire.core.units import SECOND, Money, Ns
from polywire.journal.capture import Capture
from polywire.journal.log import Journal, Sync
from polywire.journal.retention import Retention
from polywire.modes.account_side import AccountSide
from polywire.modes.operating import Operating
from polywire.modes.replay import last_moves, owner_of, recover
from polywire.modes.turnover import lacking, said_again
from polywire.net.clock import Clock
from polywire.net.http import Http
from polywire.net.scrape import Render, ScrapePort
from polywire.observe.account_metrics import Watched, watched
from polywire.observe.counts import Counting
from polywire.observe.latency import TARGET_NS, Latencies
from polywire.observe.metrics import Moment, exposition, proofs_of, spreads_of
from polywire.observe.run_status import RestCalls, RunStatus, latency_target
from polywire.observe.status import book_lines, engine_status
from polywire.runtime.catalogue import CatalogueReader
from polywire.runtime.endpoints import Endpoints
from polywire.runtime.fallback import Fallback
from polywire.runtime.feed import OnFrame
from polywire.runtime.heap import settle_heap
from polywire.runtime.housekeeper import KEEP, Housekeeper
from polywire.runtime.loop import EngineLoop, FeedEdge
from polywire.runtime.mender import Mender
from polywire.runtime.operator_door import OperatorDoor
from polywire.runtime.poll import PollPool
from polywire.runtime.polling import Polling
from polywire.runtime.pool import FeedPool, Pool
from polywire.runtime.prover import BookProver
from polywire.runtime.recorder import recorder_of
from polywire.runtime.scanner import Scanner
from polywire.runtime.socket_counts import socket_counts
from polywire.runtime.watch_list import Watch

QUIET_S = 3.0
"""How long a shutdown waits for the answers to its cancels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingSetup:
    """What a run is made of. `configuration` is what replay builds the same engine from.

    `polling` instead of sockets, `fallback` where they fail; `redundancy` is how many connections
    carry the same markets, 1 or 2. `keep_exits`: its end leaves the targets of exits resting.
    `record`: where the frames that come by sockets are kept.
    """

    engine: Engine
    configuration: str
    endpoints: Endpoints
    source: str
    watch: Watch
    journal: Path
    run: RunId
    build: str
    account: AccountSide
    seed: int
    merge: bool = True
    on_frame: OnFrame | None = None
    capture: Capture = Capture.FULL
    sync: Sync = Sync.NORMAL
    keep: Retention = KEEP
    clock: Clock = field(default_factory=Clock)
    latency_target_ns: int = TARGET_NS
    polling: Polling | None = None
    redundancy: int = 1
    fallback: Polling | None = None
    metrics_port: int | None = None
    keep_exits: bool = False
    record: Path | None = None


class Trading:
    """One run; call `start`, look at `status` as often as you like, then `stop`.

    Raises JournalError for a journal that cannot be used, ConfigError for one of another account,
    for a metrics port, and for a strategy that needs more than orders.
    """

    def __init__(self, setup: TradingSetup) -> None:
        self.engine = setup.engine
        _check_needs(setup)
        self._setup = setup
        self._metrics = _port(setup.metrics_port, self._scraped)
        self._clock = setup.clock
        self._journal = Journal(setup.journal, setup.run, capture=setup.capture, sync=setup.sync)
        self._check_owner()
        self._recorder = recorder_of(setup.record, setup.endpoints.market_ws, self._journal)
        self._fresh = not recover(self.engine, setup.journal)
        self._http = Http()
        self._account = setup.account
        orders = setup.account.edge(self.engine, self._clock, self._put_fact)
        self.pool, self._prover, mender = self._feeds()
        self.loop = EngineLoop(
            self.engine, self._journal, self._clock, orders, mender, merge=setup.merge
        )
        self.loop.latencies = Latencies(setup.latency_target_ns)
        self.scanner = Scanner(
            CatalogueReader(self._http, setup.endpoints.gamma, setup.watch.pages_max),
            self._clock,
            setup.watch,
            self._put,
            self.pool,
            self.engine.ledger.must_watch,
        )
        operating = Operating(self.engine, self.loop, self._clock, self.status)
        self._door = OperatorDoor(setup.journal, operating.obey)
        self._housekeeper = Housekeeper(
            setup.journal,
            self._clock,
            self._put_fact,
            self._keep_ledger,
            self._journal.strays,
            setup.keep,
        )
        self._started_ns = self._clock.now()
        sockets = partial(socket_counts, self.pool)
        latencies, replies = self.loop.latencies, self._http.replies
        self.counting = Counting(self.engine, latencies, sockets, replies, self._started_ns)
        self.loop.count = self.counting.minute

    def _check_owner(self) -> None:
        before, owner = owner_of(self._setup.journal, self._setup.run), self._setup.account.owner
        if before and before != owner:
            self._journal.close()
            raise ConfigError(
                f"{self._setup.journal} is the journal of {before}, and this run would trade for "
                f"{owner}: name another folder",
                look="another-account",
            )

    async def start(self) -> None:
        """Take up where an earlier run left off, find markets, connect; TransportError if not."""
        if self._metrics is not None:
            await self._metrics.open()
        now = self._clock.now()
        setup = self._setup
        cash = await self._account.open(fresh=self._fresh, now=now)
        if not self._fresh:  # what this run begins with is known though earlier days are deleted
            self._journal.snapshot(dump(self.engine.ledger), now)
        self.loop.put_fact(_started(setup, cash, now))
        for word in said_again(self.engine, setup.journal, setup.run, now):
            self.loop.put_fact(word)
        self.loop.start()
        self._housekeeper.start()
        await self._door.open()
        self.scanner.resume(self._watched_before(now))
        await self.scanner.start()
        self._account.begin(self._clock.now())
        settle_heap()

    async def stop(self, reason: str, *, clean: bool = True) -> None:
        """No new orders, quotes cancelled, last facts taken in, journal flushed, sockets closed.

        The journal says that the run ended as it should, unless it is not `clean`.
        """
        await self._door.close()
        self._end(reason)
        await self._settle()
        await self.scanner.close()
        await self._prover.close()
        await self._housekeeper.close()
        await self._reconcile(clean=clean)
        await self._account.close(clean=self._clean())
        self.loop.stop()
        self._keep_ledger()
        if self.loop.failure is None:
            self._journal.close()
        await self.pool.close()
        await self._http.close()
        if self._metrics is not None:
            await self._metrics.close()
        if self._recorder is not None:
            self._recorder.close(self._clock.now())

    def status(self) -> RunStatus:
        """The run as it stands."""
        calls = self._http.calls
        counts = self.pool.counts()
        return RunStatus(
            source=self._setup.source,
            mode=self._account.mode,
            seconds=(self._clock.now() - self._started_ns) / SECOND,
            frames=counts.frames,
            events=self.loop.events,
            cuts=self.loop.cuts,
            merged_frames=self.loop.inbox.merged,
            engine=engine_status(self.engine, self._setup.source),
            books=list(book_lines(self.engine)),
            feeds=self.pool.lines(),
            rest_calls=RestCalls(calls["book"], calls["catalogue"], self._http.bytes),
            reconnects=counts.reconnects,
            undecodable=counts.undecodable,
            unknown=counts.unknown,
            errors=self._errors(),
            latency_us=self.loop.latencies.as_json(),
            latency_target=latency_target(self.loop.latencies),
            journal=str(self._setup.journal),
            guards=self._account.guards,
            account=self._account.counts,
        )

    async def _scraped(self) -> bytes:
        """What is counted now, read at once and put into text beside the loop."""
        moment = Moment(
            version=self._setup.build,
            source=self._setup.source,
            counts=self.counting.whole(self._clock.now()),
            proofs=proofs_of(self.engine),
            gaps=self.engine.watch.gaps,
            decisions=self.loop.cuts,
            live={FeedId(line.feed): line.state == "live" for line in self.pool.lines()},
            spreads=spreads_of(self.loop.latencies),
            account=self._watched(),
        )
        return await asyncio.to_thread(exposition, moment)

    def _watched(self) -> Watched:
        side, now = self._account, self._clock.now()
        rates, refused = side.rates(now), self.loop.refused
        return watched(self.engine, now, refused, side.counts, side.guards, rates)

    def _clean(self) -> bool:
        """Whether nothing of ours is left to be cancelled by others."""
        return self.loop.failure is None and not self.left()

    def _errors(self) -> int:
        """What went wrong and was handled; each is in the log with its reason."""
        halted = sum(bool(seat.halted) for seat in self.engine.roster.seats.values())
        failed = self.loop.failure is not None
        asked = self._prover.failures + self.scanner.failures
        fallback = self.pool.fallback if isinstance(self.pool, FeedPool) else None
        if fallback is not None:
            asked += fallback.polled.failures
        return asked + halted + failed

    def _feeds(self) -> tuple[Pool, BookProver | PollPool, FeedEdge]:
        """Where events come from, who proves a book, and who is asked for that and for mending."""
        http, where, clock = self._http, self._setup.endpoints, self._clock
        chance = random.Random(self._setup.seed).random
        polling = self._setup.polling
        if polling is not None:
            polled = PollPool(polling, http, where.clob, clock, self._put, chance)
            return polled, polled, polled
        on_frame, redundancy = self._setup.on_frame, self._setup.redundancy
        pool = FeedPool(where.market_ws, clock, self._put, chance, on_frame, redundancy)
        pool.keep = self._recorder.frame if self._recorder is not None else None
        if self._setup.fallback is not None:
            polled = PollPool(self._setup.fallback, http, where.clob, clock, self._put, chance)
            pool.fallback = Fallback(polled)
        if not self._fresh:
            pool.resume(last_moves(self._setup.journal, self._setup.run))
        prover = BookProver(http, where.clob, clock, self._put, self._market)
        return pool, prover, Mender(prover, pool)

    def _watched_before(self, now: Ns) -> list[Market]:
        """What an earlier run watched, as far as it may still trade: fed before the first scan."""
        ledger = self.engine.ledger
        known = {market.id: market for market in ledger.markets.values()}
        return [
            market
            for key, market in known.items()
            if key not in ledger.payouts and not 0 < market.end_ns <= now
        ]

    def _put(self, events: Iterable[Event]) -> None:
        if self._recorder is not None:
            events = self._recorder.passing(events)
        self.loop.put(events)

    def _put_fact(self, fact: AccountEvent | ControlEvent) -> None:
        self.loop.put_fact(fact)

    def _end(self, reason: str) -> None:
        how = Operation.LEAVE if self._setup.keep_exits else Operation.HALT
        self.loop.put_fact(OperatorCommand(self._clock.now(), how, reason))

    def left(self) -> list[Order]:
        """Open orders that the end of the run should have cancelled."""
        desk = self.engine.desk
        return [one for one in self.engine.ledger.open_orders.values() if not desk.keeps(one)]

    def _keep_ledger(self) -> None:
        """After a failure the journal may hold a fact that the ledger lacks: keep nothing then.

        Nor of a run that never began: the next one would take its empty account for the true one.
        """
        if self.loop.failure is None and self.engine.desk.run:
            engine = self.engine
            now = self._clock.now()
            standing = [*engine.roster.halted(), *engine.watch.sources.told(now)]
            self._journal.snapshot(dump(engine.ledger), now, engine.words, standing)

    def _market(self, market: MarketId) -> Market | None:
        tracked = self.engine.watch.books.get(market)
        return tracked.market if tracked is not None else None

    async def _settle(self) -> None:
        """Wait until nothing rests and nothing is on its way, or the wait is over."""
        for _ in range(int(QUIET_S / 0.05)):
            await asyncio.sleep(0.05)
            quiet = not self.left() and self._account.quiet
            if quiet or self.loop.failure is not None:
                return

    async def _reconcile(self, *, clean: bool) -> None:
        """Let the engine take in the account as the venue sees it, which the next cut does."""
        await self._account.report(self._clock.now())
        cuts = self.loop.cuts
        self.loop.put_fact(self.counting.whole(self._clock.now(), ending=clean))
        for _ in range(int(QUIET_S / 0.01)):
            await asyncio.sleep(0.01)
            if self.loop.cuts > cuts or self.loop.failure is not None:
                return


def _port(port: int | None, render: Render) -> ScrapePort | None:
    return ScrapePort(port, render) if port else None


def _check_needs(setup: TradingSetup) -> None:
    for seat in setup.engine.roster.seats.values():
        if seat.needs:
            raise ConfigError(lacking(seat), look="not-executed")


def _started(setup: TradingSetup, cash: Money, now: Ns) -> RunStarted:
    owner = setup.account.owner
    return RunStarted(now, setup.run, setup.build, setup.configuration, cash, owner)
