"""The signer against the vectors, what it refuses to sign, and that it never shows its key."""

import json
import pickle
from pathlib import Path
from typing import Any

import msgspec
import pytest

from polywire.core.errors import ConfigError
from polywire.core.ids import GroupId, InstrumentId, MarketId, OrderId, StrategyId, VenueId
from polywire.core.model.account import OrderRejected
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import FeeSchedule, Market, Outcome, Side
from polywire.core.model.intent import TimeInForce
from polywire.core.units import Ns, Price, Quantity, parse_micros
from polywire.runtime.signer import Key, Signer
from polywire.venues.polymarket.eip712 import Address
from polywire.venues.polymarket.headers import Credentials
from polywire.venues.polymarket.orders import SignatureType, SignedOrder, Wallet
from polywire.venues.secret import Secret

FOLDER = Path(__file__).parents[2] / "vectors"
TOLD = json.loads((FOLDER / "polymarket_orders_v2.json").read_text())
AUTH = json.loads((FOLDER / "polymarket_auth.json").read_text())
PRIVATE = TOLD["private_key"]
KINDS = {
    "GTC": TimeInForce.GTC,
    "GTD": TimeInForce.GTD,
    "FAK": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
}
NOW = Ns(TOLD["timestamp_ms"] * 1_000_000)
SALT = int(TOLD["salt"])
FOR_SHARES = [
    one
    for one in TOLD["vectors"]
    if one["input"]["kind"] == "limit" or one["input"]["side"] == "SELL"
]


def signer_for(given: dict[str, Any], chain_id: int = 137) -> Signer:
    key = Key(Secret(PRIVATE))
    wallet = Wallet(SignatureType(given["signature_type"]), given["funder"], key.address)
    told = AUTH["api_credentials"]
    credentials = Credentials(told["apiKey"], Secret(told["secret"]), Secret(told["passphrase"]))
    builder = bytes.fromhex(given.get("builder_code", "0x" + 64 * "0")[2:])
    return Signer(key, wallet, credentials, chain_id=chain_id, builder=builder)


def market_for(given: dict[str, Any]) -> Market:
    token = given.get("token_id") or given["position_id"]
    return Market(
        id=MarketId("0x1"),
        venue=VenueId("polymarket"),
        catalogue_id="1",
        question="?",
        slug="q",
        outcomes=(Outcome(InstrumentId(token), "Yes"), Outcome(InstrumentId("2"), "No")),
        tick=Price(parse_micros(given["tick_size"])),
        lot=Quantity(10_000),
        size_min=Quantity(5_000_000),
        fees=FeeSchedule(0, 1, 0),
        neg_risk=given["neg_risk"],
        version="v1" if "token_id" in given else "v2",
        end_ns=Ns(0),
        group=GroupId("g"),
    )


def command_for(given: dict[str, Any], **terms: object) -> PlaceOrder:
    market = market_for(given)
    usual: dict[str, Any] = {
        "order_id": OrderId("run-7"),
        "strategy": StrategyId("s"),
        "market": market.id,
        "instrument": market.outcomes[0].instrument,
        "side": Side[given["side"]],
        "price": Price(parse_micros(given["price"])),
        # two decimals are what may be ordered; the vector's client cuts a longer size
        "quantity": Quantity(parse_micros(given.get("size") or given["amount"]) // 10_000 * 10_000),
        "time_in_force": KINDS[given["order_type"]],
        "post_only": given.get("post_only", False),
    }
    return PlaceOrder(**(usual | terms))


@pytest.mark.parametrize("vector", FOR_SHARES, ids=[one["name"] for one in FOR_SHARES])
def test_orders_are_signed_as_told(vector: dict[str, Any]) -> None:
    given = vector["input"]
    signer = signer_for(given, vector["domain"]["chainId"])
    expires_s = given.get("expiration", 0)
    rests_s = expires_s - 60 if expires_s else 0
    until = Ns(rests_s * 1_000_000_000)
    command = command_for(given, until=until)
    signed = signer.sign(command, market_for(given), NOW, SALT)
    assert signed == SignedOrder(
        OrderId("run-7"), vector["order_hash"], vector["wire_body"].encode()
    )


GTC = TOLD["vectors"][0]["input"]


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"price": Price(525_000)}, "the price 0.525 is not on the grid of 0.01"),
        ({"quantity": Quantity(10_001_000)}, "a size has two decimals at most"),
        (
            {"time_in_force": TimeInForce.FOK, "quantity": Quantity(5_010_000)},
            "5.01 shares at 0.52 are $2.6052, and a buy at once has to cost whole cents:"
            " take a multiple of 0.25 shares",
        ),
    ],
)
def test_what_the_venue_would_refuse_is_not_signed(terms: dict[str, object], reason: str) -> None:
    signed = signer_for(GTC).sign(command_for(GTC, **terms), market_for(GTC), NOW, SALT)
    assert signed == OrderRejected(NOW, OrderId("run-7"), reason)


def test_a_market_of_an_unknown_version_is_not_signed_for() -> None:
    market = msgspec.structs.replace(market_for(GTC), version="v3")
    assert signer_for(GTC).sign(command_for(GTC), market, NOW, SALT) == OrderRejected(
        NOW, OrderId("run-7"), "no contract is known for a market of version 'v3'"
    )


def test_an_instrument_of_another_market_is_a_bug() -> None:
    command = command_for(GTC, instrument=InstrumentId("77"))
    with pytest.raises(AssertionError):
        signer_for(GTC).sign(command, market_for(GTC), NOW, SALT)


def test_requests_and_the_user_channel_are_signed_as_told() -> None:
    signer = signer_for(GTC)
    for told in AUTH["l2"]:
        body = (told["body"] or "").encode()
        now = Ns(1_767_225_600_000_000_000)
        assert signer.headers(told["method"], told["path"], body, now) == told["headers"]
    frame = json.loads(signer.user_auth().first_frame())
    assert frame["auth"] == AUTH["user_channel_subscribe"]["auth"]
    headers = Key(Secret(PRIVATE)).auth_headers(Ns(1_767_225_600_999_000_000))
    assert headers == AUTH["l1"][0]["headers"]


def test_a_key_is_read_with_and_without_its_prefix_and_never_shown() -> None:
    for text in (PRIVATE, PRIVATE[2:], f"  {PRIVATE}\n", "0x" + PRIVATE[2:].upper()):
        key = Key(Secret(text))
        assert key.address == TOLD["signer"]
        for shown in (repr(key), str(key), f"{key}", repr([key]), repr(signer_for(GTC))):
            assert PRIVATE[2:].lower() not in shown.lower()
    with pytest.raises(TypeError):
        pickle.dumps(Key(Secret(PRIVATE)))


@pytest.mark.parametrize("text", ["", "0x", "0x12", 64 * "z", 64 * "0", 64 * "f", 66 * "1"])
def test_what_is_no_key_is_not_quoted(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Key(Secret(text))
    beyond = text in (64 * "0", 64 * "f")
    why = "64 hex digits, but zero or beyond the largest key" if beyond else "it has 64 hex digits"
    assert str(caught.value) == f"this is no private key: {why}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_key_that_is_not_the_wallets_is_refused() -> None:
    key = Key(Secret("0x" + "11" * 32))
    wallet = Wallet(SignatureType.EOA, TOLD["signer"], Address(TOLD["signer"]))
    with pytest.raises(ConfigError, match="does not sign for"):
        Signer(key, wallet, Credentials("a", Secret(""), Secret("")))
