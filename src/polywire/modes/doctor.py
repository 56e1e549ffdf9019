"""Examines what a run needs, outside in: machine, folder, addresses, catalogue, books, limits.

Owns the order of the checks, what each waits for, and their time limit; trades nothing and writes
nothing that stays.
"""

import asyncio
import os
import platform
import resource
import sysconfig
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from msgspec import structs

from polywire.core.errors import DecodeError, JournalError, TransportError
from polywire.core.model.instrument import Market
from polywire.core.units import Ns
from polywire.journal.disk import free_bytes_of
from polywire.journal.lock import LOCK_NAME, FolderLock
from polywire.modes import verdicts
from polywire.modes.account_check import CHECKS, AccountCheck, geoblock
from polywire.modes.finding import Finding, State, failed, skipped, unreachable
from polywire.net.clock import Clock
from polywire.net.http import Http
from polywire.runtime.catalogue import CatalogueReader, Listed
from polywire.runtime.endpoints import Endpoints
from polywire.runtime.keystore import Account
from polywire.runtime.probes import Answer, ask, ask_books, listen
from polywire.venues.polymarket.query import MARKETS_PATH, PageQuery
from polywire.venues.polymarket.selection import Criteria, Selection, select

Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorSetup:
    """What a run would use. `trading` says what in its settings stops it on these markets.

    With an `account` it is examined whether that could trade for real; else it says why not.
    """

    endpoints: Endpoints
    criteria: Criteria
    journal: Path
    streams: bool
    timeout_s: float
    trading: Callable[[Sequence[Market], Ns], Iterable[Finding]] | None
    account: Account | Finding | None = None


class Doctor:
    """One examination; `tell` is called with what is looked at now."""

    def __init__(self, setup: DoctorSetup, tell: Callable[[str], None]) -> None:
        self._setup = setup
        self._tell = tell
        self._clock = Clock()

    async def examine(self) -> list[Finding]:
        """Every finding in the order in which to read them; at most four time limits long."""
        self._tell("the machine")
        findings = [machine(), open_files(), folder(self._setup.journal), room(self._setup.journal)]
        http = Http()
        try:
            return findings + await self._venue(http)
        finally:
            await http.close()

    async def _venue(self, http: Http) -> list[Finding]:
        where = self._setup.endpoints
        self._tell("the addresses")
        (clob, answers), (gamma, _), (data, _) = await asyncio.gather(
            self._reach("clob", ask(http, f"{where.clob}/time", self._clock)),
            self._reach("gamma", ask(http, f"{where.gamma}{ONE_MARKET}", self._clock)),
            self._reach("data", ask(http, f"{where.data}/v2/status", self._clock)),
        )
        time = verdicts.clock(answers) if answers else skipped("clock", "clob does not answer")
        found, selection, busiest = await self._catalogue(http, gamma)
        return [
            clob,
            gamma,
            spared(data),
            time,
            *found,
            await self._channel(busiest),
            await self._book(http, busiest, clob),
            *self._trading(selection),
            *await self._account(http),
        ]

    async def _reach(
        self, name: str, asked: Awaitable[tuple[Answer, ...]]
    ) -> tuple[Finding, tuple[Answer, ...]]:
        answers = await self._within(name, asked, self._setup.timeout_s)
        if isinstance(answers, Finding):
            return answers, ()
        return verdicts.reach(name, answers), answers

    async def _catalogue(
        self, http: Http, gamma: Finding
    ) -> tuple[list[Finding], Selection, Market | None]:
        """Findings, what the filters choose, and the busiest market of all."""
        none = Selection((), {})
        if gamma.state is State.FAILED:
            reason = "gamma does not answer"
            return [skipped("catalogue", reason), skipped("markets", reason)], none, None
        self._tell("the catalogue")
        reader = CatalogueReader(http, self._setup.endpoints.gamma, pages_max=1)
        listed = await self._within(
            "catalogue", reader.listings(PageQuery()), self._setup.timeout_s
        )
        if isinstance(listed, Finding):
            return [listed, skipped("markets", "the catalogue cannot be read")], none, None
        return self._choice(listed)

    def _choice(self, listed: Listed) -> tuple[list[Finding], Selection, Market | None]:
        catalogue = verdicts.catalogue(listed)
        now = self._clock.now()
        selection = select(listed.listings, self._setup.criteria, now)
        busiest = select(listed.listings, Criteria(markets_max=1), now).markets
        if not listed.listings:
            choice = skipped("markets", "no market was read")
        else:
            choice = verdicts.choice(selection, complete=listed.complete)
        return [catalogue, choice], selection, busiest[0] if busiest else None

    async def _channel(self, busiest: Market | None) -> Finding:
        if not self._setup.streams:
            return skipped("channel", "the configuration polls")
        if busiest is None:
            return skipped("channel", "no market to subscribe")
        self._tell("the market channel")
        wait_s = self._setup.timeout_s
        heard = listen(self._setup.endpoints.market_ws, busiest, self._clock, wait_s)
        seen = await self._within("channel", heard, None)
        return seen if isinstance(seen, Finding) else verdicts.channel(seen)

    async def _book(self, http: Http, busiest: Market | None, clob: Finding) -> Finding:
        if clob.state is State.FAILED:
            return skipped("book", "clob does not answer")
        if busiest is None:
            return skipped("book", "no market to ask for")
        self._tell("a book over REST")
        asked = ask_books(http, self._setup.endpoints.clob, busiest, self._clock)
        books = await self._within("book", asked, self._setup.timeout_s)
        return books if isinstance(books, Finding) else verdicts.rest_books(books)

    def _trading(self, selection: Selection) -> Sequence[Finding]:
        if self._setup.trading is None:
            return [skipped("trading", "no configuration was given")]
        obstacles = [*self._setup.trading(selection.markets, self._clock.now())]
        if not obstacles and not selection.chosen:
            return [skipped("trading", "no market was chosen to compare the settings with")]
        nothing = "nothing in the settings stops it"
        return obstacles or [Finding(name="trading", state=State.OK, seen=nothing)]

    async def _account(self, http: Http) -> list[Finding]:
        self._tell("the account")
        where, account, wait_s = self._setup.endpoints, self._setup.account, self._setup.timeout_s
        if account is None:
            return [await geoblock(http, where, wait_s, live=False)]
        if isinstance(account, Finding):
            wanted = account.state is State.FAILED
            unasked = [skipped(name, "no account to ask for") for name in CHECKS if wanted]
            return [account, *unasked, await geoblock(http, where, wait_s, live=wanted)]
        return await AccountCheck(http, where, account, wait_s).examine()

    async def _within(
        self, name: str, work: Awaitable[Seen], limit_s: float | None
    ) -> Seen | Finding:
        """What the venue was asked for, or the finding that it did not come."""
        try:
            async with asyncio.timeout(limit_s):
                return await work
        except TimeoutError as error:
            return unreachable(name, error)
        except (TransportError, DecodeError) as error:
            return unreachable(name, error)


