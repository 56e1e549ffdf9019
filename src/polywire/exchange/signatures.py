"""Who signed what: the exchange's own EIP-712 digests of orders and of key requests, and recovery.

Knows the struct, the two domains and the four signature types (polymarket.md 4.1, 5); no HTTP.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

from coincurve import PublicKey
from sha3 import keccak_256

CHAIN: Final = 137
ORDER_TYPE: Final = (
    "Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,"
    "uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,"
    "bytes32 builder)"
)
NESTED_TYPE: Final = (
    "TypedDataSign(Order contents,string name,string version,uint256 chainId,"
    "address verifyingContract,bytes32 salt)" + ORDER_TYPE
)
AUTH_MESSAGE: Final = "This message attests that I control the given wallet"
DELEGATED: Final = bytes.fromhex("6492" * 16)
"""Ends a signature by a key that a deposit wallet has authorised."""
WORD: Final = 32
PLAIN: Final = 65
HALF_ORDER: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""Of the curve's group; the twin signature above it is not accepted."""


class SignatureType(IntEnum):
    """What kind of wallet an order spends from."""

    EOA = 0
    PROXY = 1
    SAFE = 2
    DEPOSIT = 3


class BadSignatureError(ValueError):
    """A signature that no key made over what it is said to cover."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedFields:
    """The struct that a key signs; amounts in base units, `metadata` and `builder` 32 bytes."""

    salt: int
    maker: str
    signer: str
    token: int
    making: int
    taking: int
    side: int
    signature_type: SignatureType
    timestamp_ms: int
    metadata: bytes
    builder: bytes


def keccak(content: bytes) -> bytes:
    """Keccak-256, as on chain."""
    return bytes(keccak_256(content).digest())


def _word(value: int) -> bytes:
    return value.to_bytes(WORD, "big")


def _padded(address: str) -> bytes:
    return bytes.fromhex(address[2:]).rjust(WORD, b"\0")


def _separator(version: str, contract: str) -> bytes:
    kind = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    return keccak(
        keccak(kind.encode())
        + keccak(b"Polymarket CTF Exchange")
        + keccak(version.encode())
        + _word(CHAIN)
        + _padded(contract)
    )


class Domain:
    """One exchange contract; `separator` tells orders for it from all others."""

    def __init__(self, version: str, contract: str) -> None:
        self.version = version
        self.contract = contract
        self.separator = _separator(version, contract)


PLAIN_EXCHANGE: Final = Domain("2", "0xE111180000d2663C0091e4f400237545B87B996B")
NEG_RISK_EXCHANGE: Final = Domain("2", "0xe2222d279d744050d28e00520010520000310F59")
POSITION_EXCHANGE: Final = Domain("3", "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa")
DOMAINS: Final = (PLAIN_EXCHANGE, NEG_RISK_EXCHANGE, POSITION_EXCHANGE)
ORDER_TYPE_HASH: Final = keccak(ORDER_TYPE.encode())
NESTED_TYPE_HASH: Final = keccak(NESTED_TYPE.encode())
RESERVED_BITS: Final = (2**64 - 1) << 40


def is_position(token: int) -> bool:
    """Whether a token is one of Protocol V2: position ids are known by their empty bits (5.4)."""
    return token & RESERVED_BITS == 0


def domain_of(token: int, *, neg_risk: bool) -> Domain:
    """The contract that settles a token."""
    if is_position(token):
        return POSITION_EXCHANGE
    return NEG_RISK_EXCHANGE if neg_risk else PLAIN_EXCHANGE


def _struct_hash(order: SignedFields) -> bytes:
    return keccak(
        ORDER_TYPE_HASH
        + _word(order.salt)
        + _padded(order.maker)
        + _padded(order.signer)
        + _word(order.token)
        + _word(order.making)
        + _word(order.taking)
        + _word(order.side)
        + _word(order.signature_type)
        + _word(order.timestamp_ms)
        + order.metadata
        + order.builder
    )


def order_hash(order: SignedFields, domain: Domain) -> bytes:
    """The order's id under a domain, 32 bytes; the same for all signature types."""
    return keccak(b"\x19\x01" + domain.separator + _struct_hash(order))


