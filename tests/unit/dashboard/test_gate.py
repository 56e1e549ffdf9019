"""Each way in that must be refused is, before any route sees it; the page's own way is open."""

import asyncio

import pytest
from litestar.types import Receive, Scope, Send
from tests.unit.dashboard.asking import COOKIE, HOME, TOKEN, acted, asked, headers_of

from polywire.dashboard.gate import ASKS_MAX, SOCKETS_MAX, Gate
from polywire.dashboard.rules import Rules


class Inside:
    """An application that says yes to everything, and counts."""

    def __init__(self) -> None:
        self.seen = 0
        self.open = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen += 1
        if scope["type"] == "websocket":
            self.open.append(receive)
            await receive()
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"in", "more_body": False})


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def inside() -> Inside:
    return Inside()


def gate(inside: Inside, *, read_only: bool = False, seconds: Time | None = None) -> Gate:
    rules = Rules(port=5000, token=TOKEN, read_only=read_only, seconds=seconds or Time())
    return Gate(inside, rules)


async def test_the_printed_address_sets_a_cookie_that_no_script_and_no_other_site_can_use(
    inside: Inside,
) -> None:
    reply = await asked(gate(inside), f"/?token={TOKEN}", cookie=None)
    assert (reply.status, reply.headers["location"]) == (303, "/")
    assert reply.headers["set-cookie"] == f"{COOKIE}; Path=/; HttpOnly; SameSite=Strict"
    assert inside.seen == 0
    assert (await asked(gate(inside), "/")).body == b"in"


@pytest.mark.parametrize(
    ("path", "cookie"),
    [
        ("/", None),
        ("/api/hello", None),
        ("/assets/index.js", None),
        ("/?token=another", None),
        ("/?token=", None),
        (f"/api/hello?token={TOKEN}", None),
        ("/api/hello", "polywire-5000=another"),
        ("/api/hello", "polywire-5000="),
        ("/api/hello", f"polywire-5001={TOKEN}"),
        ("/api/hello", f"polywire-5000={TOKEN}x"),
        ("/api/hello", "polywire-5000=\xff"),
        ("/api/hello", ";;;=;"),
    ],
)
async def test_without_this_start_s_token_nothing_is_shown(
    inside: Inside, path: str, cookie: str | None
) -> None:
    reply = await asked(gate(inside), path, cookie=cookie)
    assert reply.status == 401
    assert b"token" in reply.body
    assert inside.seen == 0


@pytest.mark.parametrize(
    "beside",
    ['a={"x":1}', "a=b c", "a:b@c/d=1", "a", "expires=x", 'a="un', "GA[1]=x", "=", "\xfc=1"],
)
async def test_cookies_of_other_programs_on_this_machine_lock_nobody_out(
    inside: Inside, beside: str
) -> None:
    for cookie in (f"{beside}; {COOKIE}", f"{COOKIE};{beside}"):
        assert (await asked(gate(inside), "/api/hello", cookie=cookie)).status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example:5000", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:5000.evil.example", "", "0:5000"],
)
async def test_a_name_that_was_rebound_to_this_machine_is_refused(
    inside: Inside, host: str
) -> None:
    assert (await asked(gate(inside), "/api/hello", host=host)).status == 421
    assert (await asked(gate(inside), f"/?token={TOKEN}", host=host)).status == 421
    assert (await asked(gate(inside), "/api/hello", host=None)).status == 421
    assert inside.seen == 0


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "https://127.0.0.1:5000",
        "http://127.0.0.1:5001",
        "http://localhost:5000",
    ],
)
async def test_pages_of_other_sites_are_refused_though_they_bring_the_cookie(
    inside: Inside, origin: str
) -> None:
    assert (await asked(gate(inside), "/api/hello", origin=origin)).status == 403
    assert (await acted(gate(inside), {}, origin=origin)).status == 403
    assert inside.seen == 0
    reply = await asked(gate(inside), "/api/hello", origin=f"http://{HOME}")
    assert reply.status == 200
    assert not [name for name in reply.headers if name.startswith("access-control")]


