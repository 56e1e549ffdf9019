"""A funded account at a local exchange that was just started: for the demo, with play money.

An exchange that starts knows nobody. Who continues an earlier run brings what its ledger holds.
"""

from hashlib import sha256

import msgspec

from polywire.cli.local import LocalExchange
from polywire.core.ledger.ledger import Ledger
from polywire.core.units import Money, format_micros
from polywire.modes.account import AccountSetup
from polywire.net.clock import Clock
from polywire.net.http import Http
from polywire.runtime.keystore import Account
from polywire.runtime.signer import Key
from polywire.venues.polymarket.contracts import POLYGON
from polywire.venues.polymarket.orders import SignatureType, Wallet
from polywire.venues.secret import Secret

SETTLE = b'{"command":"settle","mined_ms":"200","confirmed_ms":"200"}'


def play_key(seed: int) -> Key:
    """A key that guards nothing: it follows from the seed."""
    return Key(Secret(sha256(f"polywire demo {seed}".encode()).hexdigest()))


async def play_account(exchange: LocalExchange, key: Key) -> Account:
    """The account of a key, with fills that settle within moments; TransportError if not."""
    http, now = Http(), Clock().now()
    try:
        desk = AccountSetup(http, exchange.endpoints.clob, key)
        credentials = await desk.credentials(now) or await desk.make_credentials(now)
        await http.post(f"{exchange.control}/", SETTLE, label="account")
    finally:
        await http.close()
    wallet = Wallet(SignatureType.EOA, key.address, key.address)
    return Account(exchange.endpoints.clob, POLYGON, wallet, credentials)


async def fund(exchange: LocalExchange, key: Key, ledger: Ledger, cash: Money) -> None:
    """Give the account so much cash, or what the ledger of an earlier run says it has."""
    shares = {one: format_micros(held) for one, held in ledger.shares.items() if held > 0}
    money = format_micros(ledger.cash if ledger.cash_start else cash)
    told = msgspec.json.encode({"collateral": money, "shares": shares})
    http = Http()
    try:
        url = f"{exchange.control}/accounts/{key.address}/fund"
        await http.post(url, told, label="account")
    finally:
        await http.close()
