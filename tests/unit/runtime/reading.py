"""A reconciler before a venue that answers what a test put there."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

from tests.unit.runtime.desking import API_KEY, NO, YES, Asked, Desk, order
from tests.unit.venues.account_building import MATCHED_NS, MATCHED_S, Json, made, trade
from tests.unit.venues.building import market
from tests.waiting import until

from polywire.core.ids import VenueOrderId
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import (
    AccountEvent,
    OrderSigned,
)
from polywire.core.model.control import ControlEvent
from polywire.core.units import Ns
from polywire.net.clock import Clock
from polywire.net.line import Reply
from polywire.runtime.own_orders import OwnOrders
from polywire.runtime.reconciler import Reconciler
from polywire.venues.polymarket.account import AccountReader

END = "LTE="
OURS = VenueOrderId(f"0x{1:064x}")


class Books(Desk):
    """A venue that answers each reading from what a test put there."""

    def __init__(self) -> None:
        super().__init__()
        self.trades: list[list[Json]] = [[]]
        self.orders: list[list[Json]] = [[]]
        self.balances = {"": "1000", YES: "0", NO: "7"}
        self.status = 200

    def ask(self, method: str, path: str, body: bytes = b"") -> Awaitable[Reply]:
        answer = super().ask(method, path, body)
        told = json.dumps(self._told(path)).encode()
        self.newest.answer.set_result(Reply(self.status, {}, told))
        return answer

    def _told(self, path: str) -> Json:
        asked = {name: each[0] for name, each in parse_qs(urlsplit(path).query).items()}
        if "asset_type" in asked:
            return {"balance": self.balances[asked.get("token_id", "")], "allowances": {}}
        pages = self.trades if path.startswith("/data/trades") else self.orders
        number = 0 if asked["next_cursor"] == "MA==" else int(asked["next_cursor"])
        after = END if number + 1 == len(pages) else str(number + 1)
        return {"data": pages[number], "next_cursor": after, "limit": 100, "count": 1}

    def after(self) -> list[int]:
        """From when on trades were asked for, each time, in seconds."""
        paths = [asked.path for asked in self.asked if asked.path.startswith("/data/trades")]
        return [int(parse_qs(urlsplit(path).query)["after"][0]) for path in paths]

    def balances_asked(self) -> list[Asked]:
        """Each question for shares."""
        return [asked for asked in self.asked if "token_id" in asked.path]

    def kinds(self) -> list[str]:
        """What was asked for, in order, without its terms."""
        return [asked.path.partition("?")[0].rpartition("/")[2] for asked in self.asked]


class SlowBooks(Books):
    """One that says what shares there are when a test does."""

    def ask(self, method: str, path: str, body: bytes = b"") -> Awaitable[Reply]:
        return (Desk if "token_id" in path else Books).ask(self, method, path, body)


class At(Clock):
    """A clock that stands."""

    def __init__(self, at: int) -> None:
        self._at = Ns(at)

    def now(self) -> Ns:
        return self._at


class Reading:
    """A reconciler of an account with one open order; `facts` is what it put."""

    def __init__(self, books: Books | None = None) -> None:
        self.books = books or Books()
        self.ledger = Ledger()
        self.ledger.list_market(market(1))
        self.ledger.sent(order(1), Ns(0))
        self.ledger.sign(OrderSigned(Ns(0), order(1).order_id, OURS))
        self.facts: list[AccountEvent | ControlEvent] = []
        self.reader = AccountReader(API_KEY, OwnOrders(self.ledger))
        self.reconciler = Reconciler(
            self.books,  # type: ignore[arg-type]  # has no lines
            self.reader,
            self.ledger,
            lambda: [YES, NO],  # type: ignore[list-item]
            Clock(),
            self.facts.append,
        )

    async def runs_until(self, enough: Callable[[], bool]) -> None:
        """Let it read by itself until it did enough."""
        self.reconciler.start(Ns(MATCHED_NS))
        await until(enough)
        await self.reconciler.close()

    async def runs_for(self, seconds: float) -> None:
        """Let it read by itself for so long."""
        self.reconciler.start(Ns(MATCHED_NS))
        await asyncio.sleep(seconds)
        await self.reconciler.close()


def bought(id: str, status: str, after_s: int = 0) -> Json:
    """Our order 1 bought 5 Yes for half a dollar each, so many seconds after the first."""
    at = str(MATCHED_S + after_s)
    return trade(made(901, price="0.5"), id=id, status=status, price="0.5", match_time=at)
