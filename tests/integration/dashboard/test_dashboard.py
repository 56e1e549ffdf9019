"""The dashboard beside a real engine on the local exchange: it shows it, stops it, and survives."""

import asyncio
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
from tests.integration.cli.conftest import Begin, Command, begin

from polywire.core.model.control import OperatorCommand
from polywire.journal.reader import read_entries

__all__ = ["begin"]
ADDRESS = re.compile(r"dashboard: (http://127\.0\.0\.1:(\d+)/\?token=\S+)")


async def seen(socket: aiohttp.ClientWebSocketResponse, holds: Callable[[dict], object]) -> dict:
    """The first frame of which something holds; its view is made whole by what came before."""
    view: dict = {}
    while True:
        frame = await socket.receive_json(timeout=15)
        view |= frame.get("full", {}) | frame.get("change", {})
        if holds(told := {**frame["pulse"], **view}):
            return told


def observers(demo: Command) -> list[int]:
    """The process of its dashboard."""
    demo.look()
    found = []
    for child in demo.children:
        line = Path(f"/proc/{child}/cmdline")
        if line.exists() and b"observer" in line.read_bytes():
            found.append(child)
    return found


async def killed_and_back(demo: Command, browser: aiohttp.ClientSession, home: str) -> None:
    """Kill its process: another is there, at the same address, for the same page."""
    (before,) = observers(demo)
    os.kill(before, signal.SIGKILL)
    demo.until(lambda: [one for one in observers(demo) if one != before], 20)
    for _ in range(300):
        try:
            async with browser.ws_connect(f"{home}/api/live", origin=home) as socket:
                await socket.send_json({"view": "overview"})
                told = await seen(socket, lambda one: one["halted"])
                assert told["agree"]["first_difference"] == ""
                return
        except aiohttp.ClientConnectorError:
            await asyncio.sleep(0.05)
    pytest.fail("it did not come back")


@pytest.mark.timeout(90)
async def test_a_dashboard_shows_a_run_halts_it_and_is_there_again_when_it_was_killed(
    begin: Begin, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    demo = begin("demo", "--plain", "--dashboard-port", 0, "--journal", journal)
    demo.until(lambda: ADDRESS.search(demo.said), 30)
    found = ADDRESS.search(demo.said)
    assert found is not None
    home = f"http://127.0.0.1:{found[2]}"
    demo.trades()
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        async with browser.get(f"{home}/api/hello") as reply:
            assert reply.status == 401
        async with browser.get(found[1]) as reply:
            assert (reply.status, str(reply.url)) == (200, f"{home}/")
        async with browser.ws_connect(f"{home}/api/live", origin=home) as socket:
            await socket.send_json({"view": "overview"})
            told = await seen(socket, lambda one: one.get("orders", {}).get("sent", 0) > 5)
            assert told["agree"]["decisions"] > 5
            assert told["agree"]["first_difference"] == ""
            assert told["equity"] == told["cash"] + sum(one["value"] for one in told["positions"])

            halt = {"operation": "halt", "reason": "enough"}
            headers = {"X-Polywire": "1"}
            async with browser.post(f"{home}/api/operate", json=halt, headers=headers) as reply:
                answer = await reply.json()
            assert answer["done"]
            assert answer["said"][0].startswith("trading is halted; ")
            told = await seen(socket, lambda one: one["halted"] and not one["orders"]["open"])
            assert told["halted"] == "enough (dashboard)"
            assert told["breaker"][0]["cause"] == "hand"

        await killed_and_back(demo, browser, home)
    demo.tell(signal.SIGTERM)
    assert demo.ends(20) == 0
    rows = [entry for _, entry in read_entries(journal) if isinstance(entry, OperatorCommand)]
    assert f"uid {os.getuid()}" in rows[0].who
    assert rows[0].reason == "enough (dashboard)"
