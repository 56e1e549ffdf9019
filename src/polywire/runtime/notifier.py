"""Sends messages to channels, each from a thread of its own: one that hangs delays no other.

Knows no service. What a channel did not take is told, counted, and said with what it takes next.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from msgspec import structs

from polywire.observe.alert import Severity
from polywire.observe.alert_pace import MESSAGES_A_MINUTE, Message

QUEUE_MAX: Final = 20
"""Two minutes of them: what a slow channel would bring later is no news."""
PAUSES_S: Final = (1.0, 2.0, 4.0)
"""Before another try; then the channel fails."""
REST_S: Final = 60.0
"""Until one that fails is tried again, once."""
GAP_S: Final = 60.0 / MESSAGES_A_MINUTE
"""After a message that was taken; what is critical does not wait for it."""
MISSED: Final = Message(Severity.INFO, "Polywire", "")
"""Says only what could not be sent, where nothing else waits."""

Tell = Callable[[str], None]
"""Takes a sentence for whoever runs this; from any thread."""


class Channel(Protocol):
    """One place where messages go; `name` says which, and nothing secret."""

    name: str

    def send(self, message: Message) -> str:
        """Empty if it took the message, else why not, in words that may be shown."""


class Notifier:
    """`send` never waits; call `close` at the end."""

    def __init__(self, channels: Sequence[Channel], tell: Tell) -> None:
        self._workers = [Worker(one, tell) for one in channels]

    def send(self, message: Message) -> None:
        """Let every channel have it."""
        for worker in self._workers:
            worker.put(message)

    def close(self, within_s: float) -> None:
        """Send what waits, once each, for as long as that takes at most; then leave it."""
        for worker in self._workers:
            worker.close()
        for worker in self._workers:
            worker.thread.join(within_s / len(self._workers))


class Worker:
    """A channel's queue and thread."""

    def __init__(self, channel: Channel, tell: Tell) -> None:
        self._channel = channel
        self._tell = tell
        self._waiting: deque[Message] = deque()
        self._came = threading.Condition()
        self._closing = threading.Event()
        self._lost = 0
        self._fails = False
        self.thread = threading.Thread(target=self._run, name=channel.name, daemon=True)
        self.thread.start()

    def put(self, message: Message) -> None:
        """Take it in; of too many the oldest goes that matters least, a critical one never."""
        with self._came:
            self._waiting.append(message)
            if len(self._waiting) > QUEUE_MAX:
                least = min(self._waiting, key=lambda one: one.severity.rank)
                if least.severity is not Severity.CRITICAL:
                    self._waiting.remove(least)
                    self._lost += 1
            self._came.notify()

    def close(self) -> None:
        """Wait for nothing any more; the thread ends with the last message."""
        self._closing.set()
        with self._came:
            self._came.notify()

    def _run(self) -> None:
        while (message := self._next()) is not None:
            why = self._try(message)
            if why and not self._fails:
                self._tell(f"{self._channel.name} does not take alerts: {why}")
            self._fails = bool(why)
            if why:
                self._fold(message)
                self._closing.wait(REST_S)
            else:
                self._keep_pace()

    def _next(self) -> Message | None:
        """What is critical goes first; None at the end."""
        with self._came:
            self._came.wait_for(lambda: self._waiting or self._lost or self._closing.is_set())
            message = self._urgent() or next(iter(self._waiting), None)
            if message is not None:
                self._waiting.remove(message)
            elif not self._closing.is_set():
                message = MISSED
            return message

    def _urgent(self) -> Message | None:
        return next((one for one in self._waiting if one.severity is Severity.CRITICAL), None)

    def _keep_pace(self) -> None:
        with self._came:
            self._came.wait_for(lambda: self._urgent() or self._closing.is_set(), GAP_S)

    def _fold(self, message: Message) -> None:
        """Keep what is critical for the next try; of the rest only how much it was is said then."""
        if self._closing.is_set():
            self._lost += 1
            return
        with self._came:
            before = [one for one in (message, *self._waiting) if one is not MISSED]
            self._waiting = deque(one for one in before if one.severity is Severity.CRITICAL)
            self._lost += len(before) - len(self._waiting)

    def _try(self, message: Message) -> str:
        """Send it, more than once if need be; why that was in vain."""
        why = self._send(message)
        for pause_s in () if self._fails else PAUSES_S:
            if not why or self._closing.wait(pause_s):
                break
            why = self._send(message)
        return why

    def _send(self, message: Message) -> str:
        lost = self._lost
        if lost:
            which = "1 message" if lost == 1 else f"{lost} messages"
            body = f"{message.body}\n({which} before this could not be sent)"
            message = structs.replace(message, body=body.strip())
        why = self._channel.send(message)
        if not why:
            self._lost -= lost
        return why
