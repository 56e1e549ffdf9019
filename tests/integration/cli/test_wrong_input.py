"""Wrong input of each kind: one sentence on standard error, exit code 2, never a traceback."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from tests.integration.cli.conftest import Begin

from polywire.cli.main import app, main

Outcome = tuple[int, str, str]
Polywire = Callable[..., Outcome]
EXAMPLE = str(Path(__file__).parents[3] / "examples" / "backtest.toml")

WRONG = {
    "no such command": ["nonsense"],
    "no such option": ["demo", "--nonsense"],
    "one word too many": ["demo", "extra"],
    "no number": ["demo", "--seconds", "soon"],
    "no time": ["demo", "--seconds", "-1"],
    "never": ["demo", "--seconds", "nan"],
    "no speed": ["demo", "--speed", "0"],
    "too many strategies": ["demo", "--strategies", "99"],
    "metrics on no port": ["demo", "--metrics-port", "70000"],
    "a dashboard on no port": ["demo", "--dashboard-port", "70000"],
    "polls of a stream": ["demo", "--poll-every", "5"],
    "polls of a stream that is named": ["demo", "--feed", "stream", "--poll-every", "5"],
    "no such recording": ["demo", "--recording", "missing.jsonl"],
    "a folder is no recording": ["demo", "--recording", "."],
    "summary into a missing folder": ["demo", "--json", "missing/summary.json"],
    "summary over a folder": ["demo", "--json", "."],
    "journal in a file": ["demo", "--journal", "text"],
    "port out of range": ["exchange", "--port", "70000"],
    "no markets": ["exchange", "--markets", "0"],
    "no such faults": ["exchange", "--faults", "missing.toml"],
    "faults that are none": ["exchange", "--port", "0", "--faults", "text"],
    "no journal named": ["replay"],
    "no such journal": ["replay", "missing"],
    "an empty journal": ["replay", "."],
    "no journal but a text": ["replay", "text"],
    "no report without a journal": ["feed", "report"],
    "no report of an empty folder": ["feed", "report", "."],
    "no report of a text": ["feed", "report", "text"],
    "no number of gaps": ["feed", "report", ".", "--gaps", "-1"],
    "no folder named": ["record"],
    "record into a file": ["record", "text"],
    "no such address": ["scan", "--gamma", "gamma.example"],
    "no socket address": ["record", "frames", "--market-ws", "http://127.0.0.1:1"],
    "less than no volume": ["scan", "--volume", "-5"],
    "no configuration named": ["paper"],
    "no such configuration": ["paper", "--config", "missing.toml"],
    "a configuration that is none": ["paper", "--config", "text"],
    "settings of no bot": ["config", "import", "text"],
    "settings of nobody": ["config", "import"],
    "an import over a file": ["config", "import", "old.json", "--output", "text"],
    "a spread over a dollar": ["scan", "--spread", "2"],
    "a backtest of nothing": ["backtest", "--config", EXAMPLE],
    "a backtest without a configuration": ["backtest", "--data", "text"],
    "a backtest of a missing recording": ["backtest", "--config", EXAMPLE, "--data", "missing"],
    "a backtest of a text": ["backtest", "--config", EXAMPLE, "--data", "text"],
    "a backtest of a folder without recordings": ["backtest", "--config", EXAMPLE, "--data", "."],
    "a backtest in no queue": ["backtest", "--config", EXAMPLE, "--data", ".", "--queue", "mid"],
}

HELP = {
    "demo": ["--seconds", "--recording", "--speed", "--seed", "--json", "--plain", "Ctrl-C"],
    "exchange": ["--port", "--recording", "--control", "127.0.0.1", "Gamma", "JSON"],
    "paper": ["--config", "--seconds", "--json", "--plain", "journal", "Ctrl-C"],
    "config": ["show", "check", "import"],
    "backtest": ["--config", "--data", "--queue", "--journal", "--json", "front", "back"],
    "record": ["FOLDER", "--keyword", "--markets", "--seconds", "manifest.json", "--recording"],
    "replay": ["JOURNAL", "--json", "byte for byte", "Exit code"],
    "scan": ["--keyword", "--tag", "--volume", "--spread", "--json", "filter"],
}


@pytest.fixture
def polywire(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Polywire]:
    """Runs the command line in this process, in a folder with one text file in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text("not a recording\n")
    (tmp_path / "old.json").write_text('{"use_websocket": true, "private_key": "0x5ec7e7"}')

    def run(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["polywire", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, said.out, said.err

    yield run
    structlog.reset_defaults()  # it was told to write to what stood for standard error


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG.keys())
def test_wrong_input_is_one_sentence_and_exit_code_2(
    polywire: Polywire, arguments: list[str]
) -> None:
    code, _, complaint = polywire(*arguments)
    assert code == 2
    assert one_sentence(complaint)


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["strategies", "set", "--nosuch"], "strategies set"),
        (["demo", "--seconds", "x"], "demo"),
        (["strategies", "nosuch"], "strategies"),
    ],
)
def test_a_wrong_option_names_the_help_of_its_command(
    polywire: Polywire, arguments: list[str], command: str
) -> None:
    _, _, complaint = polywire(*arguments)
    assert complaint.endswith(f"\nSee: ./polywire {command} --help\n")


