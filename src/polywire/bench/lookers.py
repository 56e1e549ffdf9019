"""`python -m polywire.bench.lookers`: a process with pages that take all a dashboard tells.

Each looks at the list of all markets and reads what comes as fast as it comes. It is told the
dashboard's address on its first line, prints a line once each page has the whole list, and what has
come since then on each line more; ends with standard input.
"""

import asyncio
import json
import re
import sys
from http.client import HTTPConnection
from typing import Final
from urllib.parse import urlsplit

import uvloop
from websockets.asyncio.client import ClientConnection, connect

ASK: Final = json.dumps({"view": "markets"})
FRAME_BYTES_MAX: Final = 1 << 24
BEHIND: Final = re.compile(rb'"behind_ms":(\d+)')
ROW: Final = b'["0x'
"""Frames are not decoded: what that costs is the browser's."""


class Page:
    """One socket: what came of it, and how far behind the dashboard said at most that it is."""

    def __init__(self) -> None:
        self.frames = self.rows = self.bytes = self.behind_ms = 0

    async def open(self, socket: ClientConnection, markets: int) -> None:
        """Ask, and wait for the row of each market."""
        await socket.send(ASK)
        listed = 0
        while listed < markets:
            shown = json.loads(await socket.recv())
            listed += len((shown.get("full") or shown.get("change") or {}).get("rows", ()))

    async def read(self, socket: ClientConnection) -> None:
        """Until it is gone."""
        while True:
            frame = await socket.recv(decode=False)
            behind = BEHIND.search(frame)
            assert behind is not None, "each frame has a pulse"
            self.frames += 1
            self.bytes += len(frame)
            self.rows += frame.count(ROW)
            self.behind_ms = max(self.behind_ms, int(behind[1]))

    def tell(self) -> dict[str, int]:
        """What came since the last time."""
        told = {"frames": self.frames, "rows": self.rows, "bytes": self.bytes}
        told["behind_ms"] = self.behind_ms
        self.frames = self.rows = self.bytes = self.behind_ms = 0
        return told


async def look(address: str, pages: int, markets: int) -> None:
    """Open them, and tell whenever it is asked."""
    origin, cookie = enter(address)
    headers = {"Cookie": cookie, "Origin": origin}
    url = origin.replace("http", "ws", 1) + "/api/live"
    seen = [Page() for _ in range(pages)]
    sockets = [
        await connect(url, additional_headers=headers, max_size=FRAME_BYTES_MAX, compression=None)
        for _ in seen
    ]
    for page, socket in zip(seen, sockets, strict=True):
        await page.open(socket, markets)
    reading = [
        asyncio.create_task(page.read(socket)) for page, socket in zip(seen, sockets, strict=True)
    ]
    _say(pages=pages)
    while await asyncio.to_thread(sys.stdin.readline):
        _say(pages=[page.tell() for page in seen])
    for task in reading:
        task.cancel()


def enter(address: str) -> tuple[str, str]:
    """The origin of a dashboard and the cookie that its token buys."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc)
    connection.request("GET", f"/?{parts.query}")
    cookie = connection.getresponse().getheader("set-cookie")
    assert cookie is not None, "the token was taken"
    return f"{parts.scheme}://{parts.netloc}", cookie.partition(";")[0]


def _say(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    told = json.loads(sys.stdin.readline())
    uvloop.run(look(told["address"], told["pages"], told["markets"]))
