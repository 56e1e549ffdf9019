"""A real account: orders signed and sent, fills told by the user channel, balances read.

Composes the edges of one account at one venue; when to trade is nobody's business here.
"""

import asyncio
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import structlog

from polywire.core.engine.engine import Engine
from polywire.core.errors import DecodeError, TransportError
from polywire.core.ids import InstrumentId
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import AccountEvent, FillSettled, OrderCancelled, Settlement
from polywire.core.model.control import AccountFeedMoved, ControlEvent
from polywire.core.model.event import Event
from polywire.core.units import DAY, SECOND, Money, Ns
from polywire.modes.guards import Guards
from polywire.net.clock import Clock
from polywire.net.lines import IDLE_S, READ_BYTES_MAX, Lines
from polywire.observe.account_metrics import Rates
from polywire.observe.run_status import AccountCounts
from polywire.runtime.ceiling import Ceiling
from polywire.runtime.executor import Executor
from polywire.runtime.feed import Feed
from polywire.runtime.gateway import Gateway
from polywire.runtime.keystore import Account
from polywire.runtime.loop import PutFact
from polywire.runtime.own_orders import OwnOrders
from polywire.runtime.reconciler import Reconciler
from polywire.runtime.signer import Key, Signer
from polywire.runtime.tasks import Task, end, spawn
from polywire.venues.polymarket.account import AccountReader
from polywire.venues.polymarket.user_ws import WORD_NS, UserSession

