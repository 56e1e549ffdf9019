"""A file of faults: what it may say, and one sentence for what it may not."""

from pathlib import Path

import pytest
from tests.pages import ROOT

from polywire.core.errors import ConfigError
from polywire.exchange.faults import Fault, Kind, read_faults


def read(folder: Path, text: str) -> list[Fault]:
    path = folder / "faults.toml"
    path.write_text(text)
    return read_faults(path)


def test_the_example_has_its_faults_in_order() -> None:
    faults = read_faults(ROOT / "examples/faults.toml")
    assert [one.at for one in faults] == [10, 30, 45, 60, 60, 60, 90]
    assert faults[0] == Fault(kind=Kind.FREEZE, at=10.0, asset="500001", until="resubscribe")


@pytest.mark.parametrize(
    ("keys", "lasts_s"),
    [
        ('kind = "freeze"', 10),
        ('kind = "freeze"\nseconds = 2', 2),
        ('kind = "freeze"\nuntil = "reconnect"', None),
        ('kind = "freeze"\nuntil = "reconnect"\nseconds = 3', 3),
        ('kind = "truncate"\ncount = 1', None),
        ('kind = "drop"', 0),
    ],
)
def test_how_long_a_fault_lasts(tmp_path: Path, keys: str, lasts_s: float | None) -> None:
    assert read(tmp_path, f"[[faults]]\n{keys}\n")[0].lasts_s == lasts_s


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind = =\n", "at line 1"),
        ("faults = 1", "expected [[faults]] tables alone"),
        ('[[fault]]\nkind = "freeze"', "expected [[faults]] tables alone, found fault"),
        ("[[faults]]\nat = 1", "fault 1: kind takes one of freeze, missing_book, "),
        ('[[faults]]\nkind = "frieze"', "found 'frieze'"),
        (
            '[[faults]]\nkind = "drop"\n[[faults]]\nkind = "drop"\nuntil = "reconnect"',
            "fault 2: until is no key of drop, which takes kind, at, code, socket",
        ),
        ('[[faults]]\nkind = "drop"\ncode = 999', "code takes a close code, 1000 to 4999; found 9"),
        ('[[faults]]\nkind = "freeze"\nuntil = 5', 'until takes "resubscribe" or "reconnect"'),
        ('[[faults]]\nkind = "freeze"\nseconds = 0', "seconds takes seconds above 0, at most 8640"),
        ('[[faults]]\nkind = "freeze"\nseconds = "5"', "found '5'"),
        ("faults = [1]", "expected [[faults]] tables alone"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_it(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    sentence = str(caught.value)
    assert said in sentence
    assert "faults.toml" in sentence
    assert "\n" not in sentence
