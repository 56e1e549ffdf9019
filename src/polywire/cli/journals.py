"""Finding a journal, and a run of it, by what somebody typed; errors say what is there."""

from pathlib import Path
from typing import Final

from polywire.core.errors import ConfigError
from polywire.journal.files import day_file
from polywire.journal.runs import Run, runs_of

DATABASE: Final = b"SQLite format 3\0"
NAMED: Final = 5
"""So many runs or files are named in a sentence."""


def runs_in(folder: Path, advice: str = "") -> list[Run]:
    """The runs of a journal, oldest first; `advice` names a command for who named no journal.

    Raises ConfigError where there is none.
    """
    if not folder.exists():
        named = f"; name the journal: {advice}" if advice else ""
        raise ConfigError(f"there is no journal {folder}{named}")
    if folder.is_file() and not _is_journal(folder):
        raise ConfigError(f"{folder} is no journal; name the folder of one")
    runs = runs_of(folder)
    if not runs:
        record = "record one with `polywire demo --journal DIR`"
        raise ConfigError(f"{folder} holds no run{_ignored(folder)}: {record}")
    return runs


def _is_journal(path: Path) -> bool:
    """Whether a file is a database, or named as a packed one."""
    with path.open("rb") as file:
        return file.read(len(DATABASE)) in (DATABASE, b"") or day_file(path) is not None


def _ignored(folder: Path) -> str:
    """The files of a folder that are no journal's, in words."""
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f" (ignored: {', '.join(names[:NAMED])}{more})" if names else ""


def chosen_run(runs: list[Run], wanted: str, folder: Path) -> Run:
    """The newest run, or the one whose id is wanted, or begins so."""
    if not wanted:
        return runs[-1]
    begun = [each for each in runs if each.id.startswith(wanted)]
    found = [each for each in begun if each.id == wanted] or begun
    known = ", ".join(each.id for each in (found or runs)[-NAMED:])
    if not found:
        raise ConfigError(f"{folder} holds no run {wanted}; the newest are {known}")
    if len(found) > 1:
        raise ConfigError(f"{folder} holds {len(found)} runs {wanted}...; the newest are {known}")
    return found[0]
