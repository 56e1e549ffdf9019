"""Pages of backtests that lie in one folder: which there are, and one of them by its name."""

import html
import re
from pathlib import Path
from typing import Final

from msgspec import Struct

from polywire.core.units import MILLISECOND
from polywire.dashboard.scene import Scene

BOX: Final = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)
"""A report's charts are scripts inside it; they run without an origin, so they can ask nobody."""
HEAD: Final = 4_096
SAID: Final = re.compile(r'<meta name="polywire-(strategies|profit)" content="([^"]*)">')
"""What a report says of itself in its head."""


class Backtest(Struct):
    """One report; profit as if nobody and as if everybody stood before us, where it says so."""

    name: str
    at_ms: int
    strategy: str
    profit: tuple[int, int] | None


def reports(scene: Scene) -> list[Backtest]:
    """The newest first."""
    found = [_line(name, path) for name, path in _files(scene).items()]
    return sorted(found, key=lambda one: one.at_ms, reverse=True)


def report(scene: Scene, name: str) -> bytes | None:
    """The page of that name; None where there is none."""
    path = _files(scene).get(name)
    return path.read_bytes() if path is not None else None


def _line(name: str, path: Path) -> Backtest:
    with path.open(encoding="utf-8", errors="replace") as page:
        said = dict(SAID.findall(page.read(HEAD)))
    ends = [int(one) for one in said.get("profit", "").split(",") if re.fullmatch(r"-?\d+", one)]
    profit = (ends[0], ends[-1]) if ends else None
    at_ms = path.stat().st_mtime_ns // MILLISECOND
    return Backtest(name, at_ms, html.unescape(said.get("strategies", "")), profit)


def _files(scene: Scene) -> dict[str, Path]:
    """Pages by name: those in the folder, and `backtest.html` of folders in it."""
    if not scene.about.backtests:
        return {}
    folder = Path(scene.about.backtests)
    pages = [*folder.glob("*.html"), *folder.glob("*/backtest.html")]
    return {_name(folder, path): path for path in sorted(pages) if path.is_file()}


def _name(folder: Path, path: Path) -> str:
    inner = path.parent if path.parent != folder else path
    return re.sub(r"[^\w.-]", "_", inner.stem)
