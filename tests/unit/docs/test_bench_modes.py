"""The page on the modes names every key and target, and no other."""

from tests.pages import DOCS, named, rows

from polywire.bench.mode_figures import ModeFigures
from polywire.bench.modes import (
    BASELINE_S,
    BOOK_CALLS_MAX,
    DECISION_MS_MAX,
    POINTS_MAX,
    SOONER_MIN,
    Modes,
    ways,
)

PAGE = DOCS / "reference" / "bench-modes.md"


def test_every_figure_of_a_mode_is_documented() -> None:
    assert named(PAGE, "## Figures of a mode") == list(ModeFigures.__struct_fields__)


def test_every_key_of_the_file_is_documented() -> None:
    table = [cells[0].strip("`") for cells in rows(PAGE, "## The rest of the file")][1:]
    assert table == list(Modes.__struct_fields__)


def test_every_mode_is_documented() -> None:
    streams, polls = ways([60])
    names = {way.name.replace("60s", "<n>s") for way in (*streams, *polls)}
    assert {cells[0].strip("`") for cells in rows(PAGE, "## Modes")} - {"name"} == names


def test_the_targets_are_the_documented_ones() -> None:
    bounds = [cells[1] for cells in rows(PAGE, "## Targets")][1:]
    assert bounds == [
        f"at most {BOOK_CALLS_MAX:.0f}",
        f"at most {DECISION_MS_MAX:.0f} ms",
        f"at the median, at least {SOONER_MIN:.0f} times",
        "at most polling's",
        f"no differing position without a reason, where win rates are more than {POINTS_MAX:.0f} "
        "points apart",
    ]
    assert f"against polling every {BASELINE_S} s" in PAGE.read_text()
