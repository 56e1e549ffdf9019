"""The CLOB's routes that read an account: orders, trades, balances, notifications; heartbeats."""

from typing import Final

from aiohttp import web

from polywire.exchange.accounts import Caller
from polywire.exchange.door import Door, json_of
from polywire.exchange.heartbeats import Heartbeats
from polywire.exchange.notices import Notices
from polywire.exchange.refusal import RefusedError, answer
from polywire.exchange.rest import END, cursor_at, offset_of
from polywire.exchange.signatures import DOMAINS, SignatureType, is_position
from polywire.exchange.venue import Venue

PAGE: Final = 100
ASSET_TYPES: Final = ("COLLATERAL", "CONDITIONAL", "CONDITIONAL-V2")
ORDER_ID: Final = 66

Json = dict[str, object]


class AccountRoutes:
    """The routes."""

    def __init__(self, venue: Venue, door: Door, heartbeats: Heartbeats, notices: Notices) -> None:
        self._venue = venue
        self._door = door
        self._heartbeats = heartbeats
        self._notices = notices

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register all routes."""
        guarded = self._door.guarded
        router.add_get("/data/orders", guarded(self._orders))
        router.add_get("/data/order/{order}", guarded(self._order))
        router.add_get("/data/trades", guarded(self._trades))
        router.add_get("/data/pre-migration-orders", guarded(_nothing))
        router.add_get("/balance-allowance", guarded(self._balance))
        router.add_get("/balance-allowance/update", guarded(self._update))
        router.add_get("/notifications", guarded(self._notified))
        router.add_delete("/notifications", guarded(self._drop))
        router.add_get("/order-scoring", guarded(self._scoring))
        router.add_post("/orders-scoring", guarded(self._scorings))
        router.add_post("/v1/heartbeats", guarded(self._beat))
        router.add_post("/heartbeats", guarded(self._renew))
        router.add_get("/rewards/user", guarded(_nothing))
        router.add_get("/rewards/user/markets", guarded(_nothing))
        router.add_get("/rewards/user/total", guarded(_none))
        router.add_get("/rewards/user/percentages", guarded(_no_shares))

    async def _orders(self, request: web.Request, caller: Caller) -> web.Response:
        asked = _asked(request, "id", "market", "asset_id")
        return _page(request, _matching(self._venue.floor.orders(caller.key), asked))

    async def _order(self, request: web.Request, caller: Caller) -> web.Response:
        order_id = request.match_info["order"]
        if len(order_id) != ORDER_ID or not order_id.startswith("0x"):
            raise RefusedError(400, "Invalid orderID")
        order = self._venue.floor.order(order_id.lower())
        if order is None or order["owner"] != caller.key:
            raise RefusedError(404, "Order not found")
        return answer(order)

    async def _trades(self, request: web.Request, caller: Caller) -> web.Response:
        trades = _matching(
            self._venue.floor.trades(caller.key), _asked(request, "id", "market", "asset_id")
        )
        after, before = _seconds(request, "after"), _seconds(request, "before")
        maker = request.query.get("maker_address", "").lower()
        kept = [
            trade
            for trade in trades
            if (after is None or int(str(trade["match_time"])) >= after)
            and (before is None or int(str(trade["match_time"])) < before)
            and (not maker or maker in _wallets(trade))
        ]
        return _page(request, kept)

    async def _balance(self, request: web.Request, caller: Caller) -> web.Response:
        kind, token = _asset(request)
        if token is not None:
            position = request.query["asset_type"] == "CONDITIONAL-V2"
            listed = token in self._venue.catalogue.by_token
            if not listed or is_position(int(token)) is not position:
                raise RefusedError(400, "Invalid token id")
        floor = self._venue.floor
        wallets = self._door.accounts.wallets(caller.address, kind)
        wallet = next((one for one in wallets if floor.balance(one, token)), wallets[0])
        allowance = str(self._door.accounts.standing(wallet).allowance)
        return answer(
            {
                "balance": str(floor.balance(wallet, token)),
                "allowances": {domain.contract: allowance for domain in DOMAINS},
            }
        )

    async def _update(self, request: web.Request, _: Caller) -> web.Response:
        _asset(request)
        return answer("")

    async def _notified(self, _: web.Request, caller: Caller) -> web.Response:
        return answer(self._notices.of(caller.key))

    async def _drop(self, request: web.Request, caller: Caller) -> web.Response:
        self._notices.drop(caller.key, request.query.get("ids", "").split(","))
        return answer("OK")

    async def _scoring(self, request: web.Request, caller: Caller) -> web.Response:
        return answer({"scoring": self._scores(caller, request.query.get("order_id", ""))})

    async def _scorings(self, request: web.Request, caller: Caller) -> web.Response:
        ids = json_of(await request.read())
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            raise RefusedError(400, "Invalid payload")
        return answer({one: self._scores(caller, one) for one in ids})

    def _scores(self, caller: Caller, order_id: str) -> bool:
        return any(order["id"] == order_id for order in self._venue.floor.orders(caller.key))

    async def _beat(self, request: web.Request, caller: Caller) -> web.Response:
        told = json_of(await request.read())
        beat = told.get("heartbeat_id", "") if isinstance(told, dict) else None
        if not isinstance(beat, str):
            raise RefusedError(400, "Invalid payload")
        made = self._heartbeats.beat(caller.key, beat, self._venue.clock.now())
        return answer({"heartbeat_id": made})

    async def _renew(self, _: web.Request, caller: Caller) -> web.Response:
        self._heartbeats.renew(caller.key, self._venue.clock.now())
        return answer({"status": "ok"})


def _page(request: web.Request, rows: list[Json]) -> web.Response:
    start = offset_of(request.query.get("next_cursor", ""))
    after = start + PAGE
    page = rows[start:after]
    more = cursor_at(after) if after < len(rows) else END
    return answer({"limit": PAGE, "count": len(page), "next_cursor": more, "data": page})


def _asked(request: web.Request, *names: str) -> dict[str, str]:
    return {name: request.query[name] for name in names if request.query.get(name)}


def _matching(rows: list[Json], asked: dict[str, str]) -> list[Json]:
    return [row for row in rows if all(row[name] == value for name, value in asked.items())]


def _seconds(request: web.Request, name: str) -> int | None:
    told = request.query.get(name, "")
    if told and not (told.isascii() and told.isdigit()):
        raise RefusedError(400, "Invalid trade params payload")
    return int(told) if told else None


def _wallets(trade: Json) -> set[str]:
    """Every maker address that a trade names."""
    makers = trade["maker_orders"]
    assert isinstance(makers, list)
    return {str(one["maker_address"]).lower() for one in (trade, *makers)}


def _asset(request: web.Request) -> tuple[SignatureType, str | None]:
    """The kind of wallet and the token that are asked for; None is the collateral."""
    query = request.query
    kind = query.get("signature_type") or "0"
    if query.get("asset_type") not in ASSET_TYPES or kind not in ("0", "1", "2", "3"):
        raise RefusedError(400, "Invalid payload")
    if query["asset_type"] == "COLLATERAL":
        return SignatureType(int(kind)), None
    if not query.get("token_id", "").isdigit():
        raise RefusedError(400, "Invalid token id")
    return SignatureType(int(kind)), query["token_id"]


async def _nothing(request: web.Request, _: Caller) -> web.Response:
    return _page(request, [])


async def _none(_: web.Request, __: Caller) -> web.Response:
    return answer([])


async def _no_shares(_: web.Request, __: Caller) -> web.Response:
    return answer({})
