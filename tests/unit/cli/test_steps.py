"""Lines on standard error: one a step at once, then one each ten seconds at most."""

import pytest

from polywire.cli.steps import Steps


def test_a_step_is_told_when_it_begins_and_not_with_every_event(
    capsys: pytest.CaptureFixture[str],
) -> None:
    steps = Steps()
    for step, events in (("reading", 0), ("reading", 2_000), ("front", 0), ("front", 2_000)):
        steps.at(step, events)
    assert capsys.readouterr().err == "reading: 0 events\nfront: 0 events\n"
