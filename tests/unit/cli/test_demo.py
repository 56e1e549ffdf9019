"""The demo says where its journal is, with the command that asks about the run by it."""

from pathlib import Path

from polywire.cli.demo import journal_words


def test_the_journal_is_named_with_the_command_that_asks_by_it() -> None:
    asked = "./polywire status --journal /t/j"
    assert journal_words(Path("/t/j"), kept=True) == f"journal: /t/j; {asked}"
    gone = "(gone at the end; --journal DIR keeps one)"
    assert journal_words(Path("/t/j"), kept=False) == f"journal: /t/j {gone}; {asked}"