def test_an_interval_of_polls_is_refused_where_nothing_polls(polywire: Polywire) -> None:
    _, _, complaint = polywire("demo", "--poll-every", "5")
    said = "polywire: --poll-every is for polls; write --feed poll too, or leave it out\n"
    assert complaint.startswith(said)


def test_a_missing_configuration_is_told_with_an_example(polywire: Polywire) -> None:
    code, _, complaint = polywire("paper")
    said = "polywire: --config FILE is missing; examples/paper.toml is one to start from\n"
    assert (code, complaint.startswith(said)) == (2, True)


@pytest.mark.parametrize("command", HELP)
def test_help_tells_a_stranger_what_is_needed(polywire: Polywire, command: str) -> None:
    code, said, _ = polywire(command, "--help")
    assert code == 0
    for word in HELP[command]:
        assert word in " ".join(said.split()), f"{command} --help does not mention {word}"


def test_every_command_is_listed_with_what_it_does(polywire: Polywire) -> None:
    code, said, _ = polywire("--help")
    assert code == 0
    for command in HELP:
        assert app[command].help
        assert command in said


@pytest.mark.parametrize("arguments", [["scan"], ["record", "frames"]])
def test_a_venue_that_cannot_be_reached_is_one_sentence_and_exit_code_1(
    polywire: Polywire, arguments: list[str], closed_port: int
) -> None:
    gamma = f"http://127.0.0.1:{closed_port}"
    code, _, complaint = polywire(*arguments, "--gamma", gamma)
    assert code == 1
    assert complaint.startswith(
        f"polywire: GET {gamma}/markets/keyset: cannot connect (Connection refused)\n"
    )
    assert complaint.endswith("See: docs/how-to/troubleshooting.md#cannot-connect\n")


def test_a_taken_port_is_named(polywire: Polywire) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, complaint = polywire("exchange", "--port", str(min(port, 65_000)))
    if port <= 65_000:
        assert code == 2
        assert str(port) in complaint
        assert "Traceback" not in complaint


@pytest.mark.parametrize("command", [("demo", "--plain"), ("exchange", "--port", 0)])
def test_an_unreadable_recording_is_one_sentence(
    begin: Begin, tmp_path: Path, command: tuple[object, ...]
) -> None:
    (tmp_path / "text").write_text("not a recording\n")
    begun = begin(*command, "--recording", tmp_path / "text")
    assert begun.ends(20.0) == 2
    assert one_sentence(begun.complained)
    assert "line 1 is not a recorded frame" in begun.complained


def test_a_journal_in_use_names_who_uses_it(begin: Begin, tmp_path: Path) -> None:
    first = begin("demo", "--plain", "--journal", tmp_path / "journal")
    first.trades()
    second = begin("demo", "--plain", "--journal", tmp_path / "journal")
    assert second.ends(20.0) == 2
    assert one_sentence(second.complained)
    assert f"is in use by process {first.process.pid};" in second.complained


def test_a_reader_that_goes_away_ends_the_demo_quietly(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-m", "polywire", "demo", "--plain", "--journal", str(tmp_path / "j")],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
    ) as demo:
        os.close(writing)
        os.read(reading, 10)
        os.close(reading)
        assert demo.wait(20) != 0
        assert demo.stderr is not None
        assert "Traceback" not in demo.stderr.read()


def one_sentence(complaint: str) -> bool:
    """A line that says what is wrong and at most one that says where to look."""
    first, *rest = complaint.splitlines()
    assert len(first) < 400
    assert "Traceback" not in complaint
    assert all(line.startswith("See: ") for line in rest), complaint
    return len(rest) <= 1
