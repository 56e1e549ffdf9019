"""What goes wrong between venue and engine, drawn from a seed and counted by kind.

Wire faults happen to the frames of one socket, account faults to what we are told of our orders.
Whoever owns the socket delivers what is left, at the times given.
"""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct, structs

from polywire.core.ids import FillId, OrderId
from polywire.core.model.account import (
    AccountEvent,
    FillSettled,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderUnknown,
)
from polywire.core.units import MILLISECOND, SECOND, Ns
from polywire.sim.latency import Chance

NEWS = OrderFilled | OrderCancelled | FillSettled
"""What the venue tells unasked."""
TRADE = b'"event_type":"last_trade_price"'


class Fault(StrEnum):
    """Kinds, by the names in which they are counted."""

    LOSS = "loss"
    REPEAT = "repeat"
    REORDER = "reorder"
    DELAY = "delay"
    GAP = "gap"
    DISCONNECT = "disconnect"
    LATE_TRADE = "late_trade"
    FREEZE = "freeze"
    TRUNCATE = "truncate"
    NO_FIRST_BOOK = "no_first_book"
    NO_PROOF = "no_proof"
    LATE_WORD = "late_word"
    REPEATED_WORD = "repeated_word"
    LOST_WORD = "lost_word"
    LOST_ORDER = "lost_order"
    LATE_ORDER = "late_order"
    LOST_CANCEL = "lost_cancel"
    LOST_ANSWER = "lost_answer"
    LATE_ANSWER = "late_answer"
    LOST_NEWS = "lost_news"
    UNDONE = "undone"


class Weather:
    """How likely each fault is at each occasion, until when, and how often it happened."""

    def __init__(self, chance: Chance, rates: dict[Fault, float], until: Ns) -> None:
        self.chance = chance
        self.counts: dict[Fault, int] = {}
        self.until = until
        self._rates = rates

    def strikes(self, fault: Fault, now: Ns) -> bool:
        """Draw once; counted if it happens."""
        rate = self._rates.get(fault, 0.0)
        if not rate or now >= self.until or self.chance.random() >= rate:
            return False
        self.counts[fault] = self.counts.get(fault, 0) + 1
        return True

    def up_to(self, most: int) -> int:
        """A duration above zero."""
        return 1 + self.chance.randrange(most)


class Delivery(Struct, frozen=True):
    """What reaches our end of a socket, and when; `closes` ends the connection instead."""

    at: Ns
    frame: bytes
    closes: bool = False


class WireFaults:
    """One connection's way from the venue to us; without faults, in order and a little late."""

    def __init__(self, weather: Weather, transit_ns: int) -> None:
        self._weather = weather
        self._transit_ns = transit_ns
        self._last = Ns(0)
        self._gap_until = Ns(0)
        self._frozen: dict[str, Ns] = {}

    def send(self, frame: bytes, assets: Sequence[str], now: Ns) -> list[Delivery]:
        """What becomes of one frame that names these assets."""
        weather = self._weather
        if weather.strikes(Fault.DISCONNECT, now):
            return [Delivery(Ns(now + weather.up_to(self._transit_ns)), b"", closes=True)]
        if self._swallowed(assets, now):
            return []
        at = self._arrival(now)
        if TRADE in frame and weather.strikes(Fault.LATE_TRADE, now):
            return [Delivery(Ns(at + weather.up_to(SECOND)), frame)]
        if weather.strikes(Fault.REORDER, now):
            return [Delivery(Ns(at + weather.up_to(50 * MILLISECOND)), frame)]
        self._last = at
        if weather.strikes(Fault.TRUNCATE, now):
            frame = frame[: weather.up_to(len(frame) - 1)]
        deliveries = [Delivery(at, frame)]
        if weather.strikes(Fault.REPEAT, now):
            deliveries.append(Delivery(Ns(at + weather.up_to(SECOND // 2)), frame))
        return deliveries

    def first_books(self, assets: Sequence[str], now: Ns) -> list[str]:
        """The assets whose book the subscription is answered with."""
        strikes = self._weather.strikes
        return [asset for asset in assets if not strikes(Fault.NO_FIRST_BOOK, now)]

    def _arrival(self, now: Ns) -> Ns:
        weather = self._weather
        at = max(self._last, now + weather.up_to(self._transit_ns))
        if weather.strikes(Fault.DELAY, now):
            at += weather.up_to(3 * SECOND)
        return Ns(at)

    def _swallowed(self, assets: Sequence[str], now: Ns) -> bool:
        weather = self._weather
        if now >= weather.until:
            return False
        if weather.strikes(Fault.GAP, now):
            self._gap_until = Ns(now + weather.up_to(2 * SECOND))
        if assets and weather.strikes(Fault.FREEZE, now):
            self._frozen[assets[0]] = Ns(now + 2 * SECOND + weather.up_to(18 * SECOND))
        frozen = any(now < self._frozen.get(asset, 0) for asset in assets)
        return frozen or now < self._gap_until or weather.strikes(Fault.LOSS, now)


class AccountFaults:
    """The way of account events to us: late, repeated, lost, or a reply lost: an unknown order.

    A cancel stays behind the fills before it, and a settlement behind its fill: whoever reads the
    real venue's user channel must hold to the same.
    """

    def __init__(self, weather: Weather) -> None:
        self._weather = weather
        self._heard: dict[OrderId | FillId, Ns] = {}

    def tell(self, event: AccountEvent, now: Ns) -> list[AccountEvent]:
        """The event as we hear it, `recv_ns` says when; perhaps again, perhaps as unknown."""
        weather = self._weather
        if isinstance(event, OrderAccepted | OrderRejected) and weather.strikes(
            Fault.LOST_WORD, now
        ):
            return [OrderUnknown(Ns(now + weather.up_to(SECOND)), event.order_id, "no reply")]
        if isinstance(event, NEWS) and weather.strikes(Fault.LOST_NEWS, now):
            return []
        at = max(now, self._not_before(event))
        if weather.strikes(Fault.LATE_WORD, now):
            at = Ns(at + weather.up_to(2 * SECOND))
        if isinstance(event, OrderFilled):
            self._heard[event.fill_id] = at
            self._heard[event.order_id] = max(at, self._heard.get(event.order_id, Ns(0)))
        heard = [structs.replace(event, recv_ns=at)]
        if weather.strikes(Fault.REPEATED_WORD, now):
            again = Ns(at + weather.up_to(5 * SECOND))
            heard.append(structs.replace(event, recv_ns=again))
        return heard

    def _not_before(self, event: AccountEvent) -> Ns:
        match event:
            case OrderCancelled():
                return self._heard.get(event.order_id, Ns(0))
            case FillSettled():
                return self._heard.get(event.fill_id, Ns(0))
            case _:
                return Ns(0)
