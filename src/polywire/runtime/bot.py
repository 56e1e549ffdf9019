"""Obeys commands of a Telegram chat, by long polling, through the operator's socket.

What they do is journalled by the engine, with who asked. Decides nothing of who may (observe.chat).
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Final

from polywire.core.errors import ConfigError, TransportError
from polywire.core.units import SECOND
from polywire.net.clock import Clock
from polywire.observe.chat import LATE, Commands, Heard, Said
from polywire.observe.chat_words import position_words, status_words
from polywire.runtime.bot_api import BotApi
from polywire.runtime.notifier import Tell
from polywire.runtime.operator_door import Answer, Asked, Question

POLL_S: Final = 25
AGAIN_S: Final = 30.0
"""After an answer that will not be another one soon."""
PAUSE_S: Final = 2.0
AT_ONCE: Final = 4
"""A halt does not wait until a flatten is through."""
LOOK: Final = "What came of it is not known here: look at /status, or at the run itself."
NO_SUCH_BOT: Final = (401, 404)
TWO_LISTEN: Final = 409
FAILURES_MAX: Final = 5

Ask = Callable[[Asked], Answer]
"""Ask the running engine; raises ConfigError where none answers."""


class Bot:
    """Call `listen` in a thread that has nothing else to do."""

    def __init__(self, api: BotApi, commands: Commands, ask: Ask, tell: Tell) -> None:
        self._api = api
        self._commands = commands
        self._ask = ask
        self._tell = tell
        self._clock = Clock()
        self._failures = 0
        self._offset = 0
        self._refused = False
        self._work = ThreadPoolExecutor(AT_ONCE, "bot")

    def listen(self, stop: threading.Event) -> None:
        """Until told to stop, or there is no such bot.

        A thread that a bug ends, which `threading.excepthook` tells, is replaced.
        """
        while not (stop.is_set() or self._refused):
            one = threading.Thread(target=self._hear, args=(stop,), name="commands", daemon=True)
            one.start()
            one.join()
            if not self._refused:
                stop.wait(AGAIN_S)
        self._work.shutdown(wait=False, cancel_futures=True)

    def _hear(self, stop: threading.Event) -> None:
        while not (stop.is_set() or self._refused):
            try:
                self._commands.name = self._commands.name or self._api.name()
                self._offset, said = self._api.updates(self._offset, POLL_S)
            except TransportError as error:
                self._refused = error.status in NO_SUCH_BOT
                stop.wait(self._pause_s(error))
            else:
                self._failures = 0
                self._take(said)

    def _take(self, said: list[Said]) -> None:
        late: dict[int, None] = {}
        for one in said:
            before = self._commands.strangers
            heard = self._commands.hear(one, self._clock.wall() / SECOND)
            if self._commands.strangers > before:
                self._tell_of_strangers()
            if heard is None:
                continue
            if heard.reply == LATE:
                late[one.chat] = None  # of a whole backlog it is said once
            else:
                self._work.submit(self._do, one, heard).add_done_callback(
                    partial(self._done, one.chat, heard)
                )
        for chat in late:
            self._work.submit(self._reply, chat, LATE)

    def _do(self, said: Said, heard: Heard) -> None:
        try:
            words = heard.reply or self._answer(said, heard)
        except ConfigError as error:
            words = str(error)
        self._reply(said.chat, words)

    def _done(self, chat: int, heard: Heard, work: Future[None]) -> None:
        """Say that a bug kept a command from being answered; its own words may hold a secret."""
        if work.cancelled() or (error := work.exception()) is None:
            return
        what = heard.operation or heard.shows or "a reply"
        self._tell(f"{what} by Telegram failed: {type(error).__name__}, a bug")
        self._work.submit(
            self._reply, chat, f"{what} failed, by a bug ({type(error).__name__}). {LOOK}"
        )

    def _answer(self, said: Said, heard: Heard) -> str:
        if heard.operation is not None:
            reason = f"{heard.operation} by Telegram user {said.sender}"
            return "\n".join(self._ask(Asked(heard.operation, reason)).said)
        answer = self._ask(Asked(None, question=Question.STATUS))
        if answer.glance is None:
            return "\n".join(answer.said)
        if heard.shows == "positions":
            return position_words(answer.glance)
        ignored = self._commands.strangers
        more = f"\n{ignored} messages of strangers ignored" if ignored else ""
        return status_words(answer.glance) + more

    def _reply(self, chat: int, words: str) -> None:
        try:
            self._api.say(chat, words)
        except TransportError as error:
            self._tell(f"a reply by Telegram was not sent: {error}")

    def _tell_of_strangers(self) -> None:
        """At the first, the tenth, the hundredth ...: who finds a bot can write a lot."""
        count = self._commands.strangers
        if str(count).rstrip("0") == "1":
            which = "1 message of a stranger" if count == 1 else f"{count} messages of strangers"
            self._tell(f"Telegram: {which} ignored; see chats under [alerts]")

    def _pause_s(self, error: TransportError) -> float:
        self._failures += 1
        if self._refused:
            self._tell(f"commands by Telegram are not heard: {error}: a wrong token?")
            return 0.0
        if error.status == TWO_LISTEN and self._failures == 1:
            self._tell("commands by Telegram are not heard: somebody else listens to this bot")
        elif self._failures == FAILURES_MAX:
            self._tell(f"commands by Telegram are not heard: {error}")
        if error.status == TWO_LISTEN or self._failures > FAILURES_MAX:
            return AGAIN_S
        return max(PAUSE_S, float(error.wait_s))