SETTLE_S = 1.0
"""How long fills may take at the end to become final, as those of a practice exchange do."""
WORD_S = WORD_NS / SECOND + 0.01
REPORT_S = 2.0
"""How long the last reading of the account may take."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSetup:
    """One account, its key, and the most it may send; `guards` cancel when this process cannot.

    `anew`: the exchange was just started and knows nothing of earlier runs, as in the demo.
    """

    key: Key
    account: Account
    user_ws: str
    ceiling: Ceiling
    seed: int
    guards: Guards | None
    anew: bool = False


class LiveAccount:
    """Fulfils AccountSide for the wallet that a key signs for."""

    mode = "live"

    def __init__(self, setup: LiveSetup) -> None:
        self._account = account = setup.account
        self._signer = Signer(
            setup.key, account.wallet, account.credentials, chain_id=account.chain_id
        )
        self._user_ws = setup.user_ws
        self._ceiling = setup.ceiling
        self._random = random.Random(setup.seed).random
        self._anew = setup.anew
        self._guards = setup.guards
        self._warming: Task | None = None

    def edge(self, engine: Engine, clock: Clock, put: PutFact) -> Executor:
        """What signs and sends."""
        self._ledger, self._put = engine.ledger, put
        orders = OwnOrders(engine.ledger)
        reader = AccountReader(self._account.credentials.api_key, orders)
        self._lines = Lines(self._account.clob)
        self._reads = Lines(self._account.clob, count=2, bytes_max=READ_BYTES_MAX)
        gateway = Gateway(self._signer, clock, lines=self._lines, reads=self._reads)
        if self._guards is not None:
            self._guards.join(engine, gateway, clock, put)
        self.executor = Executor(gateway, reader, orders, self._ceiling, clock, put)
        listed = partial(_listed, engine)
        self.reconciler = Reconciler(gateway, reader, engine.ledger, listed, clock, put)
        session = UserSession(self._signer.user_auth(), reader, self._random)
        self.feed = Feed(session, self._user_ws, clock, self._hear)
        self.executor.on_taken = partial(self._expect, clock)
        return self.executor

    async def open(self, *, fresh: bool, now: Ns) -> Money:
        """Connect, and ask what the wallet has."""
        self._since_ns = now if fresh else _since(self._ledger)
        await asyncio.gather(self._lines.open(), self._reads.open())
        if self._guards is not None:
            await self._guards.open()
        cash = await self.reconciler.cash()
        return cash if fresh else Money(0)

    def begin(self, now: Ns) -> None:
        """Hear of orders and fills, and hold the ledger against the venue."""
        if self._anew:
            for fact in _left_behind(self._ledger, now):
                self._put(fact)
        if self._guards is not None:
            self._guards.start()
        self.feed.start()
        self.reconciler.start(self._since_ns)
        self._warming = spawn(self._keep_warm())

    @property
    def owner(self) -> str:
        """The wallet, and where it trades."""
        if self._anew:
            return "a practice account"
        return f"{self._account.wallet.address} at {self._account.clob}"

    @property
    def guards(self) -> dict[str, str]:
        """What would cancel our orders in our place, and whether it is on."""
        return self._guards.states if self._guards is not None else {}

    @property
    def counts(self) -> AccountCounts:
        """What went between us and the venue, and what of it went wrong."""
        executor, reader, ledger = self.executor, self.reconciler.reader, self._ledger
        return AccountCounts(
            orders_sent=executor.sent,
            orders_unsent=executor.refused,
            orders_unknown=executor.unknown,
            readings=self.reconciler.readings,
            readings_failed=self.reconciler.failures,
            entries_unreadable=len(self.reconciler.unreadable),
            frames_undecodable=reader.stats.undecodable,
            trades_inexact=reader.inexact,
            trades_contradicted=reader.tally.contradictions,
            foreign_orders=ledger.foreign.orders,
            foreign_fills=ledger.foreign.fills,
            strangers=ledger.strangers,
        )

    def rates(self, now: Ns) -> Rates:
        """Orders and cancels that the venue would take at once."""
        pace = self.executor.pace
        return {
            kind: (bucket.left(now), bucket.rate.burst)
            for kind, bucket in (("orders", pace.orders), ("cancels", pace.cancels))
        }

    @property
    def quiet(self) -> bool:
        """Whether every request has been answered."""
        return self.executor.quiet

    async def report(self, _now: Ns) -> None:
        """Put the account as the venue sees it; without an answer, say so."""
        try:
            if self.quiet:
                await self._settled()
            await asyncio.wait_for(
                self.reconciler.read(every_asset=not self.reconciler.readings), REPORT_S
            )
        except TimeoutError:
            log.warning("account_unreadable", error=f"no answer in {REPORT_S:g} s")
        except (TransportError, DecodeError) as error:
            log.warning("account_unreadable", error=str(error))

    async def close(self, *, clean: bool) -> None:
        """End everything that talks to the venue; what is unknown stays so, in the journal."""
        if self._guards is not None:
            await self._guards.close(clean=clean)
        await end(self._warming)
        await self.reconciler.close()
        await self.feed.close()
        await self.executor.close()
        await self._lines.close()
        await self._reads.close()

    def _hear(self, events: Iterable[Event]) -> None:
        """What the user channel tells goes ahead of market facts."""
        for event in events:
            assert isinstance(event, AccountEvent | ControlEvent), f"{event} is no account's"
            self._put(event)
            if isinstance(event, AccountFeedMoved):
                self.reconciler.channel_moved(up=event.up)

    def _expect(self, clock: Clock, sent: Ns) -> None:
        """Hold the user channel to its word of an order that the venue took."""
        if self.feed.session.owes(sent, clock.now()):
            asyncio.get_running_loop().call_later(WORD_S, self.feed.look)

    async def _settled(self) -> None:
        """Wait a moment until no fill can be undone."""
        for _ in range(int(SETTLE_S / 0.02)):
            if not any(holding.pending for holding in self._ledger.holdings.values()):
                return
            await asyncio.sleep(0.02)

    async def _keep_warm(self) -> None:
        while True:
            await asyncio.sleep(IDLE_S)
            self._lines.keep_warm()
            self._reads.keep_warm()


def _listed(engine: Engine) -> Iterator[InstrumentId]:
    """What is traded now: shares of it may have been bought by others."""
    for tracked in engine.watch.books.values():
        if not tracked.resolved:
            yield from (outcome.instrument for outcome in tracked.market.outcomes)


def _since(ledger: Ledger) -> Ns:
    """From when on trades may be missing, of others too: the day before that of the last run.

    As far as open orders go back, at least; what was told before it is remembered is told already.
    An order without the venue's id never left: a kill came before it was signed.
    """
    sent = [one.sent_ns for one in ledger.open_orders.values() if one.venue_id is not None]
    return Ns(min([max((ledger.opened.day - 1) * DAY, ledger.told.since_ns), *sent]))


def _left_behind(ledger: Ledger, now: Ns) -> Iterator[OrderCancelled | FillSettled]:
    """What the end of an exchange means: nothing rests there, and nothing will be undone."""
    for order_id in ledger.open_orders:
        yield OrderCancelled(now, order_id, "the exchange was started anew")
    for holding in ledger.holdings.values():
        for fill in holding.pending:
            yield FillSettled(now, fill.fill_id, Settlement.FINAL)
