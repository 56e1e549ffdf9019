"""The commands of the documentation do what the pages say: marked blocks run as they stand.

Each page runs in a folder of its own in which the repository seems to lie; ./polywire there is this
interpreter, so that no test sets anything up.
"""

import shlex
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.pages import DOCS, ROOT, blocks, pages

BASH = ("bash", "-euo", "pipefail", "-c")
CLEAN_UP = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n"
SECONDS_MAX = 50
SETTINGS = "examples/ported_bot.toml"


def marked(page: Path) -> list[str]:
    return [block.text for block in blocks(page) if block.run]


def run(script: str, folder: Path) -> str:
    done = subprocess.run(
        [*BASH, script],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like the repository from within and keeps what the commands write."""
    for name in ("examples", "docs", "src", "tests", "tools"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    (tmp_path / "runs").mkdir()
    launcher = tmp_path / "polywire"
    launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m polywire "$@"\n')
    launcher.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(
    "page", [page for page in pages() if marked(page)], ids=lambda page: page.stem
)
def test_the_marked_commands_of_a_page_run(page: Path, folder: Path) -> None:
    for script in marked(page):
        assert run(script, folder).strip(), f"it says nothing:\n{script}"


def test_the_queries_of_the_journal_page_answer(folder: Path) -> None:
    run("./polywire demo --seconds 2 --plain --journal runs/journal", folder)
    (file,) = (folder / "runs" / "journal").glob("*.sqlite")
    queries = [
        one.text for one in blocks(DOCS / "reference" / "journal.md") if one.language == "sql"
    ]
    assert len(queries) > 3
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
    for query in queries:
        assert connection.execute(query).fetchall(), query
    connection.close()


def test_an_audit_of_the_ported_bot_notices_a_loop_body_that_asks_the_clock(folder: Path) -> None:
    body = (ROOT / "examples" / "ported_bot.py").read_text()
    wish = 'Wish("buy", prices.ask, missing)'
    assert body.count(wish) == 1
    clocked = body.replace(wish, 'Wish("buy", prices.ask, missing - __import__("time").time() % 1)')
    (folder / "clocked.py").write_text(clocked)
    run(f"POLYWIRE_FEED__KIND=stream .venv/bin/python clocked.py trade {SETTINGS} 2", folder)
    with pytest.raises(AssertionError, match="ReplayMismatch"):
        run(f".venv/bin/python clocked.py audit {SETTINGS}", folder)


def test_an_audit_of_the_tutorial_notices_a_changed_strategy(folder: Path) -> None:
    example = "examples/first_strategy.py"
    run(f".venv/bin/python {example} trade runs/first 2", folder)
    changed = (ROOT / example).read_text().replace("Quantity(10 * SHARE)", "Quantity(11 * SHARE)")
    (folder / "changed.py").write_text(changed)
    with pytest.raises(AssertionError, match="ReplayMismatch"):
        run(".venv/bin/python changed.py audit runs/first", folder)
