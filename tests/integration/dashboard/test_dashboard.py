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


class Page:
    """What one page knows of its view, frame by frame."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._view: dict = {}

    async def seen(self, holds: Callable[[dict], object]) -> dict:
        """The first moment at which something holds: the pulse and the whole view."""
        while True:
            frame = await self._socket.receive_json(timeout=15)
            self._view |= frame.get("full", {}) | frame.get("change", {})
            told = {**frame["pulse"], **self._view}
            if self._view and holds(told):
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
                told = await Page(socket).seen(lambda one: one["halted"])
                assert told["agree"]["first_difference"] == ""
                return
        except aiohttp.ClientConnectorError:
            await asyncio.sleep(0.05)
    pytest.fail("it did not come back")


async def done(browser: aiohttp.ClientSession, home: str, **wish: object) -> dict:
    """A click, and that it was done."""
    headers = {"X-Polywire": "1"}
    async with browser.post(f"{home}/api/operate", json=wish, headers=headers) as reply:
        answer = await reply.json()
    assert answer["done"], answer
    return answer


async def steered(browser: aiohttp.ClientSession, home: str, page: Page) -> None:
    """The strategy is disabled, told otherwise and enabled again."""
    answer = await done(browser, home, operation="disable", subject="touch-1")
    assert answer["said"][0].startswith("touch-1 is disabled until it is enabled")
    await page.seen(lambda one: not one["orders"]["open"])
    await page.seen(lambda one: one["per_strategy"][0]["state"] == "disabled")
    size = {"name": "size", "value": "7"}
    answer = await done(browser, home, operation="set", subject="touch-1", value=size)
    assert answer["said"][0].startswith("size of touch-1 is 7, ")
    await done(browser, home, operation="enable", subject="touch-1")
    await page.seen(lambda one: one["orders"]["open"])


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
            page = Page(socket)
            told = await page.seen(lambda one: one["orders"]["sent"] > 5)
            assert told["agree"]["decisions"] > 5
            assert told["agree"]["first_difference"] == ""
            assert told["equity"] == told["cash"] + sum(one["value"] for one in told["positions"])

            await steered(browser, home, page)
            answer = await done(browser, home, operation="halt", reason="enough")
            assert answer["said"][0].startswith("trading is halted; ")
            told = await page.seen(lambda one: one["halted"] and not one["orders"]["open"])
            assert told["halted"] == "enough (dashboard)"
            assert told["resumable"]
            assert told["stops"][0].startswith("halted: enough (dashboard) (hand")

        await killed_and_back(demo, browser, home)
    demo.tell(signal.SIGTERM)
    assert demo.ends(20) == 0
    rows = [entry for _, entry in read_entries(journal) if isinstance(entry, OperatorCommand)]
    assert f"uid {os.getuid()}" in rows[0].who
    assert [str(one.operation) for one in rows[:4]] == ["disable", "set", "enable", "halt"]
    assert rows[1].value == '{"size":7000000}'
    assert rows[3].reason == "enough (dashboard)"
