"""What the server itself refuses, before the gate sees anything; who says nothing makes room."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from tests.certificates import certified

from polywire.dashboard.certificate import context_of
from polywire.dashboard.guests import WAITING_MAX, Patience
from polywire.dashboard.server import reception

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"
ASK = HEAD + b"\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"
YES = b"HTTP/1.1 200"
LARGE = 4_000_000


async def yes(scope: dict, receive: Callable, send: Callable) -> None:
    """An application that answers everything, once it has read all of it or, asked so, before."""
    if scope["path"] == "/refused":
        await receive()
        await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b""})
        return
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    while scope["path"] != "/at-once" and (await receive()).get("more_body"):
        pass
    body = b"y" * (LARGE if scope["path"] == "/large" else 3)
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def served(
    patience: Patience | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A server for as long as the context lives; its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = reception(yes, tls, patience)
    serving = asyncio.ensure_future(server.serve(sockets=[listening]))
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await serving


class Other:
    """One connection to it, kept open."""

    def __init__(self, port: int) -> None:
        self.line = socket.create_connection(("127.0.0.1", port), 5)

    async def said(self, text: bytes = b"") -> bytes:
        """How what comes back begins; nothing where the line is cut."""
        return await asyncio.to_thread(self._said, text)

    def _said(self, text: bytes) -> bytes:
        try:
            self.line.sendall(text)
            return self.line.recv(12)
        except ConnectionError:
            return b""


@contextlib.contextmanager
def closing(others: list[Other]):
    """Connections that are closed in the end."""
    yield others
    for one in others:
        one.line.close()


async def once(port: int, text: bytes) -> bytes:
    """What a connection of its own is answered."""
    with closing([await asyncio.to_thread(Other, port)]) as (other,):
        return await other.said(text)


async def test_a_header_that_does_not_end_is_cut_off_and_nothing_is_said_of_it(caplog) -> None:
    endless = HEAD + b"X: " + b"a" * 1_000_000
    async with served() as port:
        for text, begins in (
            (ASK, (YES,)),
            (endless, (b"", b"HTTP/1.1 400")),
            (b"\x16\x03\x01 no HTTP\r\n\r\n", (b"HTTP/1.1 400",)),
        ):
            assert await once(port, text) in begins
    assert caplog.messages == []


@pytest.mark.parametrize("wrong", [b"no length\r\n", b"3\r\nabcdefgh\r\n0\r\n\r\n"])
async def test_a_body_that_goes_wrong_behind_its_head_is_not_spoken_of(
    wrong: bytes, caplog
) -> None:
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with served() as port:
        assert await once(port, head % b"/" + wrong) == b"HTTP/1.1 400"
        assert await once(port, head % b"/at-once" + wrong) in (b"HTTP/1.1 400", YES)
        with closing([await asyncio.to_thread(Other, port)]) as (other,):
            assert await other.said(head % b"/at-once") == YES
            other.line.sendall(wrong)
            assert await asyncio.to_thread(whole, other.line) > 0
        assert await once(port, ASK) == YES
    assert caplog.messages == []


@pytest.mark.parametrize("text", [b"", b"G", HEAD, POST, POST + b"half", ASK + HEAD])
async def test_however_many_say_nothing_or_half_of_it_who_asks_is_answered(text: bytes) -> None:
    async with served() as port:
        with closing([]) as silent:
            for _ in range(3 * WAITING_MAX):
                silent.append(await asyncio.to_thread(Other, port))
                silent[-1].line.sendall(text)
            for _ in range(3):
                assert await once(port, ASK) == YES
            await asyncio.to_thread(whole, silent[0].line)  # it comes to an end
            newest = silent[-1]
            rest = ASK if text in (b"", ASK + HEAD) else b"\r\n"
            if text in (b"", HEAD):
                assert await newest.said(rest) == YES, "it was not the newest that had to go"


@pytest.mark.parametrize("text", [b"", b"G", HEAD, POST, POST + b"half"])
async def test_who_does_not_ask_in_time_is_let_go(text: bytes) -> None:
    async with served(Patience(request_s=0.2)) as port:
        with closing([await asyncio.to_thread(Other, port)]) as (other,):
            assert await other.said(text) == b""


async def test_a_header_that_drips_has_no_more_time_than_one_that_does_not_come() -> None:
    async with served(Patience(request_s=0.3)) as port:
        with closing([await asyncio.to_thread(Other, port)]) as (other,):
            other.line.settimeout(0.02)
            dripped = 0
            while dripped < 500:
                try:
                    other.line.sendall(b"a" if dripped else HEAD + b"X: ")
                    if other.line.recv(1) == b"":
                        break
                except TimeoutError:
                    dripped += 1
                    await asyncio.sleep(0)
                except ConnectionError:
                    break
            assert 0 < dripped < 100


async def test_who_asks_again_in_time_is_answered_again() -> None:
    async with served(Patience(request_s=1.5)) as port:
        with closing([await asyncio.to_thread(Other, port)]) as (other,):
            for _ in range(8):
                assert await other.said(ASK) == YES
                while not other.line.recv(4096).endswith(b"\r\n\r\nyyy"):
                    pass
                await asyncio.sleep(0.25)


async def test_a_page_may_be_silent_for_longer_than_a_request_may_take() -> None:
    async with (
        served(Patience(request_s=0.2)) as port,
        ClientSession() as browser,
        browser.ws_connect(f"http://127.0.0.1:{port}/") as page,
    ):
        with pytest.raises(TimeoutError):
            await page.receive(timeout=0.6)
        assert not page.closed


async def test_who_takes_an_answer_slowly_has_time_as_long_as_it_takes_some() -> None:
    async with served(Patience(read_s=1.5)) as port:
        slow, stuck = Other(port), Other(port)
        with closing([slow, stuck]):
            for one in (slow, stuck):
                one.line.sendall(ASK.replace(b"/ ", b"/large ", 1))
            taken = 0
            while taken < LARGE:
                taken += len(await asyncio.to_thread(slow.line.recv, 200_000))
                await asyncio.sleep(0.1)
            assert await asyncio.to_thread(whole, stuck.line) < LARGE


def whole(line: socket.socket) -> int:
    """How much comes until the end."""
    taken = 0
    try:
        while found := line.recv(1_000_000):
            taken += len(found)
    except ConnectionError:
        pass
    return taken


async def test_who_does_not_speak_tls_neither_keeps_others_out_nor_is_spoken_of(
    tmp_path: Path, caplog
) -> None:
    files = certified(tmp_path, "localhost")
    trust = ssl.create_default_context(cafile=str(files.authority))

    def asked(port: int) -> bytes:
        with (
            socket.create_connection(("127.0.0.1", port), 5) as line,
            trust.wrap_socket(line, server_hostname="localhost") as secure,
        ):
            secure.sendall(ASK)
            return secure.recv(12)

    tls = context_of(str(files.certificate), str(files.key))
    async with served(Patience(request_s=3.0), tls) as port:
        assert await once(port, ASK) != YES, "in clear nothing is answered"
        with closing([]) as silent:
            for _ in range(3 * WAITING_MAX):
                silent.append(await asyncio.to_thread(Other, port))
            assert await asyncio.to_thread(asked, port) == YES
            assert await silent[0].said() == b"", "the oldest had to go"
            assert await silent[-1].said() == b"", "and the newest after its time"
    assert caplog.messages == []


async def test_who_was_answered_and_never_goes_is_let_go_though_tls_would_wait(
    tmp_path: Path,
) -> None:
    files = certified(tmp_path, "localhost")
    trust = ssl.create_default_context(cafile=str(files.authority))

    def left(port: int) -> bytes:
        line = trust.wrap_socket(
            socket.create_connection(("127.0.0.1", port), 5), server_hostname="localhost"
        )
        line.sendall(HEAD + b"Connection: close\r\n\r\n")
        while line.recv(4_096):
            pass
        with socket.socket(fileno=line.detach()) as bare:  # which says no farewell
            bare.settimeout(5)
            try:
                return bare.recv(1)
            except ConnectionError:
                return b""

    tls = context_of(str(files.certificate), str(files.key))
    async with served(Patience(request_s=0.5), tls) as port:
        assert await asyncio.to_thread(left, port) == b""


async def test_a_socket_that_is_refused_is_not_spoken_of(caplog) -> None:
    async with served() as port, ClientSession() as browser:
        with pytest.raises(WSServerHandshakeError):
            await browser.ws_connect(f"http://127.0.0.1:{port}/refused")
    assert caplog.messages == []
