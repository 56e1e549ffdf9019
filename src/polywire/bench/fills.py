"""From a fill on the user channel to the strategy that sees it, beside asking once a second.

The channel's frames come from a process of their own, between market frames. Polling is the
engine's own, answered within the process: what it costs is waiting.
"""

import asyncio
from array import array
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic_ns
from typing import cast

import msgspec
import uvloop

from polywire.bench.reel import Reel, framed
from polywire.bench.result import Figure, Result, figure, result, yardstick
from polywire.bench.rig import Rig
from polywire.bench.sending import sending
from polywire.bench.signing import API_KEY, PASSPHRASE, SECRET, signer
from polywire.bench.tape import Tape, record
from polywire.core.engine.engine import Engine
from polywire.core.ids import StrategyId, VenueOrderId
from polywire.core.model.account import AccountEvent, OrderAccepted, OrderRejected, OrderSigned
from polywire.core.model.command import CancelOrder, LookUpOrder
from polywire.core.model.control import ControlEvent
from polywire.core.model.event import Event
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import Quote
from polywire.core.strategy import Wake
from polywire.core.units import SECOND, Ns, Price, Quantity, format_micros
from polywire.core.view import MarketView
from polywire.net.clock import Clock
from polywire.net.line import Reply
from polywire.runtime.feed import Feed
from polywire.runtime.gateway import Gateway
from polywire.runtime.loop import OrderCommand, PutFact
from polywire.runtime.own_orders import OwnOrders
from polywire.runtime.reconciler import Reconciler
from polywire.venues.polymarket.account import AccountReader
from polywire.venues.polymarket.user_wire import UserAuth
from polywire.venues.polymarket.user_ws import UserSession
from polywire.venues.secret import Secret

MARKETS = 99
"""So that one socket carries them all, and the user channel is the second."""
EACH = 20
"""Market frames between two fills."""
PART = Quantity(50_000)
"""A fill; the order is as large as a thousand of them and more."""
SIZE = Quantity(100_000_000)
WAIT_S = 10.0
PRICE = Price(10_000)
OURS = VenueOrderId("0x" + "ab" * 32)
OTHER = "0x" + "cd" * 32
BUYER = StrategyId("buyer")


@dataclass(slots=True)
class Buyer:
    """Wants one order to rest, and notes what it holds each time that it is asked."""

    market: Market
    name: StrategyId = BUYER
    wake: Wake = Wake.BOOK
    price: Price | None = None
    seen: list[tuple[int, int]] = field(default_factory=list)

    def follows(self, market: Market) -> bool:
        """The one."""
        return market.id == self.market.id

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:
        """What of the order is left, at the first price."""
        held = view.held(0)
        self.seen.append((held, monotonic_ns()))
        self.price = self.price or view.touch(0)[0]
        if self.price is None:
            return ()
        left = Quantity(SIZE - held)
        return (Quote(view.market.outcomes[0].instrument, Side.BUY, self.price, left),)


class Silent:
    """An order edge that takes one order, which rests, and no more."""

    def __init__(self, _: Engine, __: Clock, put: PutFact) -> None:
        self._put = put
        self._rests = False

    def sign(self, approved: OrderCommand, now: Ns) -> AccountEvent:
        """The name that the frames know it by."""
        assert not isinstance(approved, CancelOrder | LookUpOrder), "an order is signed"
        if self._rests:
            return OrderRejected(now, approved.order.order_id, "one is enough")
        self._rests = True
        return OrderSigned(now, approved.order.order_id, OURS)

    def send(self, commands: Sequence[OrderCommand], now: Ns) -> None:
        """Accept it."""
        for one in commands:
            if not isinstance(one, CancelOrder | LookUpOrder):
                self._put(OrderAccepted(now, one.order.order_id))

    def observe(self, _: Event) -> None:
        """Nothing."""

    def due(self, _now: Ns, /) -> list[AccountEvent]:
        """Nothing."""
        return []

    def wakeup(self) -> Ns | None:
        """Never."""
        return None


class Pages:
    """Fulfils runtime.gateway.Gateway: shows the trades that are due, and a wallet that agrees."""

    def __init__(self, trades: Sequence[bytes], cash: int) -> None:
        self.signer, self.clock = signer(), Clock()
        self.due_ns: list[int] = []
        self._trades = trades
        self._cash = cash

    def ask(self, _method: str, path: str) -> Awaitable[Reply]:
        """Answered already."""
        count = sum(due_ns <= monotonic_ns() for due_ns in self.due_ns)
        shown = self._trades[:count] if path.startswith("/data/trades") else ()
        told = b'{"data":[%b],"next_cursor":"LTE="}' % b",".join(shown)
        if path.startswith("/balance"):
            held = self._cash if "COLLATERAL" in path else 0
            told = b'{"balance":"%d","allowances":{}}' % held
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        answer.set_result(Reply(200, {}, told))
        return answer


def run(*, seconds: float = 10.0, rate: int = 2_000) -> Result:
    """Percentiles of the channel and of polling, each in a run of its own."""
    tape = record(markets=MARKETS, count=int(rate * seconds))
    told = uvloop.run(_in(tape, _told, rate))
    polled = uvloop.run(_in(tape, _polled, rate))
    return result(
        "fills",
        "a fill to the strategy that sees it",
        [*_figures("the channel", told, 1_000, "us"), *_figures("polling", polled, 10**6, "ms")],
        [
            f"{rate:,} market frames a second for {seconds:g} s; {len(told)} fills on the channel,"
            f" {len(polled)} polled",
            "polling each second is what the engine itself does while the channel is down",
        ],
    )


