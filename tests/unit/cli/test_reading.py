"""Who waits for a journal to be read hears how far it has come; who does not wait hears nothing."""

import pytest

from polywire.cli import reading
from polywire.core.units import Ns


def test_without_a_terminal_lines_are_said_once_it_takes_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with reading.reading(4_000) as progressed:
        progressed(2_000, Ns(1))
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(reading, "SOON_NS", 0)
    with reading.reading(4_000) as progressed:
        progressed(2_000, Ns(1))
        progressed(2_000, Ns(2))
    assert capsys.readouterr().err == "reading the journal: 2,000 events\n"


@pytest.mark.parametrize("total", [4_000, None])
def test_on_a_terminal_it_is_a_bar(
    total: int | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with reading.reading(total) as progressed:
        progressed(2_000, Ns(1))
    shown = capsys.readouterr().err
    assert "reading the journal: 1970-01-01" in shown
    assert ("50%" in shown) is (total is not None)
