"""What the venue refuses, in its words and states, as the official CLOB client hears it."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from py_clob_client_v2 import ClobClient
from py_clob_client_v2.clob_types import (
    ApiCreds,
    BalanceAllowanceParams,
    CreateOrderOptions,
    MarketOrderArgsV2,
    OrderArgsV1,
    OrderPayload,
    PostOrdersV2Args,
    TradeParams,
)
from py_clob_client_v2.exceptions import PolyApiException
from tests.integration.exchange.house import CHAIN, House, limit, new_key, running

OTHER = "0x" + "ab" * 32


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with running("--tier", "none") as made:
        yield made


@dataclasses.dataclass
class Scene:
    """A funded client, a token with one bid and one offer by somebody else."""

    house: House
    client: ClobClient
    yes: str

    def post(self, side: str, price: float, size: float, kind: str = "GTC", **more: Any) -> Any:  # noqa: ANN401
        """Post a limit order."""
        made = self.client.create_order(limit(self.yes, side, price, size))
        return self.client.post_order(made, kind, **more)

    def market(self, side: str, amount: float, price: float, kind: str) -> Any:  # noqa: ANN401
        """Post a market order at a worst price."""
        args = MarketOrderArgsV2(token_id=self.yes, amount=amount, side=side, price=price)
        return self.client.create_and_post_market_order(args, order_type=kind)

    def expires(self, in_s: int, kind: str) -> Any:  # noqa: ANN401
        """Post an order that says when it ends."""
        args = limit(self.yes, "BUY", 0.1, 10)
        args.expiration = self.house.get(f"{self.house.clob}/time") + in_s
        return self.client.post_order(self.client.create_order(args), kind)

    def raw(self, method: str, path: str, body: object) -> Any:  # noqa: ANN401
        """Send any body with the client's own headers."""
        text = json.dumps(body, separators=(",", ":"))
        headers = self.client._l2_headers(method, path, serialized_body=text)
        send = self.client._post if method == "POST" else self.client._delete
        return send(self.house.clob + path, headers=headers, data=text)

    def changed(self, **fields: Any) -> Any:  # noqa: ANN401
        """Post an order that was changed after it was signed."""
        made = self.client.create_order(limit(self.yes, "BUY", 0.1, 10))
        return self.client.post_order(dataclasses.replace(made, **fields))

    def off_grid(self) -> Any:  # noqa: ANN401
        """Post an order on a finer grid than the market's."""
        options = CreateOrderOptions(tick_size="0.001", neg_risk=False)
        made = self.client.builder.build_order(limit(self.yes, "BUY", 0.123, 10), options)
        return self.client.post_order(made)

    def first_version(self) -> Any:  # noqa: ANN401
        """Post an order of the contracts of 2022."""
        options = CreateOrderOptions(tick_size="0.01", neg_risk=False)
        args = OrderArgsV1(token_id=self.yes, price=0.1, size=10, side="BUY")
        return self.client.post_order(self.client.builder.build_order(args, options, version=1))

    def version(self, version: int, *, neg_risk: bool = False) -> Any:  # noqa: ANN401
        """Post an order signed for another contract."""
        options = CreateOrderOptions(tick_size="0.01", neg_risk=neg_risk)
        args = limit(self.yes, "BUY", 0.1, 10)
        made = self.client.builder.build_order(args, options, version=version)
        return self.client.post_order(made)

    def twice(self) -> Any:  # noqa: ANN401
        """Post the same order again."""
        made = self.client.create_order(limit(self.yes, "BUY", 0.1, 10))
        self.client.post_order(made)
        return self.client.post_order(made)

    def strangers(self) -> Any:  # noqa: ANN401
        """Post an order that another key made and signed."""
        other = ClobClient(host=self.house.clob, chain_id=CHAIN, key=new_key())
        return self.client.post_order(other.create_order(limit(self.yes, "BUY", 0.1, 10)))

    def others_key(self) -> Any:  # noqa: ANN401
        """Post an order in the name of another API key."""
        made = self.client.create_order(limit(self.yes, "BUY", 0.1, 10))
        kept = self.client.creds
        headers = self.client._l2_headers
        self.client._l2_headers = lambda *a, **k: (  # type: ignore[method-assign]
            setattr(self.client, "creds", kept) or headers(*a, **k)
        )
        self.client.creds = ApiCreds("someone", kept.api_secret, kept.api_passphrase)
        return self.client.post_order(made)

    def standing(self, **told: Any) -> "Scene":  # noqa: ANN401
        """Let the venue treat this wallet in another way."""
        self.house.post(f"/accounts/{self.client.get_address()}/standing", told)
        return self

    def fault(self, kind: str) -> "Scene":
        """Let the venue stop for a while."""
        self.house.tell(command=kind, seconds=60)
        return self

    def batch(self, count: int) -> Any:  # noqa: ANN401
        """Post the same order many times in one request."""
        made = self.client.create_order(limit(self.yes, "BUY", 0.1, 10))
        return self.client.post_orders([PostOrdersV2Args(made)] * count)


