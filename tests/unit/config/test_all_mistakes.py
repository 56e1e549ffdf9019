"""Every mistake of a file is told at once, and no remedy takes a protection away."""

from tests.unit.config.test_load import small

from polywire.config.file import TABLES, StrategyTable
from polywire.config.setting import settings_of


def test_every_mistake_is_listed() -> None:
    said = small(("loss_max = 25\n", ""), ("budget = 50", "budget = -1"), more="[nonsense]\n")
    assert [one.partition(":")[0] for one in said.mistakes] == [
        "nonsense",
        "limits.loss_max",
        "strategies.hold.budget",
    ]


def test_what_is_wrong_together_is_listed_beside_what_is_wrong_by_itself() -> None:
    said = small(
        ("budget = 50", "budget = -1"),
        ("shares = 10", "shares = 101"),
        ("price_min = 0.1\n", ""),
        more="[exits]\nstop_loss = 0.05\n",
    )
    assert [one.partition(":")[0] for one in said.mistakes] == [
        "strategies.hold.budget",
        "strategies.hold.price_min",
        "strategies.hold.shares",
        "exits.stop_loss",
    ]


def test_nothing_is_said_of_a_value_that_only_stands_in() -> None:
    """The example of what is missing may contradict what is there: nobody wrote it."""
    assert small(("price_min = 0.1\n", ""), ("price_max = 0.6", "price_max = 0.05")).mistakes == [
        "strategies.hold.price_min: missing: no buy under this ask; write price_min = 0.1 "
        "(dollars a share from 0 to 1)"
    ]
    heir = '[account]\nexits_by = "hold"\n'
    (said,) = small(('kind = "holder"', 'kind = "hodler"'), more=heir).mistakes
    assert said.startswith("strategies[1].kind: ")


def test_no_remedy_switches_off_what_protects() -> None:
    numbers = [
        setting
        for name, kind in {**TABLES, "strategies": StrategyTable}.items()
        for setting in settings_of(kind, name)
        if setting.unit is not None
    ]
    assert [one.path for one in numbers if one.example == '"off"'] == []
