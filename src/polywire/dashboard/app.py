"""The dashboard's routes. What is in an answer is the views'; who may ask is the gate's."""

from litestar import Litestar, Request, Response, WebSocket, get, post, websocket
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.types import ASGIApp

from polywire.dashboard.acting import ACTIONS_MAX, Told, Wish, act
from polywire.dashboard.described import ACTING, LOOKING, REPORT, FromPage, openapi, without_more
from polywire.dashboard.gate import Gate
from polywire.dashboard.live import Line
from polywire.dashboard.page_files import page_file
from polywire.dashboard.reports import BOX, Backtest, report, reports
from polywire.dashboard.rules import Rules
from polywire.dashboard.scene import Scene
from polywire.dashboard.tally import Tally
from polywire.dashboard.views.hello import Hello, hello
from polywire.dashboard.views.orders import order
from polywire.dashboard.why import asked_why
from polywire.observe.why import Why


def application(scene: Scene, rules: Rules) -> ASGIApp:
    """Everything behind its gate."""
    inner = Litestar(
        [
            *_page_routes(),
            *_looking_routes(scene),
            *_acting_routes(scene, Tally(ACTIONS_MAX, rules.seconds)),
        ],
        openapi_config=openapi(rules),
        logging_config=None,
    )
    without_more(inner.openapi_schema, Wish)
    return Gate(inner, rules)


def _page_routes() -> list[BaseRouteHandler]:
    @get(
        ["/", "/favicon.svg", "/licences.txt", "/assets/{name:str}"],
        sync_to_thread=False,
        include_in_schema=False,
    )
    def page(request: Request[object, object, State]) -> Response[bytes]:
        found = page_file(request.url.path)
        if found is None:
            raise NotFoundException("there is no such file")
        return Response(found.body, media_type=found.kind)

    return [page]


def _too_deep(_request: Request[object, object, State], _error: Exception) -> Response[object]:
    detail = "that is nested deeper than anything that is asked for"
    return Response({"status_code": 400, "detail": detail}, status_code=400)


def _looking_routes(scene: Scene) -> list[BaseRouteHandler]:
    @get("/api/hello", sync_to_thread=False, responses=LOOKING)
    def greet() -> Hello:
        """What runs, and how far the shadow has come."""
        return hello(scene)

    @get(
        "/api/orders/{order_id:str}",
        sync_to_thread=False,
        responses=LOOKING,
        raises=[NotFoundException],
    )
    def one_order(order_id: FromPath[str]) -> dict[str, object]:
        """One order with its whole history."""
        found = order(scene, order_id)
        if found is None:
            raise NotFoundException("no order of this run has that id")
        return found

    @get("/api/why", responses=LOOKING, raises=[NotFoundException])
    async def why(market: FromQuery[str], at_ms: FromQuery[int] = 0) -> Why:
        """Why a market is or is not traded, now or at a moment of this run."""
        return await asked_why(scene, market, at_ms)

    @get("/api/backtests", sync_to_thread=False, responses=LOOKING)
    def backtests() -> list[Backtest]:
        """The reports that lie beside the journal, the newest first."""
        return reports(scene)

    @get(
        "/api/backtests/{name:str}",
        sync_to_thread=False,
        responses={**LOOKING, 200: REPORT},
        raises=[NotFoundException],
    )
    def backtest(name: FromPath[str]) -> Response[bytes]:
        """One of them, in a box of its own."""
        body = report(scene, name)
        if body is None:
            raise NotFoundException("there is no such report")
        return Response(body, media_type="text/html", headers={"content-security-policy": BOX})

    @websocket("/api/live")
    async def live(socket: WebSocket[object, object, State]) -> None:
        await Line(scene, socket).serve()

    return [greet, one_order, why, backtests, backtest, live]


def _acting_routes(scene: Scene, actions: Tally) -> list[BaseRouteHandler]:
    @post(
        "/api/operate",
        status_code=200,
        responses=ACTING,
        exception_handlers={RecursionError: _too_deep},
    )
    async def operate(data: JSONBody[Wish], from_page: FromPage) -> Told:
        """Have the running engine do something."""
        del from_page  # the gate's to look at
        return await act(scene, data, actions)

    return [operate]
