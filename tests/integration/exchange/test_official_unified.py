"""The unified official client trades here unmodified, from every kind of wallet, and listens."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from httpx._transports import default
from polymarket import AsyncSecureClient
from polymarket._internal.environment import PRODUCTION_CONFIG, create_environment
from polymarket._internal.wallet import (
    derive_beacon_deposit_wallet_address,
    derive_proxy_wallet_address,
    derive_safe_wallet_address,
    derive_uups_deposit_wallet_address,
)
from polymarket.errors import OrderHeartbeatMismatchError, RateLimitError, RequestRejectedError
from polymarket.rate_limit import RateLimitUpdate
from polymarket.streams import UserSpec
from tests.integration.exchange.house import House, address_of, new_key, running

Opened = Callable[..., Awaitable[AsyncSecureClient]]
WALLETS = PRODUCTION_CONFIG.wallet_derivation
KINDS = {
    "EOA": lambda signer, _: signer,
    "POLY_PROXY": derive_proxy_wallet_address,
    "GNOSIS_SAFE": derive_safe_wallet_address,
    "DEPOSIT_WALLET": derive_beacon_deposit_wallet_address,
    "old DEPOSIT_WALLET": derive_uups_deposit_wallet_address,
}


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with running("--tier", "Copper") as made:
        yield made


@pytest.fixture
def yes(house: House) -> str:
    """A token whose book is empty at the end of every test."""
    return house.market()[1]


@pytest.fixture(autouse=True)
def one_tls_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client makes a context for each of its eleven hosts, though nothing here is TLS."""
    monkeypatch.setattr(default, "create_ssl_context", lru_cache(default.create_ssl_context))


@pytest.fixture
async def relayer() -> AsyncIterator[str]:
    """Where the client asks whether a contract wallet was deployed; it was."""

    async def deployed(_: web.Request) -> web.Response:
        return web.json_response({"deployed": True})

    application = web.Application()
    application.router.add_get("/deployed", deployed)
    async with TestServer(application) as server:
        yield str(server.make_url("/")).rstrip("/")


@pytest.fixture
async def opened(house: House, relayer: str) -> AsyncIterator[Opened]:
    """A function that opens the client of a new, funded wallet."""
    config = dataclasses.replace(
        PRODUCTION_CONFIG,
        clob_url=house.clob,
        clob_market_ws_url=house.where["market_ws"],
        clob_user_ws_url=house.where["user_ws"],
        gamma_url=house.where["gamma"],
        data_url=house.where["data"],
        relayer_url=relayer,
    )
    environment = create_environment(name="local", config=config)
    async with AsyncExitStack() as stack:

        async def start(
            dollars: float = 0,
            kind: str = "EOA",
            key: str = "",
            **more: Any,  # noqa: ANN401
        ) -> AsyncSecureClient:
            key = key or new_key()
            wallet = KINDS[kind](address_of(key), WALLETS)
            made = await AsyncSecureClient.create(
                private_key=key, wallet=wallet, environment=environment, **more
            )
            house.fund(wallet, dollars)
            return await stack.enter_async_context(made)

        yield start


async def test_keys_are_made_probed_and_given_up(opened: Opened, house: House) -> None:
    key = new_key()
    client = await opened(key=key)
    assert await client.fetch_api_keys() == (client.credentials.key,)
    again = await opened(key=key, credentials=client.credentials)
    assert again.credentials == client.credentials
    assert await client.get_closed_only_mode() is False
    house.post(f"/accounts/{client.wallet}/standing", {"closed_only": True})
    assert await client.get_closed_only_mode() is True
    builder = await client.create_builder_api_key()
    (listed,) = await client.fetch_builder_api_keys()
    assert listed.key == builder.key
    owner = await opened(key=key, api_key=builder)
    await owner.revoke_builder_api_key()
    assert await client.fetch_builder_api_keys() == ()
    await client.delete_api_key()
    with pytest.raises(RequestRejectedError) as refused:
        await client.fetch_api_keys()
    assert refused.value.status == 401


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_wallet_trades(
    opened: Opened, house: House, yes: str, kind: str
) -> None:
    maker, taker = await opened(100, kind), await opened(100, kind)
    assert maker.wallet_type in kind
    bid = await maker.place_limit_order(token_id=yes, side="BUY", price="0.4", size=10)
    assert bid.ok
    assert bid.status == "live"
    house.fund(taker.wallet, 0, **{yes: 10})
    sale = await taker.place_market_order(token_id=yes, side="SELL", shares=10, order_type="FOK")
    assert sale.ok
    assert (sale.status, sale.making_amount, sale.taking_amount) == ("matched", 10, 4)
    house.step(10)
    assert len(await taker.wait_for_order_fill_settlement(sale)) == 1
    held = await maker.get_balance_allowance(asset_type="CONDITIONAL", token_id=yes)
    money = await maker.get_balance_allowance(asset_type="COLLATERAL")
    assert (held.balance, money.balance) == (10_000_000, 96_000_000)
    assert all(allowed > 10**20 for allowed in money.allowances.values())
    assert house.truth(maker.wallet)["shares"] == {yes: 10_000_000}


