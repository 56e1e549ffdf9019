"""`polywire sweep`: its numbers are those of single backtests, wherever and in whatever order."""

import builtins
import json
import pickle

import msgspec
import pytest
from tests.conftest import ROOT
from tests.unit.cli.test_backtest_page import Parsed
from tests.unit.history.recording import NO, START_MS, YES, book, channel_file, trade

from polywire.cli.backtest import backtest
from polywire.cli.sweep import Options, sweep
from polywire.config.sweep_places import Here
from polywire.core.errors import ConfigError
from polywire.modes.sweep_result import SweepReport

EXAMPLE = ROOT / "examples" / "backtest.toml"
SIZES = "strategies.quote.size=10,20,30"
CAPS = "strategies.quote.cap=40,30"
CURVES = {"rows": [], "equity": [], "points": [], "prices": {}}
ONCE = {"json": True, "workers": 1}


def told_frames(seconds, price_at):
    """A book whose best bid is traded each second; later it moves as `price_at` says."""
    for n in range(seconds):
        bid = price_at(n)
        at = START_MS + 1_000 * n
        yield 1_000 * n, book(YES, [(f"0.{bid}", "20")], [(f"0.{bid + 5}", "80")], at)
        yield 1_000 * n + 1, book(NO, [(f"0.{95 - bid}", "80")], [(f"0.{100 - bid}", "20")], at + 1)
        yield 1_000 * n + 500, trade(f"0.{bid}", "25", "SELL", at + 500)


