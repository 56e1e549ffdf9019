"""A process of its own that cancels our orders by their ids when the engine stops answering.

It hears signs of life on standard input, where it was also handed the API credentials; it has no
private key, so it can place nothing. What it did is a file in the journal folder.
"""

import asyncio
import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from typing_extensions import override

from polywire.core.errors import JournalError, TransportError
from polywire.core.ids import VenueOrderId
from polywire.core.units import Ns
from polywire.journal.lock import LOCK_NAME
from polywire.net.clock import Clock
from polywire.net.lines import Lines
from polywire.runtime.last_orders import may_rest
from polywire.venues.polymarket.cancels import CancelReply, cancel_many, cancel_reply
from polywire.venues.polymarket.eip712 import Address
from polywire.venues.polymarket.headers import Credentials, Seal
from polywire.venues.secret import Secret

READY: Final = b"ready\n"
ALIVE: Final = b".\n"
DONE: Final = b"done\n"
"""What is said over the pipes: by the watchdog, and to it."""

SILENCE_S: Final = 5.0
"""How long the engine may give no sign of life; it gives one a second."""
AT_ONCE: Final = 100
"""Orders of one request: under the burst of cancels that any account has."""
AGAIN_S: Final = 1.5
"""An order may have left just before: what the venue did not know is asked for once more."""
ROUNDS: Final = 2
PAUSE_S: Final = 1.0
PAUSE_S_MAX: Final = 30.0
ANSWER_S: Final = 5.0
GIVE_UP_S: Final = 600.0
NAME: Final = "watchdog-{}.json"


class HandOver(Struct, frozen=True):
    """What the engine tells its watchdog, over a pipe and nowhere else: these are secrets."""

    clob: str
    address: str
    api_key: str
    secret: str
    passphrase: str
    journal: str
    engine: int
    silence_s: float = SILENCE_S

    @override
    def __repr__(self) -> str:
        return "HandOver(***)"


class Report(Struct):
    """One time that it acted: why, on what, with what result. `ended` is empty until it was."""

    at_ns: int
    cause: str
    asked: int = 0
    cancelled: list[VenueOrderId] = []
    others: dict[VenueOrderId, str] = {}
    ended: str = ""

    @property
    def text(self) -> str:
        """The report as a sentence."""
        told = f"{len(self.cancelled)} of {self.asked} orders cancelled by the watchdog"
        others = [f"{venue_id} ({why})" for venue_id, why in self.others.items()]
        rest = f"; not cancelled: {', '.join(others)}" if others else ""
        return f"{self.cause}: {told}, {self.ended or 'still at it'}{rest}"


def read_reports(folder: Path) -> list[tuple[Path, Report]]:
    """What watchdogs did that nobody has been told of yet, oldest first."""
    found = []
    for path in sorted(folder.glob(NAME.format("*"))):
        with contextlib.suppress(OSError, msgspec.MsgspecError):  # half a file is not yet one
            found.append((path, msgspec.json.decode(path.read_bytes(), type=Report)))
    return found


@dataclass
class Watchdog:
    """Cancels what may rest of one engine's orders; `fire` returns once that is proven."""

    told: HandOver
    clock: Clock

    def __post_init__(self) -> None:
        given = Credentials(
            self.told.api_key, Secret(self.told.secret), Secret(self.told.passphrase)
        )
        self._seal = Seal(Address(self.told.address), given)
        self._folder = Path(self.told.journal)

    async def fire(self, cause: str) -> Report:
        """Cancel all that may rest, by id, until each is proven or others have taken over."""
        report = Report(self.clock.now(), cause)
        try:
            left = dict.fromkeys(may_rest(self._folder))
        except JournalError as error:
            report.ended = str(error)
            self._keep(report)
            return report
        report.asked = len(left)
        self._keep(report)
        lines = Lines(self.told.clob, count=1, answer_s=ANSWER_S)
        try:
            report.ended = await self._cancel(left, report, lines)
        finally:
            await lines.close()
        self._keep(report)
        return report

    async def _cancel(self, left: dict[VenueOrderId, None], report: Report, lines: Lines) -> str:
        """Two rounds that were answered; why it ended."""
        rounds, pause_s, until = 0, PAUSE_S, Ns(self.clock.now() + int(GIVE_UP_S * 1e9))
        while left:
            if self._taken_over():
                return "another engine has taken over"
            if self.clock.now() >= until:
                return "given up: the venue does not answer"
            if await self._round(left, report, lines):
                rounds, pause_s = rounds + 1, AGAIN_S
                if rounds == ROUNDS:
                    break
            if left:
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, PAUSE_S_MAX)
        return "done"

    async def _round(self, left: dict[VenueOrderId, None], report: Report, lines: Lines) -> bool:
        """Ask for all that is left; whether the venue answered for each."""
        answered = True
        for ids in _parts(list(left)):
            proven = await self._ask(ids, lines)
            if proven is None:
                answered = False
                continue
            for venue_id in proven.cancelled:
                if venue_id in left:
                    del left[venue_id]
                    report.cancelled.append(venue_id)
                    report.others.pop(venue_id, None)
            report.others |= {one: why for one, why in proven.refused.items() if one in left}
        self._keep(report)
        return answered

    async def _ask(self, ids: list[VenueOrderId], lines: Lines) -> CancelReply | None:
        asked = cancel_many(ids)
        headers = self._seal.headers(asked.method, asked.path, asked.body, self.clock.wall())
        try:
            reply = await lines.request(asked.method, asked.path, headers, asked.body)
        except TransportError:
            return None
        return cancel_reply(reply.status, reply.body)

    def _taken_over(self) -> bool:
        """Whether the folder is another engine's by now; what rests is that one's to say."""
        with contextlib.suppress(OSError):
            holder = (self._folder / LOCK_NAME).read_text().strip()
            return holder != "" and holder != str(self.told.engine)
        return False

    def _keep(self, report: Report) -> None:
        """Write down what was done; a full disk must not keep it from being done."""
        path = self._folder / NAME.format(report.at_ns)
        draft = path.with_suffix(".draft")
        with contextlib.suppress(OSError):
            draft.write_bytes(msgspec.json.format(msgspec.json.encode(report)))
            draft.replace(path)


async def watch(watchdog: Watchdog, signs: asyncio.StreamReader) -> None:
    """Listen until a clean stop or the engine's end; fire at its silence and at its end."""
    silence_s: float | None = None  # not before the first sign: a start may take its time
    while True:
        try:
            async with asyncio.timeout(silence_s):
                sign = await signs.readline()
        except TimeoutError:
            await watchdog.fire(f"the engine gave no sign of life for {silence_s:g} s")
            silence_s = None
            continue
        if sign == DONE:
            return
        if sign != ALIVE:
            await watchdog.fire("the engine ended without a clean stop")
            return
        silence_s = watchdog.told.silence_s


async def main() -> None:
    """Be the watchdog of the engine that writes to standard input."""
    signs = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(signs), sys.stdin)
    told = msgspec.json.decode(await signs.readline(), type=HandOver)
    os.write(sys.stdout.fileno(), READY)
    await watch(Watchdog(told, Clock()), signs)


def _parts(ids: list[VenueOrderId]) -> list[list[VenueOrderId]]:
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]


if __name__ == "__main__":
    asyncio.run(main())
