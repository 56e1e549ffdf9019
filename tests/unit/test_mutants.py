"""Holds the planting of bugs to its word: what counts as caught, what cannot be planted."""

from pathlib import Path

import mutants
import pytest

STALE = mutants.StaleMutantError


def bug(find: str, replace: str, file: str = "src/polywire/a.py") -> mutants.Mutant:
    return mutants.Mutant("a-bug", file, find, replace, ["tests/unit"], "because")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "polywire").mkdir()
    (tmp_path / "polywire" / "a.py").write_text("x = 1\ny = 1\n")
    return tmp_path


def test_a_bug_replaces_its_one_place(source: Path) -> None:
    path, text = mutants.mutated(source, bug("x = 1", "x = 2"))
    assert path == source / "polywire" / "a.py"
    assert text == "x = 2\ny = 1\n"


@pytest.mark.parametrize(
    ("planted", "reason"),
    [
        (bug("z = 1", "z = 2"), "stands 0 times"),
        (bug("= 1", "= 2"), "stands 2 times"),
        (bug("x = 1", "x = 1"), "changes nothing"),
        (bug("x = 1", "x = ("), "does not compile"),
        (bug("x = 1", "x = 2", file="src/polywire/gone.py"), "does not exist"),
    ],
)
def test_a_bug_that_does_not_fit_is_refused(
    source: Path, planted: mutants.Mutant, reason: str
) -> None:
    with pytest.raises(STALE, match=reason):
        mutants.mutated(source, planted)


@pytest.mark.parametrize(
    ("code", "output", "expected"),
    [
        (0, "3 passed in 0.10s", "SURVIVED"),
        (1, "1 failed, 2 passed in 0.10s", "caught"),
        (1, "1 error in 0.10s", "BROKEN"),
        (2, "1 error in 0.10s", "BROKEN"),
        (4, "ERROR: not found: tests/unit/test_a.py", "BROKEN"),
        (-1, "stopped after 120 s", "BROKEN"),
    ],
)
def test_only_a_test_that_ran_and_failed_has_caught_a_bug(
    code: int, output: str, expected: str
) -> None:
    assert mutants.judgement(code, output) == expected
