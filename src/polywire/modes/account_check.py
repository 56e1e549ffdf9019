"""What trading for real needs of the venue and of its account; asked before anything is placed.

Fails closed: a version or a contract that this build does not recognise is a failure, and so is a
venue that does not say whether it lets us trade from here.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from polywire.core.errors import DecodeError, TransportError
from polywire.core.units import format_money
from polywire.modes import verdicts
from polywire.modes.account import EXCHANGES, not_approved
from polywire.modes.finding import Finding, State, unreachable
from polywire.net.clock import Clock
from polywire.net.http import Http
from polywire.runtime.endpoints import POLYMARKET, Endpoints
from polywire.runtime.keystore import Account
from polywire.runtime.probes import ask
from polywire.venues.polymarket.account import Balance, balance_path, read_balance
from polywire.venues.polymarket.answers import decode
from polywire.venues.polymarket.contracts import KNOWN
from polywire.venues.polymarket.headers import Seal

VERSION: Final = 2
UNAUTHORISED: Final = 401
HERE: Final = ("127.0.0.1", "localhost", "::1")
LOOK: Final = "not-recognised"

CHECKS: Final = ("version", "api key", "balance")
"""What is asked for an account alone."""


class _Version(Struct):
    version: int


class _Keys(Struct, rename="camel"):
    api_keys: list[str]


class _Geoblock(Struct):
    blocked: bool
    country: str = ""


@dataclass(frozen=True, slots=True)
class AccountCheck:
    """One venue and one account at it; `examine` asks for all at once."""

    http: Http
    where: Endpoints
    account: Account
    timeout_s: float

    async def examine(self) -> list[Finding]:
        """Every finding, in the order in which to read them."""
        found = await asyncio.gather(
            self._within("version", self._version()),
            self._within("api key", self._api_key()),
            self._within("balance", self._balance()),
        )
        return [*found, await geoblock(self.http, self.where, self.timeout_s, live=True)]

    async def _version(self) -> Finding:
        body = await self.http.get(f"{self.where.clob}/version", label="probe")
        told = decode(body, _Version, "a version").version
        if told == VERSION:
            seen = f"the venue's CLOB has version {told}"
            return Finding(name="version", state=State.OK, seen=seen)
        return _unknown(
            "version", f"the venue's CLOB has version {told}, this build knows {VERSION}"
        )

    async def _api_key(self) -> Finding:
        try:
            keys = decode(await self._get("/auth/api-keys"), _Keys, "API keys").api_keys
        except TransportError as error:
            if error.status == UNAUTHORISED:
                return _invalid("the venue does not accept the API key")
            raise
        if self.account.credentials.api_key not in keys:
            return _invalid("the API key is none of this account's")
        return Finding(name="api key", state=State.OK, seen="the venue accepts the API key")

    async def _balance(self) -> Finding:
        path = balance_path(None, self.account.wallet.kind)
        return balance(read_balance(await self._get(path)))

    async def _get(self, path: str) -> bytes:
        seal = Seal(self.account.wallet.key, self.account.credentials)
        headers = seal.headers("GET", path, b"", Clock().now())
        return await self.http.get(self.where.clob + path, label="probe", headers=headers)

    async def _within(self, name: str, work: Awaitable[Finding]) -> Finding:
        try:
            async with asyncio.timeout(self.timeout_s):
                return await work
        except (TimeoutError, TransportError, DecodeError) as error:
            return unreachable(name, error)


def balance(seen: Balance) -> Finding:
    """What there is to trade with, and whether the contracts we sign for may take it."""
    strangers = [one for one in seen.allowances if one.lower() not in KNOWN]
    if strangers:
        said = f"contracts that this build does not know: {', '.join(strangers)}"
        return _unknown("balance", said)
    missing = not_approved(seen)
    words = f"{format_money(seen.held)} dollars"
    figures = {"dollars_micros": seen.held, "not_approved": len(missing)}
    if not missing and seen.held:
        return Finding(name="balance", state=State.OK, seen=words, figures=figures)
    seen_too = f"{words}; not approved: {', '.join(missing)}" if missing else words
    return Finding(
        name="balance",
        state=State.WARNING if len(missing) < len(EXCHANGES) else State.FAILED,
        seen=seen_too,
        figures=figures,
        remedy="Approve these contracts at the venue, then run `polywire account setup` again."
        if missing
        else "Nothing can be bought: deposit, or name another wallet.",
        look="not-approved",
    )


async def clock(http: Http, where: Endpoints) -> Finding:
    """Our clock against the venue's."""
    try:
        return verdicts.clock(await ask(http, f"{where.clob}/time", Clock()))
    except (TransportError, DecodeError) as error:
        return unreachable("clock", error)


async def geoblock(http: Http, where: Endpoints, timeout_s: float, *, live: bool) -> Finding:
    """Whether the venue lets us trade from here; on paper whatever it says is a warning."""
    if urlsplit(where.clob).hostname in HERE and where.geoblock == POLYMARKET.geoblock:
        return Finding(name="geoblock", state=State.OK, seen="the venue is on this machine")
    worst = State.FAILED if live else State.WARNING
    try:
        async with asyncio.timeout(timeout_s):
            body = await http.get(where.geoblock, label="probe")
            told = decode(body, _Geoblock, "whether we may trade from here")
    except (TimeoutError, TransportError, DecodeError) as error:
        lost = unreachable("geoblock", error)
        return msgspec.structs.replace(lost, state=worst)
    if not told.blocked:
        return Finding(name="geoblock", state=State.OK, seen="the venue lets you trade from here")
    return Finding(
        name="geoblock",
        state=worst,
        seen=f"the venue does not let you trade from here ({told.country or 'no country named'})",
        remedy="Polywire does nothing about that. Paper trading does without.",
        look="cannot-connect",
    )


def _unknown(name: str, seen: str) -> Finding:
    return Finding(
        name=name,
        state=State.FAILED,
        seen=seen,
        remedy="Do not trade with this build: the venue has changed. Look for a newer Polywire.",
        look=LOOK,
    )


def _invalid(seen: str) -> Finding:
    return Finding(
        name="api key",
        state=State.FAILED,
        seen=seen,
        remedy="Make new ones: `polywire account setup`.",
        look="keys",
    )