ONE_MARKET = f"{MARKETS_PATH}?{PageQuery(limit=1).text()}"


def machine() -> Finding:
    """Python and the machine."""
    optimised = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    system = f"{platform.system()} {platform.machine()}"
    return verdicts.machine(
        platform.python_version(), system, os.cpu_count() or 1, optimised=optimised
    )


def open_files() -> Finding:
    """The limit on open files."""
    return verdicts.open_files(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def room(journal: Path) -> Finding:
    """The disk on which the journal lies, or will."""
    here = standing(journal)
    return verdicts.disk(str(here), free_bytes_of(here)())


def folder(journal: Path) -> Finding:
    """Whether a run could have the journal folder for itself and write into it."""
    here = standing(journal)
    try:
        tempfile.TemporaryFile(dir=here).close()
        if (journal / LOCK_NAME).exists():
            FolderLock(journal).close()
    except OSError as error:
        return Finding(
            name="journal folder",
            state=State.FAILED,
            seen=f"{here} cannot be written: {error.strerror}",
            remedy="Choose a folder of your own, or make this one writable.",
            look="wrong-input",
        )
    except JournalError as error:
        return failed("journal folder", str(error), error.look)
    made = "" if journal.is_dir() else ", in which it will be made"
    return Finding(name="journal folder", state=State.OK, seen=f"{here} is writable and free{made}")


def standing(path: Path) -> Path:
    """The path, or the nearest above it that exists."""
    whole = path.absolute()
    return next(each for each in (whole, *whole.parents) if each.exists())


def spared(data: Finding) -> Finding:
    """The Data API tells what accounts did: no run asks it, on paper or for real."""
    if data.state is not State.FAILED:
        return data
    remedy = f"Every run does without it. {data.remedy}"
    return structs.replace(data, state=State.WARNING, remedy=remedy)
