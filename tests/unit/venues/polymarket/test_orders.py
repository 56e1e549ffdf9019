"""Orders hashed, signed and written as the vectors have them, bit for bit."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from coincurve import PrivateKey
from eth_abi.abi import encode

from polywire.core.ids import InstrumentId, OrderId, VenueOrderId
from polywire.core.model.instrument import Side
from polywire.core.model.intent import TimeInForce
from polywire.venues.polymarket.amounts import Amounts
from polywire.venues.polymarket.contracts import AMOY, POLYGON, Contract, contract_of
from polywire.venues.polymarket.eip712 import address_of, keccak
from polywire.venues.polymarket.orders import (
    Order,
    OrderForm,
    SignatureType,
    SignedOrder,
    Terms,
    Wallet,
    batch_body,
    digests,
    wire_signature,
)

VECTORS = Path(__file__).parents[3] / "vectors" / "polymarket_orders_v2.json"
TOLD = json.loads(VECTORS.read_text())
OWNER = "9180014b-33c8-9240-a14b-bdca11c0a465"
KEY = PrivateKey(bytes.fromhex(TOLD["private_key"][2:]))
KINDS = {
    "GTC": TimeInForce.GTC,
    "GTD": TimeInForce.GTD,
    "FAK": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
}
each_vector = pytest.mark.parametrize(
    "vector", TOLD["vectors"], ids=[one["name"] for one in TOLD["vectors"]]
)


def sign(digest: bytes) -> bytes:
    """As Ethereum has it, with 27 or 28 at the end."""
    raw: bytes = KEY.sign_recoverable(digest, hasher=None)
    return raw[:64] + bytes([raw[64] + 27])


def contract_for(vector: dict[str, Any]) -> Contract:
    given = vector["input"]
    version = "v2" if "position_id" in given else "v1"
    contract = contract_of(version, given["neg_risk"], vector["domain"]["chainId"])
    assert contract is not None
    return contract


def wallet_for(vector: dict[str, Any]) -> Wallet:
    given = vector["input"]
    return Wallet(SignatureType(given["signature_type"]), given["funder"], TOLD["signer"])


def form_for(vector: dict[str, Any]) -> OrderForm:
    builder = bytes.fromhex(vector["message"]["builder"][2:])
    return OrderForm(wallet_for(vector), OWNER, builder=builder)


def order_for(vector: dict[str, Any]) -> Order:
    told = vector["message"]
    return Order(
        salt=int(told["salt"]),
        token=InstrumentId(told["tokenId"]),
        side=Side(told["side"]),
        amounts=Amounts(int(told["makerAmount"]), int(told["takerAmount"])),
        timestamp_ms=int(told["timestamp"]),
    )


@each_vector
def test_domain_struct_and_order_hash_as_told(vector: dict[str, Any]) -> None:
    contract, wallet = contract_for(vector), wallet_for(vector)
    struct_hash = form_for(vector).struct_hash(order_for(vector))
    assert contract.address == vector["domain"]["verifyingContract"]
    assert "0x" + contract.separator.hex() == vector["domain_separator"]
    assert "0x" + struct_hash.hex() == vector["struct_hash"]
    order_hash, to_sign = digests(contract, wallet, struct_hash)
    assert "0x" + order_hash.hex() == vector["order_hash"]
    assert "0x" + to_sign.hex() == vector["signed_digest"]


@each_vector
def test_signature_and_body_as_told(vector: dict[str, Any]) -> None:
    contract, wallet, form = contract_for(vector), wallet_for(vector), form_for(vector)
    order, given = order_for(vector), vector["input"]
    struct_hash = form.struct_hash(order)
    own = sign(digests(contract, wallet, struct_hash)[1])
    signature = wire_signature(contract, wallet, struct_hash, own)
    assert "0x" + signature.hex() == vector["signature"]
    terms = Terms(
        KINDS[given["order_type"]], given.get("post_only", False), int(vector["expiration_on_wire"])
    )
    assert form.body(order, terms, signature).decode() == vector["wire_body"]


def test_a_key_that_was_authorised_wraps_the_whole_signature() -> None:
    vector = next(one for one in TOLD["vectors"] if one["input"]["signature_type"] == 3)
    contract, owner = contract_for(vector), wallet_for(vector)
    delegate = Wallet(owner.kind, owner.address, owner.key, delegated=True)
    struct_hash = form_for(vector).struct_hash(order_for(vector))
    own = sign(digests(contract, delegate, struct_hash)[1])
    inner = wire_signature(contract, owner, struct_hash, own)
    signer = bytes(12) + bytes.fromhex(TOLD["signer"][2:])
    wrapped = encode(["bytes32", "bytes32", "bytes"], [signer, bytes(32), inner])
    assert wire_signature(contract, delegate, struct_hash, own) == wrapped + 16 * b"\x64\x92"


def test_the_contract_follows_version_and_neg_risk() -> None:
    def address(version: str, *, neg_risk: bool, chain: int = POLYGON) -> str | None:
        contract = contract_of(version, neg_risk, chain)
        return None if contract is None else f"{contract.version} {contract.address}"

    assert address("v1", neg_risk=False) == "2 0xE111180000d2663C0091e4f400237545B87B996B"
    assert address("v1", neg_risk=True) == "2 0xe2222d279d744050d28e00520010520000310F59"
    assert address("v2", neg_risk=False) == "3 0xe3333700cA9d93003F00f0F71f8515005F6c00Aa"
    assert address("v2", neg_risk=True) == "3 0xe3333700cA9d93003F00f0F71f8515005F6c00Aa"
    assert (
        address("v2", neg_risk=True, chain=AMOY) == "3 0x9fE6e61422AdB6F610d8597F9684b16912D50C3D"
    )
    assert address("v3", neg_risk=False) is None
    assert address("", neg_risk=False) is None
    assert address("v1", neg_risk=False, chain=1) is None


def test_a_batch_is_a_list_of_bodies() -> None:
    orders = [
        SignedOrder(OrderId(f"run-{n}"), VenueOrderId("0x"), b'{"order":{"salt":%d}}' % n)
        for n in (1, 2)
    ]
    assert batch_body(orders) == b'[{"order":{"salt":1}},{"order":{"salt":2}}]'


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: batch_body([]),
        lambda: batch_body([SignedOrder(OrderId("a"), VenueOrderId("b"), b"{}")] * 16),
        lambda: form_for(TOLD["vectors"][0]).struct_hash(
            Order(2**53, InstrumentId("1"), Side.BUY, Amounts(1, 1), 1)
        ),
        lambda: OrderForm(wallet_for(TOLD["vectors"][0]), OWNER, builder=b"short"),
    ],
)
def test_what_the_venue_could_not_read_is_a_bug(wrong: Callable[[], object]) -> None:
    with pytest.raises(AssertionError):
        wrong()


def test_an_address_has_to_fit_its_capitals() -> None:
    told = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert address_of(told) == told
    assert address_of(told.lower()) == told
    assert address_of("0x" + told[2:].upper()) == told
    for wrong in (told[:-1], told + "0", told[2:], "0x" + 40 * "g", told[:-1] + "7", "", "0x"):
        with pytest.raises(ValueError, match="address"):
            address_of(wrong)
    with pytest.raises(ValueError, match="wrong digit"):
        address_of("0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266")


def test_keccak_is_ethereums() -> None:
    assert keccak(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert "0x" + keccak(TOLD["order_type_string"].encode()).hex() == TOLD["order_type_hash"]
