"""A strategy of one's own: found by its name, told what it declares, kept by the journal."""

import pytest
from msgspec import structs
from tests.pages import ROOT

from polywire.config.build import engine_from
from polywire.config.compose import settings_from
from polywire.config.load import read
from polywire.config.schema import dump, load
from polywire.core.errors import ConfigError
from polywire.core.parameters import Sizes
from polywire.strategies.plain import PlainStrategy

MODULE = '''
from functools import partial
from typing import Annotated
from polywire.core.parameters import SHARES, Sizes, StrategyParameters, measure
from polywire.strategies.plain import PlainStrategy

class Told(StrategyParameters, frozen=True, kw_only=True):
    """Buys nothing."""
    size: Annotated[int, measure("shares", SHARES, "1", "50", example="10")]
    most: Annotated[int, measure("shares", SHARES, "1", "50")] | None = None
    def sizes(self): return Sizes("size", self.size, "size", self.size)
    def contradictions(self):
        if self.size > 40_000_000:
            yield "size", "too much; write at most 40"

class Unsaid(StrategyParameters, frozen=True, kw_only=True):
    size: int

class Sizeless(StrategyParameters, frozen=True, kw_only=True):
    pass

class Failing(Told, frozen=True, kw_only=True):
    def sizes(self): raise RuntimeError("key=SECRET")

class Silent(Told, frozen=True, kw_only=True):
    def sizes(self): pass

class Vague(Told, frozen=True, kw_only=True):
    def contradictions(self): yield "too much"

class Late(Told, frozen=True, kw_only=True):
    more: "Gone" = 5

class Raising:
    def __init__(self, name, parameters: Told): raise RuntimeError("key=SECRET")

def failing(name, parameters: Failing): pass
def silent(name, parameters: Silent): pass
def vague(name, parameters: Vague): pass
def late(name, parameters: Late): pass
def nowhere(name, parameters: "Nowhere"): pass
def outside(name, parameters: "partial.Nowhere"): pass
def bot(name, parameters: Told): return PlainStrategy(name, lambda prices: [])
def unsaid(name, parameters: Unsaid): pass
def sizeless(name, parameters: Sizeless): pass
def nothing(name): pass
def none(name, parameters: Told): return object()
number = 5
'''


@pytest.fixture(autouse=True)
def _module(tmp_path, monkeypatch):
    (tmp_path / "own_module.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "own_broken.py").write_text("import nothing_of_this_name", encoding="utf-8")
    (tmp_path / "own_raising.py").write_text("\nraise ValueError('key=SECRET')", encoding="utf-8")
    (tmp_path / "own_leaving.py").write_text("import sys\nsys.exit(0)", encoding="utf-8")
    (tmp_path / "own_unwritten.py").write_text("def (", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)


def reading(kind, size="10"):
    text = (ROOT / "examples" / "dip.toml").read_text(encoding="utf-8").replace("below = 0.02", "")
    return read(text.replace("dip:Dip", kind).replace("size = 10\n", f"size = {size}\n"), {})


def test_its_keys_are_read_by_what_it_declares():
    shown = {one.setting.path: one.value for one in reading("own_module:bot").shown}
    assert shown["strategies.dip.size"] == "10"
    assert shown["strategies.dip.most"] == '"off"'


def test_the_journal_keeps_it_and_gives_the_same_strategy_back():
    settings = settings_from(reading("own_module:bot").file)
    (kept,) = load(dump(settings)).strategies
    assert kept.parameters == settings.strategies[0].parameters
    assert kept.parameters.sizes() == Sizes("size", 10_000_000, "size", 10_000_000)
    assert (kept.parameters.buy_min(5), kept.parameters.buy_max(), kept.parameters.sells) == (
        0, None, True,
    )  # fmt: skip
    (seat,) = engine_from(load(dump(settings))).roster.seats.values()
    assert isinstance(seat.strategy, PlainStrategy)
    gone = structs.replace(kept.parameters, kind="gone:Bot")
    with pytest.raises(ConfigError, match="No module named 'gone'"):
        engine_from(structs.replace(settings, strategies=(structs.replace(kept, parameters=gone),)))


@pytest.mark.parametrize(
    ("kind", "size", "said"),
    [
        ("own_module:bot", "60", "strategies.dip.size: expected shares from 1 to 50, found 60; "),
        ("own_module:bot", "45", "strategies.dip.size: too much; write at most 40"),
        ("own_module:Bot", "10", "own_module.py has no class Bot"),
        ("own_module:number", "10", "own_module.py has no class number"),
        ("gone:Bot", "10", "gone:Bot cannot be imported: No module named 'gone'"),
        ("own_broken:Bot", "10", "cannot be imported: No module named 'nothing_of_this_name'"),
        ("own_raising:Bot", "10", "cannot be imported: ValueError in line 2 of "),
        ("own_leaving:Bot", "10", "cannot be imported: SystemExit in line 2 of "),
        ("own_unwritten:Bot", "10", "cannot be imported: SyntaxError in line 1 of "),
        ("own_module:failing", "10", "has sizes() that fails: RuntimeError in line 23 of "),
        ("own_module:silent", "10", "has sizes() that answers wrongly: Expected `array`"),
        ("own_module:vague", "10", "has contradictions() that answers wrongly: Expected `array`"),
        ("own_module:late", "10", "cannot be used: name 'Gone' is not defined"),
        ("own_module:nowhere", "10", "cannot be used: name 'Nowhere' is not defined"),
        ("own_module:outside", "10", "has no attribute 'Nowhere'"),
        ("own_module:nothing", "10", "takes no `parameters` that are StrategyParameters"),
        ("own_module:unsaid", "10", "Unsaid.size is not declared by measure(), price() or words()"),
        ("own_module:sizeless", "10", "Sizeless has no sizes()"),
        ("own module:bot", "10", "expected a kind of strategy, found 'own module:bot'"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(kind, size, said):
    (mistake,) = reading(kind, size).mistakes
    assert said in mistake
    assert "SECRET" not in mistake


def test_what_is_no_strategy_is_refused_before_anything_runs():
    settings = settings_from(reading("own_module:none").file)
    with pytest.raises(ConfigError, match="own_module:none is no strategy: it has no name"):
        engine_from(settings)


def test_one_that_fails_when_it_is_made_is_told_with_the_place_and_not_the_words():
    settings = settings_from(reading("own_module:Raising").file)
    with pytest.raises(ConfigError, match="Raising cannot be made: RuntimeError in line") as told:
        engine_from(settings)
    assert "SECRET" not in str(told.value)


def test_a_journal_of_other_parameters_than_it_declares_now_is_refused_in_words():
    settings = settings_from(reading("own_module:bot").file)
    (kept,) = settings.strategies
    other = structs.replace(kept.parameters, told='{"size": "ten"}')
    with pytest.raises(ConfigError, match="bot is not told now what it was told: Expected"):
        engine_from(
            structs.replace(settings, strategies=(structs.replace(kept, parameters=other),))
        )
