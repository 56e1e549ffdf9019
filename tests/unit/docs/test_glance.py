"""The page on what status, orders, positions and why tell names every key, and no other."""

from collections.abc import Iterator
from typing import get_args, get_origin, get_type_hints

from msgspec import Struct
from tests.pages import DOCS, named

from polywire.observe.glance import Glance, OrderLine
from polywire.observe.held import HeldTotal
from polywire.observe.order_told import OrderTold, StepTold
from polywire.observe.run_status import FeedLine
from polywire.observe.why import Inputs, PastRefusal, StrategyWhy, Verdict, Wanted, Why

PAGE = DOCS / "reference" / "glance.md"


def keys(prefix: str, kind: type[Struct]) -> Iterator[str]:
    return (f"{prefix}{name}" for name in kind.__struct_fields__)


def test_the_run_has_its_own_keys_beside_those_of_the_engine() -> None:
    own = [name for name in Glance.__struct_fields__ if name not in ("engine", "feeds")]
    own[own.index("open_orders")] = "open_orders[]"
    expected = [*own, *keys("feeds[].", FeedLine)]
    assert sorted(named(PAGE, "## The run")) == sorted(expected)


def test_an_open_order_has_every_key_in_its_order() -> None:
    assert named(PAGE, "## Open orders") == [*OrderLine.__struct_fields__]


def test_the_sum_of_positions_has_every_key() -> None:
    expected = ["positions[]", *keys("total.", HeldTotal)]
    assert named(PAGE, "## Positions") == expected


def test_what_became_of_an_order_has_every_key() -> None:
    own = [name for name in OrderTold.__struct_fields__ if name != "steps"]
    assert named(PAGE, "## One order") == [*own, *keys("steps[].", StepTold)]


def test_the_answer_to_why_has_every_key() -> None:
    lists = [name for name, hint in get_type_hints(Why).items() if get_origin(hint) is list]
    assert [get_args(get_type_hints(Why)[name])[0] for name in lists] == [StrategyWhy, PastRefusal]
    of = "strategies[]."
    expected = [
        *(name for name in Why.__struct_fields__ if name not in lists),
        *(key for key in keys(of, StrategyWhy) if key.partition(of)[2] not in ("wanted", "inputs")),
        *keys(f"{of}wanted[].", Wanted),
        *keys(f"{of}gate[].", Verdict),
        *keys(f"{of}inputs.", Inputs),
        *keys("refused[].", PastRefusal),
    ]
    expected[expected.index(f"{of}gate")] = f"{of}gate[]"
    assert sorted(named(PAGE, "## Why")) == sorted(expected)
