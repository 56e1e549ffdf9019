"""Opens an account at the venue for a key: credentials, the wallets with money, allowances.

Asks and reads; what is found is judged by the caller. Sends no transaction.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from polywire.core.errors import TransportError
from polywire.core.units import Ns
from polywire.net.http import Http
from polywire.runtime.signer import Key
from polywire.venues.polymarket.account import Balance, balance_path, read_balance
from polywire.venues.polymarket.answers import decode
from polywire.venues.polymarket.contracts import CONTRACTS, POLYGON
from polywire.venues.polymarket.headers import Credentials, Seal
from polywire.venues.polymarket.orders import SignatureType
from polywire.venues.secret import Secret

NO_KEY_YET: Final = (400, 404)
"""How the venue answers whoever asks for credentials that were never made."""
EXCHANGES: Final[Mapping[str, str]] = {
    CONTRACTS[POLYGON, "v1", False].address: "markets of version 1",
    CONTRACTS[POLYGON, "v1", True].address: "markets of version 1 that exclude each other",
    CONTRACTS[POLYGON, "v2", False].address: "markets of version 2",
}
"""The contracts that take what an order gives, and what for."""


class AccountSetup:
    """What one key can ask the venue at `clob` for."""

    def __init__(self, http: Http, clob: str, key: Key) -> None:
        self._http = http
        self._clob = clob
        self._key = key

    async def credentials(self, now: Ns) -> Credentials | None:
        """The credentials made for this key before; None where there are none yet.

        Raises TransportError where the venue cannot be asked, DecodeError for an unreadable reply.
        """
        try:
            body = await self._http.get(
                f"{self._clob}/auth/derive-api-key",
                label="auth",
                headers=self._key.auth_headers(now),
            )
        except TransportError as error:
            if error.status in NO_KEY_YET:
                return None
            raise
        return _credentials(body)

    async def make_credentials(self, now: Ns) -> Credentials:
        """Make credentials for a key that has none; raises as `credentials` does."""
        url = f"{self._clob}/auth/api-key"
        headers = self._key.auth_headers(now)
        return _credentials(await self._http.post(url, b"", label="auth", headers=headers))

    async def collateral(self, credentials: Credentials, now: Ns) -> dict[SignatureType, Balance]:
        """What each kind of wallet of the key has in dollars, and lets each contract take."""
        seal = Seal(self._key.address, credentials)
        found = {}
        for kind in SignatureType:
            path = balance_path(None, kind)
            headers = seal.headers("GET", path, b"", now)
            body = await self._http.get(self._clob + path, label="balance", headers=headers)
            found[kind] = read_balance(body)
        return found


def not_approved(balance: Balance) -> list[str]:
    """The contracts, each with its purpose, that may not take anything of a wallet."""
    allowed = {spender.lower() for spender, amount in balance.allowances.items() if amount}
    return [
        f"{address} ({purpose})"
        for address, purpose in EXCHANGES.items()
        if address.lower() not in allowed
    ]


class _Credentials(Struct, rename="camel"):
    api_key: str
    secret: str
    passphrase: str


def _credentials(body: bytes) -> Credentials:
    told = decode(body, _Credentials, "API credentials")
    return Credentials(told.api_key, Secret(told.secret), Secret(told.passphrase))
