"""Lines for orders against real servers that answer, hang, break and lie."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from polywire.net import lines as module
from polywire.net.line import BrokenError, Reply
from polywire.net.lines import READ_BYTES_MAX, Lines, UnsentError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nPoly-RateLimit-Remaining: 7\r\n\r\nOK"
Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Keeps every request it was sent, and answers as it is told."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = [
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                ]
                body = await reader.readexactly(length[0]) if length else b""
                self.requests.append(head + body)
                await self.answer(head + body, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def ok(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(OK)


@asynccontextmanager
async def playing(answer: Answer, **options: float) -> AsyncIterator[tuple[Server, Lines]]:
    server = Server(answer)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    lines = Lines(f"http://127.0.0.1:{port}", count=2, **options)
    await lines.open()
    try:
        yield server, lines
    finally:
        await lines.close()
        listening.close()


async def order(lines: Lines) -> Reply:
    return await lines.request("POST", "/order", {"POLY_ADDRESS": "0x1"}, b'{"a":1}')


async def test_a_request_is_whole_and_its_line_is_used_again() -> None:
    async with playing(ok) as (server, lines):
        for _ in range(5):
            reply = await order(lines)
        assert reply == Reply(
            200, {b"content-length": b"2", b"poly-ratelimit-remaining": b"7"}, b"OK"
        )
        assert server.connections == 2
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        assert head.startswith(b"POST /order HTTP/1.1\r\nHost: 127.0.0.1:")
        assert b"POLY_ADDRESS: 0x1\r\n" in head
        assert b"Content-Length: 7" in head
        assert body == b'{"a":1}'


async def test_more_requests_than_lines_open_more_lines() -> None:
    async def slowly(_: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.05)
        writer.write(OK)

    async with playing(slowly) as (server, lines):
        replies = await asyncio.gather(*(order(lines) for _ in range(5)))
        assert [reply.status for reply in replies] == [200] * 5
        assert server.connections == 5


async def test_an_answer_that_never_comes_breaks_and_is_not_asked_for_again() -> None:
    async def never(_: bytes, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    async with playing(never, answer_s=0.1) as (server, lines):
        with pytest.raises(BrokenError, match=r"no answer in 0\.1 s"):
            await order(lines)
        assert len(server.requests) == 1


async def test_a_connection_cut_after_the_request_breaks_and_is_replaced() -> None:
    async def cut(request: bytes, writer: asyncio.StreamWriter) -> None:
        if b"POST" in request:
            writer.transport.abort()
        else:
            writer.write(OK)

    async with playing(cut) as (server, lines):
        await lines.request("GET", "/ok", {})
        with pytest.raises(BrokenError, match="the connection"):
            await order(lines)
        assert sum(b"POST" in request for request in server.requests) == 1
        await asyncio.sleep(0.05)
        assert server.connections == 3
        assert (await lines.request("GET", "/ok", {})).status == 200


@pytest.mark.parametrize(
    "answer", [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"]
)
async def test_an_answer_that_is_no_http_breaks(answer: bytes) -> None:
    async def lie(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    async with playing(lie) as (_, lines):
        with pytest.raises(BrokenError, match="no HTTP"):
            await order(lines)


async def test_an_answer_may_be_as_long_as_was_said() -> None:
    async def long(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1200000\r\n\r\n" + b"x" * 1_200_000)

    async with playing(long, bytes_max=READ_BYTES_MAX) as (_, lines):
        reply = await lines.request("GET", "/data/trades", {})
        assert len(reply.body) == 1_200_000
    async with playing(long) as (_, lines):
        with pytest.raises(BrokenError, match="more than 1048576 bytes"):
            await order(lines)


async def test_an_endless_answer_breaks() -> None:
    async def endless(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 2_000_000)

    async with playing(endless) as (_, lines):
        with pytest.raises(BrokenError, match="more than"):
            await order(lines)


async def test_a_host_that_is_not_there_is_told_before_anything_leaves(closed_port: int) -> None:
    lines = Lines(f"http://127.0.0.1:{closed_port}")
    with pytest.raises(UnsentError, match=r"127\.0\.0\.1"):
        await lines.open()
    with pytest.raises(UnsentError):
        await order(lines)
    await lines.close()


async def test_a_line_the_venue_closed_while_idle_is_not_used() -> None:
    async def goodbye(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await writer.drain()
        writer.close()

    async with playing(goodbye) as (server, lines):
        for _ in range(6):
            assert (await order(lines)).status == 200
            await asyncio.sleep(0.02)
        assert len(server.requests) == 6


async def test_what_may_not_wait_leaves_at_once_or_never() -> None:
    async with playing(ok) as (server, lines):
        asked = [lines.try_request("POST", "/order", {}, b"{}") for _ in range(3)]
        assert asked[2] is None
        await asyncio.sleep(0.05)
        assert server.connections == 3, "another is opened for the next"
        assert len(server.requests) == 2
        assert lines.try_request("POST", "/order", {}, b"{}") is not None


async def test_a_server_that_closes_at_once_is_not_stormed() -> None:
    connections = 0

    async def shut(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.close()

    listening = await asyncio.start_server(shut, "127.0.0.1", 0)
    lines = Lines(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", count=2)
    try:
        with suppress(UnsentError):
            await lines.open()
        await asyncio.sleep(0.1)
        assert connections <= 2
        lines.keep_warm()
        await asyncio.sleep(0.1)
        assert 2 < connections <= 4
        assert lines.try_request("POST", "/order", {}, b"{}") is None
    finally:
        await lines.close()
        listening.close()


async def test_lines_are_kept_warm_and_one_is_always_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IDLE_S", 0.0)
    async with playing(ok) as (server, lines):
        lines.keep_warm()
        assert lines.try_request("POST", "/order", {}, b"{}") is not None
        await asyncio.sleep(0.05)
        assert len(server.requests) == 2
        assert server.connections == 2


async def test_chunked_answers_and_informational_ones_are_read() -> None:
    async def chunks(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")
        await asyncio.sleep(0.01)
        writer.write(b"1\r\nc\r\n0\r\n\r\n")

    async with playing(chunks) as (_, lines):
        assert (await order(lines)).body == b"abc"
