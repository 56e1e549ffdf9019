"""Plants each untidiness in a small tree and sees tidy name it, and nothing else."""

from pathlib import Path

import pytest
import tidy

OPENING = '"""Owns one thing."""\n\n'
LONG_FUNCTION = "def walk() -> None:\n" + "    print()\n" * 50
SHORT_WITH_LONG_DOCSTRING = (
    'def walk() -> None:\n    """Say.\n' + "    more\n" * 60 + '    """\n' + "    print()\n" * 40
)


def found(root: Path, name: str, text: str) -> list[str]:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return list(tidy.findings(root))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("src/a.py", OPENING + "x = 1\n" * 399, "src/a.py:1: 401 lines, at most 400"),
        ("src/a.py", OPENING + LONG_FUNCTION, "src/a.py:3: walk has 51 lines, at most 50"),
        ("src/a.py", OPENING + "async " + LONG_FUNCTION, "src/a.py:3: walk has 51 lines"),
        ("src/order_manager.py", OPENING, "src/order_manager.py:1: a module name ending in"),
        ("src/utils/__init__.py", "", "src/utils/__init__.py:1: a module name ending in"),
        (
            "src/a.py",
            OPENING + "class OrderHandler:\n    pass\n",
            "src/a.py:3: a class name ending",
        ),
        ("src/a.py", OPENING + "class HTTPBase:\n    pass\n", "src/a.py:3: a class name ending in"),
        ("src/a.py", "x = 1\n", "src/a.py:1: no module docstring"),
        ("src/a.py", '"""One.\n' + "more\n" * 6 + '"""\n', "src/a.py:1: a module docstring of 7"),
        ("src/core/__init__.py", OPENING, "src/core/__init__.py:1: only src/polywire/__init__.py"),
        ("src/a.py", OPENING + "# TO" + "DO: later\n", "src/a.py:3: a note of work to do"),
        ("docs/a.md", "see /ro" + "ot/polywire\n", "docs/a.md:1: a path of one machine"),
        (".ci/run", "cd '/wo" + "rk/main'\n", ".ci/run:1: a path of one machine"),
        ("README.md", "fast \U0001f680\n", "README.md:1: an emoji"),
    ],
)
def test_each_planted_untidiness_is_named_with_its_place(
    tmp_path: Path, name: str, text: str, expected: str
) -> None:
    (finding,) = found(tmp_path, name, text)
    assert finding.startswith(expected)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("src/a.py", OPENING + "x = 1\n" * 398),
        ("src/a.py", OPENING + SHORT_WITH_LONG_DOCSTRING),
        ("src/a.py", OPENING + "# TO" + "DO(#12): when the venue says so\n"),
        ("src/data_source.py", OPENING + "class BaseLine:\n    pass\n"),
        ("src/polywire/__init__.py", OPENING),
        ("docs/a.md", "https://example.org/ho" + "me/index and ~/wo" + "rk/here\n"),
        ("dist/a.py", "x = 1\n"),
        (".venv/a.py", "x = 1\n"),
    ],
)
def test_what_is_allowed_is_not_reported(tmp_path: Path, name: str, text: str) -> None:
    assert found(tmp_path, name, text) == []
