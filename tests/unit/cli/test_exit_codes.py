"""What a command's exit code says when something failed behind it."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from polywire.cli import main, showing, simulate
from polywire.cli.replay import replay
from polywire.core.errors import (
    ConfigError,
    JournalError,
    PolywireError,
    ReplayMismatch,
    TransportError,
)
from polywire.modes.simulate import SeedReport, SimulationReport


def seed(number: int, *broken: str) -> SeedReport:
    return SeedReport(number, "digest", 30.0, 100, 10, 3, 1, {"loss": 2}, broken)


@pytest.mark.parametrize(("broken", "code"), [((), 0), (("sold what it lacked",), 1)])
def test_a_broken_promise_fails_the_simulation_and_says_how_to_run_it_again(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    broken: tuple[str, ...],
    code: int,
) -> None:
    report = SimulationReport([seed(6), seed(7, *broken)])
    monkeypatch.setattr(simulate, "run_seeds", lambda *_: report)
    assert simulate.simulate() == code
    told = capsys.readouterr().out
    again = "seed 7: sold what it lacked\n  run it again: polywire simulate --seeds 7..7"
    assert (again in told) is bool(code)
    assert ("every promise was kept" in told) is not bool(code)


def test_trading_that_stopped_by_itself_fails_the_demo_and_a_bug_is_raised(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def verdict(failure: Exception | None, bug: Exception | None) -> int:
        paper = SimpleNamespace(loop=SimpleNamespace(failure=failure))
        return showing.verdict(paper, SimpleNamespace(bug=bug))  # type: ignore[arg-type]

    assert verdict(None, None) == 0
    assert verdict(JournalError("the disk is full"), None) == 1
    assert "trading stopped: the disk is full" in capsys.readouterr().err
    with pytest.raises(ZeroDivisionError):
        verdict(None, ZeroDivisionError())


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("no such market"), 2),
        (JournalError("row 3 is damaged"), 2),
        (TransportError("cannot connect"), 1),
        (ReplayMismatch("seq 7: recorded one, replayed another"), 1),
    ],
)
def test_wrong_input_is_told_from_what_failed(
    monkeypatch: pytest.MonkeyPatch, error: PolywireError, code: int
) -> None:
    def command(*_: object, **__: object) -> int:
        raise error

    monkeypatch.setattr(main, "app", command)
    monkeypatch.setattr(sys, "argv", ["polywire", "demo"])
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == code


def test_a_journal_without_a_run_agrees_with_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no run"):
        replay(tmp_path)


COUNT = """
import sys
from polywire.cli.main import main
try:
    main()
except SystemExit:
    sys.stderr.write(str(sum(one.startswith("polywire.modes") for one in sys.modules)))
"""


@pytest.mark.parametrize(
    ("words", "loads"),
    [(["--version"], False), (["--help"], True), ([], True), (["--version", "-h"], True)],
)
def test_what_a_command_needs_is_loaded_for_it_alone_and_the_overview_tells_of_each(
    words: list[str], loads: bool
) -> None:
    told = subprocess.run(
        [sys.executable, "-c", COUNT, *words], capture_output=True, text=True, check=True
    )
    assert bool(int(told.stderr)) is loads
    if loads:
        rows = [line.strip("│ ").split(maxsplit=1) for line in told.stdout.splitlines()]
        assert {row[0] for row in rows if len(row) == 2} >= set(main.WHERE), (
            "each with what it does"
        )


def test_a_misspelt_command_is_a_sentence_also_where_the_benchmarks_cannot_be_imported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "polywire.cli.bench", None)
    monkeypatch.setattr(sys, "argv", ["polywire", "dmo"])
    with pytest.raises(SystemExit) as ended:
        main.main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith('polywire: Unknown command "dmo". Did you mean "demo"?')
    assert "bench" in said
