"""The port of the metrics: on the loopback, made anew for each request, and said when taken."""

import socket

import aiohttp
import pytest

from polywire.core.errors import ConfigError
from polywire.net.scrape import ScrapePort


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_each_request_gets_what_holds_then_and_the_port_is_let_go() -> None:
    asked = 0

    async def render() -> bytes:
        nonlocal asked
        asked += 1
        return b"asked %d\n" % asked

    port = free_port()
    scrape = ScrapePort(port, render)
    await scrape.open()
    async with aiohttp.ClientSession() as client:
        for number in (1, 2):
            async with client.get(f"http://127.0.0.1:{port}/metrics") as reply:
                assert reply.headers["Content-Type"].startswith("text/plain; version=0.0.4")
                assert await reply.read() == b"asked %d\n" % number
        async with client.get(f"http://127.0.0.1:{port}/") as reply:
            assert reply.status == 404
    with pytest.raises(ConfigError, match=f"metrics need port {port} on 127.0.0.1: Address"):
        ScrapePort(port, render)
    await scrape.close()
    await ScrapePort(port, render).close()
