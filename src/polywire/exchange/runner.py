"""Drives a flow in real time: steps it, hands its frames to the channel, then sleeps."""

import asyncio

from polywire.exchange.channel import Channel
from polywire.exchange.venue import Venue

NAP_S_MIN = 0.002
NAP_S_MAX = 0.05
SWEEP_S = 0.25
BACKLOG_BYTES_MAX = 2 * 1024 * 1024
BATCHES_A_TURN = 100
READERS_GRACE_S = 0.3
"""A recording starts this long after the first subscription, so that all sockets are there."""


class Runner:
    """Moves virtual time."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._stopped = False
        self._starting: asyncio.TimerHandle | None = None

    def reader_came(self) -> None:
        """Start a flow that waits for its first reader."""
        if self._starting is None and self._venue.flow.waits:
            loop = asyncio.get_running_loop()
            self._starting = loop.call_later(READERS_GRACE_S, self._venue.clock.start)

    async def run(self, channel: Channel) -> None:
        """Run for good."""
        if not self._venue.flow.waits:
            self._venue.clock.start()
        loop = asyncio.get_running_loop()
        sweep_at = loop.time()
        while True:
            await self.catch_up(channel)
            if loop.time() >= sweep_at:
                channel.sweep(loop.time())
                sweep_at = loop.time() + SWEEP_S
            await asyncio.sleep(self._nap())

    async def catch_up(self, channel: Channel) -> None:
        """Send everything that is due now; a recording waits for readers that lag.

        Faults begin and end between the frames of their moment, however late the machine is.
        """
        now, faults = self._venue.clock.now(), self._venue.faults
        while (edge := faults.next_ns()) is not None and edge <= now:
            if not await self._step(channel, edge):
                return
            channel.switch(edge)
        await self._step(channel, now)

    async def _step(self, channel: Channel, until_ns: int) -> bool:
        """Send everything that is due by a moment; whether that was all."""
        flow = self._venue.flow
        self._floor_until(channel, until_ns)
        for turn, batch in enumerate(flow.step(until_ns), start=1):
            channel.deliver(self._venue.floor.take_frames() + batch)
            self._floor_until(channel, until_ns)
            if turn % BATCHES_A_TURN == 0:
                await asyncio.sleep(0)
                if flow.waits and channel.backlog() > BACKLOG_BYTES_MAX:
                    return False
        self._floor_until(channel, until_ns)  # its last turn may have sent nothing
        return True

    def _floor_until(self, channel: Channel, until_ns: int) -> None:
        """Let the floor do what is due before the flow's next turn."""
        floor = self._venue.floor
        following = self._venue.flow.next_ns()
        floor.step(until_ns if following is None else min(until_ns, following))
        if told := floor.take_frames():
            channel.deliver(told)

    def _nap(self) -> float:
        venue = self._venue
        edges = (venue.flow.next_ns(), venue.floor.next_ns(), venue.faults.next_ns())
        due = min((edge for edge in edges if edge is not None), default=None)
        if due is None or not self._venue.clock.running:
            return NAP_S_MAX
        return min(NAP_S_MAX, max(NAP_S_MIN, self._venue.clock.real_seconds_until(due)))
