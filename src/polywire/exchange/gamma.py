"""Routes of the catalogue (Gamma)."""

from collections.abc import Callable, Iterable

from aiohttp import web
from aiohttp.typedefs import Handler

from polywire.exchange.frames import compact
from polywire.exchange.gamma_objects import Json, event_object, market_object, tag_object
from polywire.exchange.gamma_queries import (
    EVENTS_LIMIT_MAX,
    BadQueryError,
    Query,
    Row,
    chosen,
    event_row,
    first,
    flag,
    keyset_page,
    market_row,
    number,
    offset_page,
    ordered,
)
from polywire.exchange.listing import Group, Listing
from polywire.exchange.venue import Venue


def answer(value: object, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(text=compact(value), status=status, content_type="application/json")


def refused(text: str, status: int) -> web.Response:
    """An error as Gamma words it."""
    return answer({"type": "validation error" if status == 422 else "error", "error": text}, status)


class Gamma:
    """The catalogue's routes over one venue."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def application(self) -> web.Application:
        """An application with all routes."""
        application = web.Application(middlewares=[self._frame])
        get = application.router.add_get
        get("/markets/keyset", self._markets_keyset)
        get("/events/keyset", self._events_keyset)
        get("/markets", self._markets)
        get("/events", self._events)
        get("/markets/slug/{slug}", self._market)
        get("/events/slug/{slug}", self._event)
        get("/markets/{id}", self._market)
        get("/events/{id}", self._event)
        get("/markets/{id}/tags", self._tags_of)
        get("/events/{id}/tags", self._tags_of)
        get("/tags", self._tags)
        get("/tags/{id}", self._tag)
        get("/tags/slug/{slug}", self._tag)
        get("/public-search", self._search)
        for empty in ("/series", "/sports", "/teams", "/comments"):
            get(empty, _nothing)
        return application

    @web.middleware
    async def _frame(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except BadQueryError as error:
            response = refused(str(error), 422)
        except web.HTTPNotFound:
            response = refused("not found", 404)
        response.headers["X-Polywire-Source"] = self._venue.flow.kind
        return response

    async def _markets_keyset(self, request: web.Request) -> web.Response:
        query = _query(request)
        page, cursor = keyset_page(ordered(self._market_rows(query), query), query)
        return answer(_page("markets", self._market_objects(page, query), cursor))

    async def _events_keyset(self, request: web.Request) -> web.Response:
        query = _query(request)
        rows = ordered(self._event_rows(query), query)
        page, cursor = keyset_page(rows, query, EVENTS_LIMIT_MAX)
        return answer(_page("events", self._event_objects(page), cursor))

    async def _markets(self, request: web.Request) -> web.Response:
        query = _query(request)
        page = offset_page(ordered(self._market_rows(query), query), query)
        return answer(self._market_objects(page, query))

    async def _events(self, request: web.Request) -> web.Response:
        query = _query(request)
        page = offset_page(ordered(self._event_rows(query), query), query)
        return answer(self._event_objects(page))

    async def _market(self, request: web.Request) -> web.Response:
        catalogue = self._venue.catalogue
        match = request.match_info
        found = catalogue.by_slug.get(match["slug"]) if "slug" in match else None
        listing = found or catalogue.by_id.get(match.get("id", ""))
        if listing is None:
            raise web.HTTPNotFound
        tags = flag(_query(request), "include_tag", default=False) is True
        return answer(self._market_object(listing, with_tags=tags))

    async def _event(self, request: web.Request) -> web.Response:
        return answer(event_object(self._group(request), self._venue.flow.books))

    async def _tags_of(self, request: web.Request) -> web.Response:
        listing = self._venue.catalogue.by_id.get(request.match_info["id"])
        group = listing.group if listing else self._group(request)
        return answer([tag_object(tag) for tag in group.tags])

    async def _tags(self, request: web.Request) -> web.Response:
        query = _query(request)
        tags = list(self._venue.catalogue.tags())
        start = int(number(query, "offset") or 0)
        limit = int(number(query, "limit") or 100)
        return answer([tag_object(tag) for tag in tags[start : start + limit]])

    async def _tag(self, request: web.Request) -> web.Response:
        match = request.match_info
        for tag in self._venue.catalogue.tags():
            if match.get("id") == tag.id or match.get("slug") == tag.slug:
                return answer(tag_object(tag))
        raise web.HTTPNotFound

    async def _search(self, request: web.Request) -> web.Response:
        query = _query(request)
        words = first(query, "q").lower().split()
        found = [
            group
            for group in self._venue.catalogue.groups.values()
            if all(
                word in f"{group.title} {' '.join(one.question for one in group.listings)}".lower()
                for word in words
            )
        ]
        limit = int(number(query, "limit_per_type") or 5)
        events = [event_object(group, self._venue.flow.books) for group in found[:limit]]
        more = {"hasMore": len(found) > limit, "totalResults": len(found)}
        return answer({"events": events, "tags": [], "profiles": [], "pagination": more})

    def _group(self, request: web.Request) -> Group:
        match = request.match_info
        for group in self._venue.catalogue.groups.values():
            if match.get("id") == group.id or match.get("slug") == group.slug:
                return group
        raise web.HTTPNotFound

    def _market_rows(self, query: Query) -> list[Row]:
        listings: Iterable[Listing] = self._venue.catalogue.listings
        for name, wanted in _IDENTITIES.items():
            values = set(query.get(name, ()))
            if values:
                listings = [one for one in listings if not values.isdisjoint(wanted(one))]
        return chosen((market_row(self._venue, listing) for listing in listings), query)

    def _event_rows(self, query: Query) -> list[Row]:
        groups: Iterable[Group] = self._venue.catalogue.groups.values()
        slugs, tag_slug = set(query.get("slug", ())), first(query, "tag_slug")
        title = first(query, "title_search").lower()
        groups = [
            group
            for group in groups
            if (not slugs or group.slug in slugs)
            and (not tag_slug or any(tag.slug == tag_slug for tag in group.tags))
            and title in group.title.lower()
        ]
        return chosen((event_row(self._venue, group) for group in groups), query)

    def _market_objects(self, rows: list[Row], query: Query) -> list[Json]:
        tags = flag(query, "include_tag", default=False) is True
        return [
            self._market_object(row.item, with_tags=tags)
            for row in rows
            if isinstance(row.item, Listing)
        ]

    def _market_object(self, listing: Listing, *, with_tags: bool) -> Json:
        book = self._venue.flow.books.get(listing.condition_id)
        return market_object(listing, book, with_tags=with_tags)

    def _event_objects(self, rows: list[Row]) -> list[Json]:
        books = self._venue.flow.books
        return [event_object(row.item, books) for row in rows if isinstance(row.item, Group)]


_IDENTITIES: dict[str, Callable[[Listing], tuple[str, ...]]] = {
    "slug": lambda listing: (listing.slug,),
    "condition_ids": lambda listing: (listing.condition_id,),
    "clob_token_ids": lambda listing: listing.tokens,
    "question_ids": lambda listing: (listing.question_id,),
}


def _query(request: web.Request) -> dict[str, list[str]]:
    """Parameters by name; arrays repeat the key."""
    return {name: request.query.getall(name) for name in request.query}


def _page(name: str, objects: list[Json], cursor: str | None) -> Json:
    page: Json = {name: objects}
    if cursor is not None:
        page["next_cursor"] = cursor
    return page


async def _nothing(_: web.Request) -> web.Response:
    return answer([])
