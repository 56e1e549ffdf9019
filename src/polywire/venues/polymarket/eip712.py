"""EIP-712 by hand: words, domain separators and digests of what Polymarket has us sign.

Pure bytes in, pure bytes out; holds no key and makes no signature (polymarket.md 4.1 and 5).
"""

from functools import lru_cache
from typing import Final, NewType

from sha3 import keccak_256

Address = NewType("Address", str)
"""An account on the chain: "0x" and 40 hex digits, capitals as in EIP-55."""

ZERO_WORD: Final = bytes(32)
ADDRESS_BYTES: Final = 20
NIBBLE_HIGH: Final = 8


def keccak(content: bytes) -> bytes:
    """Keccak-256, which is Ethereum's and not the standard's SHA-3."""
    digest: bytes = keccak_256(content).digest()
    return digest


def word(number: int) -> bytes:
    """A number as the 32 bytes that are hashed; OverflowError outside of 0 .. 2**256 - 1."""
    return number.to_bytes(32, "big")


def address_of(text: str) -> Address:
    """The address of a text with or without capitals; ValueError says what is wrong with it.

    Capitals are a checksum: a text that mixes both cases has to have the right ones.
    """
    digits = text[2:]
    try:
        raw = bytes.fromhex(digits) if text[:2] == "0x" and digits.isalnum() else b""
    except ValueError:
        raw = b""
    if len(raw) != ADDRESS_BYTES:
        raise ValueError('expected an address, "0x" and 40 hex digits')
    address = checksummed(raw)
    if digits not in (address[2:], digits.lower(), digits.upper()):
        raise ValueError("this address has a wrong digit: its capitals do not fit")
    return address


def checksummed(raw: bytes) -> Address:
    """Twenty bytes as text, with the capitals of EIP-55."""
    digits = raw.hex()
    marks = keccak(digits.encode()).hex()
    return Address(
        "0x"
        + "".join(
            digit.upper() if int(mark, 16) >= NIBBLE_HIGH else digit
            for digit, mark in zip(digits, marks, strict=False)
        )
    )


def address_word(address: Address) -> bytes:
    """An address as the 32 bytes that are hashed."""
    return bytes.fromhex(address[2:]).rjust(32, b"\0")


def address_of_key(public_key: bytes) -> Address:
    """The account that an uncompressed public key of 65 bytes controls."""
    assert len(public_key) == 65, len(public_key)  # a 4, x and y
    return checksummed(keccak(public_key[1:])[-ADDRESS_BYTES:])


DOMAIN_TYPE: Final = keccak(
    b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
AUTH_DOMAIN_TYPE: Final = keccak(b"EIP712Domain(string name,string version,uint256 chainId)")
AUTH_TYPE: Final = keccak(
    b"ClobAuth(address address,string timestamp,uint256 nonce,string message)"
)
AUTH_MESSAGE: Final = keccak(b"This message attests that I control the given wallet")


def separator(name: str, version: str, chain_id: int, contract: Address) -> bytes:
    """What ties a signature to one contract on one chain."""
    return keccak(
        DOMAIN_TYPE
        + keccak(name.encode())
        + keccak(version.encode())
        + word(chain_id)
        + address_word(contract)
    )


def digest(domain_separator: bytes, struct_hash: bytes) -> bytes:
    """The 32 bytes that a key signs."""
    return keccak(b"\x19\x01" + domain_separator + struct_hash)


@lru_cache(maxsize=4)
def auth_separator(chain_id: int) -> bytes:
    """The domain of key requests; it names no contract, and its version stays "1"."""
    return keccak(AUTH_DOMAIN_TYPE + keccak(b"ClobAuthDomain") + keccak(b"1") + word(chain_id))


def auth_digest(address: Address, timestamp_s: int, nonce: int, chain_id: int) -> bytes:
    """What a key signs to ask for API credentials (L1)."""
    return digest(
        auth_separator(chain_id),
        keccak(
            AUTH_TYPE
            + address_word(address)
            + keccak(str(timestamp_s).encode())
            + word(nonce)
            + AUTH_MESSAGE
        ),
    )
