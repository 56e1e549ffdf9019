"""The catalogue of log lines names exactly the lines that the code can write, at their levels."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "src" / "polywire"
PAGE = ROOT / "docs" / "reference" / "log-lines.md"
LEVELS = frozenset({"debug", "info", "warning", "error", "critical"})
NAME = re.compile(r"[a-z]+(_[a-z]+)+")
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| ([\w, ]*) \| \S.* \| \S.* \|$", re.MULTILINE)
KEYS = frozenset({
    "seq", "venue", "instrument", "market", "strategy", "order_id", "venue_order_id", "fill_id",
    "rule", "reason", "feed", "gap_ns", "latency_ns", "error", "attempt",
})  # fmt: skip

Line = tuple[str, str, tuple[str, ...]]


def written() -> Iterator[Line]:
    """Name, level and keys of every call of `log` in the code."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="log"), attr=level),
                    args=args,
                    keywords=keywords,
                ) if level in LEVELS:
                    (name,) = args
                    assert isinstance(name, ast.Constant), f"{path}: {ast.unparse(node)}"
                    assert isinstance(name.value, str), f"{path}: {ast.unparse(node)}"
                    yield name.value, level, tuple(str(keyword.arg) for keyword in keywords)
                case _:
                    pass


def test_the_page_and_the_code_name_the_same_lines() -> None:
    documented = {
        (name, level, tuple(filter(None, keys.split(", "))))
        for name, level, keys in ROW.findall(PAGE.read_text())
    }
    assert documented == set(written())


def test_names_are_constants_and_keys_come_from_one_list() -> None:
    lines = [*written()]
    assert len(lines) > 5
    for name, _, keys in lines:
        assert NAME.fullmatch(name), name
        assert KEYS.issuperset(keys), f"{name} has a key of its own: {keys}"


def test_the_page_is_in_order_of_names() -> None:
    names = [name for name, _, _ in ROW.findall(PAGE.read_text())]
    assert names == sorted(set(names))