@pytest.fixture
def scene(house: House) -> Iterator[Scene]:
    _, yes, _ = house.market()
    other = house.client(1000, **{yes: 1000})
    other.create_and_post_order(limit(yes, "BUY", 0.1, 20))
    other.create_and_post_order(limit(yes, "SELL", 0.6, 20))
    made = Scene(house, house.client(100, **{yes: 10}), yes)
    yield made
    house.tell(command="heal")
    if house.told.pop("restart", None):
        house.step(121)  # what it leaves behind is over
    made.standing(banned=False)
    other.cancel_all()
    made.client.cancel_all()


GRID = "order {id} is invalid. Price (0.123) breaks minimum tick size rule: 0.01"
SHORT = (
    "not enough balance / allowance: the balance is not enough -> balance: 100000000, "
    "sum of active orders: 0, sum of matched orders: 0, order amount (inc. fees): 150000000"
)
POST_ONLY = {
    "error": "post-only mode: only post-only orders and cancels are allowed",
    "code": "post_only_mode",
    "retry_after_seconds": 10,
}
Asked = Callable[[Scene], Any]
REFUSALS: dict[str, tuple[Asked, int, Any]] = {
    "body": (lambda s: s.raw("POST", "/order", {"order": 1}), 400, "Invalid order payload"),
    "owner": (Scene.others_key, 400, "the order owner has to be the owner of the API KEY"),
    "signer": (
        Scene.strangers, 400, "the order signer address has to be the address of the API KEY",
    ),
    "banned": (lambda s: s.standing(banned=True).post("BUY", 0.1, 10), 400,
               "'{address}' address banned"),
    "closed only": (lambda s: s.standing(closed_only=True).post("BUY", 0.1, 10), 400,
                    "'{address}' address in closed only mode"),
    "deposit only": (lambda s: s.standing(deposit_only=True).post("BUY", 0.1, 10), 400,
                     "maker address not allowed, please use the deposit wallet flow"),
    "allowance": (
        lambda s: s.standing(allowance="0.5").post("BUY", 0.1, 10), 400,
        "not enough balance / allowance: the allowance is not enough -> spender: "
        "0xE111180000d2663C0091e4f400237545B87B996B, allowance: 500000, order amount: 1000000",
    ),
    "balance": (lambda s: s.post("BUY", 0.5, 300), 400, SHORT),
    "shares": (
        lambda s: s.post("SELL", 0.5, 11), 400,
        "not enough balance / allowance: the balance is not enough -> balance: 10000000, "
        "sum of active orders: 0, sum of matched orders: 0, order amount (inc. fees): 11000000",
    ),
    "grid": (Scene.off_grid, 400, GRID),
    "minimum": (lambda s: s.post("BUY", 0.1, 4), 400,
                "order {id} is invalid. Size (4) lower than the minimum: 5"),
    "duplicate": (Scene.twice, 400, "order {id} is invalid. Duplicated."),
    "post only": (lambda s: s.post("BUY", 0.6, 5, post_only=True), 400,
                  "invalid post-only order: order crosses book"),
    "dollar": (lambda s: s.market("BUY", 0.5, 0.6, "FAK"), 400,
               "invalid amount for a marketable BUY order ($0.5), min size: $1"),
    "cents": (
        lambda s: s.post("BUY", 0.61, 10.01, "FOK"), 400,
        "invalid amounts, the market buy orders maker amount supports a max accuracy of "
        "2 decimals, taker amount a max of 4 decimals",
    ),
    "expiration": (lambda s: s.expires(170, "GTD"), 400, "invalid expiration"),
    "expiration of a GTC": (lambda s: s.expires(600, "GTC"), 400, "invalid expiration"),
    "FOK": (lambda s: s.market("BUY", 30, 0.6, "FOK"), 400,
            "order couldn't be fully filled. FOK orders are fully filled or killed."),
    "FAK": (
        lambda s: s.market("BUY", 5, 0.59, "FAK"), 400,
        "no orders found to match with FAK order. "
        "FAK orders are partially filled or killed if no match is found.",
    ),
    "signature": (lambda s: s.changed(salt=7), 400, "invalid signature"),
    "contract": (lambda s: s.version(2, neg_risk=True), 400, "invalid signature"),
    "domain": (lambda s: s.version(3), 400, "order_version_mismatch"),
    "old order": (Scene.first_version, 400, "order_version_mismatch"),
    "batch": (lambda s: s.batch(16), 400, "Too many orders in payload: 16, max allowed: 15"),
    "cancels": (lambda s: s.client.cancel_orders([f"{n:x}" for n in range(1001)]), 400,
                "Too many orders in payload, max allowed: 1000"),
    "cancel body": (lambda s: s.raw("DELETE", "/order", {"id": OTHER}), 400, "Invalid orderID"),
    "cancel market": (lambda s: s.raw("DELETE", "/cancel-market-orders", {}), 400,
                      "Invalid order params payload"),
    "order id": (lambda s: s.client.get_order("0x12"), 400, "Invalid orderID"),
    "no order": (lambda s: s.client.get_order(OTHER), 404, "Order not found"),
    "trades": (lambda s: s.client.get_trades(TradeParams(after="soon")), 400,
               "Invalid trade params payload"),
    "token": (lambda s: s.changed(tokenId="12345"), 404,
              "No orderbook exists for the requested token id"),
    "balance of": (
        lambda s: s.client.get_balance_allowance(
            BalanceAllowanceParams(asset_type="CONDITIONAL", token_id="x")
        ), 400, "Invalid token id",
    ),
    "balance as": (
        lambda s: s.client.get_balance_allowance(
            BalanceAllowanceParams(asset_type="CONDITIONAL-V2", token_id=s.yes)
        ), 400, "Invalid token id",
    ),
    "disabled": (lambda s: s.fault("disabled").post("BUY", 0.1, 10), 503,
                 "Trading is currently disabled. Check polymarket.com for updates"),
    "no cancels": (lambda s: s.fault("disabled").client.cancel_order(OrderPayload(OTHER)), 503,
                   "Trading is currently disabled. Check polymarket.com for updates"),
    "cancel only": (
        lambda s: s.fault("cancel_only").post("BUY", 0.1, 10), 503,
        "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
    ),
    "post-only mode": (lambda s: s.fault("post_only").post("BUY", 0.1, 10), 503, POST_ONLY),
    "restart": (lambda s: s.fault("restart").post("BUY", 0.1, 10), 425, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_has_the_venues_words_and_leaves_no_order(scene: Scene, name: str) -> None:
    asked, status, expected = REFUSALS[name]
    before = len(scene.client.get_open_orders())
    with pytest.raises(PolyApiException) as refused:
        asked(scene)
    told = refused.value.error_msg
    scene.house.tell(command="heal")
    if isinstance(expected, str) and expected:
        text = told["error"]
        order = text.split()[1] if text.startswith("order 0x") else ""
        wanted = expected.format(id=order, address=scene.client.get_address())
        assert told == {"error": wanted}
    else:
        assert told == expected
    assert refused.value.status_code == status
    if name != "restart":
        assert len(scene.client.get_open_orders()) == before + (name == "duplicate")


def test_a_batch_in_post_only_mode_is_a_success_that_places_nothing(scene: Scene) -> None:
    scene.fault("post_only")
    (told,) = scene.batch(1)
    assert told["success"] is True
    assert told["errorMsg"] == POST_ONLY["error"]
    assert told["orderID"] == ""
    assert scene.client.get_open_orders() == []


def test_cancels_are_taken_in_cancel_only_and_in_post_only_mode(scene: Scene) -> None:
    for kind in ("cancel_only", "post_only"):
        placed = scene.post("BUY", 0.1, 10)["orderID"]
        scene.fault(kind)
        assert scene.client.cancel_order(OrderPayload(placed))["canceled"] == [placed]
        scene.house.tell(command="heal")


def test_after_a_restart_only_post_only_orders_come_in_for_two_minutes(scene: Scene) -> None:
    scene.house.tell(command="restart", seconds=5)
    with pytest.raises(PolyApiException) as refused:
        scene.client.get_open_orders()
    assert refused.value.status_code == 425
    scene.house.step(5)
    with pytest.raises(PolyApiException) as refused:
        scene.post("BUY", 0.1, 10)
    assert refused.value.error_msg == POST_ONLY | {"retry_after_seconds": 120}
    assert scene.post("BUY", 0.1, 10, post_only=True)["status"] == "live"
    scene.house.step(120)
    assert scene.post("BUY", 0.1, 10)["status"] == "live"


def test_wrong_credentials_are_nobodys(house: House) -> None:
    client = house.client()
    for changed in (
        ApiCreds("x", client.creds.api_secret, client.creds.api_passphrase),
        ApiCreds(client.creds.api_key, "AAAA", client.creds.api_passphrase),
        ApiCreds(client.creds.api_key, client.creds.api_secret, "x"),
    ):
        wrong = ClobClient(host=house.clob, chain_id=CHAIN, key=client.signer.private_key,
                           creds=changed)  # fmt: skip
        with pytest.raises(PolyApiException) as refused:
            wrong.get_open_orders()
        assert refused.value.status_code == 401
        assert refused.value.error_msg == {"error": "Unauthorized/Invalid api key"}
    other_chain = ClobClient(host=house.clob, chain_id=80002, key=new_key())
    with pytest.raises(PolyApiException) as refused:
        other_chain.create_api_key()
    assert refused.value.status_code == 401
    assert refused.value.error_msg == {"error": "Invalid L1 Request headers"}
