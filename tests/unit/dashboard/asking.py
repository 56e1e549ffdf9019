"""A browser in a test: requests as they reach an ASGI application, without a server between."""

from dataclasses import dataclass, field

import msgspec
from litestar.types import ASGIApp

PORT, TOKEN = 5000, "a-token-of-this-start"
HOME = "127.0.0.1:5000"
COOKIE = f"polywire-{PORT}={TOKEN}"


@dataclass
class Reply:
    """What came back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self):
        """The body, read."""
        return msgspec.json.decode(self.body)


def headers_of(**changed: str | None) -> list[tuple[bytes, bytes]]:
    """Those of the page itself, some changed; None leaves one out."""
    usual: dict[str, str | None] = {"host": HOME, "cookie": COOKIE}
    told = {**usual, **{name.replace("_", "-"): text for name, text in changed.items()}}
    return [(name.encode(), text.encode()) for name, text in told.items() if text is not None]


async def asked(
    app: ASGIApp, path: str, *, method: str = "GET", body: bytes = b"", **headers: str | None
) -> Reply:
    """One request, all of its body at once."""
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers_of(**headers),
        "client": ("127.0.0.1", 40_000),
        "server": ("127.0.0.1", PORT),
    }
    reply = Reply()

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = {name.decode(): text.decode() for name, text in message["headers"]}
        else:
            reply.body += message.get("body", b"")

    await app(scope, receive, send)
    return reply


async def acted(app: ASGIApp, told: object, **headers: str | None) -> Reply:
    """A person's click."""
    body = msgspec.json.encode(told)
    usual: dict[str, str | None] = {
        "origin": f"http://{HOME}",
        "content_type": "application/json",
        "content_length": str(len(body)),
        "x_polywire": "1",
    }
    return await asked(app, "/api/operate", method="POST", body=body, **{**usual, **headers})
