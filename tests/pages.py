"""The documentation as tests see it: pages, links, anchors, code blocks and tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
RUN = "<!-- run -->"

_BLOCK = re.compile(r"^([^\n]*)\n```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block of code; `run` says that the line before marks it for execution."""

    language: str
    text: str
    run: bool


def pages() -> list[Path]:
    """Every page a reader may land on."""
    return sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def blocks(page: Path) -> list[Block]:
    """A page's blocks of code, in order."""
    found = _BLOCK.findall("\n" + page.read_text())
    return [Block(language, text, before == RUN) for before, language, text in found]


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return _BLOCK.sub(r"\1", "\n" + page.read_text())


def links(page: Path) -> list[str]:
    """Where a page points, elsewhere on the web left out."""
    return [link for link in _LINK.findall(prose(page)) if "://" not in link]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the forge makes them."""
    return {_slug(heading) for heading in _HEADING.findall(prose(page))}


def rows(page: Path, heading: str = "") -> Iterator[list[str]]:
    """The cells of every table row under a heading (of the whole page without one)."""
    text = prose(page)
    if heading:
        _, _, text = text.partition(f"\n{heading}\n")
        text = re.split(rf"^#{{1,{heading.count('#')}}} ", text, maxsplit=1, flags=re.MULTILINE)[0]
    for line in text.splitlines():
        if line.startswith("| ") and not line.startswith("|--"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def named(page: Path, heading: str = "", column: int = 0) -> list[str]:
    """The code-marked words that open the cells of one column, row by row."""
    found: list[str] = []
    for cells in rows(page, heading):
        if column < len(cells) and cells[column].startswith("`"):
            found += re.findall(r"`([^`]+)`", cells[column])
    return found


def _slug(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", ""))
    return kept.replace(" ", "-")
