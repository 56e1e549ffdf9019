"""Signs orders and requests for one key: the only place where a private key is kept.

Deterministic nonces (RFC 6979) only: the same order signed twice is the same order. Sends nothing.
"""

from typing import final

from coincurve import PrivateKey
from typing_extensions import override

from polywire.core.errors import ConfigError
from polywire.core.ids import VenueOrderId
from polywire.core.model.account import OrderRejected
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Market
from polywire.core.units import MILLISECOND, SECOND, Ns
from polywire.venues.polymarket.amounts import Amounts, Unfit, amounts, amounts_at_once
from polywire.venues.polymarket.contracts import POLYGON, contract_of
from polywire.venues.polymarket.eip712 import Address, address_of_key, auth_digest
from polywire.venues.polymarket.headers import Credentials, Seal, key_headers
from polywire.venues.polymarket.orders import (
    Order,
    OrderForm,
    SignedOrder,
    Terms,
    Wallet,
    digests,
    wire_signature,
)
from polywire.venues.polymarket.user_wire import UserAuth
from polywire.venues.secret import Secret

EXPIRES_LATE_NS = 60 * SECOND
"""A GTD order rests until so long before its expiration (polymarket.md 4.4)."""
KEY_BYTES = 32
FIRST = 0
"""The nonce of a key's first credentials; the venue keeps one set for each."""
V = 27
"""What Ethereum adds to the number of the public key that recovery finds."""


@final
class Key:
    """A private key that signs and is never shown."""

    __slots__ = ("_key", "address")

    def __init__(self, secret: Secret) -> None:
        self._key = _private_key(secret)
        self.address: Address = address_of_key(self._key.public_key.format(compressed=False))

    def sign(self, digest: bytes) -> bytes:
        """The 65 bytes r, s and v over a digest, the same each time."""
        signature = self._key.sign_recoverable(digest, hasher=None)
        return signature[:64] + bytes((signature[64] + V,))

    def auth_headers(self, now: Ns) -> dict[str, str]:
        """The L1 headers that ask for API credentials."""
        seconds = now // SECOND
        signature = self.sign(auth_digest(self.address, seconds, FIRST, POLYGON))
        return key_headers(self.address, signature, timestamp_s=seconds, nonce=FIRST)

    @override
    def __repr__(self) -> str:
        return f"Key({self.address}, ***)"

    @override
    def __reduce__(self) -> str:
        raise TypeError("a key is not pickled")


@final
class Signer:
    """Orders and requests of one wallet, ready to be sent; `builder` credits a builder code."""

    def __init__(
        self,
        key: Key,
        wallet: Wallet,
        credentials: Credentials,
        *,
        chain_id: int = POLYGON,
        builder: bytes = bytes(32),
    ) -> None:
        if wallet.key != key.address:
            raise ConfigError(f"the key of {key.address} does not sign for {wallet.key}")
        self.wallet = wallet
        self._credentials = credentials
        self._key = key
        self._chain_id = chain_id
        self._form = OrderForm(wallet, credentials.api_key, builder=builder)
        self.headers = Seal(key.address, credentials).headers

    def sign(
        self, command: PlaceOrder, market: Market, now: Ns, salt: int
    ) -> SignedOrder | OrderRejected:
        """The order with its id at the venue; a refusal where the venue would refuse it.

        `salt` below 2**53 is new for each order.
        """
        found = _amounts(command, market)
        contract = contract_of(market.version, market.neg_risk, self._chain_id)
        if contract is None:
            reason = f"no contract is known for a market of version {market.version!r}"
            return OrderRejected(now, command.order_id, reason)
        if isinstance(found, Unfit):
            return OrderRejected(now, command.order_id, found.reason)
        order = Order(salt, command.instrument, command.side, found, now // MILLISECOND)
        struct_hash = self._form.struct_hash(order)
        order_hash, to_sign = digests(contract, self.wallet, struct_hash)
        own = self._key.sign(to_sign)
        signature = wire_signature(contract, self.wallet, struct_hash, own)
        expires = command.until + EXPIRES_LATE_NS if command.until else 0
        terms = Terms(command.time_in_force, command.post_only, expires // SECOND)
        return SignedOrder(
            command.order_id,
            VenueOrderId("0x" + order_hash.hex()),
            self._form.body(order, terms, signature),
        )

    def user_auth(self) -> UserAuth:
        """What the user channel's first frame is made of."""
        given = self._credentials
        return UserAuth(given.api_key, given.secret, given.passphrase)


def _amounts(command: PlaceOrder, market: Market) -> Amounts | Unfit:
    """What the order gives and wants, or why the venue would refuse it."""
    market.outcome_index(command.instrument)  # asserts that it is one of this market's
    build = amounts if command.time_in_force.rests else amounts_at_once
    found = build(command.side, command.price, command.quantity, market.tick)
    if isinstance(found, Amounts) and command.quantity not in (found.maker, found.taker):
        return Unfit("a size has two decimals at most")
    return found


def _private_key(secret: Secret) -> PrivateKey:
    """The key of 64 hex digits, with or without 0x; ConfigError never quotes what it was given."""
    digits = secret.reveal().strip().removeprefix("0x")
    try:
        raw = bytes.fromhex(digits)
    except ValueError:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise ConfigError("this is no private key: it has 64 hex digits")
    try:
        return PrivateKey(raw)
    except ValueError:
        said = "this is no private key: 64 hex digits, but zero or beyond the largest key"
        raise ConfigError(said) from None
