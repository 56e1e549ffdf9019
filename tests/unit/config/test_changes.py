"""A changed value counts before the file and the environment, and is judged like any other."""

from pathlib import Path

import pytest

from polywire.config.changes import change
from polywire.config.load import read
from polywire.core.errors import ConfigError

TEXT = (Path(__file__).parents[3] / "examples" / "backtest.toml").read_text(encoding="utf-8")


def file_with(changes, environment=None):
    reading = read(TEXT, environment or {}, changes)
    assert reading.file is not None, reading.mistakes
    return reading.file


def mistakes(changes):
    return read(TEXT, {}, changes).mistakes


def test_values_of_strategies_exits_and_tables_are_changed_and_the_rest_is_not():
    file = file_with({
        "strategies.quote.size": "25",
        "strategies.hold.exits.take_profit": "0.045",
        "limits.loss_max": "7.5",
        "backtest.rebates": "true",
        "backtest.latency": "drawn",
    })  # fmt: skip
    quote, hold = file.strategies
    assert quote.parameters.size == 25_000_000
    assert quote.parameters.cap == 40_000_000
    assert (hold.exits.take_profit, hold.exits.stop_loss) == (45_000, 40_000)
    assert file.limits.loss_max == 7_500_000
    assert (file.backtest.rebates, file.backtest.latency) == (True, "drawn")


def test_a_table_that_the_file_does_not_have_is_made():
    assert file_with({"breaker.orders_min": "3"}).breaker.orders_min == 3


def test_the_environment_does_not_undo_a_change():
    told = {"POLYWIRE_LIMITS__LOSS_MAX": "50", "POLYWIRE_PAPER__CASH": "400"}
    file = file_with({"limits.loss_max": "7"}, told)
    assert file.limits.loss_max == 7_000_000
    assert file.paper.cash == 400_000_000


def test_a_wrong_key_or_value_is_told_by_its_path():
    (told,) = mistakes({"strategies.quote.sizes": "3"})
    assert "strategies.quote.sizes: no such key; did you mean size?" in told
    (told,) = mistakes({"limits.loss_max": "many"})
    assert "limits.loss_max: expected dollars" in told


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("size", "expected TABLE.KEY"),
        ("strategies", "there are quote, hold|expected"),
        ("strategies.maker.size", "there are quote, hold"),
        ("limits.loss_max.more", "loss_max is a value and no table"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(path, words):
    with pytest.raises(ConfigError, match=words):
        file_with({path: "1"})


def test_decimals_stay_as_they_are_written():
    told: dict[str, object] = {}
    change(told, "a.b", "0.10")
    change(told, "a.words", "plain word")
    assert told == {"a": {"b": "0.10", "words": "plain word"}}