async def test_every_answer_says_what_a_browser_may_do_with_it(inside: Inside) -> None:
    for reply in (await asked(gate(inside), "/"), await asked(gate(inside), "/", cookie=None)):
        assert "default-src 'self'" in reply.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"x_polywire": None}, 403),
        ({"x_polywire": "0"}, 403),
        ({"content_type": "text/plain"}, 415),
        ({"content_type": "application/x-www-form-urlencoded"}, 415),
        ({"content_type": None}, 415),
        ({"content_length": "65537"}, 413),
        ({"content_length": "99999999999999999999"}, 413),
        ({"content_length": "-1"}, 400),
        ({"content_length": "٣"}, 400),
        ({"transfer_encoding": "chunked"}, 411),
        ({"cookie": None}, 401),
    ],
)
async def test_what_no_page_of_ours_would_send_does_nothing(
    inside: Inside, headers: dict[str, str | None], status: int
) -> None:
    assert (await acted(gate(inside), {}, **headers)).status == status
    assert inside.seen == 0


async def test_a_body_of_just_the_most_is_taken(inside: Inside) -> None:
    assert (await acted(gate(inside), {}, content_length="65536")).status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_no_other_method_is_answered(inside: Inside, method: str) -> None:
    reply = await asked(gate(inside), "/api/hello", method=method)
    assert (reply.status, reply.headers["allow"]) == (405, "GET, POST")
    assert inside.seen == 0


async def test_a_dashboard_that_only_shows_does_nothing(inside: Inside) -> None:
    only = gate(inside, read_only=True)
    assert (await acted(only, {})).status == 403
    assert (await asked(only, "/api/hello")).status == 200


async def test_so_many_actions_a_minute_and_no_more(inside: Inside) -> None:
    time = Time()
    limited = gate(inside, seconds=time)
    for _ in range(ASKS_MAX):
        assert (await acted(limited, {})).status == 200
        time.now += 0.25
    assert (await acted(limited, {})).status == 429
    assert (await asked(limited, "/api/hello")).status == 200, "looking goes on"
    time.now = 60.0
    assert (await acted(limited, {})).status == 200, "the first is a minute ago"
    assert (await acted(limited, {})).status == 429


async def socket(app: Gate, told: list, *, extension: bool = False, **headers: str | None) -> None:
    """Open one; what the gate sends instead is told."""
    scope = {"type": "websocket", "path": "/api/live", "headers": headers_of(**headers)}
    if extension:
        scope["extensions"] = {"websocket.http.response": {}}

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        told.append(message)

    await app(scope, receive, send)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"cookie": None}, 401),
        ({"origin": "http://evil.example"}, 403),
        ({"host": "evil.example:5000"}, 421),
    ],
)
async def test_a_socket_is_refused_like_any_request(
    inside: Inside, headers: dict[str, str | None], status: int
) -> None:
    told: list = []
    await socket(gate(inside), told, extension=True, **headers)
    assert [one["type"] for one in told] == [
        "websocket.http.response.start",
        "websocket.http.response.body",
    ]
    assert told[0]["status"] == status
    plain: list = []
    await socket(gate(inside), plain, **headers)
    assert [one["type"] for one in plain] == ["websocket.close"]
    assert inside.seen == 0


async def test_a_flood_of_sockets_ends_at_the_eighth_and_each_that_closes_makes_room() -> None:
    waiting: list = []

    class Holding(Inside):
        async def __call__(self, *_: object) -> None:
            self.seen += 1
            waiting.append(asyncio.get_running_loop().create_future())
            await waiting[-1]

    holding = Holding()
    app = gate(holding)
    tasks = [asyncio.ensure_future(socket(app, [])) for _ in range(SOCKETS_MAX)]
    await asyncio.sleep(0)
    assert holding.seen == SOCKETS_MAX
    told: list = []
    await socket(app, told, extension=True)
    assert told[0]["status"] == 429
    waiting[0].set_result(None)
    await tasks[0]
    more = asyncio.ensure_future(socket(app, []))
    await asyncio.sleep(0)
    assert holding.seen == SOCKETS_MAX + 1
    for one in waiting[1:]:
        one.set_result(None)
    await asyncio.gather(*tasks[1:], more)


def test_browsers_name_no_port_of_http() -> None:
    def hosts(port: int) -> tuple[str, ...]:
        return Rules(port=port, token=TOKEN, read_only=False, seconds=Time()).hosts

    assert hosts(80) == ("127.0.0.1", "localhost")
    assert hosts(5000) == ("127.0.0.1:5000", "localhost:5000")
