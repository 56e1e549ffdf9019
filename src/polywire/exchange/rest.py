"""Public routes of the CLOB's REST side (polymarket.md 4.2), other than quotes."""

import base64
import binascii
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler

from polywire.exchange.books import MarketBook
from polywire.exchange.clob_objects import full, short, simplified
from polywire.exchange.decimals import ONE
from polywire.exchange.faults import STATUS, Kind
from polywire.exchange.gamma_objects import Json
from polywire.exchange.listing import Listing
from polywire.exchange.quotes import Quotes, Route
from polywire.exchange.refusal import RefusedError, answer
from polywire.exchange.venue import Venue

PAGE = 500
END = "LTE="
START = "MA=="


class Rest:
    """The CLOB's public routes over one venue."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._quotes = Quotes(venue)

    def application(self) -> web.Application:
        """An application with all REST routes."""
        application = web.Application(middlewares=[self._frame])
        router = application.router
        self._quotes.add_to(router)
        router.add_get("/", _ok)
        router.add_get("/ok", _ok)
        router.add_get("/time", self._time)
        router.add_get("/version", _version)
        router.add_get("/tick-size", self._tick_size)
        router.add_get("/tick-size/{token}", self._tick_size)
        router.add_get("/neg-risk", self._neg_risk)
        router.add_get("/neg-risk/{token}", self._neg_risk)
        router.add_get("/fee-rate", self._fee_rate)
        router.add_get("/fee-rate/{token}", self._fee_rate)
        router.add_get("/markets-by-token/{token}", self._by_token)
        router.add_get("/clob-markets/{condition}", self._short)
        router.add_get("/markets", self._pages(full))
        router.add_get("/simplified-markets", self._pages(simplified))
        router.add_get("/sampling-markets", self._pages(full))
        router.add_get("/sampling-simplified-markets", self._pages(simplified))
        router.add_get("/markets/live-activity/{condition}", self._activity)
        router.add_get("/markets/{condition}", self._market)
        router.add_get("/prices-history", self._history)
        router.add_post("/batch-prices-history", self._histories)
        router.add_get("/fees/builder-fees/{code}", _builder_fees)
        router.add_get("/rebates/current", _empty)
        router.add_get("/rewards/markets/current", _empty_page)
        router.add_get("/rewards/markets/{condition}", _empty_page)
        router.add_get("/builder/trades", _empty_page)
        return application

    @web.middleware
    async def _frame(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/ws"):
            now_ns = self._venue.clock.now()
            refusal = self._venue.faults.refusal(Kind.REFUSE_REQUESTS, now_ns)
            if refusal is None and self._venue.faults.strikes(Kind.RESTART, now_ns):
                refusal = STATUS[Kind.REFUSE_REQUESTS]
            if refusal is not None:
                return web.Response(status=refusal)
        try:
            return await handler(request)
        except RefusedError as error:
            return error.answer()
        except web.HTTPNotFound:
            return answer({"error": "not found"}, 404)

    async def _time(self, _: web.Request) -> web.Response:
        return answer(self._venue.now_ms() // 1000)

    async def _tick_size(self, request: web.Request) -> web.Response:
        return answer({"minimum_tick_size": self._quotes.locate(_token(request))[1].tick / ONE})

    async def _neg_risk(self, request: web.Request) -> web.Response:
        return answer({"neg_risk": self._quotes.locate(_token(request))[1].neg_risk})

    async def _fee_rate(self, request: web.Request) -> web.Response:
        found = self._venue.catalogue.by_token.get(_token(request))
        if found is None:
            raise RefusedError(404, "fee rate not found for market")
        return answer({"base_fee": 1000 if found[0].fee.charged else 0})

    async def _by_token(self, request: web.Request) -> web.Response:
        found = self._venue.catalogue.by_token.get(_token(request))
        if found is None:
            raise RefusedError(404, "market not found")
        first, second = found[0].tokens
        return answer(
            {
                "condition_id": found[0].condition_id,
                "primary_token_id": first,
                "secondary_token_id": second,
            }
        )

    async def _short(self, request: web.Request) -> web.Response:
        listing = self._listing(request)
        book = self._venue.flow.books.get(listing.condition_id)
        if book is None:
            raise RefusedError(404, "market not found")
        return answer(short(listing, book))

    async def _market(self, request: web.Request) -> web.Response:
        listing = self._listing(request)
        return answer(full(listing, self._venue.flow.books.get(listing.condition_id)))

    async def _activity(self, request: web.Request) -> web.Response:
        tokens = self._listing(request).tokens
        return answer(
            [
                {
                    "event_type": "trade",
                    "asset_id": public.token,
                    "side": public.side,
                    "price": public.price,
                    "size": public.size,
                    "timestamp": str(public.time_ms // 1000),
                    "transaction_hash": public.transaction,
                }
                for public in self._venue.flow.prints
                if public.token in tokens
            ]
        )

    async def _history(self, request: web.Request) -> web.Response:
        token = request.query.get("market", "")
        self._quotes.locate(token)
        return answer({"history": self._points(token)})

    async def _histories(self, request: web.Request) -> web.Response:
        try:
            asked = await request.json()
        except ValueError:
            raise RefusedError(400, "Invalid payload") from None
        if not isinstance(asked, dict) or not isinstance(asked.get("markets"), list):
            raise RefusedError(400, "Invalid payload")
        return answer({"history": {token: self._points(token) for token in asked["markets"]}})

    def _points(self, token: str) -> list[Json]:
        """Prices of recent prints on this very token: the exchange remembers no more."""
        return [
            {"t": public.time_ms // 1000, "p": float(public.price)}
            for public in self._venue.flow.prints
            if public.token == token
        ]

    def _listing(self, request: web.Request) -> Listing:
        listing = self._venue.catalogue.by_condition.get(request.match_info["condition"])
        if listing is None:
            raise RefusedError(404, "market not found")
        return listing

    def _pages(self, shown: Callable[[Listing, MarketBook | None], Json]) -> Route:
        async def route(request: web.Request) -> web.Response:
            start = offset_of(request.query.get("next_cursor", START))
            books = self._venue.flow.books
            listings = self._venue.catalogue.listings
            page = listings[start : start + PAGE]
            after = start + PAGE
            return answer(
                {
                    "limit": PAGE,
                    "count": len(page),
                    "next_cursor": cursor_at(after) if after < len(listings) else END,
                    "data": [shown(one, books.get(one.condition_id)) for one in page],
                }
            )

        return route


def _token(request: web.Request) -> str:
    return request.match_info.get("token") or request.query.get("token_id", "")


def cursor_at(offset: int) -> str:
    """The cursor of a page that starts after so many rows."""
    return base64.b64encode(str(offset).encode()).decode()


def offset_of(cursor: str) -> int:
    """Where the page of a cursor starts; refused where it is none."""
    try:
        offset = int(base64.b64decode(cursor or START))
    except (ValueError, binascii.Error):
        raise RefusedError(400, "invalid next_cursor") from None
    if offset < 0:
        raise RefusedError(400, "invalid next_cursor")
    return offset


async def _ok(_: web.Request) -> web.Response:
    return answer("OK")


async def _version(_: web.Request) -> web.Response:
    return answer({"version": 2})


async def _builder_fees(_: web.Request) -> web.Response:
    return answer({"builder_maker_fee_rate_bps": 0, "builder_taker_fee_rate_bps": 0})


async def _empty(_: web.Request) -> web.Response:
    return answer([])


async def _empty_page(_: web.Request) -> web.Response:
    return answer({"limit": PAGE, "count": 0, "next_cursor": END, "data": []})
