"""Whatever runs a file says first what `config check` warns of."""

from pathlib import Path

import pytest
from tests.unit.cli.test_backtest import EXAMPLE, recording

from polywire.cli import paper as on_paper
from polywire.cli import run as for_real
from polywire.cli.backtest import backtest
from polywire.cli.config import check
from polywire.core.errors import ConfigError

__all__ = ["recording"]
BUDGETS = "are over paper.cash of $50: who buys first leaves the others refused"


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    """A file whose strategies may spend more than there is on paper."""
    path = tmp_path / "bot.toml"
    path.write_text(EXAMPLE.read_text().replace("cash = 1000", "cash = 50"))
    return path


def test_a_backtest_says_once_what_config_check_warns_of(
    doubtful: Path, recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(doubtful) == 0
    warned = [one for one in capsys.readouterr().out.splitlines() if ": warning: " in one]
    assert any(BUDGETS in one for one in warned)
    assert backtest(config=doubtful, data=recording, json=True) == 0
    said = capsys.readouterr()
    assert [one for one in said.err.splitlines() if ": warning: " in one] == warned
    assert "warning" not in said.out


def test_a_paper_run_says_it_before_it_begins(
    doubtful: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def begins(_: object) -> None:
        raise ConfigError("it begins")

    monkeypatch.setattr(on_paper, "setup_from", begins)
    with pytest.raises(ConfigError, match="it begins"):
        on_paper.paper(config=doubtful)
    assert BUDGETS in capsys.readouterr().err


def test_a_real_run_says_it_before_a_key_is_asked_for_and_knows_of_no_cash_on_paper(
    doubtful: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    doubtful.write_text(doubtful.read_text().replace("budget = ", "budget = 9", 1))

    def asks(*_: object) -> None:
        raise ConfigError("which key?")

    monkeypatch.setattr(for_real, "unlocked", asks)
    with pytest.raises(ConfigError, match=r"which key\?"):
        for_real.run(config=doubtful)
    said = capsys.readouterr().err
    assert "who buys first leaves the others refused" in said
    assert "paper.cash" not in said
