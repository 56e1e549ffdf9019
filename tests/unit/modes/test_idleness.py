"""Why a strategy ordered nothing: what stood in its way each second, and never its neighbour's."""

from msgspec import structs
from tests.unit.core.building import (
    BUY,
    SECOND,
    Scripted,
    engine,
    forty_sixty,
    opening,
    quote,
    seat,
    told,
)

from polywire.core.engine.engine import Engine
from polywire.core.ids import StrategyId
from polywire.core.model.control import Cut
from polywire.core.strategy import Strategy
from polywire.core.units import Ns, Price, Quantity
from polywire.modes.idleness import Idleness
from polywire.strategies.holder import HolderParameters, PositionHolder
from polywire.strategies.touch_quoter import TouchQuoter, TouchQuoterParameters

T0 = 100 * SECOND
CENT = 10_000


def holder(**changes: int) -> PositionHolder:
    """The book is 40 cents bid, 60 asked."""
    bounds = {"price_min": 10, "price_max": 70, "spread_max": 30} | changes
    cents = {name: Price(value * CENT) for name, value in bounds.items()}
    parameters = HolderParameters(shares=Quantity(10_000_000), **cents)
    return PositionHolder(StrategyId("hold"), parameters)


def quoter(ticks: int, price_min: int) -> TouchQuoter:
    size = Quantity(10_000_000)
    parameters = TouchQuoterParameters(
        size=size, cap=size, spread_ticks_min=ticks, price_min=Price(price_min * CENT)
    )
    return TouchQuoter(StrategyId("quote"), parameters)


def reasons(*strategies: Strategy, seconds: int = 3) -> dict[str, str]:
    made: Engine = engine(*map(seat, strategies))
    idle = Idleness(made)
    told(made, *opening(forty_sixty(), at=T0))
    for number in range(seconds):
        now = Ns(T0 + number * SECOND)
        idle.decided(made.handle(Cut(now)), now)
    return idle.reasons()


def test_each_second_is_counted_by_what_kept_a_position_bot_from_buying() -> None:
    for changes, why in (
        ({"price_max": 59}, "the ask was over price_max (3)"),
        ({"price_min": 61}, "the ask was under price_min (3)"),
        ({"spread_max": 19}, "the spread was over spread_max (3)"),
    ):
        expected = f"of 3 looks at a market, one a second: {why}"
        assert reasons(holder(**changes)) == {"hold": expected}
    assert reasons(holder()) == {}, "it bought"


def test_a_quoter_that_finds_no_room_says_so() -> None:
    assert "the spread was under spread_ticks_min (3)" in reasons(quoter(21, 5))["quote"]
    assert "the bid was outside price_min (3)" in reasons(quoter(1, 45))["quote"]


def test_who_was_refused_everything_is_told_the_rules() -> None:
    off_grid = structs.replace(quote(BUY, 40), price=Price(400_001))
    told_of = reasons(Scripted(lambda _: (off_grid,), "grid"))
    assert told_of["grid"] == "all that it wanted was refused by the limits: price_on_grid 1"


def test_of_somebody_s_own_strategy_it_is_known_that_it_wanted_nothing() -> None:
    told_of = reasons(Scripted(lambda _: (), "own"))
    assert told_of == {"own": "of 3 looks at a market, one a second: it wanted nothing (3)"}