async def test_orders_of_every_type_are_placed_listed_and_cancelled(
    opened: Opened, house: House, yes: str
) -> None:
    client, other = await opened(1000), await opened(1000)
    late = house.get(f"{house.clob}/time") + 600
    place = client.place_limit_order
    placed = [
        await place(token_id=yes, side="BUY", price="0.2", size=10),
        await place(token_id=yes, side="BUY", price="0.21", size=10, expiration=late),
        await place(token_id=yes, side="BUY", price="0.22", size=10, post_only=True),
    ]
    ids = [one.order_id for one in placed if one.ok]
    orders = [one async for one in client.list_open_orders(token_id=yes).iter_items()]
    assert [one.id for one in orders] == ids
    assert [one.order_type for one in orders] == ["GTC", "GTD", "GTC"]
    assert (await client.get_order(order_id=ids[1])).expires_at is not None
    assert await client.get_order_scoring(order_id=ids[0])
    assert await client.get_orders_scoring(order_ids=ids) == dict.fromkeys(ids, True)
    assert (await client.cancel_order(order_id=ids[0])).canceled == (ids[0],)
    told = await client.cancel_orders(order_ids=ids[:2])
    assert told.canceled == (ids[1],)
    assert told.not_canceled == {ids[0]: "Order already canceled"}
    market = await client.cancel_market_orders(market=house.market()[0])
    assert market.canceled == (ids[2],)
    await other.place_limit_order(token_id=yes, side="BUY", price="0.2", size=10)
    assert (await client.cancel_all()).canceled == ()
    assert len((await other.cancel_all()).canceled) == 1


async def test_a_batch_is_answered_in_its_order(opened: Opened, yes: str) -> None:
    client = await opened(2)
    signed = [
        await client.create_limit_order(token_id=yes, side="BUY", price=price, size=5)
        for price in ("0.1", "0.5", "0.2")
    ]
    first, second, third = await client.post_orders(signed)
    assert first.ok
    assert not second.ok
    assert second.code == "not_enough_balance"
    assert third.ok
    await client.cancel_all()


async def test_market_buys_spend_dollars_and_trades_are_listed(
    opened: Opened, house: House, yes: str
) -> None:
    maker, taker = await opened(0), await opened(1000)
    house.fund(maker.wallet, 0, **{yes: 50})
    await maker.place_limit_order(token_id=yes, side="SELL", price="0.5", size=50)
    told = await taker.place_market_order(token_id=yes, side="BUY", amount=10, order_type="FAK")
    assert told.ok
    assert (told.making_amount, told.taking_amount) == (10, 20)
    trades = [one async for one in taker.list_account_trades(token_id=yes).iter_items()]
    assert [(one.trader_side, one.size, one.price) for one in trades] == [
        ("TAKER", Decimal(20), Decimal("0.5"))
    ]
    theirs = await maker.list_account_trades(id=trades[0].id).first_page()
    assert theirs.items[0].maker_orders[0].matched_amount == 20
    notes = await maker.get_notifications()
    assert [note.type.name for note in notes] == ["ORDER_FILL"]
    await maker.drop_notifications(ids=[notes[0].id])
    assert await maker.get_notifications() == ()
    await maker.cancel_all()


async def test_heartbeats_go_on_by_the_id_told_last(opened: Opened) -> None:
    client = await opened()
    first = await client.send_order_heartbeat()
    second = await client.send_order_heartbeat(heartbeat_id=first.heartbeat_id)
    with pytest.raises(OrderHeartbeatMismatchError) as refused:
        await client.send_order_heartbeat(heartbeat_id=first.heartbeat_id)
    assert refused.value.heartbeat_id == second.heartbeat_id


async def test_limits_are_told_and_kept(opened: Opened, yes: str) -> None:
    seen: list[RateLimitUpdate] = []
    client = await opened(1000, on_rate_limit_update=seen.append)
    signed = [
        await client.create_limit_order(token_id=yes, side="BUY", price="0.01", size=5)
        for _ in range(15)
    ]

    async def post_until_refused() -> None:
        for _ in range(200):  # the same orders again are refused, and cost as much
            await client.post_orders(signed)

    with pytest.raises(RateLimitError) as refused:
        await post_until_refused()
    assert refused.value.retry_after == 1
    assert seen[0].tier == "Copper"
    assert seen[0].remaining == 75
    await client.cancel_all()


async def test_the_user_channel_tells_placement_match_settlement_and_cancel(
    opened: Opened, house: House, yes: str
) -> None:
    maker, taker = await opened(100), await opened(100)
    house.fund(taker.wallet, 0, **{yes: 10})
    seen: list[tuple[str, str]] = []

    async def listen(events: Any) -> None:  # noqa: ANN401
        async for event in events:
            kind = event.payload.order_event_type if event.type == "order" else event.payload.status
            seen.append((event.type, kind))
            if kind == "CANCELLATION":
                return

    async with await maker.subscribe(UserSpec()) as events:
        listening = asyncio.create_task(listen(events))
        await asyncio.sleep(0.05)
        await maker.place_limit_order(token_id=yes, side="BUY", price="0.4", size=10)
        await taker.place_market_order(token_id=yes, side="SELL", shares=5, order_type="FOK")
        house.step(10)
        await maker.cancel_all()
        await asyncio.wait_for(listening, 5)
    assert seen == [
        ("order", "PLACEMENT"), ("order", "UPDATE"), ("trade", "MATCHED"), ("trade", "MINED"),
        ("trade", "CONFIRMED"), ("order", "CANCELLATION"),
    ]  # fmt: skip
