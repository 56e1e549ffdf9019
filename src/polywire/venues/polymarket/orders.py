"""Orders as the exchange contracts hash them and as REST takes them (polymarket.md 4.4 and 5).

Builds digests, wire signatures and bodies; makes no signature and sends nothing.
"""

from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from struct import Struct as Packing
from typing import Final

from msgspec import Struct

from polywire.core.ids import InstrumentId, OrderId, VenueOrderId
from polywire.core.model.instrument import Side
from polywire.core.model.intent import TimeInForce
from polywire.venues.polymarket.amounts import Amounts
from polywire.venues.polymarket.contracts import Contract
from polywire.venues.polymarket.eip712 import (
    ZERO_WORD,
    Address,
    address_word,
    digest,
    keccak,
    word,
)

BATCH_MAX: Final = 15
SALT_END: Final = 2**53
"""A salt is a JSON integer, so it has to stay below this."""
ORDER_TYPE_TEXT: Final = (
    b"Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,"
    b"uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,"
    b"bytes32 builder)"
)
ORDER_TYPE: Final = keccak(ORDER_TYPE_TEXT)
ORDER_WORDS: Final = Packing(">32s 24xQ 64s 32s 24xQ 24xQ 24xQ 24xQ 24xQ 64s")
"""The struct as it is hashed, in words of 32 bytes; all its numbers but the token fit into 8."""
NESTED_TYPE: Final = keccak(
    b"TypedDataSign(Order contents,string name,string version,uint256 chainId,"
    b"address verifyingContract,bytes32 salt)" + ORDER_TYPE_TEXT
)
DEPOSIT_WALLET: Final = keccak(b"DepositWallet") + keccak(b"1")
DELEGATED_END: Final = bytes.fromhex("6492" * 16)
ORDER_TYPES: Final[dict[TimeInForce, str]] = {
    TimeInForce.GTC: "GTC",
    TimeInForce.GTD: "GTD",
    TimeInForce.IOC: "FAK",
    TimeInForce.FOK: "FOK",
}


class SignatureType(IntEnum):
    """Whose money an order spends, and how the contract checks who signed."""

    EOA = 0
    PROXY = 1
    SAFE = 2
    DEPOSIT = 3


class Wallet(Struct, frozen=True):
    """The wallet `address` that holds the funds, and the account of the `key` that signs for it.

    `delegated`: the key is not the owner of a deposit wallet but was authorised on it.
    """

    kind: SignatureType
    address: Address
    key: Address
    delegated: bool = False

    @property
    def signer(self) -> Address:
        """Whom the order names as its signer; a deposit wallet answers for itself."""
        return self.address if self.kind is SignatureType.DEPOSIT else self.key


class Order(Struct, frozen=True, gc=False):
    """What differs from order to order; `timestamp_ms` is when it was made."""

    salt: int
    token: InstrumentId
    side: Side
    amounts: Amounts
    timestamp_ms: int


class Terms(Struct, frozen=True, gc=False):
    """What goes on the wire beside the order and is not signed; no expiration is 0."""

    time_in_force: TimeInForce
    post_only: bool
    expiration_s: int


class SignedOrder(Struct, frozen=True, gc=False):
    """An order ready to be sent, by our id and by the venue's: the hash that it was signed by."""

    order_id: OrderId
    venue_order_id: VenueOrderId
    body: bytes


class OrderForm:
    """Hashes and writes the orders of one wallet; what they share is prepared once.

    `owner` is the API key. `builder` credits orders to a builder code.
    """

    def __init__(self, wallet: Wallet, owner: str, *, builder: bytes = ZERO_WORD) -> None:
        assert len(builder) == len(ZERO_WORD), "32 bytes"
        assert wallet.kind is not SignatureType.EOA or wallet.address == wallet.key
        self.wallet = wallet
        self._accounts = address_word(wallet.address) + address_word(wallet.signer)
        self._tail = ZERO_WORD + builder  # without metadata
        self._names = f'"maker":"{wallet.address}","signer":"{wallet.signer}","tokenId":"'
        self._middle = f'","signatureType":{wallet.kind:d},"timestamp":"'
        self._codes = f'","metadata":"0x{ZERO_WORD.hex()}","builder":"0x{builder.hex()}"'
        self._owner = f'"}},"owner":"{owner}","orderType":"'

    def struct_hash(self, order: Order) -> bytes:
        """The hash of the order by itself, on no contract yet."""
        assert 0 <= order.salt < SALT_END, order.salt
        return keccak(
            ORDER_WORDS.pack(
                ORDER_TYPE,
                order.salt,
                self._accounts,
                token_word(order.token),
                order.amounts.maker,
                order.amounts.taker,
                order.side,
                self.wallet.kind,
                order.timestamp_ms,
                self._tail,
            )
        )

    def body(self, order: Order, terms: Terms, signature: bytes) -> bytes:
        """The body of `POST /order`, compact."""
        return (
            f'{{"order":{{"salt":{order.salt},{self._names}{order.token}'
            f'","makerAmount":"{order.amounts.maker}","takerAmount":"{order.amounts.taker}'
            f'","side":"{order.side.name}","expiration":"{terms.expiration_s}{self._middle}'
            f'{order.timestamp_ms}{self._codes},"signature":"0x{signature.hex()}{self._owner}'
            f'{ORDER_TYPES[terms.time_in_force]}","deferExec":false,"postOnly":'
            f"{'true' if terms.post_only else 'false'}}}"
        ).encode()


def batch_body(orders: Sequence[SignedOrder]) -> bytes:
    """The body of `POST /orders`: 1 to 15 orders, answered in this order."""
    assert 0 < len(orders) <= BATCH_MAX, len(orders)
    return b"[" + b",".join([order.body for order in orders]) + b"]"


def digests(contract: Contract, wallet: Wallet, struct_hash: bytes) -> tuple[bytes, bytes]:
    """The order's id at the venue, and what the key signs: the same, but for a deposit wallet.

    Its key signs the order nested in the wallet's own domain; the id is the plain order's.
    """
    order_hash = digest(contract.separator, struct_hash)
    if wallet.kind is not SignatureType.DEPOSIT:
        return order_hash, order_hash
    nested = (
        NESTED_TYPE
        + struct_hash
        + DEPOSIT_WALLET
        + word(contract.chain_id)
        + address_word(wallet.address)
        + ZERO_WORD
    )
    return order_hash, digest(contract.separator, keccak(nested))


def wire_signature(
    contract: Contract, wallet: Wallet, struct_hash: bytes, signature: bytes
) -> bytes:
    """The signature as the order carries it, from the key's own 65 bytes over its digest."""
    assert len(signature) == 65, len(signature)  # r, s and v
    if wallet.kind is not SignatureType.DEPOSIT:
        return signature
    length = len(ORDER_TYPE_TEXT).to_bytes(2, "big")
    nested = signature + contract.separator + struct_hash + ORDER_TYPE_TEXT + length
    return _delegated(wallet.key, nested) if wallet.delegated else nested


def _delegated(key: Address, signature: bytes) -> bytes:
    """ABI encoding of (bytes32, bytes32, bytes): who signed, nothing, and the signature."""
    padding = bytes(-len(signature) % 32)
    return (
        address_word(key)
        + ZERO_WORD
        + word(3 * 32)  # where the third begins
        + word(len(signature))
        + signature
        + padding
        + DELEGATED_END
    )


@lru_cache(maxsize=20_000)
def token_word(token: InstrumentId) -> bytes:
    """A token or position id as the 32 bytes that are hashed."""
    return word(int(token))
