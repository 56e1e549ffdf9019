"""Minimal Data API: recent prints as v2 trades, and the status; accounts do not exist here."""

from aiohttp import web

from polywire.exchange.flow import Print
from polywire.exchange.gamma_objects import Json
from polywire.exchange.refusal import answer
from polywire.exchange.venue import Venue

NOBODY = "0x" + "0" * 40
LIMIT_DEFAULT = 100
LIMIT_MAX = 1000


def application(venue: Venue) -> web.Application:
    """An application with the routes."""
    routes = DataApi(venue)
    made = web.Application()
    made.router.add_get("/v2/trades", routes.trades)
    made.router.add_get("/v2/status", routes.status)
    made.router.add_get("/v2/{name}", routes.nothing)
    return made


class DataApi:
    """The routes."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    async def trades(self, request: web.Request) -> web.Response:
        """Recent prints, newest first, of one market or all."""
        condition, side = request.query.get("condition_id", ""), request.query.get("side", "")
        try:
            limit = min(LIMIT_MAX, int(request.query.get("limit", LIMIT_DEFAULT)))
            start = int(request.query.get("cursor") or 0)
        except ValueError:
            return _refused("limit and cursor must be numbers")
        rows = [
            self._row(public)
            for public in reversed(self._venue.flow.prints)
            if (not side or public.side == side)
            and (not condition or self._condition(public) == condition)
        ]
        return _page(rows, start, limit)

    async def status(self, _: web.Request) -> web.Response:
        """Whether the service is up and how far it has got."""
        return answer({"data": {"status": "ok", "timestamp": self._venue.now_ms() // 1000}})

    async def nothing(self, _: web.Request) -> web.Response:
        """Accounts hold nothing on this side of the exchange."""
        return _page([], 0, LIMIT_DEFAULT)

    def _condition(self, public: Print) -> str:
        return self._venue.catalogue.by_token[public.token][0].condition_id

    def _row(self, public: Print) -> Json:
        listing, index = self._venue.catalogue.by_token[public.token]
        return {
            "proxy_wallet": NOBODY,
            "token_id": public.token,
            "condition_id": listing.condition_id,
            "side": public.side,
            "size": float(public.size),
            "price": float(public.price),
            "timestamp": public.time_ms // 1000,
            "transaction_hash": public.transaction,
            "title": listing.question,
            "slug": listing.slug,
            "icon": "",
            "event_slug": listing.group.slug,
            "outcome": listing.outcomes[index],
            "outcome_index": index,
            "name": "",
            "pseudonym": "",
        }


def _page(rows: list[Json], start: int, limit: int) -> web.Response:
    more = start + limit < len(rows)
    return answer(
        {
            "data": rows[start : start + limit],
            "pagination": {
                "limit": limit,
                "offset": start,
                "has_more": more,
                "next_cursor": str(start + limit) if more else None,
            },
        }
    )


def _refused(reason: str) -> web.Response:
    refusal = {"error": reason, "code": "bad_request", "retryable": False, "trace_id": ""}
    return answer(refusal, 400)
