"""One socket: a page says what it looks at, and about twelve times a second is told what changed.

What a view holds is the views'; only differences are this module's.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

import msgspec
from litestar import WebSocket
from litestar.datastructures import State
from litestar.exceptions import WebSocketDisconnect

from polywire.dashboard.scene import Ask, Scene
from polywire.dashboard.views.health import health
from polywire.dashboard.views.market import market
from polywire.dashboard.views.markets import MarketsView
from polywire.dashboard.views.orders import orders
from polywire.dashboard.views.overview import overview
from polywire.dashboard.views.pulse import Shape, pulse
from polywire.dashboard.views.strategies import strategies

EVERY_S: Final = 0.08
REST: Final = 4
"""A page that takes long to read waits so many times as long: what follows the run goes first."""
PULSE_S: Final = 1.0
ASKS_A_SECOND: Final = 20
GROWING: Final = ("curve", "mids")
"""Lists that mostly grow at their end: of these only the newer points are told."""
READ: Final[dict[str, Callable[[Scene, Ask], Shape | None]]] = {
    "overview": overview,
    "market": market,
    "orders": orders,
    "strategies": strategies,
    "health": health,
}
MISSING: Final = "there is nothing to show yet"


class View(Protocol):
    """What one socket sees of one view: all of it at first, then what changed."""

    def look(self) -> Shape | None:
        """`full`, `change` or `missing`, or None where nothing is new."""


class PlainView:
    """A view that is read whole each time and told by the keys that changed."""

    def __init__(self, scene: Scene, ask: Ask) -> None:
        self._scene = scene
        self._ask = ask
        self._read = READ[ask.view]
        self._known: Shape | None = None
        self._missed = False

    def look(self) -> Shape | None:
        """See View."""
        told = self._read(self._scene, self._ask)
        if told is None:
            self._known, missed, self._missed = None, self._missed, True
            return None if missed else {"missing": MISSING}
        before, self._known, self._missed = self._known, told, False
        if before is None:
            return {"full": told}
        changed: Shape = {}
        for key, value in told.items():
            if value != before.get(key):
                changed[key] = _newer(before.get(key), value) if key in GROWING else value
        return {"change": changed} if changed else None


def _newer(before: object, now: object) -> object:
    """What was added behind what is known, where nothing else changed."""
    if isinstance(before, list) and isinstance(now, list) and now[: len(before)] == before:
        return now[len(before) :]
    return now


def view_of(scene: Scene, ask: Ask) -> View | None:
    """The view that is asked for; None for none."""
    if ask.view == "markets":
        return MarketsView(scene)
    return PlainView(scene, ask) if ask.view in READ else None


def next_s(due_s: float, began_s: float, took_s: float) -> float:
    """When a line looks again that was due then, began then and looked so long.

    At an even pace, however late it is woken; but for the least part of the time.
    """
    return max(due_s + EVERY_S, began_s + EVERY_S / 2, began_s + (1 + REST) * took_s)


class Line:
    """Serves one socket until it is gone."""

    def __init__(self, scene: Scene, socket: WebSocket[object, object, State]) -> None:
        self._scene = scene
        self._socket = socket
        self._ask: Ask | None = None

    async def serve(self) -> None:
        """Listen and tell, until either ends."""
        await self._socket.accept()
        both = {asyncio.create_task(self._tell()), asyncio.create_task(self._listen())}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            ended = await asyncio.gather(*both, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception) and not isinstance(error, WebSocketDisconnect):
                raise error

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        since, asked = loop.time(), 0
        while True:
            told = await self._socket.receive_data("text")
            if loop.time() - since >= 1:
                since, asked = loop.time(), 0
            asked += 1
            try:
                self._ask = msgspec.json.decode(told, type=Ask)
            except (msgspec.MsgspecError, ValueError, RecursionError):
                asked = ASKS_A_SECOND + 1
            if asked > ASKS_A_SECOND:
                await self._socket.close(code=1008, reason="asks too much, or what is no question")
                return

    async def _tell(self) -> None:
        loop = asyncio.get_running_loop()
        ask: Ask | None = None
        view: View | None = None
        told, due = 0.0, loop.time()
        while True:
            if self._ask is not ask:
                ask = self._ask
                view = view_of(self._scene, ask) if ask is not None else None
            beat = pulse(self._scene)  # first: it may read what all lines share
            began = loop.time()
            seen = view.look() if view is not None else None
            due = next_s(due, began, loop.time() - began)
            if seen is not None or loop.time() - told >= PULSE_S:
                told = loop.time()
                frame: Shape = {"pulse": beat}
                if ask is not None and seen is not None:
                    frame |= {"view": ask.view, **seen}
                await self._socket.send_data(msgspec.json.encode(frame).decode(), "text")
            await asyncio.sleep(max(0.0, due - loop.time()))
