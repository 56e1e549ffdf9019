"""What cancels our orders when this process cannot: the watchdog, and the venue's own switch.

Decides which of them are on. Neither places anything.
"""

from dataclasses import dataclass
from os import getpid
from pathlib import Path
from typing import Final

import structlog

from polywire.core.engine.engine import Engine
from polywire.core.errors import ConfigError
from polywire.core.ids import VenueOrderId
from polywire.core.model.control import AlertRaised
from polywire.core.units import SECOND
from polywire.net.clock import Clock
from polywire.observe.status import AFTER, BEFORE
from polywire.runtime.gateway import Gateway
from polywire.runtime.heartbeat import NAME, SWITCH, DeadManSwitch
from polywire.runtime.keystore import Account
from polywire.runtime.lifeline import Lifeline
from polywire.runtime.loop import PutFact
from polywire.runtime.own_orders import OwnOrders
from polywire.runtime.pages import AccountPages
from polywire.runtime.watchdog import SILENCE_S, HandOver, read_reports
from polywire.venues.polymarket.account import AccountReader

LATELY_NS: Final = 2 * SECOND
"""An engine that has decided nothing for so long does not live: it does ten times a second."""
NAMED_MAX: Final = 3

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardTerms:
    """`journal`: the folder the watchdog reads. The other two keep the venue's switch off."""

    journal: Path
    shared_credentials: bool
    keep_exits: bool
    silence_s: float = SILENCE_S


class Guards:
    """`open`, then `start`; `close` says whether the engine stopped as it should."""

    def __init__(self, terms: GuardTerms, account: Account) -> None:
        self._terms = terms
        self._account = account
        self._before: dict[str, str] = {}
        self._after: dict[str, str] = {}

    def join(self, engine: Engine, gateway: Gateway, clock: Clock, put: PutFact) -> None:
        """Know whose life they guard."""
        self._engine, self._gateway, self._clock, self._put = engine, gateway, clock, put
        self._lifeline = Lifeline(self._hand_over(), self._alive)
        self._switch = DeadManSwitch(
            gateway,
            clock,
            put,
            alive=self._alive,
            others=lambda: bool(engine.ledger.foreign.resting),
        )

    @property
    def states(self) -> dict[str, str]:
        """Which are on, and why one is not; what the last watchdog did, what the switch will do."""
        switch = self._off or self._switch.state
        on = {"watchdog": self._lifeline.state, SWITCH: switch}
        return on | self._before | self._after

    async def open(self) -> None:
        """Start the watchdog; ConfigError where the venue's switch would hit the orders of others.

        Raises TransportError or DecodeError where the venue does not say what rests.
        """
        if not self._off:
            others = await self._others()
            if others:
                raise ConfigError(_refusal(others), look="shared-credentials")
        await self._lifeline.open()

    def start(self) -> None:
        """Tell what earlier watchdogs did, and give signs of life from now on."""
        for path, report in read_reports(self._terms.journal):
            self._alert("watchdog", f"watchdog: {report.text}")
            self._before = {BEFORE: report.text}
            path.unlink(missing_ok=True)
        self._lifeline.start()
        if self._off:
            self._alert(NAME, f"{SWITCH} {self._off}")
        else:
            self._switch.start()

    async def close(self, *, clean: bool) -> None:
        """Let them go; after a stop that was not clean the watchdog cancels.

        What the venue's switch then does to orders of others is said before.
        """
        others = sorted(self._engine.ledger.foreign.resting)
        if others and self._switch.state == "on":
            text = _doomed(others)
            self._alert(NAME, text)
            self._after = {AFTER: text}
        await self._switch.close()
        await self._lifeline.close(clean=clean)

    @property
    def _off(self) -> str:
        """Why the venue's switch is not used, or empty."""
        if self._terms.shared_credentials:
            return "off: the credentials are shared"
        if self._terms.keep_exits:
            return "off: exits are kept, and it would cancel them"
        return ""

    def _alive(self) -> bool:
        return self._clock.now() - self._engine.now < LATELY_NS

    def _alert(self, name: str, text: str) -> None:
        log.warning("guard_alerted", reason=text)
        self._put(AlertRaised(self._clock.now(), name, text))

    def _hand_over(self) -> HandOver:
        given = self._account.credentials
        return HandOver(
            clob=self._account.clob,
            address=self._account.wallet.key,
            api_key=given.api_key,
            secret=given.secret.reveal(),
            passphrase=given.passphrase.reveal(),
            journal=str(self._terms.journal.absolute()),
            engine=getpid(),
            silence_s=self._terms.silence_s,
        )

    async def _others(self) -> list[VenueOrderId]:
        """Orders on these credentials that the ledger does not know."""
        ledger = self._engine.ledger
        reader = AccountReader(self._account.credentials.api_key, OwnOrders(ledger))
        pages = AccountPages(self._gateway, reader).orders()
        resting = [venue_id async for page in pages for venue_id, _ in page.resting]
        return [venue_id for venue_id in resting if venue_id not in ledger.by_venue]


def _refusal(others: list[VenueOrderId]) -> str:
    count = "order rests that is" if len(others) == 1 else "orders rest that are"
    return (
        f"{len(others)} {count} not of this journal on these API credentials "
        f"({_named(others)}); the venue's dead-man switch would cancel them with ours: cancel "
        "them, or write shared_credentials = true under [account], which leaves the switch off"
    )


def _doomed(others: list[VenueOrderId]) -> str:
    count = "order that is" if len(others) == 1 else "orders that are"
    return (
        f"the venue's dead-man switch will cancel {len(others)} {count} not ours, within 15 s: "
        f"{_named(others)}"
    )


def _named(others: list[VenueOrderId]) -> str:
    return ", ".join(others[:NAMED_MAX]) + (" ..." if len(others) > NAMED_MAX else "")
