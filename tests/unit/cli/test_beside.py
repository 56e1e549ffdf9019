"""What the command line says of the dashboard."""

import pytest

from polywire.cli.main import app


@pytest.mark.parametrize(("word", "said"), [("--dashboard", True), ("--no-dashboard", False)])
def test_a_dashboard_can_be_asked_for_and_declined(word: str, said: bool) -> None:
    _, bound, _ = app.parse_args(["demo", word], exit_on_error=False, print_error=False)
    assert bound.arguments["beside"].dashboard is said
