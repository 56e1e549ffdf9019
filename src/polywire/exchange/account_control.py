"""Routes of the control port about accounts: to fund them, to set how they stand, the truth."""

import json
import re
from decimal import Decimal
from typing import Final

from aiohttp import web

from polywire.exchange.accounts import UNLIMITED, Accounts
from polywire.exchange.decimals import micros
from polywire.exchange.quotes import Route
from polywire.exchange.refusal import RefusedError, answer
from polywire.exchange.signatures import checksummed
from polywire.exchange.venue import Venue
from polywire.exchange.wallets import COLLATERAL

FLAGS: Final = ("banned", "closed_only", "deposit_only")
AMOUNT: Final = "a number from 0 with at most six decimals"

Json = dict[str, object]


class AccountControl:
    """The routes; an address is a wallet, in any case of letters."""

    def __init__(self, venue: Venue, accounts: Accounts) -> None:
        self._venue = venue
        self._accounts = accounts

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register all routes."""
        router.add_post("/accounts/{address}/fund", _plainly(self._fund))
        router.add_post("/accounts/{address}/standing", _plainly(self._stand))
        router.add_get("/accounts/{address}", _plainly(self._truth))

    async def _fund(self, request: web.Request) -> web.Response:
        address, told = _address(request), await _told(request, ("collateral", "shares"))
        shares = told.get("shares", {})
        if not isinstance(shares, dict):
            raise RefusedError(400, "shares takes an object of amounts by token")
        given = {token: _micros("shares", amount) for token, amount in shares.items()}
        for token in given:
            if token not in self._venue.catalogue.by_token:
                raise RefusedError(400, f"shares takes tokens; {token!r} is not listed")
        collateral = _micros("collateral", told.get("collateral", "0"))
        self._venue.floor.fund(address, collateral, given)
        return answer({"ok": True})

    async def _stand(self, request: web.Request) -> web.Response:
        standing = self._accounts.standing(_address(request))
        told = await _told(request, (*FLAGS, "allowance"))
        for name in FLAGS:
            value = told.get(name, getattr(standing, name))
            if not isinstance(value, bool):
                raise RefusedError(400, f"{name} takes true or false; found {value!r}")
            setattr(standing, name, value)
        if "allowance" in told:
            allowance = told["allowance"]
            unlimited = allowance is None
            standing.allowance = UNLIMITED if unlimited else _micros("allowance", allowance)
        return answer({"ok": True})

    async def _truth(self, request: web.Request) -> web.Response:
        """What a wallet has, rests and traded: settled money and shares in base units."""
        wallet, floor = _address(request), self._venue.floor
        held = {
            asset: amount
            for (owner, asset), amount in floor.wallets.settled.items()
            if owner == wallet and amount
        }
        keys = self._accounts.ever
        trades = {trade["id"]: trade for key in keys for trade in floor.trades(key)}
        return answer(
            {
                "collateral": held.pop(COLLATERAL, 0),
                "shares": held,
                "orders": [_order(order) for order in floor.ever(wallet)],
                "fills": [
                    fill
                    for trade in trades.values()
                    for fill in _fills(trade)
                    if fill["wallet"] == wallet
                ],
            }
        )


def _order(order: Json) -> Json:
    """An order as REST shows it, its amounts in base units."""
    sizes = {name: micros(str(order[name])) for name in ("original_size", "size_matched", "price")}
    return order | sizes


def _fills(trade: Json) -> list[Json]:
    """What a trade moved for each of its orders, in base units."""
    makers = trade["maker_orders"]
    assert isinstance(makers, list)
    taker = trade | {"order_id": trade["taker_order_id"], "matched_amount": trade["size"]}
    return [
        {
            "trade": trade["id"],
            "status": trade["status"],
            "order": one["order_id"],
            "wallet": one["maker_address"],
            "token": one["asset_id"],
            "side": one["side"],
            "price": micros(one["price"]),
            "size": micros(one["matched_amount"]),
        }
        for one in (taker, *makers)
    ]


def _plainly(route: Route) -> Route:
    """A route that answers a mistake in one sentence."""

    async def plain(request: web.Request) -> web.Response:
        try:
            return await route(request)
        except RefusedError as error:
            return error.answer()

    return plain


def _address(request: web.Request) -> str:
    try:
        return checksummed(request.match_info["address"])
    except ValueError as error:
        raise RefusedError(400, str(error)) from None


async def _told(request: web.Request, takes: tuple[str, ...]) -> Json:
    try:
        told = json.loads(await request.text(), parse_float=Decimal)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise RefusedError(400, "expected a JSON object")
    for key in told:
        if key not in takes:
            raise RefusedError(400, f"{key} is no key here, which takes {', '.join(takes)}")
    return told


def _micros(name: str, amount: object) -> int:
    """Millionths of an amount told as text or as a number."""
    told = str(amount)
    if isinstance(amount, bool) or not re.fullmatch(r"\d{1,12}(\.\d{1,6})?", told):
        raise RefusedError(400, f"{name} takes {AMOUNT}; found {told!r}")
    return micros(told)
