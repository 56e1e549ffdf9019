"""API keys and who holds them: requests proven by wallet signature (L1) or by HMAC (L2), wallets.

Credentials follow from the exchange's seed and the key's address (polymarket.md 4.1). No HTTP, no
clock: headers and the moments that count as now are arguments.
"""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from polywire.exchange.refusal import RefusedError
from polywire.exchange.signatures import (
    BadSignatureError,
    SignatureType,
    auth_signer,
    checksummed,
)
from polywire.exchange.wallet_addresses import wallets_of

TOLERANCE_S: Final = 60
UNLIMITED: Final = 2**256 - 1

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an L2 caller proves itself with; only `key` may be shown."""

    key: str
    secret: str = field(repr=False)
    passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Caller:
    """A proven sender: the address of the signing key, and the API key used."""

    address: str
    key: str


@dataclass(slots=True)
class Standing:
    """How the venue treats an address; `allowance` is what the exchange contracts may spend."""

    banned: bool = False
    closed_only: bool = False
    deposit_only: bool = False
    allowance: int = UNLIMITED


@dataclass(frozen=True, slots=True)
class Signed:
    """The part of a request that an HMAC covers: `path` without its query, the exact bytes."""

    method: str
    path: str
    body: bytes


class Accounts:
    """All keys, wallets and standings of one exchange; `opened` gets each new API key."""

    def __init__(self, seed: int, opened: Callable[[str], None]) -> None:
        self._seed = seed
        self._opened = opened
        self.ever: list[str] = []
        """Every API key there ever was, the oldest first."""
        self._by_key: dict[str, tuple[Credentials, str, int]] = {}
        self._builder: dict[str, tuple[Credentials, str]] = {}
        self._readonly: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        self._deposit: dict[str, str] = {}
        self._standings: dict[str, Standing] = {}
        self._derived = 0

    def standing(self, address: str) -> Standing:
        """How an address stands; changes to it count."""
        return self._standings.setdefault(address, Standing())

    def create(self, address: str, nonce: int) -> Credentials:
        """New credentials of an address; refused where they exist."""
        made = self._credentials(f"{address}/{nonce}")
        if made.key in self._by_key:
            raise RefusedError(400, "Could not create api key")
        self._by_key[made.key] = made, address, nonce
        for wallets in wallets_of(address).values():
            self._owners.update(dict.fromkeys(wallets, address))
        if made.key not in self.ever:
            self.ever.append(made.key)
            self._opened(made.key)
        return made

    def derive(self, address: str, nonce: int) -> Credentials:
        """The credentials made before for a nonce."""
        made = self._credentials(f"{address}/{nonce}")
        if made.key not in self._by_key:
            raise RefusedError(400, "Could not derive api key!")
        return made

    def keys(self, address: str) -> list[str]:
        """The API keys of an address."""
        return [key for key, (_, owner, _) in self._by_key.items() if owner == address]

    def delete(self, caller: Caller) -> None:
        """Forget the key a caller came with."""
        del self._by_key[caller.key]

    def l1(self, headers: Headers, now_s: Sequence[int]) -> tuple[str, int]:
        """Address and nonce of who asks for keys; refused with 401."""
        try:
            address = checksummed(headers["POLY_ADDRESS"])
            timestamp, nonce = headers["POLY_TIMESTAMP"], int(headers.get("POLY_NONCE", "0"))
            signature = bytes.fromhex(headers["POLY_SIGNATURE"].removeprefix("0x"))
            signer = auth_signer(address, timestamp, nonce, signature)
            if signer != address or not _timely(timestamp, now_s):
                raise BadSignatureError("another signer, or too old")
        except (KeyError, ValueError, OverflowError):
            raise RefusedError(401, "Invalid L1 Request headers") from None
        return address, nonce

    def l2(self, signed: Signed, headers: Headers, now_s: Sequence[int]) -> Caller:
        """Who sent a request; refused with 401."""
        known = self._by_key.get(headers.get("POLY_API_KEY", ""))
        if known is None or not _proven("POLY_", known[0], signed, headers, now_s):
            raise RefusedError(401, "Unauthorized/Invalid api key")
        credentials, address, _ = known
        if headers.get("POLY_ADDRESS", "").lower() != address.lower():
            raise RefusedError(401, "Unauthorized/Invalid api key")
        return Caller(address, credentials.key)

    def channel(self, auth: object) -> Caller | None:
        """Who opens a user channel with these credentials; None for nobody."""
        if not isinstance(auth, dict):
            return None
        known = self._by_key.get(str(auth.get("apiKey")))
        if known is None:
            return None
        credentials, address, _ = known
        told = (auth.get("secret"), auth.get("passphrase"))
        right = told == (credentials.secret, credentials.passphrase)
        return Caller(address, credentials.key) if right else None

    def owns(self, address: str, kind: SignatureType, wallet: str) -> bool:
        """Whether a key spends from a wallet; an unknown deposit wallet is its first user's."""
        mine = wallet in wallets_of(address)[kind]
        if kind is SignatureType.DEPOSIT:
            mine = mine or self._owners.setdefault(wallet, address) == address
            if mine:
                self._deposit[address] = wallet
        return mine

    def wallets(self, address: str, kind: SignatureType) -> tuple[str, ...]:
        """The wallets of a kind that a key may spend from, the one it used last first."""
        own = wallets_of(address)[kind]
        used = self._deposit.get(address) if kind is SignatureType.DEPOSIT else None
        return own if used is None else (used, *own)

    def create_builder(self, caller: Caller) -> Credentials:
        """A further set of builder credentials."""
        self._derived += 1
        made = self._credentials(f"{caller.address}/builder/{self._derived}")
        self._builder[made.key] = made, caller.address
        return made

    def builder_keys(self, address: str) -> list[str]:
        """The builder keys of an address."""
        return [key for key, (_, owner) in self._builder.items() if owner == address]

    def builder(self, signed: Signed, headers: Headers, now_s: Sequence[int]) -> str:
        """The builder key that signed a request; refused with 401."""
        known = self._builder.get(headers.get("POLY_BUILDER_API_KEY", ""))
        if known is None or not _proven("POLY_BUILDER_", known[0], signed, headers, now_s):
            raise RefusedError(401, "Invalid API key")
        return known[0].key

    def revoke_builder(self, key: str) -> None:
        """Forget a builder key."""
        del self._builder[key]

    def create_readonly(self, caller: Caller) -> str:
        """A further key that may only read."""
        self._derived += 1
        made = self._credentials(f"{caller.address}/readonly/{self._derived}").key
        self._readonly[made] = caller.address
        return made

    def readonly_keys(self, address: str) -> list[str]:
        """The keys of an address that may only read."""
        return [key for key, owner in self._readonly.items() if owner == address]

    def delete_readonly(self, caller: Caller, key: str) -> bool:
        """Forget a key that may only read; whether it was the caller's."""
        return self._readonly.get(key) == caller.address and bool(self._readonly.pop(key))

    def _credentials(self, of: str) -> Credentials:
        def drawn(what: str) -> bytes:
            return hashlib.sha256(f"{self._seed}/{of}/{what}".encode()).digest()

        return Credentials(
            key=str(uuid.UUID(bytes=drawn("key")[:16], version=4)),
            secret=base64.urlsafe_b64encode(drawn("secret")).decode(),
            passphrase=drawn("passphrase").hex(),
        )


def hmac_of(secret: str, timestamp: str, signed: Signed) -> str:
    """The signature of a request, as its header carries it."""
    key = base64.urlsafe_b64decode(secret)
    covered = f"{timestamp}{signed.method}{signed.path}".encode() + signed.body
    return base64.urlsafe_b64encode(hmac.digest(key, covered, "sha256")).decode()


def _proven(
    prefix: str, known: Credentials, signed: Signed, headers: Headers, now_s: Sequence[int]
) -> bool:
    timestamp = headers.get(f"{prefix}TIMESTAMP", "")
    told = headers.get(f"{prefix}SIGNATURE", ""), headers.get(f"{prefix}PASSPHRASE", "")
    right = hmac_of(known.secret, timestamp, signed), known.passphrase
    return told == right and _timely(timestamp, now_s)


def _timely(timestamp: str, now_s: Sequence[int]) -> bool:
    """Whether a request is fresh by one of the clocks; clients use the machine's."""
    if not (timestamp.isascii() and timestamp.isdigit()):
        return False
    return any(abs(int(timestamp) - now) <= TOLERANCE_S for now in now_s)
