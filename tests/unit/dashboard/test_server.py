"""What the server itself refuses, before the gate sees anything."""

import asyncio
import socket

import uvicorn

from polywire.dashboard.server import _config


async def yes(_scope: object, _receive: object, send) -> None:
    """An application that answers everything."""
    headers = [(b"content-length", b"3")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"yes"})


def answered(port: int, head: bytes) -> bytes:
    """How what comes back for a head begins; nothing where the line is cut."""
    with socket.create_connection(("127.0.0.1", port), 5) as line:
        try:
            line.sendall(head)
            return line.recv(12)
        except ConnectionError:
            return b""


async def test_a_header_that_does_not_end_is_cut_off_and_nothing_is_said_of_it(caplog) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = uvicorn.Server(_config(yes))
    serving = asyncio.ensure_future(server.serve(sockets=[listening]))
    endless = b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 1_000_000
    for head, begins in (
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", (b"HTTP/1.1 200",)),
        (endless, (b"", b"HTTP/1.1 400")),
        (b"\x16\x03\x01 no HTTP\r\n\r\n", (b"HTTP/1.1 400",)),
    ):
        assert await asyncio.to_thread(answered, port, head) in begins
    server.should_exit = True
    await serving
    assert caplog.messages == []