@pytest.fixture
def recording(tmp_path):
    """Prices that rise for twelve seconds and then fall."""
    frames = told_frames(20, lambda n: 40 + n // 4 if n < 12 else 42 - (n - 12) // 2)
    return channel_file(tmp_path / "recording.jsonl", frames)


@pytest.fixture
def swept(recording, capsys):
    """Runs a sweep and reads what it printed."""

    def run(*vary, data=recording, **more):
        options = Options(vary=vary, **(ONCE | more))
        assert sweep(config=EXAMPLE, data=data, options=options) == 0
        told: dict[str, object] = json.loads(capsys.readouterr().out)
        return told

    return run


def test_each_run_is_the_backtest_of_a_file_with_these_values(swept, recording, tmp_path, capsys):
    told = swept(SIZES, CAPS)
    assert [run["changes"] for run in told["runs"]] == [
        {"strategies.quote.size": size, "strategies.quote.cap": cap}
        for size in ("10", "20", "30") for cap in ("40", "30")
    ]  # fmt: skip
    assert (told["tried"], told["refused"]) == (6, 0)
    text = EXAMPLE.read_text(encoding="utf-8")
    assert text.count("\nsize = 10") == text.count("\ncap = 40") == 1
    for run in told["runs"]:
        size, cap = run["changes"].values()
        file = tmp_path / "written.toml"
        file.write_text(text.replace("\nsize = 10", f"\nsize = {size}")
                        .replace("\ncap = 40", f"\ncap = {cap}"), encoding="utf-8")  # fmt: skip
        backtest(config=file, data=recording, json=True)
        alone = json.loads(capsys.readouterr().out)["results"]
        assert [one | CURVES for one in alone] == run["results"]
        assert run["worse"] == min(one["profit"] for one in alone)
    assert len({run["worse"] for run in told["runs"]}) > 2


def test_the_best_is_that_of_the_worse_end_of_the_queue_and_the_count_is_told(swept):
    told = swept(SIZES, CAPS)
    worths = [run["worse"] for run in told["runs"]]
    assert worths[told["best"]] == max(worths)
    assert told["best"] == worths.index(max(worths))
    assert told["earned"] == sum(worth > 0 for worth in worths)
    assert told["median"] == sorted(worths)[2]
    assert told["held_out"] is None


def test_two_workers_come_to_what_one_comes_to(swept):
    assert swept(SIZES, workers=2) == swept(SIZES)


def test_the_part_that_is_held_out_chooses_nothing(swept, tmp_path):
    """Whatever becomes of the prices later, the same runs and the same choice."""
    other = channel_file(
        tmp_path / "other.jsonl",
        told_frames(20, lambda n: 40 + n // 4 if n < 12 else 42 + 3 * (n - 12)),
    )
    one = swept(SIZES, CAPS, holdout=0.4)
    two = swept(SIZES, CAPS, holdout=0.4, data=other)
    for told in (one, two):
        for run in told["runs"]:
            for result in run["results"]:
                del result["digest"]  # it names the file
    assert one["runs"] == two["runs"]
    assert one["best"] == two["best"]
    profits = [[each["profit"] for each in told["held_out"]["results"]] for told in (one, two)]
    assert profits[0] != profits[1]
    assert one["held_out"]["from_ns"] == two["held_out"]["from_ns"]
    assert one["runs"] != swept(SIZES, CAPS)["runs"]


def test_the_page_is_of_the_best_on_the_part_held_out_and_says_so_first(swept, tmp_path):
    page = tmp_path / "best.html"
    told = swept(SIZES, holdout=0.4, html=page)
    parsed = Parsed(page.read_bytes())
    profits = [exact for _, exact in parsed.table("fees")["profit, fees paid"]]
    assert profits == [str(one["profit"]) for one in told["held_out"]["results"]]
    words = " ".join(parsed.words)
    assert "The best of 3: strategies.quote.size = " in words
    assert "it is no expectation" in words
    begins = told["held_out"]["from_ns"]
    assert all(fill[2] * 10**6 > begins - 10**9 for fill in parsed.charts["fills"])


def test_people_are_told_how_many_were_tried_and_that_the_best_is_no_expectation(recording, capsys):
    sweep(config=EXAMPLE, data=recording, options=Options(vary=(SIZES,), workers=1))
    page = capsys.readouterr().out
    assert "3 combinations, by profit at the worse end" in page
    assert "The best of 3 was chosen by that number: it is no expectation" in page
    assert "--holdout 0.3" in page
    assert "profit, front" in page
    assert "profit, back" in page


def test_combinations_that_the_configuration_refuses_are_counted_and_told(swept):
    told = swept("strategies.quote.size=10,1000000000,20", queue="back")
    assert (told["tried"], told["refused"]) == (2, 1)
    refused = told["runs"][1]
    assert (refused["results"], refused["worse"]) == ([], None)
    assert "strategies.quote.size" in refused["error"]
    with pytest.raises(ConfigError, match="no such key"):
        swept("strategies.quote.sizes=1,2")
    with pytest.raises(ConfigError, match="there are quote, hold"):
        swept("strategies.nobody.size=1,2")


def test_trials_of_one_seed_are_the_same_again(swept):
    vary = ("strategies.quote.size=10..40", "strategies.quote.cap=40,60")
    first, again, other = (swept(*vary, trials=6, seed=seed, queue="back") for seed in (7, 7, 8))
    assert first == again
    assert first["runs"] != other["runs"]
    assert first["seed"] == 7
    assert 1 < first["tried"] <= 6
    changes = [tuple(run["changes"].items()) for run in first["runs"]]
    assert len({*changes}) == len(changes) == first["tried"]
    assert all(10 <= int(run["changes"]["strategies.quote.size"]) <= 40 for run in first["runs"])


def test_a_combination_that_is_drawn_again_is_not_run_again(swept, monkeypatch):
    asked = []
    run = Here.run

    def counting(self, changes, part):
        asked.extend(changes)
        return run(self, changes, part)

    monkeypatch.setattr(Here, "run", counting)
    told = swept("strategies.quote.size=10,20", trials=8, queue="back")
    assert len(asked) == told["tried"] == 2


def test_no_key_leaves_with_a_sweep(swept, monkeypatch):
    for name in ("POLYWIRE_PRIVATE_KEY", "POLYWIRE_KEY_PASSPHRASE"):
        monkeypatch.setenv(name, "0xsecret")
    monkeypatch.setenv("POLYWIRE_PAPER__CASH", "500")
    sent = []
    run = Here.run

    def watching(self, changes, part):
        sent.append(self._source)
        return run(self, changes, part)

    monkeypatch.setattr(Here, "run", watching)
    swept("strategies.quote.size=10", queue="back")
    (source,) = sent
    assert source.environment == {"POLYWIRE_PAPER__CASH": "500"}
    assert b"0xsecret" not in pickle.dumps(source)


@pytest.mark.parametrize(
    ("package", "more"), [("optuna", {"trials": 2}), ("distributed", {"scheduler": "127.0.0.1:1"})]
)
def test_a_package_that_is_missing_is_named_with_what_to_type(swept, monkeypatch, package, more):
    found = builtins.__import__

    def without(name, *rest):
        if name == package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return found(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=f"python.* -m pip install {package}"):
        swept(SIZES, **more)


def test_what_is_printed_is_a_sweep_report(swept):
    told = swept(SIZES, queue="back")
    assert msgspec.convert(told, SweepReport).runs[0].results[0].queue == "back"


def test_a_cluster_comes_to_the_same_as_this_process(swept):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None,
        host="127.0.0.1", protocol="tcp://",
    ) as cluster:  # fmt: skip
        assert swept(SIZES, scheduler=cluster.scheduler_address) == swept(SIZES)
