"""A process beside the engine that follows its journal and sends alerts; it writes nothing there.

Told on standard input what to send where, it ends when that does. What it cannot send it tells the
engine on standard output, a sentence a line.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from typing_extensions import override

from polywire.core.errors import JournalError
from polywire.core.model.control import RunStarted
from polywire.core.model.counts import FeedsCounted
from polywire.core.model.event import Record
from polywire.core.units import Ns
from polywire.journal.files import day_files, readable
from polywire.journal.reader import last_seq, read_account
from polywire.journal.record import LedgerSnapshot
from polywire.journal.runs import Run, read_kinds, runs_of, start_of_rest
from polywire.journal.snapshot import before
from polywire.net.clock import Clock
from polywire.observe.alert import SEVERITIES, Alert, AlertTerms, Rule
from polywire.observe.alert_pace import Message, Pace, PaceTerms
from polywire.observe.alerts import Alerts
from polywire.observe.chat import Commands
from polywire.runtime.apprise_channel import AppriseChannel
from polywire.runtime.beside import give_way
from polywire.runtime.bot import Bot
from polywire.runtime.bot_api import BotApi, token_in
from polywire.runtime.notifier import Notifier, Tell
from polywire.runtime.operator_door import ask
from polywire.venues.secret import Secret

LOOK_S: Final = 0.5
END_S: Final = 10.0


class AlertSettings(Struct, frozen=True, kw_only=True):
    """What is told, when, and where to: `urls` are secrets.

    `chats`: whose commands by Telegram are obeyed, through the API at `telegram`.
    """

    terms: AlertTerms
    pace: PaceTerms
    urls: tuple[str, ...]
    chats: tuple[int, ...] = ()
    telegram: str = ""

    @override
    def __repr__(self) -> str:
        return "AlertSettings(***)"


class HandOver(Struct, frozen=True, kw_only=True):
    """What the process is told. Without a `run`, alerts begin with what comes from now on.

    `lost`: what became of the process before this one, to be told first.
    """

    journal: str
    settings: AlertSettings
    run: str = ""
    lost: str = ""


class Follower:
    """`begin`, then `turn` twice a second, then `end`; messages go to `send`."""

    def __init__(
        self, journal: Path, settings: AlertSettings, send: Callable[[Message], None]
    ) -> None:
        self._journal = journal
        self._alerts = Alerts(settings.terms)
        self._pace = Pace(settings.pace, f"Polywire ({journal.name})")
        self._send = send
        self._run = ""
        self._after: int | None = None
        """None until it is known from which row on all is told."""

    def begin(self, run: str, now: Ns, lost: str = "") -> None:
        """Know what was before a run's first row, or before now; tell of it what was `lost`.

        What cannot be read is told in the next turns, and nothing is raised.
        """
        if lost:
            self._pace.offer(Alert(now, SEVERITIES[Rule.GUARD], f"{Rule.GUARD} alerter", lost))
        self._run = run
        self._alerts.hush(now, amid_run=not run)
        with suppress(JournalError, OSError):  # the next turn tries again, and tells
            self._after = self._recall(now)

    def turn(self, now: Ns, drift_ns: int = 0) -> None:
        """Read on, and send what is due; `drift_ns`: how far the wall clock is ahead of `now`."""
        self._read(now)
        self._tell(now, drift_ns)

    def end(self, now: Ns, drift_ns: int = 0) -> None:
        """Read the last rows, and send all that waits."""
        self._read(now)
        self._alerts.end(now)
        self._tell(now, drift_ns, ending=True)

    def _recall(self, now: Ns) -> int:
        """Take in what was before; the number of the last row of that.

        Raises JournalError or OSError where nobody knows the number; all else is read on behind.
        """
        first, damage = self._first(self._run), ""
        try:
            for entry in chain(self._newest(), before(self._journal, first)):
                if isinstance(entry, LedgerSnapshot):
                    self._alerts.restore(entry.state)
                else:
                    self._alerts.take(entry, now)
        except (JournalError, OSError) as error:
            damage = str(error)
        self._alerts.hush(now, amid_run=not self._run and first > 1, damage=damage)
        return first - 1

    def _first(self, run: str) -> int:
        """The number of a run's first row, or of the next one."""
        files = day_files(self._journal) if self._journal.is_dir() else []
        own = [file for file in files if file.run == run]
        if own or not files:
            return own[0].first_seq if own else 1
        with readable(files[-1].path) as connection:
            return max(last_seq(connection) + 1, files[-1].first_seq)

    def _newest(self) -> Iterator[Record]:
        """How the newest run began, and whether it is over: no ledger has that."""
        for run in runs_of(self._journal)[-1:] if self._journal.is_dir() else []:
            rest = start_of_rest(run)
            yield from read_kinds(run, (RunStarted,)) if rest is None else [rest]
            yield from read_kinds(Run(run.id, run.files[-1:]), (FeedsCounted,))

    def _read(self, now: Ns) -> None:
        try:
            if self._after is None:
                self._after = self._recall(now)
            for seq, record in read_account(self._journal, self._after):
                self._alerts.take(record, now)
                self._after = seq
        except (JournalError, OSError) as error:
            self._alerts.unreadable(str(error), now)
        else:
            self._alerts.readable(now)

    def _tell(self, now: Ns, drift_ns: int, *, ending: bool = False) -> None:
        for alert in self._alerts.due(now):
            self._pace.offer(alert)
        message = self._pace.due(now, drift_ns=drift_ns, ending=ending)
        if message is not None:
            self._send(message)


def watch(told: HandOver, stop: threading.Event, tell: Tell) -> None:
    """Follow a journal and send alerts until told to stop; what could not be sent is told."""
    clock, settings = Clock(), told.settings
    channels = [AppriseChannel(at, Secret(url)) for at, url in enumerate(settings.urls, 1)]
    notifier = Notifier(channels, tell)
    follower = Follower(Path(told.journal), settings, notifier.send)
    follower.begin(told.run, clock.now(), told.lost)
    while not stop.wait(LOOK_S):
        follower.turn(clock.now(), clock.drift_ns())
    follower.end(clock.now(), clock.drift_ns())
    notifier.close(END_S)


def main() -> None:
    """Be the alerter of the engine that writes to standard input."""
    give_way()
    told = msgspec.json.decode(sys.stdin.buffer.readline(), type=HandOver)
    stop = threading.Event()
    threading.excepthook = _say_failure
    threading.Thread(target=_await_end, args=(stop,), daemon=True).start()
    token = token_in(told.settings.urls)
    if told.settings.chats and token is not None:
        ask_engine = partial(ask, Path(told.journal), tell=_nothing)
        api = BotApi(told.settings.telegram, token)
        bot = Bot(api, Commands(told.settings.chats), ask_engine, _say)
        threading.Thread(target=bot.listen, args=(stop,), name="commands", daemon=True).start()
    watch(told, stop, _say)
    os._exit(0)  # a thread that hangs in a channel would be waited for


def _nothing(_: str) -> None:
    """A chat is not told that one waits."""


def _await_end(stop: threading.Event) -> None:
    sys.stdin.buffer.read()
    stop.set()


def _say(sentence: str) -> None:
    """One write a line: threads do not mix theirs. Nobody may be there to read it any more."""
    try:
        os.write(sys.stdout.fileno(), sentence.encode() + b"\n")
    except OSError:
        return


def _say_failure(failed: threading.ExceptHookArgs) -> None:
    """Without what the exception says: it may hold an address."""
    name = failed.thread.name if failed.thread is not None else "a thread"
    _say(f"{name} sends no more: {failed.exc_type.__name__}")


if __name__ == "__main__":
    main()
