"""Which exchange contract a market's orders are signed for (polymarket.md 5.1 and 8.5)."""

from typing import Final

from msgspec import Struct

from polywire.venues.polymarket.eip712 import Address, separator

POLYGON: Final = 137
AMOY: Final = 80_002
NAME: Final = "Polymarket CTF Exchange"


class Contract(Struct, frozen=True):
    """An exchange contract: `version` is that of its EIP-712 domain, not the market's."""

    chain_id: int
    version: str
    address: Address
    separator: bytes


def _contract(chain_id: int, version: str, text: str) -> Contract:
    address = Address(text)
    return Contract(chain_id, version, address, separator(NAME, version, chain_id, address))


CLOB_V2: Final = "0xE111180000d2663C0091e4f400237545B87B996B"
CLOB_V2_NEG_RISK: Final = "0xe2222d279d744050d28e00520010520000310F59"
PROTOCOL_V2: Final = {
    POLYGON: "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa",
    AMOY: "0x9fE6e61422AdB6F610d8597F9684b16912D50C3D",
}

CONTRACTS: Final[dict[tuple[int, str, bool], Contract]] = {
    (chain_id, version, neg_risk): _contract(chain_id, domain, address)
    for chain_id in (POLYGON, AMOY)
    for version, neg_risk, domain, address in (
        ("v1", False, "2", CLOB_V2),
        ("v1", True, "2", CLOB_V2_NEG_RISK),
        ("v2", False, "3", PROTOCOL_V2[chain_id]),
        ("v2", True, "3", PROTOCOL_V2[chain_id]),
    )
}


def contract_of(version: str, neg_risk: bool, chain_id: int) -> Contract | None:
    """The contract for a market's `version` and `neg_risk`; None for what we do not know."""
    return CONTRACTS.get((chain_id, version, neg_risk))


KNOWN: Final = frozenset(
    address.lower()
    for address in (
        *(contract.address for contract in CONTRACTS.values()),
        "0x12121212006e4CD160D18e3f00711DA5c3372600",  # Router
        "0x006F54F7f9A22e0000CC2AB60031000000ae9fEF",  # PositionManager
        "0xAdA100Db00Ca00073811820692005400218FcE1f",  # CtfCollateralAdapter
        "0xadA2005600Dec949baf300f4C6120000bDB6eAab",  # NegRiskCtfCollateralAdapter
        "0xd91E80cF2E7be2e162c6513ceD06f1dD0dA35296",  # Neg Risk Adapter of the first generation
        "0x4bFb41d5B3570DeFd03C39a9A4D8dE6Bd8B8982E",  # its exchanges
        "0xC5d563A36AE78145C45a50134d48A1215220f80a",
    )
)
"""Every contract that the venue may name as one that takes collateral, in lower case (8.5)."""
