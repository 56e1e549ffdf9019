"""Which wallets a key owns, by the arithmetic of the contracts that deploy them on Polygon.

CREATE2 addresses (polymarket.md 8.4); whether a wallet was deployed is not known here.
"""

from typing import Final

from polywire.venues.polymarket.eip712 import Address, address_word, checksummed, keccak
from polywire.venues.polymarket.orders import SignatureType, Wallet

PROXY_FACTORY: Final = bytes.fromhex("aB45c5A4B0c941a2F231C04C3f49182e1A254052")
PROXY_CODE: Final = keccak(
    bytes.fromhex("3d3d606380380380913d393d73")
    + PROXY_FACTORY
    + bytes.fromhex("5af4602a57600080fd5b602d8060366000396000f3363d3d373d3d3d363d73")
    + bytes.fromhex("44e999d5c2F66Ef0861317f9A4805AC2e90aEB4f")
    + bytes.fromhex("5af43d82803e903d91602b57fd5bf352e831dd")
    + (32).to_bytes(32, "big")
    + bytes(32)
)
SAFE_FACTORY: Final = bytes.fromhex("aacFeEa03eb1561C4e67d661e40682Bd20E3541b")
SAFE_CODE: Final = bytes.fromhex("2bce2127ff07fb632d16c8347c4ebf501f4841168bed00d9e6ef715ddb6fcecf")
DEPOSIT_FACTORY: Final = bytes.fromhex("00000000000Fb5C9ADea0298D729A0CB3823Cc07")
DEPOSIT_BEACON: Final = (
    bytes.fromhex("6100923d8160233d3973")  # with the length of the arguments, 64 bytes, in it
    + bytes.fromhex("7A18EDfe055488A3128f01F563e5B479D92ffc3a")
    + bytes.fromhex("60195155f3363d3d373d3d363d602036600436635c60da")
    + bytes.fromhex("1b60e01b36527fa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6c")
    + bytes.fromhex("b3582b35133d50545afa5036515af43d6000803e604d573d6000fd5b3d6000f3")
)
DEPOSIT_UUPS: Final = (
    bytes.fromhex("61007d3d8160233d3973")
    + bytes.fromhex("58CA52ebe0DadfdF531Cde7062e76746de4Db1eB")
    + bytes.fromhex("60095155f3363d3d373d3d363d7f360894a13ba1a3210667c828492db98dca3e2076")
    + bytes.fromhex("cc3735a920a3ca505d382bbc545af43d6000803e6038573d6000fd5b3d6000f3")
)


def wallets_of(key: Address) -> list[Wallet]:
    """The wallets a key can own, one of each kind; a deposit wallet has a new and an older form."""
    account = address_word(key)
    owner = DEPOSIT_FACTORY.rjust(32, b"\0") + account
    return [
        Wallet(SignatureType.EOA, key, key),
        Wallet(
            SignatureType.PROXY, _deployed(PROXY_FACTORY, keccak(account[12:]), PROXY_CODE), key
        ),
        Wallet(SignatureType.SAFE, _deployed(SAFE_FACTORY, keccak(account), SAFE_CODE), key),
        *(
            Wallet(
                SignatureType.DEPOSIT,
                _deployed(DEPOSIT_FACTORY, keccak(owner), keccak(code + owner)),
                key,
            )
            for code in (DEPOSIT_BEACON, DEPOSIT_UUPS)
        ),
    ]


def _deployed(factory: bytes, salt: bytes, code_hash: bytes) -> Address:
    return checksummed(keccak(b"\xff" + factory + salt + code_hash)[12:])
