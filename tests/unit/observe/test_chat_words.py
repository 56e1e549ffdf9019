"""A run in the few lines of a chat."""

from tests.unit.core.building import engine

from polywire.core.ids import RunId, StrategyId
from polywire.core.model.breaker import BreakerCause
from polywire.core.units import Money, Ns, Quantity
from polywire.observe.chat_words import position_words, status_words
from polywire.observe.exit_line import ExitLine, ExitState
from polywire.observe.glance import Glance
from polywire.observe.status import BreakerLine, PositionLine, engine_status


def glance(*worth: int) -> Glance:
    made = engine_status(engine(), "")
    made.positions = [
        PositionLine(
            StrategyId("s"), f"Will {dollars}?", "Yes", Quantity(10_000_000), Money(4_000_000),
            Money(dollars * 1_000_000), Money(0), ExitLine(ExitState.NONE),
        )
        for dollars in worth
    ]  # fmt: skip
    return Glance(
        journal="j", run=RunId("one"), account="live orders, clob data", process=1, began_ns=Ns(0),
        at_ns=Ns(0), guards={"watchdog": "on"}, engine=made, open_orders=[],
    )  # fmt: skip


def test_the_status_begins_with_what_stops_it() -> None:
    told = glance(3)
    assert status_words(told).splitlines()[0] == "trading"
    told.engine.breaker = [BreakerLine(BreakerCause.HAND, "lunch", Ns(0))]
    first, account, money, *others = status_words(told).splitlines()
    assert first == "halted: lunch (hand: until it is resumed)"
    assert account == "live orders, clob data"
    assert money == "equity $0.00, cash $0.00, profit $0.00 ($0.00 realised)"
    assert others[1:] == [
        "positions 1, open orders 0, filled 0",
        "books proven 0 of 0",
        "watchdog: on",
    ]


def test_positions_are_told_the_largest_first_and_no_more_than_fit() -> None:
    told = position_words(glance(*range(1, 34))).splitlines()
    assert told[0] == "10 Yes of 'Will 33?' (s): paid $4.00, worth $33.00"
    assert len(told) == 31
    assert told[-1] == "and 3 more: polywire positions"
