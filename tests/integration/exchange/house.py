"""A local exchange in a process of its own, its control port, and funded official clients."""

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import httpx
from eth_account import Account
from py_clob_client_v2 import ClobClient
from py_clob_client_v2.clob_types import OrderArgsV2
from py_clob_client_v2.http_helpers import helpers

CHAIN: Final = 137
NUMBERS: Final = itertools.count(1)


class House:
    """One running exchange, standing still but for steps that a test asks for."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.where = ready
        self.clob = str(ready["clob"])
        self.control = str(ready["control"])
        self.told: dict[str, object] = {}
        self.tell(command="stop")
        page = self.get(f"{ready['gamma']}/markets/keyset?limit=100")
        self.markets: list[dict[str, Any]] = [
            one | {"tokens": json.loads(one["clobTokenIds"])} for one in page["markets"]
        ]

    def market(self, slug: str = "reserve") -> tuple[str, str, str]:
        """Condition and both tokens of a market; the reserve is empty unless a test fills it."""
        one = next(one for one in self.markets if one["slug"] == slug)
        yes, no = one["tokens"]
        return one["conditionId"], yes, no

    def get(self, url: str) -> Any:  # noqa: ANN401
        with urlopen(url) as answer:
            return json.load(answer)

    def post(self, path: str, told: dict[str, Any]) -> Any:  # noqa: ANN401
        request = Request(self.control + path, json.dumps(told).encode())
        try:
            with urlopen(request) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                return error.read().decode()

    def tell(self, **command: Any) -> None:  # noqa: ANN401
        """A command of the control port, kept for who wants to know."""
        self.told[str(command["command"])] = command
        assert self.post("/", command)["ok"] is True

    def step(self, seconds: float) -> None:
        """Let time pass at once."""
        self.tell(command="step", seconds=seconds)

    def fund(self, wallet: str, dollars: float, **shares: float) -> None:
        """Give a wallet money and shares."""
        asked = {"collateral": str(dollars), "shares": shares}
        assert self.post(f"/accounts/{wallet}/fund", asked) == {"ok": True}

    def truth(self, wallet: str) -> dict[str, Any]:
        """What a wallet has, rests and traded."""
        told: dict[str, Any] = self.get(f"{self.control}/accounts/{wallet}")
        return told

    def client(self, dollars: float = 0, **shares: float) -> ClobClient:
        """The official client of a new bare wallet, funded, with its keys."""
        key = new_key()
        client = ClobClient(host=self.clob, chain_id=CHAIN, key=key)
        client.set_api_creds(client.create_or_derive_api_key())
        self.fund(client.get_address(), dollars, **shares)
        return client


def new_key() -> str:
    """A private key that no other test has."""
    return "0x" + f"{next(NUMBERS):064x}"


def address_of(key: str) -> str:
    """The address of a private key."""
    return str(Account.from_key(key).address)


def limit(token: str, side: str, price: float, size: float) -> OrderArgsV2:
    """A limit order as the official client takes it."""
    return OrderArgsV2(token_id=token, price=price, size=size, side=side)


@contextmanager
def running(*arguments: str) -> Iterator[House]:
    """An exchange for as long as the tests of a module run."""
    command = [sys.executable, "-m", "polywire.exchange", "--control", "--reserve-market"]
    command += ["--markets", "2", "--frames-a-second", "1"]
    process = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True)
    before, helpers._http_client = helpers._http_client, httpx.Client()
    with process:
        try:
            assert process.stdout is not None
            yield House(json.loads(process.stdout.readline()))
        finally:
            helpers._http_client.close()
            helpers._http_client = before
            process.kill()
