"""`polywire backtest` from a file to a page, to data and to journals."""

import json
from pathlib import Path

import msgspec
import pytest
from msgspec import structs
from tests.unit.history.recording import NO, START_MS, YES, book, change, channel_file, trade

from polywire.cli.backtest import Kept, backtest
from polywire.config.backtest_plan import away, plan_from
from polywire.config.load import load
from polywire.core.errors import ConfigError
from polywire.core.model.control import OperatorCommand, RunStarted
from polywire.core.model.event import Record
from polywire.history.journals import trips_of
from polywire.history.opening import histories
from polywire.journal.reader import read_all
from polywire.modes.backtest_result import BacktestReport
from polywire.modes.plan import assumptions
from polywire.modes.replay import audit

EXAMPLE = Path(__file__).parents[3] / "examples" / "backtest.toml"
BIDS, ASKS = [("0.40", "100")], [("0.45", "80")]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A quiet book, traded at its best bid for six seconds; a last change after 45."""
    frames = [(0, book(YES, BIDS, ASKS)), (1, book(NO, [("0.55", "80")], [("0.60", "100")]))]
    frames += [(1_000 * n, trade("0.40", "30", "SELL", START_MS + 1_000 * n)) for n in range(1, 7)]
    frames.append((45_000, change("0.47", "5", "SELL", ("0.40", "0.45"), START_MS + 45_000)))
    return channel_file(tmp_path / "recording.jsonl", frames)


def data(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    return told


def test_both_ends_of_the_queue_are_run_and_shown_side_by_side(recording, capsys):
    assert backtest(config=EXAMPLE, data=recording, assumptions=True) == 0
    page = capsys.readouterr().out
    assert "front of the queue" in page
    assert "back of the queue" in page
    assert "trusted without proof" in page
    assert "no promise" in page


def test_the_result_as_data_has_fills_with_their_prices_and_the_curve(recording, capsys):
    backtest(config=EXAMPLE, data=recording, json=True)
    report = data(capsys)
    front, back = report["results"]
    assert (front["queue"], back["queue"]) == ("front", "back")
    assert front["fills"] > back["fills"] > 0
    point = back["points"][0]
    assert (point["side"], point["price"], point["maker"]) == ("BUY", 400_000, True)
    assert (point["bid"], point["ask"], point["gains"]) == (400_000, 450_000, [25_000] * 3)
    (row,) = back["rows"]
    held, profit = row["held"][0], row["profit"]
    assert profit == back["profit"] == held * 400_000 // 10**6 - held * 400_000 // 10**6
    assert back["equity"][-1][1] == profit
    decoded = msgspec.json.decode(json.dumps(report), type=BacktestReport)
    assert decoded.results[1].points[0].gains == (25_000,) * 3
    (read,) = report["recordings"]
    assert (read["input"]["name"], read["clock"]) == ("recording.jsonl", "venue")


def test_a_recording_that_is_cut_off_gives_the_same_orders_up_to_there(recording, tmp_path, capsys):
    lines = recording.read_text(encoding="utf-8").splitlines(keepends=True)
    short = tmp_path / "short.jsonl"
    short.write_text("".join(lines[:6]), encoding="utf-8")
    commands = []
    for data_file in (recording, short):
        folder = tmp_path / data_file.stem
        backtest(config=EXAMPLE, data=data_file, queue="front", kept=Kept(journal=folder))
        rows = [record for _, record in read_all(folder / "front")][1:]  # the first names the file
        ended = next(at for at, row in enumerate(rows) if isinstance(row, OperatorCommand))
        commands.append(rows[:ended])
    whole, cut = commands
    assert len(cut) > 10
    assert whole[: len(cut)] == cut
    assert capsys.readouterr().out


def test_a_strategy_that_raised_stands_above_the_result_and_fails_the_command(
    recording, tmp_path, monkeypatch, capsys
):
    dip = (EXAMPLE.parent / "dip.py").read_text(encoding="utf-8")
    broken = dip.replace("bid, ask = view.touch(0)", "raise ValueError('no such thing')")
    (tmp_path / "broken_bot.py").write_text(broken, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    text = EXAMPLE.read_text(encoding="utf-8")
    own = '[[strategies]]\nkind = "broken_bot:Dip"\nname = "broken"\nbudget = 10\n'
    own += "size = 10\nbelow = 0.02\n\n[limits]"
    path = tmp_path / "broken.toml"
    path.write_text(text.replace("[limits]", own), encoding="utf-8")
    assert backtest(config=path, data=recording, queue="back") == 1
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("broken raised and was halted: ValueError: no such thing")


def test_one_queue_can_be_asked_for(recording, capsys):
    backtest(config=EXAMPLE, data=recording, queue="proportional", json=True)
    assert [one["queue"] for one in data(capsys)["results"]] == ["proportional"]


def test_a_journal_of_each_run_names_its_recordings_and_is_not_mixed_with_another(
    recording, tmp_path, capsys
):
    folder = tmp_path / "journals"
    backtest(config=EXAMPLE, data=recording, json=True, kept=Kept(journal=folder))
    rows: list[Record] = [record for _, record in read_all(folder / "back")]
    assert isinstance(rows[0], RunStarted)
    (named,) = json.loads(rows[0].inputs)
    assert named["name"] == "recording.jsonl"
    assert len(named["sha256"]) == 64
    with pytest.raises(ConfigError, match="not empty"):
        backtest(config=EXAMPLE, data=recording, kept=Kept(journal=folder))
    with pytest.raises(ConfigError, match="backtest"):
        audit(folder / "back", lambda _: pytest.fail("nothing to build"))
    assert set(trips_of(folder / "back")) == {70_000_000}
    assert capsys.readouterr().out


def test_recorded_latencies_are_those_of_a_journal(recording, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "journals"
    backtest(config=EXAMPLE, data=recording, queue="back", json=True, kept=Kept(journal=folder))
    first = data(capsys)["results"][0]["points"][0]
    monkeypatch.setenv("POLYWIRE_BACKTEST__LATENCY", "recorded")
    with pytest.raises(ConfigError, match=r"backtest\.latencies"):
        backtest(config=EXAMPLE, data=recording)
    monkeypatch.setenv("POLYWIRE_BACKTEST__LATENCIES", str(folder / "back"))
    backtest(config=EXAMPLE, data=recording, queue="back", json=True)
    report = data(capsys)
    assert any("recorded round trips" in each for each in report["assumptions"])
    assert report["results"][0]["points"][0]["price"] == first["price"]
    monkeypatch.setenv("POLYWIRE_BACKTEST__LATENCIES", str(tmp_path / "journals" / "nothing"))
    with pytest.raises(Exception, match="nothing"):
        backtest(config=EXAMPLE, data=recording)


def test_drawn_latencies_are_the_same_for_the_same_seed(recording, monkeypatch, capsys):
    monkeypatch.setenv("POLYWIRE_BACKTEST__LATENCY", "drawn")
    digests = {}
    for seed in ("1", "1", "2"):
        monkeypatch.setenv("POLYWIRE_PAPER__SEED", seed)
        backtest(config=EXAMPLE, data=recording, queue="back", json=True)
        digests.setdefault(seed, set()).add(data(capsys)["results"][0]["digest"])
    assert len(digests["1"]) == 1
    assert digests["1"] != digests["2"]


def test_rebates_are_estimated_apart_from_profit(recording, monkeypatch, capsys):
    monkeypatch.setenv("POLYWIRE_BACKTEST__REBATES", "true")
    backtest(config=EXAMPLE, data=recording, queue="back", json=True)
    (one,) = data(capsys)["results"]
    shares = sum(point["quantity"] for point in one["points"])
    assert one["rebates"] == pytest.approx(
        shares * 0.05 * 0.40 * 0.60 * 0.25, abs=10 * one["fills"]
    )
    assert one["profit"] == one["realised"] + one["open"] == 0


def test_times_away_are_read_exactly_or_refused():
    since = 1_780_796_100 * 10**9
    assert away("2026-06-07T01:35:00Z 90") == (since, since + 90 * 10**9)
    for wrong in ("2026-06-07T01:35:00Z", "2026-06-07T01:35:00 90", "2026-13-07T01:35:00Z 9", "x"):
        with pytest.raises(ConfigError, match=r"backtest\.restarts"):
            away(wrong)


def test_the_file_says_what_is_assumed(tmp_path):
    text = EXAMPLE.read_text(encoding="utf-8").replace(
        "taker_delay = 0\n",
        'taker_delay = 3\ndecide_every = 0.1\nrestarts = ["2026-06-07T01:35:00Z 90"]\n',
    )
    path = tmp_path / "backtest.toml"
    path.write_text(text, encoding="utf-8")
    plan = plan_from(load(path, {}), tmp_path, ("back",))
    assert (plan.taker_wait_ns, plan.decide_every_ns) == (3 * 10**9, 10**8)
    assert len(plan.away) == 1
    assert plan.feed_delay_ns == 50_000_000


def test_kept_columns_are_used_the_next_time(recording, tmp_path, capsys):
    kept = Kept(cache=tmp_path / "columns")
    told = []
    for _ in range(2):
        backtest(config=EXAMPLE, data=recording, queue="back", json=True, kept=kept)
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]
    (columns,) = (tmp_path / "columns").iterdir()
    columns.write_bytes(b"nothing")
    with pytest.raises(ConfigError, match="delete it"):
        backtest(config=EXAMPLE, data=recording, kept=kept)


def test_what_is_assumed_of_rest_is_what_holds_for_the_recording(recording):
    plan = plan_from(load(EXAMPLE, {}), recording, ())
    (opened,) = histories(recording, plan.given, 0)
    for shape, said in ((opened.provenance.shape, "200 ms after"), ("journal", "is not asked")):
        told = assumptions(plan, [structs.replace(opened.provenance, shape=shape)])
        assert [said in each for each in told if each.startswith("REST")] == [True]
