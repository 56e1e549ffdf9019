"""What the clerk refuses before the floor sees it, and what it hands over."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from coincurve import PrivateKey

from polywire.exchange.accounts import Accounts, Caller
from polywire.exchange.app import make_flow
from polywire.exchange.clerk import Clerk
from polywire.exchange.faults import Fault, Kind
from polywire.exchange.options import ExchangeOptions
from polywire.exchange.quotes import RefusedError
from polywire.exchange.signatures import (
    NEG_RISK_EXCHANGE,
    PLAIN_EXCHANGE,
    POSITION_EXCHANGE,
    Domain,
    SignatureType,
    SignedFields,
    order_hash,
)
from polywire.exchange.terms import NewOrder, OrderType, Placed, PlacedStatus
from polywire.exchange.venue import Venue, VirtualClock
from polywire.exchange.wallet_addresses import wallets_of

KEY = PrivateKey(bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"))
SIGNER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
OTHER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
START = 1_785_000_000_000_000_000
NOTHING = "0x" + "00" * 32
SECOND = 1_000_000_000


class Floor:
    """Takes everything, and remembers it."""

    def __init__(self) -> None:
        self.placed: list[NewOrder] = []
        self.becomes = Placed(PlacedStatus.LIVE)

    def place(self, order: NewOrder, now_ns: int) -> Placed:
        assert now_ns >= START
        self.placed.append(order)
        return self.becomes


class Desk:
    """A clerk with one account, and orders as a client would write them."""

    def __init__(self) -> None:
        flow = make_flow(ExchangeOptions(markets=12), START)
        self.venue = Venue(flow, VirtualClock(START, 1.0))
        self.floor = Floor()
        self.venue.floor = self.floor  # type: ignore[assignment]
        self.accounts = Accounts(1, lambda _: None)
        self.caller = Caller(SIGNER, self.accounts.create(SIGNER, 0).key)
        self.clerk = Clerk(self.venue, self.accounts)
        listings = self.venue.catalogue.listings
        self.token = next(one for one in listings if not one.group.neg_risk).tokens[0]
        self.neg_risk = next(one for one in listings if one.group.neg_risk).tokens[1]

    def order(self, domain: Domain = PLAIN_EXCHANGE, **changed: Any) -> dict[str, Any]:  # noqa: ANN401
        told = {
            "salt": 12345, "maker": SIGNER, "signer": SIGNER, "tokenId": self.token,
            "makerAmount": "5200000", "takerAmount": "10000000", "side": "BUY",
            "expiration": "0", "signatureType": 0, "timestamp": "1785000000000",
            "metadata": NOTHING, "builder": NOTHING,
        } | changed  # fmt: skip
        signed = SignedFields(
            salt=told["salt"],
            maker=told["maker"],
            signer=told["signer"],
            token=int(told["tokenId"]),
            making=int(told["makerAmount"]),
            taking=int(told["takerAmount"]),
            side=0 if told["side"] == "BUY" else 1,
            signature_type=SignatureType(told["signatureType"]),
            timestamp_ms=int(told["timestamp"]),
            metadata=bytes(32),
            builder=bytes(32),
        )
        raw = KEY.sign_recoverable(order_hash(signed, domain), hasher=None)
        return told | {"signature": "0x" + raw[:64].hex() + f"{raw[64] + 27:02x}"}

    def body(self, order: dict[str, Any], **changed: Any) -> bytes:  # noqa: ANN401
        told = {"order": order, "owner": self.caller.key, "orderType": "GTC", "postOnly": False}
        return json.dumps(told | changed).encode()

    def refusal(self, body: bytes) -> str:
        with pytest.raises(RefusedError) as refused:
            self.clerk.place(self.caller, body)
        assert self.floor.placed == []
        return f"{refused.value.status} {refused.value.reason}"

    def fault(self, kind: Kind, seconds: float = 5.0) -> None:
        now_ns = self.venue.clock.now()
        self.venue.plan(Fault(kind=kind, seconds=seconds), now_ns)
        self.venue.faults.begin_due(now_ns, [])


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_honest_order_reaches_the_floor_as_it_was_signed(desk: Desk) -> None:
    order = desk.order(expiration="1785000500")
    told = desk.clerk.place(desk.caller, desk.body(order, orderType="GTD", postOnly=True))
    (placed,) = desk.floor.placed
    assert placed == NewOrder(
        id=placed.id, owner=desk.caller.key, maker=SIGNER, token=desk.token, buys=True,
        making=5_200_000, taking=10_000_000, order_type=OrderType.GTD, post_only=True,
        expiration_s=1_785_000_500,
    )  # fmt: skip
    assert told == {
        "errorMsg": "", "orderID": placed.id, "takingAmount": "", "makingAmount": "",
        "status": "live", "success": True,
    }  # fmt: skip


def test_a_match_tells_what_was_given_and_got_in_human_units(desk: Desk) -> None:
    desk.floor.becomes = Placed(PlacedStatus.MATCHED, 1_199_999, 2_181_817, ("a", "b"))
    told = desk.clerk.place(desk.caller, desk.body(desk.order()))
    assert (told["makingAmount"], told["takingAmount"]) == ("1.199999", "2.181817")
    assert (told["status"], told["tradeIDs"]) == ("matched", ["a", "b"])


@pytest.mark.parametrize("kind", [SignatureType.PROXY, SignatureType.SAFE])
def test_wallets_of_a_key_trade_by_its_signature(desk: Desk, kind: SignatureType) -> None:
    wallet = wallets_of(SIGNER)[kind][0]
    desk.clerk.place(desk.caller, desk.body(desk.order(maker=wallet, signatureType=int(kind))))
    assert desk.floor.placed[0].maker == wallet


def test_the_contract_follows_the_markets_flag(desk: Desk) -> None:
    right = desk.order(NEG_RISK_EXCHANGE, tokenId=desk.neg_risk)
    desk.clerk.place(desk.caller, desk.body(right))
    desk.floor.placed.clear()
    assert desk.refusal(desk.body(desk.order(tokenId=desk.neg_risk))) == "400 invalid signature"
    assert desk.refusal(desk.body(desk.order(NEG_RISK_EXCHANGE))) == "400 invalid signature"
    wrong = desk.body(desk.order(POSITION_EXCHANGE))
    assert desk.refusal(wrong) == "400 order_version_mismatch"


Change = Callable[[Desk], bytes]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda _: b"", "400 Invalid order payload"),
        (lambda _: b"[]", "400 Invalid order payload"),
        (lambda desk: desk.body({}), "400 Invalid order payload"),
        (lambda desk: desk.body(desk.order() | {"salt": "1"}), "400 Invalid order payload"),
        (lambda desk: desk.body(desk.order() | {"side": "buy"}), "400 Invalid order payload"),
        (lambda desk: desk.body(desk.order() | {"makerAmount": "-1"}), "400 Invalid order payload"),
        (lambda desk: desk.body(desk.order() | {"makerAmount": 1}), "400 Invalid order payload"),
        (lambda desk: desk.body(desk.order() | {"makerAmount": "1\n"}),
         "400 Invalid order payload"),
        (lambda desk: desk.body(desk.order() | {"salt": 2**256}), "400 Invalid order payload"),
        (lambda _: b"[" * 100_000, "400 Invalid order payload"),
        (lambda desk: desk.body(desk.order() | {"takerAmount": "0"}), "400 Invalid order payload"),
        (lambda desk: desk.body(desk.order() | {"takerAmount": "9" * 78}),
         "400 Invalid order payload"),
        (lambda desk: desk.body(desk.order() | {"maker": "0x12"}), "400 Invalid order payload"),
        (lambda desk: desk.body(desk.order() | {"signatureType": 4}), "400 Invalid order payload"),
        (lambda desk: desk.body(desk.order() | {"signature": "0x1"}), "400 Invalid order payload"),
        (lambda desk: desk.body(desk.order(), orderType="IOC"), "400 Invalid order payload"),
        (lambda desk: desk.body({k: v for k, v in desk.order().items() if k != "timestamp"}),
         "400 order_version_mismatch"),
        (lambda desk: desk.body(desk.order(), owner="someone"),
         "400 the order owner has to be the owner of the API KEY"),
        (lambda desk: desk.body(desk.order(signer=OTHER)),
         "400 the order signer address has to be the address of the API KEY"),
        (lambda desk: desk.body(desk.order(signatureType=3, maker=OTHER)),
         "400 the order signer address has to be the address of the API KEY"),
        (lambda desk: desk.body(desk.order(maker=OTHER, signatureType=2)), "400 invalid signature"),
        (lambda desk: desk.body(desk.order(maker=OTHER)), "400 invalid signature"),
        (lambda desk: desk.body(desk.order() | {"makerAmount": "5200001"}),
         "400 invalid signature"),
        (lambda desk: desk.body(desk.order() | {"signature": "0x"}), "400 invalid signature"),
        (lambda desk: desk.body(desk.order(tokenId="12345")),
         "404 No orderbook exists for the requested token id"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_by_its_name(desk: Desk, change: Change, text: str) -> None:
    assert desk.refusal(change(desk)) == text


def test_how_an_address_stands_decides_what_it_may(desk: Desk) -> None:
    standing = desk.accounts.standing(SIGNER)
    standing.banned = True
    assert desk.refusal(desk.body(desk.order())) == f"400 '{SIGNER}' address banned"
    standing.banned, standing.closed_only = False, True
    expected = f"400 '{SIGNER}' address in closed only mode"
    assert desk.refusal(desk.body(desk.order())) == expected
    desk.clerk.place(desk.caller, desk.body(desk.order(side="SELL")))
    desk.floor.placed.clear()
    standing.closed_only, standing.deposit_only = False, True
    refused = desk.refusal(desk.body(desk.order()))
    assert refused == "400 maker address not allowed, please use the deposit wallet flow"
    standing.deposit_only, standing.allowance = False, 5_199_999
    assert desk.refusal(desk.body(desk.order())) == (
        "400 not enough balance / allowance: the allowance is not enough -> spender: "
        "0xE111180000d2663C0091e4f400237545B87B996B, allowance: 5199999, order amount: 5200000"
    )


def test_stops_refuse_orders_each_in_its_way(desk: Desk) -> None:
    desk.fault(Kind.CANCEL_ONLY)
    assert desk.refusal(desk.body(desk.order())) == (
        "503 Trading is currently cancel-only. "
        "New orders are not accepted, but cancels are allowed."
    )
    desk.fault(Kind.DISABLED)
    assert desk.refusal(desk.body(desk.order())) == (
        "503 Trading is currently disabled. Check polymarket.com for updates"
    )


def test_in_post_only_mode_only_resting_orders_come_in(desk: Desk) -> None:
    desk.fault(Kind.POST_ONLY)
    with pytest.raises(RefusedError) as refused:
        desk.clerk.place(desk.caller, desk.body(desk.order()))
    assert refused.value.status == 503
    assert refused.value.body["code"] == "post_only_mode"
    assert refused.value.headers == {"Retry-After": "10"}
    desk.clerk.place(desk.caller, desk.body(desk.order(), postOnly=True))
    assert len(desk.floor.placed) == 1


def test_after_a_restart_two_minutes_are_post_only(desk: Desk) -> None:
    clock, faults = desk.venue.clock, desk.venue.faults
    desk.fault(Kind.RESTART, seconds=5)
    clock.advance(5 * SECOND)
    faults.end_due(clock.now())
    clock.advance(41 * SECOND)
    with pytest.raises(RefusedError) as refused:
        desk.clerk.place(desk.caller, desk.body(desk.order()))
    assert refused.value.body == {
        "error": "post-only mode: only post-only orders and cancels are allowed",
        "code": "post_only_mode",
        "retry_after_seconds": 79,
    }
    clock.advance(79 * SECOND)
    desk.clerk.place(desk.caller, desk.body(desk.order()))


def test_a_batch_answers_for_each_order_in_its_place(desk: Desk) -> None:
    bodies = [
        desk.body(desk.order(salt=1)),
        desk.body(desk.order(), owner="someone"),
        b"7",
        desk.body(desk.order(salt=2)),
    ]
    batch = desk.clerk.batch(b"[" + b",".join(bodies) + b"]")
    told = desk.clerk.place_batch(desk.caller, batch)
    assert [one["orderID"] for one in told] == [
        desk.floor.placed[0].id, "", "", desk.floor.placed[1].id,
    ]  # fmt: skip
    assert [one["success"] for one in told] == [True, False, False, True]
    assert told[1]["errorMsg"] == "the order owner has to be the owner of the API KEY"


def test_a_batch_in_post_only_mode_is_called_a_success(desk: Desk) -> None:
    desk.fault(Kind.POST_ONLY)
    both = [desk.body(desk.order(salt=1)), desk.body(desk.order(salt=2), postOnly=True)]
    told = desk.clerk.place_batch(desk.caller, desk.clerk.batch(b"[" + b",".join(both) + b"]"))
    assert told[0] == {
        "errorMsg": "post-only mode: only post-only orders and cancels are allowed",
        "orderID": "", "takingAmount": "", "makingAmount": "", "status": "", "success": True,
    }  # fmt: skip
    assert told[1]["status"] == "live"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "Invalid order payload"),
        (b"{}", "Invalid order payload"),
        (b"[]", "Invalid order payload"),
        (b"[" + b",".join([b"{}"] * 16) + b"]", "Too many orders in payload: 16, max allowed: 15"),
    ],
)
def test_a_batch_is_one_to_fifteen_orders(desk: Desk, body: bytes, text: str) -> None:
    with pytest.raises(RefusedError) as refused:
        desk.clerk.batch(body)
    assert refused.value.reason == text
