"""What counts as an error of a mode's hour."""

from types import SimpleNamespace

import pytest

from polywire.bench.mode_run import errors_of


def status(**changed: object) -> SimpleNamespace:
    """Only what is counted, all well unless said otherwise."""
    found = {"errors": 0, "undecodable": 0, "wrong": 0, "halted": ""} | changed
    engine = SimpleNamespace(hash=SimpleNamespace(wrong=found["wrong"]), halted=found["halted"])
    return SimpleNamespace(errors=found["errors"], undecodable=found["undecodable"], engine=engine)


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({}, 0),
        ({"errors": 2}, 2),
        ({"undecodable": 1, "wrong": 3}, 4),
        ({"halted": "disk: full"}, 1),
    ],
)
def test_a_mode_that_was_halted_has_an_error(changed: dict[str, object], errors: int) -> None:
    assert errors_of(status(**changed)) == errors  # type: ignore[arg-type]
