"""The transports against small servers of their own: whole messages, causes, errors in words."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from aiohttp import WSMessage, WSMsgType, web
from tests.waiting import until

from polywire.core.errors import TransportError
from polywire.net import http as http_module
from polywire.net.http import Http
from polywire.net.websocket import WebSocket, connect

Talk = Callable[[web.WebSocketResponse], Awaitable[None]]


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def serve(
    stack: AsyncExitStack, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> str:
    """Serve every path with a handler; its host and port."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port: int = runner.addresses[0][1]
    return f"127.0.0.1:{port}"


async def talking(stack: AsyncExitStack, talk: Talk) -> str:
    """Serve sockets that say something."""

    async def handler(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await talk(socket)
        return socket

    return f"ws://{await serve(stack, handler)}/ws"


async def connected(url: str) -> tuple[WebSocket, list[bytes]]:
    got: list[bytes] = []
    return await connect(url, got.append), got


async def closed(socket: WebSocket) -> str:
    async with asyncio.timeout(5):
        await socket.closed.wait()
    return socket.cause


async def test_messages_arrive_whole_however_they_were_cut(stack: AsyncExitStack) -> None:
    async def talk(socket: web.WebSocketResponse) -> None:
        await socket.send_str("one")
        assert socket._req is not None
        assert socket._req.transport is not None
        socket._req.transport.write(b"\x01\x03abc" + b"\x00\x03def" + b"\x80\x03ghi")
        await socket.send_bytes(b"binary")
        await socket.send_str("x" * 3_000_000)
        await socket.receive()

    socket, got = await connected(await talking(stack, talk))
    await until(lambda: len(got) == 4)
    assert got[:3] == [b"one", b"abcdefghi", b"binary"]
    assert len(got[3]) == 3_000_000
    socket.close("closed by us")
    assert await closed(socket) == "closed by us"


@pytest.mark.parametrize(
    ("code", "words", "cause"),
    [
        (1000, "bye", "closed by the venue: 1000 bye"),
        (1013, "slow reader", "closed by the venue: 1013 slow reader"),
        (4242, "", "closed by the venue: 4242"),
    ],
)
async def test_a_close_says_its_code_and_words(
    stack: AsyncExitStack, code: int, words: str, cause: str
) -> None:
    async def talk(socket: web.WebSocketResponse) -> None:
        await socket.close(code=code, message=words.encode())

    socket, _ = await connected(await talking(stack, talk))
    assert await closed(socket) == cause
    socket.send(b"into the void")


async def test_a_ping_is_answered_once_and_what_we_send_arrives(stack: AsyncExitStack) -> None:
    heard: asyncio.Queue[WSMessage] = asyncio.Queue()

    async def talk(socket: web.WebSocketResponse) -> None:
        await socket.ping(b"?")
        async for message in socket:
            heard.put_nowait(message)

    socket, _ = await connected(await talking(stack, talk))
    async with asyncio.timeout(5):
        pong = await heard.get()
        assert (pong.type, bytes(pong.data)) == (WSMsgType.PONG, b"?")
        socket.send(b"hello")
        hello = await heard.get()
    assert (hello.type, hello.data) == (WSMsgType.TEXT, "hello")
    assert heard.empty()
    socket.close("done")


async def test_a_connection_that_is_cut_has_a_cause_too(stack: AsyncExitStack) -> None:
    async def talk(socket: web.WebSocketResponse) -> None:
        assert socket._req is not None
        assert socket._req.transport is not None
        socket._req.transport.abort()

    socket, _ = await connected(await talking(stack, talk))
    assert await closed(socket) == "connection lost"


async def test_a_frame_that_breaks_the_protocol_ends_the_connection_and_nothing_else(
    stack: AsyncExitStack,
) -> None:
    terabyte = b"\x81\x7f" + (1 << 40).to_bytes(8, "big")
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

    async def talk(socket: web.WebSocketResponse) -> None:
        assert socket._req is not None
        assert socket._req.transport is not None
        socket._req.transport.write(terabyte)
        await socket.receive()

    socket, _ = await connected(await talking(stack, talk))
    assert (await closed(socket)).startswith("broken by the venue: ")
    assert socket.bug is None
    del socket
    gc.collect()
    assert told == []


async def test_a_bug_in_what_takes_messages_is_kept_for_the_task_that_waits(
    stack: AsyncExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    async def talk(socket: web.WebSocketResponse) -> None:
        await socket.send_str("one")
        await socket.receive()

    def broken(message: bytes) -> None:
        raise AssertionError(message.decode())

    socket = await connect(await talking(stack, talk), broken)
    await closed(socket)
    assert str(socket.bug) == "one"
    assert caplog.records


@pytest.mark.parametrize("status", [200, 403, 429, 503])
async def test_a_refused_upgrade_says_its_status(stack: AsyncExitStack, status: int) -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text="no")

    host = await serve(stack, handler)
    words = rf"^cannot connect to ws://{host}/ws: .*{status}"
    with pytest.raises(TransportError, match=words) as refused:
        await connected(f"ws://{host}/ws")
    assert refused.value.status == status


async def test_nobody_listening_is_said_in_words(closed_port: int) -> None:
    url = f"ws://127.0.0.1:{closed_port}/ws"
    with pytest.raises(TransportError, match=rf"^cannot connect to {url}: .*\w"):
        await connected(url)


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    made = Http()
    yield made
    await made.close()


async def test_a_body_is_handed_over_and_calls_are_counted_by_label(
    stack: AsyncExitStack, http: Http
) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        kind = request.headers.get("Content-Type", "")
        return web.Response(
            body=request.method.encode() + b" " + await request.read() + kind.encode()
        )

    url = f"http://{await serve(stack, handler)}/books"
    assert (await http.get(url + "?a=1", label="catalogue")).startswith(b"GET ")
    assert await http.post(url, b"[]", label="book") == b"POST []application/json"
    assert await http.post(url, b"[]", label="book")
    assert (http.calls["catalogue"], http.calls["book"], http.calls["account"]) == (1, 2, 0)
    assert http.replies == {("catalogue", 200): 1, ("book", 200): 2}


async def test_another_status_is_an_error_with_what_was_said(
    stack: AsyncExitStack, http: Http
) -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(status=503, text="back soon " * 100)

    host = await serve(stack, handler)
    with pytest.raises(TransportError) as failed:
        await http.get(f"http://{host}/markets?long=query", label="catalogue")
    words = str(failed.value)
    assert failed.value.status == 503
    assert words.startswith(f"GET http://{host}/markets: HTTP 503 back soon")
    assert len(words) < 300
    assert http.calls["catalogue"] == 1


@pytest.mark.parametrize(
    ("told", "wait_s"),
    [("7", 7), ("", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("-1", 0), ("1" * 30, 0)],
)
async def test_a_refusal_says_how_long_the_venue_wants_to_be_left_alone(
    stack: AsyncExitStack, http: Http, told: str, wait_s: int
) -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(status=429, headers={"Retry-After": told})

    with pytest.raises(TransportError) as failed:
        await http.get(f"http://{await serve(stack, handler)}/book", label="book")
    assert (failed.value.status, failed.value.wait_s) == (429, wait_s)
    assert http.replies == {("book", 429): 1}


@pytest.mark.parametrize("packed", [False, True])
async def test_a_body_without_end_is_cut_off(
    stack: AsyncExitStack, http: Http, monkeypatch: pytest.MonkeyPatch, *, packed: bool
) -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        reply = web.Response(body=b" " * 1_000_001)
        if packed:
            reply.enable_compression()
        return reply

    monkeypatch.setattr(http_module, "BODY_BYTES_MAX", 1_000_000)
    host = await serve(stack, handler)
    with pytest.raises(TransportError, match=rf"^GET http://{host}/books: more than 1000000 bytes"):
        await http.get(f"http://{host}/books", label="book")


async def test_an_answer_that_never_comes_or_breaks_off_is_an_error(
    stack: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        raise AssertionError("nobody waits a minute")

    async def cut(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    monkeypatch.setattr(http_module, "TIMEOUT_S", 0.2)
    http = Http()
    stack.push_async_callback(http.close)
    with pytest.raises(TransportError, match="no answer within 0 s"):
        await http.get(f"http://{await serve(stack, hang)}/", label="book")
    with pytest.raises(TransportError, match=r"GET http://.*: \w"):
        await http.get(f"http://{await serve(stack, cut)}/", label="book")
    assert http.replies == {("book", 0): 2}