def _figures(name: str, found: list[int], unit_ns: int, unit: str) -> list[Figure]:
    make = yardstick if name == "polling" else figure
    return [
        make(f"{name}: {word}", found[min(len(found) - 1, int(part * len(found)))] / unit_ns, unit)
        for word, part in (("p50", 0.5), ("p99", 0.99))
    ]


Way = Callable[[Rig, Buyer, Tape, Path, int], Awaitable[list[int]]]


async def _in(tape: Tape, way: Way, rate: int) -> list[int]:
    """Nanoseconds of each fill of one way, ascending."""
    buyer = Buyer(tape.markets[0])
    with TemporaryDirectory(prefix="polywire-bench-") as name:
        folder = Path(name)
        (folder / "journal").mkdir()
        rig = Rig(tape, lambda _: buyer, folder / "journal", edge=Silent)
        delays = await way(rig, buyer, tape, folder, rate)
        await rig.stop()
    return sorted(delays)


async def _told(rig: Rig, buyer: Buyer, tape: Tape, folder: Path, rate: int) -> list[int]:
    fills = len(tape.frames) // EACH
    _reel(tape, [_trade(buyer.market, number) for number in range(fills)]).write(folder)
    (folder / "sent").write_bytes(bytes(8 * (len(tape.frames) + fills)))
    auth = UserAuth(API_KEY, Secret(SECRET), Secret(PASSPHRASE))
    reader = AccountReader(API_KEY, OwnOrders(rig.engine.ledger))

    def put(events: Iterable[Event]) -> None:
        for event in events:
            assert isinstance(event, AccountEvent | ControlEvent), event
            rig.loop.put_fact(event)

    async with sending(folder, ["--sockets", "2", "--rate", str(rate)]) as sender:
        session = UserSession(auth, reader, lambda: 0.5)
        feed = Feed(session, sender.url(1), rig.clock, put)
        feed.start()
        await rig.start(sender.url, [tape.markets])
        await _resting(rig)
        await sender.replay()
        await rig.settle(len(tape.opening) + len(tape.frames))
        await feed.close()
    times = memoryview((folder / "sent").read_bytes()).cast("q")
    return _delays(buyer, [times[(number + 1) * (EACH + 1) - 1] for number in range(fills)])


async def _polled(rig: Rig, buyer: Buyer, tape: Tape, folder: Path, rate: int) -> list[int]:
    fills = len(tape.frames) // EACH
    _reel(tape, []).write(folder)
    (folder / "sent").write_bytes(bytes(8 * len(tape.frames)))
    async with sending(folder, ["--sockets", "1", "--rate", str(rate)]) as sender:
        await rig.start(sender.url, [tape.markets])
        await _resting(rig)
        ledger = rig.engine.ledger
        pages = Pages([_trade(buyer.market, number) for number in range(fills)], int(ledger.cash))
        reader = AccountReader(API_KEY, OwnOrders(ledger))
        gateway = cast("Gateway", pages)
        put = rig.loop.put_fact
        reconciler = Reconciler(gateway, reader, ledger, tuple, rig.clock, put)
        reconciler.start(Ns(0))
        began = monotonic_ns()
        pages.due_ns += [began + (number + 1) * EACH * SECOND // rate for number in range(fills)]
        await sender.replay()
        await asyncio.sleep(1.5)
        await reconciler.close()
    return _delays(buyer, pages.due_ns)


async def _resting(rig: Rig) -> None:
    async with asyncio.timeout(WAIT_S):
        while not rig.engine.ledger.by_venue:  # noqa: ASYNC110 - nobody else waits for it
            await asyncio.sleep(0.01)


def _delays(buyer: Buyer, happened: Sequence[int]) -> list[int]:
    """From each fill to the first time that the strategy saw that much held."""
    held = [shares for shares, _ in buyer.seen]
    assert held[-1] == len(happened) * PART, f"{held[-1]} of {len(happened)} fills"
    places = [bisect_left(held, (number + 1) * PART) for number in range(len(happened))]
    return [buyer.seen[at][1] - when for at, when in zip(places, happened, strict=True)]


def _reel(tape: Tape, fills: Sequence[bytes]) -> Reel:
    """Market frames on the first socket, and after each so many a fill on the second."""
    ends, sockets, parts, length = array("q"), bytearray(), [], 0
    frames = [(frame, 0) for frame in tape.opening]
    for number, frame in enumerate(tape.frames, 1):
        frames.append((frame, 0))
        if number % EACH == 0 and fills:
            frames.append((fills[number // EACH - 1], 1))
    for frame, socket in frames:
        message = framed(frame)
        length += len(message)
        parts.append(message)
        ends.append(length)
        sockets.append(socket)
    return Reel(b"".join(parts), ends, bytes(sockets), len(tape.opening))


def _trade(market: Market, number: int) -> bytes:
    """A trade in which our order gave a part, as the channel tells it."""
    token, size = market.outcomes[0].instrument, format_micros(PART)
    price = format_micros(PRICE)
    ours = {
        "asset_id": token, "matched_amount": size, "order_id": OURS, "outcome": "Yes",
        "owner": API_KEY, "price": price, "side": "BUY",
    }  # fmt: skip
    told = {
        "event_type": "trade", "id": f"trade-{number}", "status": "MATCHED", "market": market.id,
        "asset_id": token, "taker_order_id": OTHER, "side": "SELL", "size": size, "price": price,
        "owner": "somebody", "trader_side": "MAKER", "maker_orders": [ours],
        "match_time": "1790000100",
    }  # fmt: skip
    return msgspec.json.encode(told)
