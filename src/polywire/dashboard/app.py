"""The dashboard's routes. What is in an answer is the views'; who may ask is the gate's."""

from litestar import Litestar, Request, Response, WebSocket, get, post, websocket
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.types import ASGIApp

from polywire import __version__
from polywire.dashboard.acting import ACTIONS_MAX, Told, Wish, act
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
        [*_page_routes(), *_api_routes(scene, Tally(ACTIONS_MAX, rules.seconds))],
        openapi_config=OpenAPIConfig(
            title="Polywire's dashboard",
            version=__version__,
            path="/api/schema",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
        logging_config=None,
    )
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


def _api_routes(scene: Scene, actions: Tally) -> list[BaseRouteHandler]:
    @get("/api/hello", sync_to_thread=False)
    def greet() -> Hello:
        """What runs, and how far the shadow has come."""
        return hello(scene)

    @get("/api/orders/{order_id:str}", sync_to_thread=False)
    def one_order(order_id: FromPath[str]) -> dict[str, object]:
        """One order with its whole history."""
        found = order(scene, order_id)
        if found is None:
            raise NotFoundException("no order of this run has that id")
        return found

    @get("/api/why")
    async def why(market: FromQuery[str], at_ms: FromQuery[int] = 0) -> Why:
        """Why a market is or is not traded, now or at a moment of this run."""
        return await asked_why(scene, market, at_ms)

    @get("/api/backtests", sync_to_thread=False)
    def backtests() -> list[Backtest]:
        """The reports that lie beside the journal, the newest first."""
        return reports(scene)

    @get("/api/backtests/{name:str}", sync_to_thread=False, media_type="text/html")
    def backtest(name: FromPath[str]) -> Response[bytes]:
        """One of them, in a box of its own."""
        body = report(scene, name)
        if body is None:
            raise NotFoundException("there is no such report")
        return Response(body, media_type="text/html", headers={"content-security-policy": BOX})

    @post("/api/operate", status_code=200, exception_handlers={RecursionError: _too_deep})
    async def operate(data: JSONBody[Wish]) -> Told:
        """Have the running engine do something."""
        return await act(scene, data, actions)

    @websocket("/api/live")
    async def live(socket: WebSocket[object, object, State]) -> None:
        await Line(scene, socket).serve()

    return [greet, one_order, why, backtests, backtest, operate, live]
