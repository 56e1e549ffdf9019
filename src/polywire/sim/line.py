"""One simulated socket: our session at one end, the venue's subscription rules at the other.

Frames leave the venue as they are; what arrives of them is decided by the faults of the line.
"""

import json
from collections.abc import Iterable
from typing import Protocol

from polywire.core.model.event import Event
from polywire.core.model.instrument import Market
from polywire.core.units import Ns
from polywire.sim.faults import Delivery, Fault, Weather, WireFaults
from polywire.venues.polymarket.market_ws import MarketSession


class WireFrame(Protocol):
    """One market-channel event as the venue writes it, and whom it concerns."""

    @property
    def text(self) -> str:
        """The frame."""

    @property
    def assets(self) -> tuple[str, ...]:
        """The tokens it names; none for what concerns the whole venue."""


class FirstBook(Protocol):
    """Who knows the `book` frame of a token."""

    def first_book(self, asset: str) -> str | None:
        """The frame as it stands now; None without a book."""


class Line:
    """Connects, subscribes and carries; `life` counts sockets, so that old frames can be told."""

    def __init__(
        self, session: MarketSession, venue: FirstBook, weather: Weather, transit_ns: int
    ) -> None:
        self.session = session
        self.life = 0
        self.open = False
        self._venue = venue
        self._weather = weather
        self._transit_ns = transit_ns
        self._way = WireFaults(weather, transit_ns)
        self._subscribed: dict[str, None] = {}

    def carry(self, markets: Iterable[Market], now: Ns) -> list[Event]:
        """Have the session carry these markets."""
        return self.session.subscribe(markets, now)

    def connect(self, now: Ns) -> list[Event]:
        """One attempt; it fails as often as disconnects happen."""
        moves = self.session.connecting(now)
        if self._weather.strikes(Fault.DISCONNECT, now):
            return moves + self.session.dropped(now, "refused")
        self.life += 1
        self.open = True
        self._way = WireFaults(self._weather, self._transit_ns)
        self._subscribed = {}
        self.session.connected(now)
        return moves

    def drop(self, now: Ns, cause: str) -> list[Event]:
        """The socket ends."""
        self.open = False
        return self.session.dropped(now, cause)

    def answers(self, now: Ns) -> list[Delivery]:
        """Take what the session wants to send, and answer it as the venue does."""
        deliveries: list[Delivery] = []
        for frame in self.session.outbox():
            if frame == b"PING":
                deliveries += self._way.send(b"PONG", (), now)
                continue
            asked = json.loads(frame)
            assets: list[str] = asked["assets_ids"]
            if asked.get("operation") == "unsubscribe":
                for asset in assets:
                    self._subscribed.pop(asset, None)
                continue
            self._subscribed.update(dict.fromkeys(assets))
            told = self._way.first_books(assets, now)
            books = [book for asset in told if (book := self._venue.first_book(asset))]
            deliveries += self._way.send(f"[{','.join(books)}]".encode(), (), now)
        return deliveries

    def publish(self, frame: WireFrame, now: Ns) -> list[Delivery]:
        """What arrives of a frame of the venue, and when."""
        if not self.open:
            return []
        if frame.assets and not any(asset in self._subscribed for asset in frame.assets):
            return []
        return self._way.send(frame.text.encode(), frame.assets, now)