def order_signer(order: SignedFields, domain: Domain, signature: bytes) -> str:
    """Address of the key that signed an order; BadSignatureError where none can have."""
    if order.signature_type is not SignatureType.DEPOSIT:
        return recovered(order_hash(order, domain), signature)
    claimed, nested = _delegation(signature)
    contents, kind = _struct_hash(order), ORDER_TYPE.encode()
    tail = domain.separator + contents + kind + len(kind).to_bytes(2, "big")
    if nested[PLAIN:] != tail:
        raise BadSignatureError("not the nested form of this order")
    wrapped = keccak(
        NESTED_TYPE_HASH
        + contents
        + keccak(b"DepositWallet")
        + keccak(b"1")
        + _word(CHAIN)
        + _padded(order.signer)
        + bytes(WORD)
    )
    key = recovered(keccak(b"\x19\x01" + domain.separator + wrapped), nested[:PLAIN])
    if claimed is not None and claimed != key:
        raise BadSignatureError("another key than the one it names")
    return key


def _delegation(signature: bytes) -> tuple[str | None, bytes]:
    """The authorised key that a wrapped signature names, and what it wraps."""
    if not signature.endswith(DELEGATED):
        return None, signature
    start = int.from_bytes(signature[2 * WORD : 3 * WORD], "big")
    size = int.from_bytes(signature[start : start + WORD], "big")
    nested = signature[start + WORD : start + WORD + size]
    return checksummed("0x" + signature[12:WORD].hex()), nested


def auth_signer(address: str, timestamp: str, nonce: int, signature: bytes) -> str:
    """Address of the key that signed a request for API keys."""
    domain = keccak(
        keccak(b"EIP712Domain(string name,string version,uint256 chainId)")
        + keccak(b"ClobAuthDomain")
        + keccak(b"1")
        + _word(CHAIN)
    )
    kind = "ClobAuth(address address,string timestamp,uint256 nonce,string message)"
    contents = keccak(
        keccak(kind.encode())
        + _padded(address)
        + keccak(timestamp.encode())
        + _word(nonce)
        + keccak(AUTH_MESSAGE.encode())
    )
    return recovered(keccak(b"\x19\x01" + domain + contents), signature)


def recovered(digest: bytes, signature: bytes) -> str:
    """Address of the key behind 65 bytes r, s, v over a digest; BadSignatureError if none is."""
    if len(signature) != PLAIN or signature[-1] not in (27, 28):
        raise BadSignatureError("not 65 bytes that end with 27 or 28")
    if int.from_bytes(signature[WORD : 2 * WORD], "big") > HALF_ORDER:
        raise BadSignatureError("the upper one of two twin signatures")
    compact = signature[:-1] + bytes((signature[-1] - 27,))
    try:
        key = PublicKey.from_signature_and_message(compact, digest, hasher=None)
    except ValueError as error:
        raise BadSignatureError("no key makes this signature") from error
    return checksummed("0x" + keccak(key.format(compressed=False)[1:])[12:].hex())


@lru_cache(maxsize=4096)
def checksummed(address: str) -> str:
    """An address in mixed case (EIP-55); ValueError for what is none."""
    digits = address[2:].lower()
    if address[:2] not in ("0x", "0X") or len(bytes.fromhex(digits)) != 20 or len(digits) != 40:
        raise ValueError("an address is 0x and 40 hexadecimal digits")
    nibbles = keccak(digits.encode()).hex()
    marks = zip(digits, nibbles, strict=False)
    return "0x" + "".join(one.upper() if int(mark, 16) > 7 else one for one, mark in marks)
