"""The dashboard's routes. What is in an answer is the views'; who may ask is the gate's."""

from litestar import Litestar, Request, Response, WebSocket, get, post, websocket
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ASGIApp

from polywire import __version__
from polywire.dashboard.acting import Told, Wish, act
from polywire.dashboard.gate import Gate, Rules
from polywire.dashboard.live import Line
from polywire.dashboard.page_files import page_file
from polywire.dashboard.scene import Scene
from polywire.dashboard.views.hello import Hello, hello


def application(scene: Scene, rules: Rules) -> ASGIApp:
    """Everything behind its gate."""
    inner = Litestar(
        [*_page_routes(), *_api_routes(scene)],
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


def _api_routes(scene: Scene) -> list[BaseRouteHandler]:
    @get("/api/hello", sync_to_thread=False)
    def greet() -> Hello:
        """What runs, and how far the shadow has come."""
        return hello(scene)

    @post("/api/operate", status_code=200)
    async def operate(data: Wish) -> Told:
        """Have the running engine do something."""
        return await act(scene, data)

    @websocket("/api/live")
    async def live(socket: WebSocket[object, object, State]) -> None:
        await Line(scene, socket).serve()

    return [greet, operate, live]
