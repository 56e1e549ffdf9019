"""Which wallets belong to a key, by the arithmetic of the contracts that deploy them.

CREATE2 addresses of Polygon (polymarket.md 8.4); whether a wallet was deployed is not asked.
"""

from functools import lru_cache
from typing import Final

from polywire.exchange.signatures import SignatureType, checksummed, keccak

PROXY_FACTORY: Final = bytes.fromhex("aB45c5A4B0c941a2F231C04C3f49182e1A254052")
PROXY_CODE: Final = bytes.fromhex("44e999d5c2F66Ef0861317f9A4805AC2e90aEB4f")
SAFE_FACTORY: Final = bytes.fromhex("aacFeEa03eb1561C4e67d661e40682Bd20E3541b")
SAFE_CODE_HASH: Final = bytes.fromhex(
    "2bce2127ff07fb632d16c8347c4ebf501f4841168bed00d9e6ef715ddb6fcecf"
)
DEPOSIT_FACTORY: Final = bytes.fromhex("00000000000Fb5C9ADea0298D729A0CB3823Cc07")
DEPOSIT_CODE: Final = bytes.fromhex("58CA52ebe0DadfdF531Cde7062e76746de4Db1eB")
DEPOSIT_BEACON: Final = bytes.fromhex("7A18EDfe055488A3128f01F563e5B479D92ffc3a")

PROXY_HEAD: Final = bytes.fromhex("3d3d606380380380913d393d73")
PROXY_MIDDLE: Final = bytes.fromhex(
    "5af4602a57600080fd5b602d8060366000396000f3363d3d373d3d3d363d73"
)
PROXY_TAIL: Final = bytes.fromhex(
    "5af43d82803e903d91602b57fd5bf352e831dd" + "20".zfill(64) + 64 * "0"
)
CODE_HEAD: Final = 0x61003D3D8160233D3973
CODE_MIDDLE: Final = bytes.fromhex(
    "60095155f3363d3d373d3d363d7f360894a13ba1a3210667c828492db98dca3e2076"
)
CODE_TAIL: Final = bytes.fromhex("cc3735a920a3ca505d382bbc545af43d6000803e6038573d6000fd5b3d6000f3")
BEACON_HEAD: Final = 0x6100523D8160233D3973
BEACON_MIDDLE: Final = bytes.fromhex(
    "60195155f3363d3d373d3d363d602036600436635c60da"
    "1b60e01b36527fa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6c"
)
BEACON_TAIL: Final = bytes.fromhex(
    "b3582b35133d50545afa5036515af43d6000803e604d573d6000fd5b3d6000f3"
)


@lru_cache(maxsize=4096)
def wallets_of(signer: str) -> dict[SignatureType, tuple[str, ...]]:
    """The wallets that a key owns by signature type; a deposit wallet has an old and a new form."""
    raw = bytes.fromhex(signer[2:])
    padded = raw.rjust(32, b"\0")
    # The factory's arguments also stand, by their length, in the code that it deploys.
    arguments = DEPOSIT_FACTORY.rjust(32, b"\0") + padded
    longer = len(arguments) << 56
    beacon = (
        (BEACON_HEAD + longer).to_bytes(10, "big"),
        DEPOSIT_BEACON,
        BEACON_MIDDLE,
        BEACON_TAIL,
    )
    direct = ((CODE_HEAD + longer).to_bytes(10, "big"), DEPOSIT_CODE, CODE_MIDDLE, CODE_TAIL)
    proxy = PROXY_HEAD + PROXY_FACTORY + PROXY_MIDDLE + PROXY_CODE + PROXY_TAIL
    return {
        SignatureType.EOA: (signer,),
        SignatureType.PROXY: (_address(PROXY_FACTORY, keccak(raw), keccak(proxy)),),
        SignatureType.SAFE: (_address(SAFE_FACTORY, keccak(padded), SAFE_CODE_HASH),),
        SignatureType.DEPOSIT: tuple(
            _address(DEPOSIT_FACTORY, keccak(arguments), keccak(b"".join(code) + arguments))
            for code in (beacon, direct)
        ),
    }


def _address(factory: bytes, salt: bytes, code_hash: bytes) -> str:
    return checksummed("0x" + keccak(b"\xff" + factory + salt + code_hash)[12:].hex())
