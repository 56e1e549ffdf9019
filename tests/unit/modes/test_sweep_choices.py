"""What is varied is read exactly, and a grid is every combination once, in order."""

import pytest

from polywire.core.errors import ConfigError
from polywire.modes.sweep_choices import Range, Values, choice, choices, grid


def test_values_stay_as_they_are_written():
    assert choice("strategies.maker.size=10, 20,50").texts == ("10", "20", "50")
    assert choice("limits.loss_max=0.10,0.1").texts == ("0.10", "0.1")
    assert choice("exits.style=watch,resting").texts == ("watch", "resting")
    assert choice("breaker.cool_down=off,10").texts == ("off", "10")
    assert choice("backtest.rebates=true,false").texts == ("true", "false")
    assert choice("a.b=3,3,3").texts == ("3",)


def test_commas_within_brackets_or_quotes_part_nothing():
    told = choice('strategies.hold.exits.ladder=["0.05:50%","0.1:50%"],["0.2:100%"]')
    assert told.texts == ('["0.05:50%", "0.1:50%"]', '["0.2:100%"]')
    assert choice('a.b="x,y",z').texts in {('"x', 'y"', "z"), ("x,y", "z")}


def test_a_range_is_whole_steps_of_its_last_decimal():
    told = choice("strategies.maker.edge=0.01..0.1")
    assert isinstance(told, Range)
    assert (told.first, told.last, told.places) == (1, 10, 2)
    assert [told.text(step) for step in (1, 9, 10)] == ["0.01", "0.09", "0.10"]
    fine = choice("a.b=-0.0000001..1")
    assert isinstance(fine, Range)
    assert [fine.text(step) for step in (-1, 0, 10**7)] == ["-0.0000001", "0.0000000", "1.0000000"]
    whole = choice("a.b=10..50")
    assert isinstance(whole, Range)
    assert whole.text(17) == "17"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("size", "expected PATH=A,B,C"),
        ("=1,2", "expected PATH=A,B,C"),
        ("a.b=", "expected PATH=A,B,C"),
        ("a.b=1,,2", "a value is missing"),
        ("a.b=5..5", "lower end first"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(told, words):
    with pytest.raises(ConfigError, match=words):
        choice(told)


def test_a_sweep_varies_something_and_each_key_once():
    with pytest.raises(ConfigError, match="at least one key"):
        choices([])
    with pytest.raises(ConfigError, match=r"a\.b twice"):
        choices(["a.b=1,2", "a.c=1", "a.b=3"])


def test_a_grid_is_every_combination_the_last_key_fastest():
    told = [*grid(choices(["a.x=1,2", "a.y=p,q,r"]))]
    assert told == [
        {"a.x": x, "a.y": y} for x, y in (("1", "p"), ("1", "q"), ("1", "r"),
                                          ("2", "p"), ("2", "q"), ("2", "r"))
    ]  # fmt: skip


def test_a_grid_takes_no_ranges_and_has_an_end():
    with pytest.raises(ConfigError, match="--trials"):
        [*grid(choices(["a.x=1..5"]))]
    many = Values("a.x", tuple(map(str, range(101))))
    with pytest.raises(ConfigError, match="10,201 combinations"):
        [*grid([many, Values("a.y", many.texts)])]
