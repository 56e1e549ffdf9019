"""Whether an account may trade: a venue that is as it should be, and each way it is not."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from polywire.modes.account_check import AccountCheck, geoblock
from polywire.modes.finding import Finding, State
from polywire.net.http import Http
from polywire.runtime.endpoints import POLYMARKET, Endpoints
from polywire.runtime.keystore import Account
from polywire.venues.polymarket.eip712 import Address
from polywire.venues.polymarket.headers import Credentials
from polywire.venues.polymarket.orders import SignatureType, Wallet
from polywire.venues.secret import Secret

EOA = Address("0x" + "ab" * 20)
ACCOUNT = Account(
    "", 137, Wallet(SignatureType.EOA, EOA, EOA), Credentials("me", Secret("YQ=="), Secret("p"))
)
EXCHANGE = "0xE111180000d2663C0091e4f400237545B87B996B"
NEG_RISK = "0xe2222d279d744050d28e00520010520000310F59"
V3 = "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa"
ALL = {EXCHANGE: "9", NEG_RISK: "9", V3: "9"}


class Fake:
    """Answers each path with what it was given: JSON, or a status."""

    def __init__(self) -> None:
        self.says: dict[str, Any] = {
            "/version": {"version": 2},
            "/auth/api-keys": {"apiKeys": ["other", "me"]},
            "/balance-allowance": {"balance": "5000000", "allowances": ALL},
            "/geoblock": {"blocked": False, "ip": "1.2.3.4", "country": "CH", "region": "ZH"},
        }

    async def answer(self, request: web.Request) -> web.Response:
        told = self.says[request.path]
        if isinstance(told, int):
            return web.json_response({"error": "no"}, status=told)
        return web.json_response(told)


@pytest.fixture
async def checking() -> AsyncIterator[tuple[Fake, AccountCheck]]:
    async with AsyncExitStack() as stack:
        fake, app = Fake(), web.Application()
        app.router.add_get("/{path:.*}", fake.answer)
        runner = web.AppRunner(app)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        http = Http()
        stack.push_async_callback(http.close)
        where = Endpoints(base, "", "", "", "", f"{base}/geoblock")
        yield fake, AccountCheck(http, where, ACCOUNT, 5.0)


def states(findings: list[Finding]) -> dict[str, str]:
    return {one.name: one.state.value for one in findings if one.state is not State.OK}


async def test_a_venue_and_an_account_as_they_should_be(
    checking: tuple[Fake, AccountCheck],
) -> None:
    _, check = checking
    found = await check.examine()
    assert [one.name for one in found] == ["version", "api key", "balance", "geoblock"]
    assert states(found) == {}


@pytest.mark.parametrize(
    ("path", "told", "failed"),
    [
        ("/version", {"version": 3}, "version"),
        ("/version", {"version": "2"}, "version"),
        ("/version", 503, "version"),
        ("/auth/api-keys", 401, "api key"),
        ("/auth/api-keys", {"apiKeys": ["other"]}, "api key"),
        ("/balance-allowance", {"balance": "5", "allowances": ALL | {EOA: "9"}}, "balance"),
        ("/balance-allowance", {"balance": "5", "allowances": dict.fromkeys(ALL, "0")}, "balance"),
        ("/balance-allowance", [], "balance"),
        ("/geoblock", {"blocked": True, "country": "US"}, "geoblock"),
        ("/geoblock", {"country": "US"}, "geoblock"),
        ("/geoblock", 500, "geoblock"),
    ],
)
async def test_what_is_not_recognised_or_not_said_fails(
    checking: tuple[Fake, AccountCheck], path: str, told: object, failed: str
) -> None:
    fake, check = checking
    fake.says[path] = told
    found = await check.examine()
    assert states(found) == {failed: "failed"}
    (one,) = [one for one in found if one.state is State.FAILED]
    assert one.remedy
    assert one.look


async def test_an_empty_wallet_and_a_contract_not_approved_are_worth_a_warning(
    checking: tuple[Fake, AccountCheck],
) -> None:
    fake, check = checking
    fake.says["/balance-allowance"] = {"balance": "0", "allowances": ALL}
    assert states(await check.examine()) == {"balance": "warning"}
    fake.says["/balance-allowance"] = {"balance": "5", "allowances": {EXCHANGE: "9", V3: "0"}}
    found = await check.examine()
    assert states(found) == {"balance": "warning"}
    assert NEG_RISK in found[2].seen
    assert EXCHANGE not in found[2].seen


async def test_on_paper_a_venue_that_does_not_let_us_trade_is_a_warning(
    checking: tuple[Fake, AccountCheck],
) -> None:
    fake, check = checking
    for told in ({"blocked": True}, 500):
        fake.says["/geoblock"] = told
        found = await geoblock(check.http, check.where, 5.0, live=False)
        assert found.state is State.WARNING


async def test_nobody_is_asked_about_a_venue_on_this_machine(
    checking: tuple[Fake, AccountCheck],
) -> None:
    _, check = checking
    here = Endpoints(check.where.clob, "", "", "", "", POLYMARKET.geoblock)
    found = await replace(check, where=here).examine()
    assert found[-1].seen == "the venue is on this machine"
