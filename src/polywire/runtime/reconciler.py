"""Asks the venue what is true of our account, and puts it as events: orders, trades, balances.

Once at the start, after every connection of the user channel, and each minute, all of it; while the
channel owes fills, or is down and anything is open, orders and trades every second. What differs,
and what follows, is the engine's to say.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import structlog
from msgspec import structs

from polywire.core.errors import DecodeError, TransportError
from polywire.core.ids import InstrumentId, VenueOrderId
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import AccountReported, ForeignOrder
from polywire.core.units import DAY, MINUTE, SECOND, Money, Ns, Quantity
from polywire.net.clock import Clock
from polywire.runtime.gateway import Gateway
from polywire.runtime.loop import PutFact
from polywire.runtime.pages import AccountPages
from polywire.runtime.tasks import Task, end, spawn
from polywire.venues.polymarket.account import (
    AccountReader,
    Balance,
    OrdersPage,
    TradesPage,
    balance_path,
    read_balance,
)

EVERY_NS: Final = MINUTE
POLL_NS: Final = SECOND
RETRY_NS: Final = 5 * SECOND
OVERLAP_NS: Final = MINUTE
"""Trades are asked for again from so long before that: the venue counts whole seconds."""
AT_ONCE: Final = 8
"""Balances asked for beside each other."""
UNREADABLE_MAX: Final = 1_000
"""So many are told and remembered; a venue has changed its shape long before that."""

log = structlog.get_logger()

Assets = Callable[[], Iterable[InstrumentId]]
Balances = dict[InstrumentId, Quantity]


class Reconciler:
    """Reads one account; `start` begins, `close` ends it. `failures` counts readings in vain.

    `unreadable` are orders and trades that were skipped, by name and reason, each told once.
    `listed` are the instruments whose shares the first reading of all asks for beside those held.
    """

    def __init__(
        self,
        gateway: Gateway,
        reader: AccountReader,
        ledger: Ledger,
        listed: Assets,
        clock: Clock,
        put: PutFact,
    ) -> None:
        self.failures = self.readings = 0
        self.unreadable: dict[str, None] = {}
        self._pages = AccountPages(gateway, reader)
        self._kind = gateway.signer.wallet.kind
        self.reader = reader
        self._ledger = ledger
        self._listed = listed
        self._clock = clock
        self._put = put
        self._since_ns = Ns(0)
        self._first: Balances = {}
        self._up = self._came_up = False
        self._wake = asyncio.Event()
        self._task: Task | None = None

    def start(self, since: Ns) -> None:
        """Read now and from then on; trades matched after `since` are asked for."""
        self._since_ns = since
        self._task = spawn(self._run())

    def channel_moved(self, *, up: bool) -> None:
        """The user channel came up or went down: what was told meanwhile has to be read."""
        self._came_up = self._came_up or (up and not self._up)
        self._up = up
        self._wake.set()

    async def close(self) -> None:
        """Read no more."""
        await end(self._task)

    async def cash(self) -> Money:
        """What the wallet has in collateral; TransportError or DecodeError without an answer."""
        return Money((await self._balance(None)).held)

    async def read(self, *, every_asset: bool = False) -> None:
        """Orders and trades, then balances; TransportError or DecodeError if one is missing."""
        orders = await self.read_orders()
        found = self._first if every_asset else {}
        assets = self._assets(every_asset=every_asset)
        await self._read_balances(assets, found)
        held = tuple((one, found[one]) for one in assets if found[one])
        cash = await self.cash()
        self._put(AccountReported(self._now, cash, held, orders))
        self.readings += 1

    async def read_orders(self) -> tuple[tuple[VenueOrderId, Quantity], ...]:
        """Trades since the last ones, then what rests; the news of both are put."""
        await self._read_trades()
        others = list(self._ledger.foreign.resting.values())
        resting: list[tuple[VenueOrderId, Quantity]] = []
        whole = True
        async for orders in self._pages.orders():
            self._tell(orders)
            resting += orders.resting
            whole = whole and not orders.unreadable
        if whole:
            self._tell_gone(others, dict(resting))
        for event in self.reader.tally.overdue(self._now):
            self._put(event)
        return tuple(resting)

    def _tell_gone(
        self, others: Iterable[ForeignOrder], resting: Mapping[VenueOrderId, Quantity]
    ) -> None:
        """Orders of others that rest no more; nobody told, for nobody was there to hear it."""
        for order in others:
            if order.venue_order_id not in resting:
                self.reader.tally.forget(order.venue_order_id)
                self._put(structs.replace(order, recv_ns=self._now, remaining=Quantity(0)))

    async def _read_trades(self) -> None:
        """Trades that may be news; next time from the last one on, or the first not settled yet.

        One that is not settled after a day may never be.
        """
        matched, pending = [self._since_ns], list[Ns]()
        async for trades in self._pages.trades(Ns(self._since_ns - OVERLAP_NS)):
            self._tell(trades)
            matched.append(trades.matched_ns)
            pending += () if trades.pending_ns is None else (trades.pending_ns,)
        now = self._now
        self._since_ns = min([now, max(matched), *(one for one in pending if one > now - DAY)])

    async def _run(self) -> None:
        due = self._now
        while True:
            whole = self._came_up or self._now >= due
            self._wake.clear()
            self._came_up = False
            try:
                if whole:
                    due = Ns(self._now + EVERY_NS)
                    await self.read(every_asset=not self.readings)
                else:
                    await self.read_orders()
            except (TransportError, DecodeError) as error:
                self.failures += 1
                log.warning("account_unreadable", error=str(error))
                due = Ns(min(due, self._now + RETRY_NS))
            await self._rest(due)

    async def _rest(self, due: Ns) -> None:
        """Until the next whole reading; sooner if the channel moves, or what it owes is polled."""
        while self._now < due and not self._wake.is_set():
            wait_s = self._clock.wait_s(min(POLL_NS, due - self._now))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait_s)
            if self.reader.tally.behind(self._now) or (self._ledger.open_orders and not self._up):
                return

    def _assets(self, *, every_asset: bool) -> list[InstrumentId]:
        """What we hold or could come to hold, what paid out, and what others moved."""
        ledger = self._ledger
        known = dict.fromkeys(one for one, held in ledger.shares.items() if held)
        known |= dict.fromkeys(each.command.instrument for each in ledger.open_orders.values())
        known |= dict.fromkeys(ledger.unredeemed)
        known |= dict.fromkeys(one for one, moved in ledger.foreign.shares.items() if moved)
        if every_asset:
            known |= dict.fromkeys(self._listed())
        return list(known)

    async def _read_balances(self, assets: list[InstrumentId], found: Balances) -> None:
        """Fill `found`; what was read before a first reading failed is not asked for again."""

        async def read(asset: InstrumentId) -> None:
            found[asset] = Quantity((await self._balance(asset)).held)

        left = [one for one in assets if one not in found]
        for start in range(0, len(left), AT_ONCE):
            await asyncio.gather(*map(read, left[start : start + AT_ONCE]))

    async def _balance(self, asset: InstrumentId | None) -> Balance:
        return read_balance(await self._pages.get(balance_path(asset, self._kind)))

    def _tell(self, page: OrdersPage | TradesPage) -> None:
        """Put what is news; say once of what was skipped, whose effect shows as a difference."""
        for event in page.events:
            self._put(event)
        for one in page.unreadable:
            if one not in self.unreadable and len(self.unreadable) < UNREADABLE_MAX:
                self.unreadable[one] = None
                log.error("account_entry_unreadable", error=one)

    @property
    def _now(self) -> Ns:
        return self._clock.now()
