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
from polywire.core.model.intent import TimeInForce
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

AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)
GTD_NS_MIN = 180 * SECOND
"""How far ahead an expiration has to lie when the order is made; it rests until 60 s before."""
KEY_BYTES = 32
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

    def auth_headers(self, now: Ns, *, nonce: int = 0, chain_id: int = POLYGON) -> dict[str, str]:
        """The L1 headers that ask for API credentials."""
        seconds = now // SECOND
        signature = self.sign(auth_digest(self.address, seconds, nonce, chain_id))
        return key_headers(self.address, signature, timestamp_s=seconds, nonce=nonce)

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
        self, command: PlaceOrder, market: Market, now: Ns, salt: int, *, expires: Ns = Ns(0)
    ) -> SignedOrder | OrderRejected:
        """The order with its id at the venue; a refusal where the venue would refuse it.

        `salt` below 2**53 is new for each order; `expires` is for GTD alone (polymarket.md 4.4).
        """
        found = _amounts(command, market, now, expires)
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


def _amounts(command: PlaceOrder, market: Market, now: Ns, expires: Ns) -> Amounts | Unfit:
    """What the order gives and wants, or why the venue would refuse it."""
    kind = command.time_in_force
    if command.post_only and kind in AT_ONCE:
        return Unfit(f"an order that is post-only cannot be {kind}")
    if kind is TimeInForce.GTD and expires < now + GTD_NS_MIN:
        return Unfit("a GTD order has to expire at least 180 s from now")
    if kind is not TimeInForce.GTD and expires:
        return Unfit(f"a {kind} order does not expire")
    market.outcome_index(command.instrument)  # asserts that it is one of this market's
    build = amounts_at_once if kind in AT_ONCE else amounts
    found = build(command.side, command.price, command.quantity, market.tick)
    if isinstance(found, Amounts) and command.quantity not in (found.maker, found.taker):
        return Unfit("a size has two decimals at most")
    return found


def _private_key(secret: Secret) -> PrivateKey:
    """The key of 64 hex digits, with or without 0x; ConfigError never quotes what it was given."""
    digits = secret.reveal().strip().removeprefix("0x")
    try:
        raw = bytes.fromhex(digits)
        if len(raw) == KEY_BYTES:
            return PrivateKey(raw)
    except ValueError:
        pass
    raise ConfigError("this is no private key: it has 64 hex digits")
