"""CLOB routes about one token or many: books, prices, midpoints, spreads, last trades."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from polywire.exchange.books import MarketBook
from polywire.exchange.decimals import ONE, text
from polywire.exchange.refusal import RefusedError, answer
from polywire.exchange.venue import Venue

BATCH_MAX = 500
NO_BOOK = "No orderbook exists for the requested token id"

Located = tuple[int, MarketBook]
Route = Callable[[web.Request], Awaitable[web.Response]]


def price_of(at: Located, side: str) -> str:
    """BUY is the best bid, SELL the best ask; an empty side shows 0 or 1 as on the channel."""
    index, book = at
    bid, ask = book.touch(index)
    return bid if side == "BUY" else ask


def midpoint_of(at: Located) -> str:
    """The middle of the touch."""
    bid, ask = _bounds(at)
    return text((bid + ask) // 2)


def spread_of(at: Located) -> str:
    """Ask less bid."""
    bid, ask = _bounds(at)
    return text(ask - bid)


def last_of(at: Located) -> dict[str, str]:
    """Price and taker side of the market's last trade; "0.5" without a side before the first."""
    book = at[1]
    return {"price": book.last_trade or "0.5", "side": book.last_side}


def _bounds(at: Located) -> tuple[int, int]:
    bid, ask = at[1].best(at[0])
    return bid or 0, ONE if ask is None else ask


class Quotes:
    """The routes."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register all routes."""
        router.add_get("/book", self._book)
        router.add_post("/books", self._books)
        router.add_get("/price", self._price)
        router.add_post("/prices", self._prices)
        router.add_get("/midpoint", self._single(lambda at: {"mid": midpoint_of(at)}))
        router.add_post("/midpoints", self._many(midpoint_of))
        router.add_get("/spread", self._single(lambda at: {"spread": spread_of(at)}))
        router.add_post("/spreads", self._many(spread_of))
        router.add_get("/last-trade-price", self._single(last_of))
        router.add_get("/last-trades-prices", self._last_trades)
        router.add_post("/last-trades-prices", self._last_trades)

    def locate(self, token: str) -> Located:
        """A token's place and book; raises RefusedError without one."""
        if not token.isdigit():
            raise RefusedError(400, "Invalid token id")
        found = self._venue.find(token)
        if found is None:
            raise RefusedError(404, NO_BOOK)
        return found[1], found[2]

    async def _book(self, request: web.Request) -> web.Response:
        index, book = self.locate(request.query.get("token_id", ""))
        return self._shown(book.rest(index))

    async def _books(self, request: web.Request) -> web.Response:
        tokens = [item.get("token_id", "") for item in await _batch(request)]
        # The venue does not keep the order asked for; sorting makes clients notice.
        found = [self._venue.find(token) for token in sorted(set(tokens))]
        books = ",".join(at[2].rest(at[1]) for at in found if at is not None)
        return self._shown(f"[{books}]")

    def _shown(self, books: str) -> web.Response:
        text = self._venue.faults.over_rest(books)
        return web.Response(text=text, content_type="application/json")

    async def _price(self, request: web.Request) -> web.Response:
        side = _side(request.query.get("side", ""))
        return answer({"price": price_of(self.locate(request.query.get("token_id", "")), side)})

    async def _prices(self, request: web.Request) -> web.Response:
        prices: dict[str, dict[str, str]] = {}
        for item in await _batch(request):
            token, side = item.get("token_id", ""), _side(item.get("side", ""))
            found = self._venue.find(token)
            if found is not None:
                prices.setdefault(token, {})[side] = price_of((found[1], found[2]), side)
        return answer(prices)

    async def _last_trades(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            tokens = request.query.get("token_ids", "").split(",")
        else:
            tokens = [item.get("token_id", "") for item in await _batch(request)]
        if len(tokens) > BATCH_MAX:
            raise RefusedError(400, "Payload exceeds the limit")
        found = [(token, self._venue.find(token)) for token in tokens]
        return answer(
            [{"token_id": token} | last_of((at[1], at[2])) for token, at in found if at is not None]
        )

    def _single(self, shown: Callable[[Located], dict[str, str]]) -> Route:
        async def route(request: web.Request) -> web.Response:
            return answer(shown(self.locate(request.query.get("token_id", ""))))

        return route

    def _many(self, shown: Callable[[Located], str]) -> Route:
        async def route(request: web.Request) -> web.Response:
            tokens = [item.get("token_id", "") for item in await _batch(request)]
            found = [(token, self._venue.find(token)) for token in tokens]
            return answer({token: shown((at[1], at[2])) for token, at in found if at is not None})

        return route


async def _batch(request: web.Request) -> list[dict[str, str]]:
    """The list of objects in a body; raises RefusedError for anything else."""
    try:
        items = await request.json()
    except ValueError:
        raise RefusedError(400, "Invalid payload") from None
    if not isinstance(items, list) or not all(_is_texts(item) for item in items):
        raise RefusedError(400, "Invalid payload")
    if len(items) > BATCH_MAX:
        raise RefusedError(400, "Payload exceeds the limit")
    return items


def _is_texts(item: object) -> bool:
    return isinstance(item, dict) and all(isinstance(value, str) for value in item.values())


def _side(side: str) -> str:
    if side.upper() not in ("BUY", "SELL"):
        raise RefusedError(400, "Invalid side")
    return side.upper()
