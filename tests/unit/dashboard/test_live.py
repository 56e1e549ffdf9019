"""One socket: a page asks for views, one after the other; what is no page is shut out."""

import asyncio
import time
from pathlib import Path

import msgspec
import pytest
from litestar.exceptions import WebSocketDisconnect
from tests.unit.dashboard.test_views import scene_of
from tests.waiting import until

from polywire.dashboard import live
from polywire.dashboard.live import ASKS_A_SECOND, EVERY_S, Line, next_s


class Socket:
    """A browser's end: what it says is taken in order, then it waits, or is gone."""

    def __init__(self, *says: str, leaves: bool = False) -> None:
        self.heard: asyncio.Queue[dict] = asyncio.Queue()
        self.closed: int | None = None
        self._says = list(says)
        self._leaves = leaves
        self._ever = asyncio.Event()

    async def accept(self) -> None:
        """The door is open."""

    async def receive_data(self, _mode: str) -> str:
        if self._says:
            return self._says.pop(0)
        if not self._leaves:
            await self._ever.wait()
        raise WebSocketDisconnect(detail="gone")

    async def send_data(self, text: str, _mode: str) -> None:
        self.heard.put_nowait(msgspec.json.decode(text))

    async def close(self, code: int, reason: str) -> None:
        assert reason
        self.closed = code

    def go(self) -> None:
        self._ever.set()


async def test_a_page_is_told_the_view_it_asked_for_last(tmp_path: Path) -> None:
    scene, _ = scene_of(tmp_path)
    socket = Socket('{"view":"orders"}', '{"view":"health"}')
    serving = asyncio.ensure_future(Line(scene, socket).serve())
    while "full" not in (frame := await socket.heard.get()):
        assert set(frame) == {"pulse"}
    assert frame["view"] == "health"
    assert "sockets" in frame["full"]
    socket.go()
    await serving


@pytest.mark.parametrize(
    "says",
    [
        ("{}",),
        ("no question",),
        ("[1]",),
        ('{"view":"health","x":' + "[" * 30_000,),
        ('{"view":1}',),
        ('{"view":"health"}',) * 21,
    ],
)
async def test_who_asks_too_much_or_nothing_that_is_a_question_is_shut_out(
    tmp_path: Path, says: tuple[str, ...]
) -> None:
    assert ASKS_A_SECOND == 20
    scene, _ = scene_of(tmp_path)
    socket = Socket(*says)
    await Line(scene, socket).serve()
    assert socket.closed == 1008


async def test_a_view_that_there_is_not_is_only_a_pulse(tmp_path: Path) -> None:
    scene, _ = scene_of(tmp_path)
    socket = Socket('{"view":"../etc/passwd"}')
    serving = asyncio.ensure_future(Line(scene, socket).serve())
    assert set(await socket.heard.get()) == {"pulse"}
    socket.go()
    await serving


async def test_a_page_that_is_closed_ends_its_line(tmp_path: Path) -> None:
    scene, _ = scene_of(tmp_path)
    await Line(scene, Socket(leaves=True)).serve()


def test_a_line_keeps_its_pace_though_it_is_woken_late() -> None:
    assert 10 <= 1 / EVERY_S <= 20, "frames a second"
    assert next_s(8.0, 8.0, 0.0) == 8.0 + EVERY_S
    assert next_s(8.0, 8.02, 0.01) == pytest.approx(8.0 + EVERY_S)
    assert next_s(8.0, 9.0, 0.001) == 9.0 + EVERY_S / 2, "what was missed is not made up for"


async def test_what_all_lines_share_counts_as_no_view_s_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status of thousands of books would slow every page down five times over."""
    scene, _ = scene_of(tmp_path)
    walk_s = 0.05
    took: list[float] = []

    def walks(_: object) -> dict[str, object]:
        time.sleep(walk_s)
        return {}

    def noted(due_s: float, began_s: float, took_s: float) -> float:
        took.append(took_s)
        return next_s(due_s, began_s, took_s)

    monkeypatch.setattr(live, "pulse", walks)
    monkeypatch.setattr(live, "next_s", noted)
    socket = Socket()
    serving = asyncio.ensure_future(Line(scene, socket).serve())
    await until(lambda: len(took) >= 3)
    socket.go()
    await serving
    assert min(took) < walk_s / 2


def test_a_view_that_takes_long_to_read_leaves_most_of_the_time_to_others() -> None:
    for took in (0.05, 0.5):
        assert took / (next_s(8.0, 8.0, took) - 8.0) <= 0.2 + 1e-9
