"""Whatever we sign, the exchange's own arithmetic finds our key behind it, under the same id."""

import json

from hypothesis import given
from hypothesis import strategies as some

from polywire.core.ids import InstrumentId, MarketId, OrderId, StrategyId, VenueId
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import FeeSchedule, Market, Outcome, Side
from polywire.core.model.intent import TimeInForce
from polywire.core.units import Ns, Price, Quantity
from polywire.exchange import signatures
from polywire.exchange.signatures import SignedFields
from polywire.runtime.signer import Key, Signer
from polywire.venues.polymarket.eip712 import Address
from polywire.venues.polymarket.headers import Credentials
from polywire.venues.polymarket.orders import SignatureType, SignedOrder, Wallet
from polywire.venues.secret import Secret

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
POSITION = (1 << 248) | (7 << 120) | 1
"""A position id: the middle bits of one are empty."""
TICKS = (100_000, 10_000, 5_000, 2_500, 1_000, 100)
WALLET = Address("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")


@some.composite
def placed(draw: some.DrawFn) -> tuple[PlaceOrder, Market]:
    version = draw(some.sampled_from(["v1", "v2"]))
    token = POSITION if version == "v2" else draw(some.integers(2**200, 2**256 - 1)) | 1 << 41
    tick = draw(some.sampled_from(TICKS))
    price = tick * draw(some.integers(1, 1_000_000 // tick - 1))
    market = Market(
        id=MarketId("0x1"),
        venue=VenueId("polymarket"),
        catalogue_id="1",
        question="?",
        slug="q",
        outcomes=(
            Outcome(InstrumentId(str(token)), "Yes"),
            Outcome(InstrumentId("2"), "No"),
        ),
        tick=Price(tick),
        lot=Quantity(10_000),
        size_min=Quantity(0),
        fees=FeeSchedule(0, 1, 0),
        neg_risk=draw(some.booleans()),
        version=version,
        end_ns=Ns(0),
    )
    command = PlaceOrder(
        OrderId("run-1"),
        StrategyId("s"),
        market.id,
        market.outcomes[0].instrument,
        draw(some.sampled_from(Side)),
        Price(price),
        Quantity(10_000 * draw(some.integers(1, 10**9))),
        TimeInForce.GTC,
        post_only=draw(some.booleans()),
    )
    return command, market


@given(
    number=some.integers(1, CURVE_ORDER - 1),
    kind=some.sampled_from(SignatureType),
    delegated=some.booleans(),
    order=placed(),
    salt=some.integers(0, 2**53 - 1),
    builder=some.binary(min_size=32, max_size=32),
)
def test_the_exchange_finds_our_key_behind_every_order(
    number: int,
    kind: SignatureType,
    delegated: bool,
    order: tuple[PlaceOrder, Market],
    salt: int,
    builder: bytes,
) -> None:
    key = Key(Secret(f"{number:064x}"))
    address = key.address if kind is SignatureType.EOA else WALLET
    wallet = Wallet(kind, address, key.address, delegated=delegated)
    signer = Signer(key, wallet, Credentials("owner", Secret(""), Secret("")), builder=builder)
    command, market = order
    signed = signer.sign(command, market, Ns(1_800_000_000_123_456_789), salt)
    assert isinstance(signed, SignedOrder)
    told = json.loads(signed.body)["order"]
    fields = SignedFields(
        salt=told["salt"],
        maker=told["maker"],
        signer=told["signer"],
        token=int(told["tokenId"]),
        making=int(told["makerAmount"]),
        taking=int(told["takerAmount"]),
        side={"BUY": 0, "SELL": 1}[told["side"]],
        signature_type=signatures.SignatureType(told["signatureType"]),
        timestamp_ms=int(told["timestamp"]),
        metadata=bytes.fromhex(told["metadata"][2:]),
        builder=bytes.fromhex(told["builder"][2:]),
    )
    domain = signatures.domain_of(fields.token, neg_risk=market.neg_risk)
    assert "0x" + signatures.order_hash(fields, domain).hex() == signed.venue_order_id
    signature = bytes.fromhex(told["signature"][2:])
    assert signatures.order_signer(fields, domain, signature) == key.address
