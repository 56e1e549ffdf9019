"""The venue's dead-man switch: beats while the engine decides, so that the venue sees it live.

When beats stop, the venue cancels every order of these credentials, whoever placed it
(polymarket.md 4.7); whether that is wanted is the caller's to say.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from polywire.core.errors import DecodeError, TransportError
from polywire.core.model.control import AlertRaised
from polywire.core.units import SECOND, Ns
from polywire.net.clock import Clock
from polywire.runtime.gateway import Gateway
from polywire.runtime.loop import PutFact
from polywire.runtime.tasks import Task, end, spawn
from polywire.venues.polymarket.answers import decode

PATH: Final = "/v1/heartbeats"
EVERY_S: Final = 5.0
RETRY_S: Final = 1.0
ANSWER_S: Final = 2.0
"""A beat that hangs is given up so soon that others can follow before the venue cancels."""
LIFE_NS: Final = 10 * SECOND
"""Without a beat for so long the venue cancels."""
WRONG_ID: Final = 400
NAME: Final = "dead_man_switch"
SWITCH: Final = "dead-man switch"

log = structlog.get_logger()


class DeadManSwitch:
    """Beats from `start` until `close`; `alive` says whether the engine made a decision lately.

    `others` says whether orders that are none of ours rest on the same credentials.
    """

    def __init__(
        self,
        gateway: Gateway,
        clock: Clock,
        put: PutFact,
        *,
        alive: Callable[[], bool],
        others: Callable[[], bool],
    ) -> None:
        self.state = "off: not yet started"
        """`on`, or what is wrong with it."""
        self._gateway = gateway
        self._clock = clock
        self._put = put
        self._alive = alive
        self._others = others
        self._id = ""
        self._beat_ns = Ns(0)
        self._warned = False
        self._task: Task | None = None

    def start(self) -> None:
        """Beat now and every five seconds."""
        self._task = spawn(self._run())

    async def close(self) -> None:
        """Beat no more: what still rests on these credentials goes within 15 seconds."""
        await end(self._task)

    async def _run(self) -> None:
        while True:
            beaten = self._alive() and await self._beat()
            self._judge(beaten=beaten)
            await asyncio.sleep(EVERY_S if beaten else RETRY_S)

    async def _beat(self) -> bool:
        """Send the id that was told last; a wrong one is answered with the right one."""
        try:
            status, told = await self._ask()
            if status == WRONG_ID and told is not None:
                self._id = told
                status, told = await self._ask()
        except TransportError as error:
            log.warning("heartbeat_failed", error=str(error))
            return False
        except TimeoutError:
            log.warning("heartbeat_failed", error=f"no answer in {ANSWER_S:g} s")
            return False
        if status != HTTPStatus.OK or told is None:
            log.warning("heartbeat_failed", error=f"HTTP {status}")
            return False
        self._id = told
        return True

    async def _ask(self) -> tuple[int, str | None]:
        """The status, and the id that the venue wants to hear next."""
        body = msgspec.json.encode({"heartbeat_id": self._id})
        reply = await asyncio.wait_for(self._gateway.ask("POST", PATH, body), ANSWER_S)
        try:
            return reply.status, decode(reply.body, _Reply, "a beat").heartbeat_id
        except DecodeError:
            return reply.status, None

    def _judge(self, *, beaten: bool) -> None:
        now = self._clock.now()
        lapsed = 0 < self._beat_ns <= now - LIFE_NS
        if lapsed and self.state == "on":
            text = (
                f"{SWITCH}: it has fired: the venue has cancelled all orders of these credentials"
            )
            log.critical("dead_man_switch_fired", reason=text)
            self._put(AlertRaised(now, NAME, text))
        if beaten:
            self._beat_ns = now
            self.state = "on"
        elif lapsed or not self._beat_ns:
            self.state = "off: no beat reaches the venue"
        if self._others() and not self._warned:
            self._warned = True
            text = (
                f"{SWITCH}: an order of others rests on these credentials, and would go with ours"
            )
            log.warning("guard_alerted", reason=text)
            self._put(AlertRaised(now, NAME, text))


class _Reply(Struct):
    heartbeat_id: str
