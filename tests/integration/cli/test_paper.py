"""`paper --config` and `config`: four combinations from configuration alone, side by side."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.integration.accounts import MICRO, Account, fold
from tests.integration.cli.conftest import Begin, Command
from tests.integration.cli.test_wrong_input import Polywire, one_sentence, polywire

__all__ = ["polywire"]

SECONDS = 6
SELL = 1

CONFIG = """
[venue]
clob = "{clob}"
market_ws = "{market_ws}"
gamma = "{gamma}"
data = "{data}"

[watch]
markets_max = 4

[feed]
kind = "{feed}"
poll_every = 1

[exits]
style = "{style}"
take_profit = 0.05
stop_loss = {stop}
slack = 0.03
floor = 0.01
confirm = 1.5

[[strategies]]
kind = "holder"
name = "hold"
budget = 100
shares = 10
price_min = 0.1
price_max = 0.9
spread_max = 0.2

[limits]
order_size_max = 100
position_max = 300
price_through_max = 0.05
market_exposure_max = 100
group_exposure_max = 100
venue_exposure_max = 400
total_exposure_max = 400
loss_max = 100
orders_per_minute = 600
proof_age_max = 120

[journal]
folder = "{folder}"
"""


@pytest.fixture
def venue(begin: Begin) -> dict[str, str]:
    """The addresses of a local exchange."""
    exchange = begin("exchange", "--port", 0)
    exchange.says("}\n")
    told: dict[str, str] = json.loads(exchange.said)
    return told


def config(
    folder: Path, venue: dict[str, str], feed: str, style: str, stop: str = "0.0001"
) -> Path:
    """A configuration; with the default stop every bought position is under it at once."""
    name = f"{feed}-{style}"
    path = folder / f"{name}.toml"
    path.write_text(CONFIG.format(**venue, feed=feed, style=style, stop=stop, folder=folder / name))
    return path


def starts(begin: Begin, path: Path, seconds: int = SECONDS) -> Command:
    return begin(
        "paper", "--config", path, "--seconds", seconds, "--plain",
        "--json", path.with_suffix(".json"),
    )  # fmt: skip


def summary(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.with_suffix(".json").read_bytes())
    return read


def trouble(run: Command) -> str:
    """What it complained of, without the warnings of its configuration, which means to sell."""
    lines = run.complained.splitlines(keepends=True)
    return "".join(line for line in lines if ": warning: " not in line)


def sales(account: Account) -> list[list[Any]]:
    return [row for row in account.sent.values() if row[5] == SELL]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("stream", "watch"), ("poll", "resting")),
        (("stream", "resting"), ("poll", "watch")),
    ],
)
def test_different_feeds_and_exits_run_side_by_side_from_configuration_alone(
    begin: Begin,
    tmp_path: Path,
    venue: dict[str, str],
    one: tuple[str, str],
    other: tuple[str, str],
) -> None:
    paths = {pair: config(tmp_path, venue, *pair) for pair in (one, other)}
    runs = {pair: starts(begin, path) for pair, path in paths.items()}
    for (feed, style), run in runs.items():
        assert run.ends(SECONDS + 15.0) == 0, run.complained
        assert trouble(run) == ""
        assert ("market data from ws://" in run.said) is (feed == "stream")
        assert ("books polled from http://" in run.said) is (feed == "poll")
        told = summary(paths[feed, style])
        assert told["errors"] == 0
        assert told["halted"] == "shutting down"
        asked = told["rest_calls"]["book"]
        assert (asked >= SECONDS - 2) if feed == "poll" else (asked <= 1), asked
        account = fold(tmp_path / f"{feed}-{style}")
        assert account.reports == [(account.cash, account.positions)]
        sold = sales(account)
        assert sold != [], f"{feed} {style}: every position was under its stop"
        waiting = [row for row in sold if row[8] == "GTC"]
        assert bool(waiting) is (style == "resting"), "only resting exits rest"
        assert any(account.filled[row[1]] for row in sold), "a stop sold"


def test_a_journal_is_continued_with_its_account(
    begin: Begin, tmp_path: Path, venue: dict[str, str]
) -> None:
    path = config(tmp_path, venue, "stream", "watch", stop='"off"')
    assert starts(begin, path, 2).ends(20.0) == 0
    before = fold(tmp_path / "stream-watch")
    assert before.positions != {}
    again = starts(begin, path, 2)
    assert again.ends(20.0) == 0
    assert f"its account goes on: {len(before.positions)} positions, cash $" in again.said
    after = fold(tmp_path / "stream-watch")
    assert after.reports == [(before.cash, before.positions), (after.cash, after.positions)]
    assert max(after.positions.values()) == 10 * MICRO, "what was held was not bought again"


def test_the_same_folder_twice_is_refused_by_name(
    begin: Begin, tmp_path: Path, venue: dict[str, str]
) -> None:
    path = config(tmp_path, venue, "stream", "watch")
    first = begin("paper", "--config", path, "--plain")
    first.says("live")
    second = begin("paper", "--config", path, "--plain")
    assert second.ends(10.0) == 2
    assert one_sentence(trouble(second))
    assert f"is in use by process {first.process.pid};" in second.complained
    first.tell(signal.SIGINT)
    assert first.ends(10.0) == 0


@pytest.mark.parametrize("feed", ["stream", "poll"])
def test_a_venue_that_cannot_be_reached_is_one_sentence(
    begin: Begin, tmp_path: Path, closed_port: int, feed: str
) -> None:
    web = f"http://127.0.0.1:{closed_port}"
    nowhere = {"clob": web, "gamma": web, "data": web, "market_ws": f"ws://127.0.0.1:{closed_port}"}
    run = begin("paper", "--config", config(tmp_path, nowhere, feed, "watch"), "--plain")
    assert run.ends(15.0) == 1
    assert one_sentence(trouble(run))
    assert "cannot connect (Connection refused)" in run.complained
    assert run.complained.endswith("See: docs/how-to/troubleshooting.md#cannot-connect\n")


def test_check_lists_every_mistake_and_paper_names_the_first(
    polywire: Polywire, tmp_path: Path
) -> None:
    path = config(
        tmp_path, dict.fromkeys(("clob", "gamma", "data", "market_ws"), "x"), "p", "watch"
    )
    code, said, complaint = polywire("config", "check", str(path))
    assert (code, said) == (2, "")
    assert [line.split(": ")[1] for line in complaint.splitlines()] == [
        "venue.clob", "venue.market_ws", "venue.gamma", "venue.data", "feed.kind",
    ]  # fmt: skip
    code, _, complaint = polywire("paper", "--config", str(path))
    assert code == 2
    assert one_sentence(complaint)
    assert complaint.endswith("See: docs/how-to/troubleshooting.md#configuration\n")
    assert "venue.clob: expected an address" in complaint
    assert f"(4 more: polywire config check {path})" in complaint


def test_show_tells_each_value_its_origin_and_no_secret(
    polywire: Polywire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYWIRE_PRIVATE_KEY", "5ec7e7")
    monkeypatch.setenv("POLYWIRE_LIMITS__LOSS_MAX", "7")
    code, said, _ = polywire("config", "show", "--json")
    assert code == 0
    assert "5ec7e7" not in said
    told = {one["setting"]: one for one in json.loads(said)}
    assert told["limits.loss_max"] == {
        "setting": "limits.loss_max",
        "value": 7,
        "origin": "POLYWIRE_LIMITS__LOSS_MAX",
        "unit": "dollars",
        "meaning": "most to lose in a UTC day; then only sales",
    }
    assert told["limits.position_max"]["origin"] == "missing"
    assert (told["feed.kind"]["value"], told["feed.kind"]["origin"]) == ("stream", "default")
    code, said, _ = polywire("config", "show")
    assert code == 0
    assert "most to lose in a UTC day" in said


def test_import_writes_a_file_tells_each_key_and_spares_what_is_there(
    polywire: Polywire, tmp_path: Path
) -> None:
    code, said, told = polywire("config", "import", "old.json")
    assert code == 0
    assert 'kind = "stream"  # from use_websocket' in said
    assert 'use_websocket: became feed.kind = "stream"' in told
    assert "private_key: not copied, it looks like a secret" in told
    assert "5ec7e7" not in said + told
    code, told, _ = polywire("config", "import", "old.json", "--output", "new.toml")
    assert code == 0
    assert (tmp_path / "new.toml").read_text() == said
    assert "fill in: exits, strategies, limits.order_size_max" in told
    assert polywire("config", "import", "old.json", "--output", "text")[0] == 2
    assert (tmp_path / "text").read_text() == "not a recording\n"
    assert polywire("config", "import", "old.json", "--output", "text", "--force")[0] == 0
    assert (tmp_path / "text").read_text() == said
    code, _, complaint = polywire("config", "check", "new.toml")
    assert code == 2
    assert "limits.loss_max: missing" in complaint


def test_what_cannot_be_imported_is_named_as_it_was_typed(polywire: Polywire) -> None:
    code, _, complaint = polywire("config", "import", "none.json")
    assert (code, one_sentence(complaint)) == (2, True)
    assert "cannot read none.json: No such file or directory" in complaint


def test_of_what_is_said_twice_it_is_told_what_counts(polywire: Polywire, tmp_path: Path) -> None:
    (tmp_path / "late.env").write_text("USE_WEBSOCKET=false\n")
    _, _, told = polywire("config", "import", "old.json", "late.env")
    words = 'became feed.kind = "stream"; but USE_WEBSOCKET, later, became feed.kind = "poll"'
    assert words in told


def test_a_configuration_is_shown_by_its_name_alone_too(polywire: Polywire, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("[watch]\nmarkets_max = 7\n")
    code, said, _ = polywire("config", "show", "own.toml", "--json")
    assert code == 0
    assert ("watch.markets_max", 7) in {
        (one["setting"], one["value"]) for one in json.loads(said) if one["origin"] == "file"
    }
