"""The exchange's signature checks against the protocol's vectors, and what they must not take."""

import json
from pathlib import Path
from typing import Any

import pytest

from polywire.exchange import signatures
from polywire.exchange.signatures import (
    BadSignatureError,
    Domain,
    SignatureType,
    SignedFields,
    auth_signer,
    checksummed,
    domain_of,
    order_hash,
    order_signer,
)
from polywire.exchange.wallet_addresses import wallets_of

SIGNER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
GROUP_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
CASES = [
    "eoa_buy_gtc_standard",
    "eoa_sell_gtc_standard_postonly_builder",
    "safe_buy_gtc_negrisk",
    "proxy_sell_gtd_negrisk",
    "deposit_wallet_buy_gtc_standard",
    "deposit_wallet_sell_gtc_negrisk",
    "eoa_market_buy_fok",
    "eoa_market_sell_fak",
    "exchange_v3_eoa_buy_gtc",
    "exchange_v3_deposit_wallet_sell_gtc",
]


def vector(vectors: Path, name: str) -> dict[str, Any]:
    told = json.loads((vectors / "vectors/polymarket_orders_v2.json").read_text())
    return next(one for one in told["vectors"] if one["name"] == name)


def fields(message: dict[str, Any], **changed: Any) -> SignedFields:  # noqa: ANN401
    message = message | changed
    return SignedFields(
        salt=int(message["salt"]),
        maker=message["maker"],
        signer=message["signer"],
        token=int(message["tokenId"]),
        making=int(message["makerAmount"]),
        taking=int(message["takerAmount"]),
        side=message["side"],
        signature_type=SignatureType(message["signatureType"]),
        timestamp_ms=int(message["timestamp"]),
        metadata=bytes.fromhex(message["metadata"][2:]),
        builder=bytes.fromhex(message["builder"][2:]),
    )


def domain(one: dict[str, Any]) -> Domain:
    return Domain(one["domain"]["version"], one["domain"]["verifyingContract"])


def signed(one: dict[str, Any]) -> bytes:
    return bytes.fromhex(one["signature"][2:])


@pytest.mark.parametrize("name", CASES)
def test_hash_and_signer_are_those_of_the_vectors(vectors: Path, name: str) -> None:
    one = vector(vectors, name)
    order = fields(one["message"])
    assert order_hash(order, domain(one)).hex() == one["order_hash"][2:]
    assert order_signer(order, domain(one), signed(one)) == SIGNER
    picked = domain_of(order.token, neg_risk=one["input"]["neg_risk"])
    assert picked.contract == one["domain"]["verifyingContract"]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    "changed",
    [
        {"salt": 479249096355},
        {"tokenId": 1},
        {"makerAmount": 1},
        {"takerAmount": 1},
        {"timestamp": 1767225600124},
        {"builder": "0x" + "01" * 32},
        {"metadata": "0x" + "01" * 32},
        {"maker": "0x" + "11" * 20},
    ],
)
def test_no_signed_field_can_be_changed(vectors: Path, name: str, changed: dict[str, Any]) -> None:
    one = vector(vectors, name)
    try:
        signer = order_signer(fields(one["message"], **changed), domain(one), signed(one))
    except BadSignatureError:
        return
    assert signer != SIGNER


@pytest.mark.parametrize("name", ["eoa_buy_gtc_standard", "deposit_wallet_buy_gtc_standard"])
def test_a_signature_for_another_contract_is_not_the_signers(vectors: Path, name: str) -> None:
    one = vector(vectors, name)
    for other in (signatures.NEG_RISK_EXCHANGE, signatures.POSITION_EXCHANGE):
        try:
            assert order_signer(fields(one["message"]), other, signed(one)) != SIGNER
        except BadSignatureError:
            assert one["input"]["signature_type"] == 3


def test_the_nested_form_has_to_say_what_it_nests(vectors: Path) -> None:
    one = vector(vectors, "deposit_wallet_buy_gtc_standard")
    raw = signed(one)
    for place in (65, 97, 129, 316):
        wrong = raw[:place] + bytes((raw[place] ^ 1,)) + raw[place + 1 :]
        with pytest.raises(BadSignatureError, match="nested"):
            order_signer(fields(one["message"]), domain(one), wrong)


def test_the_twin_of_a_signature_is_refused(vectors: Path) -> None:
    one = vector(vectors, "eoa_buy_gtc_standard")
    raw = signed(one)
    mirrored = GROUP_ORDER - int.from_bytes(raw[32:64], "big")
    twin = raw[:32] + mirrored.to_bytes(32, "big") + bytes((55 - raw[64],))
    with pytest.raises(BadSignatureError, match="twin"):
        order_signer(fields(one["message"]), domain(one), twin)


@pytest.mark.parametrize(
    "raw", [b"", b"\0" * 64, b"\0" * 65, b"\x01" * 64 + b"\x1d", b"\xff" * 400]
)
def test_what_is_no_signature_is_refused(vectors: Path, raw: bytes) -> None:
    for name in ("eoa_buy_gtc_standard", "deposit_wallet_buy_gtc_standard"):
        one = vector(vectors, name)
        with pytest.raises(BadSignatureError):
            order_signer(fields(one["message"]), domain(one), raw)


def test_an_authorised_key_is_known_by_the_wrapping_that_names_it(vectors: Path) -> None:
    one = vector(vectors, "deposit_wallet_buy_gtc_standard")
    inner = signed(one)

    def wrapped(named: str) -> bytes:
        named_word = bytes.fromhex(named[2:]).rjust(32, b"\0")
        offset, size = (96).to_bytes(32, "big"), len(inner).to_bytes(32, "big")
        padded = inner + bytes(-len(inner) % 32)
        return named_word + bytes(32) + offset + size + padded + bytes.fromhex("6492" * 16)

    order = fields(one["message"])
    assert order_signer(order, domain(one), wrapped(SIGNER)) == SIGNER
    with pytest.raises(BadSignatureError, match="names"):
        order_signer(order, domain(one), wrapped("0x" + "12" * 20))


def test_key_requests_of_the_vectors_are_the_signers(vectors: Path) -> None:
    told = json.loads((vectors / "vectors/polymarket_auth.json").read_text())
    for one in told["l1"]:
        headers = one["headers"]
        signature = bytes.fromhex(headers["POLY_SIGNATURE"][2:])
        who = auth_signer(SIGNER, headers["POLY_TIMESTAMP"], one["nonce"], signature)
        assert (who == SIGNER) is (one["chain_id"] == 137)
        assert auth_signer(SIGNER, headers["POLY_TIMESTAMP"], 77, signature) != SIGNER


def test_the_wallets_of_a_key_are_those_of_the_vectors(vectors: Path) -> None:
    told = json.loads((vectors / "vectors/polymarket_relayer.json").read_text())["wallets"]
    assert wallets_of(SIGNER) == {
        SignatureType.EOA: (SIGNER,),
        SignatureType.PROXY: (told["proxy"],),
        SignatureType.SAFE: (told["safe"],),
        SignatureType.DEPOSIT: (told["deposit_wallet_beacon"], told["deposit_wallet_uups"]),
    }


@pytest.mark.parametrize(
    "text", ["", "0x", "0x12", SIGNER[:-1], SIGNER + "00", "1" * 42, "0x" + "zz" * 20]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="hex"):
        checksummed(text)


def test_an_address_has_one_spelling() -> None:
    assert {checksummed(SIGNER.lower()), checksummed("0X" + SIGNER[2:].upper())} == {SIGNER}
