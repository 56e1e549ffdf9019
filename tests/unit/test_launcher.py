"""The launcher beside an environment whose python and uv are scripts that note what is asked."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from polywire.cli.main import WHERE

ROOT = Path(__file__).parents[2]
PATH = f"{Path(sys.executable).parent}:/usr/bin:/bin"
UV = """#!/bin/sh
[ "$1" = -V ] && exit
echo "uv $*; stamp: $(head -n 1 "$(dirname "$0")/../stamp")" >>"$NOTES"
[ -z "${UV_FAILS-}" ]
"""
PYTHON = """#!/bin/sh
case $1 in
  -V) echo Python 3.11.0 ;;
  -m) echo "runs $3" >>"$NOTES" ;;
  */tools/page.py) echo "builds the page" >>"$NOTES"; exit "${PAGE_FAILS-0}" ;;
esac
[ "$1" != -c ] || [ -z "${IMPORT_FAILS-}" ] || [ -z "$2" ]
"""


class Launcher:
    """The launcher in a folder of its own; `notes` are what its environment was asked since."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copy(ROOT / "polywire", folder)
        (folder / "pyproject.toml").write_text("[project]\n")
        (folder / "requirements.lock").write_text("msgspec==1.0\nuv==1.0\n")
        (folder / "requirements-dev.lock").write_text("msgspec==1.0\npytest==1.0\nuv==1.0\n")
        (folder / "web").mkdir()
        self.bin = folder / ".venv/bin"
        self.bin.mkdir(parents=True)
        for name, text in (("uv", UV), ("python", PYTHON)):
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(0o755)

    def run(self, command: str, **environment: str) -> list[str]:
        notes = self.folder / "notes"
        notes.write_text("")
        subprocess.run(
            [self.folder / "polywire", command],
            env={**os.environ, "PATH": PATH, "NOTES": str(notes), **environment},
            capture_output=True,
            check=False,
            timeout=10,
        )
        return notes.read_text().splitlines()


@pytest.fixture
def launcher(tmp_path: Path) -> Launcher:
    there = Launcher(tmp_path)
    there.run("demo")
    assert there.run("demo") == ["runs demo"], "it is ready"
    return there


def test_packages_for_developers_are_put_beside_the_others(launcher: Launcher) -> None:
    added, ran = launcher.run("bench")
    assert added.startswith("uv pip install --compile-bytecode --require-hashes")
    assert "--reinstall-package=pytest " in added
    assert "msgspec" not in added, "what others run on is not touched"
    assert added.endswith("stamp: run"), "and they need not wait"
    assert ran == "runs bench"
    assert launcher.run("bench") == ["runs bench"]


def test_who_breaks_off_a_bench_leaves_what_others_run_on(launcher: Launcher) -> None:
    assert len(launcher.run("bench", UV_FAILS="1")) == 1
    assert launcher.run("paper") == ["runs paper"]


def test_an_environment_that_works_is_never_removed(launcher: Launcher) -> None:
    (launcher.bin / "kept").write_text("")
    (launcher.folder / "requirements.lock").write_text("msgspec==2.0\nuv==1.0\n")
    (broken_off,) = launcher.run("paper", UV_FAILS="1")
    assert broken_off.startswith("uv pip sync")
    again, _, ran = launcher.run("paper")
    assert "--reinstall" in again, "half a package may have been left"
    assert ran == "runs paper"
    assert (launcher.bin / "kept").exists()


def test_what_stops_an_engine_runs_on_whatever_works(launcher: Launcher) -> None:
    (launcher.folder / "requirements.lock").write_text("msgspec==2.0\nuv==1.0\n")
    assert launcher.run("halt") == ["runs halt"]
    waits = launcher.run("halt", IMPORT_FAILS="1")
    assert waits[0].startswith("uv pip sync"), "what does not work does not do"


def test_what_works_is_what_these_commands_import() -> None:
    told = (ROOT / "polywire").read_text()
    (serving,) = re.findall(r"^serves\(\) \{\n(.*?)^\}", told, re.MULTILINE | re.DOTALL)
    commands = serving.partition("case $1 in ")[2].partition(")")[0].split(" | ")
    asked = serving.partition("from polywire.cli import ")[2].partition("'")[0].split(", ")
    assert "halt" in commands
    assert {WHERE[one].partition(":")[0] for one in commands} | {"main"} == set(asked)


def test_the_page_is_built_once_and_again_when_its_sources_change(launcher: Launcher) -> None:
    source = launcher.folder / "web/page.ts"
    source.write_text("")
    os.utime(source, (2e9, 2e9))
    (launcher.folder / "web/node_modules").mkdir()
    assert launcher.run("demo") == ["builds the page", "runs demo"]
    os.utime(source, (1e9, 1e9))
    (launcher.folder / "web/node_modules/new.js").write_text("")
    assert launcher.run("demo") == ["runs demo"], "what is installed to build it is no source"


def test_a_page_that_cannot_be_built_stops_nothing(launcher: Launcher) -> None:
    (launcher.bin.parent / "page").unlink()
    assert launcher.run("demo", PAGE_FAILS="1") == ["builds the page", "runs demo"]
    assert launcher.run("demo") == ["runs demo"]
