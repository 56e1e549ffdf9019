"""One fault on a local exchange, with a paper engine that trades on it meanwhile.

Owns the order of things and what is looked at; what it comes to is fault_figures.py's.
"""

import asyncio
from collections.abc import Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time_ns
from typing import Any

import msgspec
from msgspec import Struct, structs

from polywire.bench.fault_cases import AUDIT_NS, AUDIT_S, SEED, Case
from polywire.bench.fault_figures import FaultFigures, figures, told
from polywire.config.build import engine_from
from polywire.config.demo import CASH, WATCH, demo_settings
from polywire.config.schema import Settings, dump
from polywire.core.errors import ConfigError
from polywire.core.ids import MarketId, RunId
from polywire.core.model.instrument import Side
from polywire.core.units import MILLISECOND, Ns, parse_micros
from polywire.journal.reader import read_all
from polywire.modes.paper import PaperAccount
from polywire.modes.trading import Trading, TradingSetup
from polywire.net.http import Http
from polywire.runtime.endpoints import Endpoints
from polywire.sim.latency import ConstantLatency

LATENCY = ConstantLatency(Ns(20 * MILLISECOND), Ns(20 * MILLISECOND))
LOOK_S = 0.05
READY_S = 15.0
CALM_S = 0.5
WITHHELD = frozenset({"freeze", "half_open", "missing_book"})

Answer = dict[str, Any]


class Served(Struct, frozen=True):
    """A local exchange and its control port."""

    endpoints: Endpoints
    control: str


class Control:
    """The exchange's control port."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._http = Http()

    async def tell(self, command: Mapping[str, object]) -> None:
        """Have it do something."""
        await self._http.post(self._address, msgspec.json.encode(command), label="control")

    async def read(self, path: str) -> Answer:
        """What it says of itself."""
        body = await self._http.get(f"{self._address}/{path}", label="control")
        answer: Answer = msgspec.json.decode(body)
        return answer

    async def close(self) -> None:
        """End it."""
        await self._http.close()


def settings() -> Settings:
    """The demo's, with proofs that are renewed sooner."""
    return structs.replace(demo_settings(), audit_ns=AUDIT_NS, audit_twin_ns=AUDIT_NS)


async def run_case(case: Case, served: Served) -> FaultFigures:
    """Trade, do the fault, watch; ConfigError where the machine was too slow to begin."""
    control = Control(served.control)
    with TemporaryDirectory(prefix="polywire-bench-") as name:
        paper = Trading(_setup(case, served.endpoints, Path(name)))
        try:
            await paper.start()
            await _ready(paper)
            await asyncio.sleep(case.learn_s)
            run = Run(case, paper, control)
            await run.commit()
        finally:
            await paper.stop("the fault is over")
            await control.close()
        found = told((record for _, record in read_all(Path(name))), run.onset_ns, run.concerned)
        return figures(found, lost=run.lost, calls=run.calls, equal=run.equal)


class Run:
    """What is seen from outside while a fault is on."""

    def __init__(self, case: Case, paper: Trading, control: Control) -> None:
        self.calls: list[tuple[int, int]] = []
        self.onset_ns = 0
        self.lost = 0
        self.equal = False
        self.concerned: Collection[MarketId] = ()
        self._case = case
        self._paper = paper
        self._control = control

    async def commit(self) -> None:
        """Do the fault and watch what follows."""
        if self._case.after_audit:
            await self._audit()
        before = await self._control.read("faults")
        unread = self._paper.status().undecodable
        listed = set(self._paper.engine.watch.books)
        self._look()
        for command in self._case.told:
            await self._control.tell(command)
        await self._watch()
        after = await self._control.read("faults")
        faults = sorted(after["over"] + after["in_force"], key=lambda one: one["number"])
        self.onset_ns = faults[0]["onset_wall_ns"]
        self.concerned = self._concerned(listed)
        self.lost = self._paper.status().undecodable - unread
        self.lost += self._unheard(after) - self._unheard(before)
        if self._case.redundancy == 1:
            self.lost += sum(one["hits"] for one in faults if one["fault"]["kind"] in WITHHELD)
        await self._compare()

    def _unheard(self, told: Answer) -> int:
        """How many messages about the books that are concerned went to nobody."""
        books = self._paper.engine.watch.books
        tokens = {one.instrument for key in self.concerned for one in books[key].market.outcomes}
        return sum(count for token, count in told["unheard"].items() if token in tokens)

    async def _audit(self) -> None:
        """Wait for the next call to REST: whoever waits for one then waits longest."""
        calls = self._paper.status().rest_calls.book
        for _ in range(int(2 * AUDIT_S / LOOK_S)):
            await asyncio.sleep(LOOK_S)
            if self._paper.status().rest_calls.book > calls:
                return

    async def _watch(self) -> None:
        for _ in range(int(self._case.watch_s / LOOK_S)):
            await asyncio.sleep(LOOK_S)
            self._look()

    def _look(self) -> None:
        self.calls.append((time_ns(), self._paper.status().rest_calls.book))

    def _concerned(self, listed: Collection[MarketId]) -> Collection[MarketId]:
        books = self._paper.engine.watch.books
        if self._case.asset == "new":
            return [market for market in books if market not in listed]
        if not self._case.asset:
            return list(books)
        return [key for key, one in books.items() if one.market.catalogue_id == self._case.asset]

    async def _compare(self) -> None:
        """Stop the exchange's time and hold our books against its own."""
        await self._control.tell({"command": "stop"})
        await asyncio.sleep(CALM_S)
        truth = (await self._control.read("truth"))["books"]
        self.equal = all(
            _ladder(truth[token][side]) == dict(tracked.book.levels(0, ours))
            for tracked in self._paper.engine.watch.books.values()
            if (token := tracked.market.outcomes[0].instrument) in truth
            for side, ours in (("bids", Side.BUY), ("asks", Side.SELL))
        )


def _ladder(levels: list[dict[str, str]]) -> dict[int, int]:
    return {parse_micros(one["price"]): parse_micros(one["size"]) for one in levels}


async def _ready(paper: Trading) -> None:
    for _ in range(int(READY_S / LOOK_S)):
        await asyncio.sleep(LOOK_S)
        books = paper.status().engine.books
        if books.tracked and books.proven == books.tracked:
            return
    raise ConfigError(f"no proven books after {READY_S:.0f} s; run it on a quieter machine")


def _setup(case: Case, endpoints: Endpoints, journal: Path) -> TradingSetup:
    chosen = settings()
    return TradingSetup(
        engine=engine_from(chosen),
        configuration=dump(chosen),
        endpoints=endpoints,
        source="synthetic",
        watch=WATCH,
        journal=journal,
        run=RunId("bench"),
        build="bench",
        account=PaperAccount(CASH, LATENCY),
        seed=SEED,
        redundancy=case.redundancy,
    )
