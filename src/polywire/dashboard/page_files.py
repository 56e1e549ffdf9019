"""The built page as files: only those that it has are found, so no path leads anywhere else."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
    ".json": "application/json",
}
BUILT: Final = Path(__file__).with_name("page")
UNBUILT: Final = (
    "<!doctype html><title>Polywire</title><p>The dashboard runs, but its page is not built yet. "
    "Run <code>.venv/bin/python tools/page.py</code>, which builds it or says why not; then "
    "reload.</p>"
)


@dataclass(frozen=True, slots=True)
class PageFile:
    """One file and what a browser should take it for."""

    body: bytes
    kind: str


def page_file(path: str, folder: Path = BUILT) -> PageFile | None:
    """The file behind an address; None for all that was not built."""
    if not (folder / "index.html").is_file():
        return PageFile(UNBUILT.encode(), TYPES[".html"]) if path == "/" else None
    wanted = "/index.html" if path == "/" else path
    for found in folder.rglob("*"):
        if found.is_file() and f"/{found.relative_to(folder).as_posix()}" == wanted:
            kind = TYPES.get(found.suffix, "application/octet-stream")
            return PageFile(found.read_bytes(), kind)
    return None
