"""Settings survive the journal, wrong ones are one sentence, and build the same engine."""

import json

import pytest

from polywire.config.build import engine_from
from polywire.config.demo import demo_settings
from polywire.config.schema import dump, load
from polywire.core.errors import ConfigError


def test_what_was_written_is_read_back() -> None:
    settings = demo_settings(3)
    assert load(dump(settings)) == settings
    assert "\n" not in dump(settings)


@pytest.mark.parametrize("text", ["", "{}", '{"limits": 5}', dump(demo_settings())[:-1]])
def test_settings_that_cannot_be_read_are_one_sentence(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^the journal was recorded by strategies"):
        load(text)


def test_money_has_no_default() -> None:
    read = json.loads(dump(demo_settings()))
    for name in [*read["limits"]]:
        without = {
            **read,
            "limits": {key: read["limits"][key] for key in read["limits"] if key != name},
        }
        with pytest.raises(ConfigError, match=name):
            load(json.dumps(without))


def test_a_seat_has_the_budget_and_the_times_of_its_settings() -> None:
    (seat,) = engine_from(demo_settings()).roster.seats.values()
    assert (seat.budget, seat.patience_ns, seat.dwell_ns) == (500_000_000, 2 * 10**9, 5 * 10**8)


def test_strategies_sit_side_by_side_with_names_of_their_own() -> None:
    engine = engine_from(demo_settings(3))
    assert [*engine.roster.seats] == ["touch-1", "touch-2", "touch-3"]
    assert engine.standing.limits.orders_per_minute == 1_200
    assert engine_from(demo_settings(0)).roster.seats == {}
