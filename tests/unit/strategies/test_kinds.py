"""Every kind of strategy is declared in one place, and fits into one table of a file."""

from typing import get_args

import pytest
from msgspec import structs

from polywire.config.file import StrategyTable
from polywire.core.model.conversion import Conversion
from polywire.core.units import Money, Quantity
from polywire.strategies import kinds
from polywire.strategies.sum_parameters import OutcomeSumParameters


def test_each_kind_is_named_by_its_tag() -> None:
    named = {kind.__struct_config__.tag: kind for kind in get_args(kinds.Declared)}
    assert named == kinds.KINDS


@pytest.mark.parametrize("kind", kinds.KINDS.values())
def test_no_key_of_a_kind_is_also_a_key_of_every_strategy(kind: type[kinds.Declared]) -> None:
    assert not {*kind.__struct_fields__} & {*StrategyTable.__struct_fields__, "kind"}


def test_only_what_sells_split_sets_needs_more_than_orders() -> None:
    own = OutcomeSumParameters(sets_max=Quantity(1), capital_max=Money(1))
    assert kinds.needs_of(own) == frozenset()
    assert kinds.needs_of(structs.replace(own, split=True)) == {Conversion.SPLIT}
