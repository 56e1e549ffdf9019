"""Why a market is or is not traded is said as the desk decides it: asked, kept back, or resting."""

from collections.abc import Callable

import pytest
from msgspec import structs
from tests.unit.core.basketing import Bench
from tests.unit.core.building import (
    BUY,
    LOOSE,
    SECOND,
    SELL,
    SHARE,
    Scripted,
    cut,
    engine,
    forty_sixty,
    market,
    opening,
    quote,
    seat,
    told,
)

from polywire.core.engine.engine import Engine
from polywire.core.ids import MarketId
from polywire.core.model.control import Operation, OperatorCommand
from polywire.core.model.intent import Quote, TimeInForce
from polywire.core.model.market import MarketResolved
from polywire.core.units import Money, Ns, Quantity
from polywire.core.view import MarketView
from polywire.observe.why import Why, why

T0 = 100 * SECOND


def run(
    wants: Callable[[MarketView], tuple[Quote, ...]], dwell: int = 0, **limits: object
) -> Engine:
    """An engine with one strategy that has just decided on a market of 40 at 60 cents."""
    rules = structs.replace(LOOSE, **limits)
    made = engine(seat(Scripted(wants), dwell=dwell), limits=rules)
    told(made, *opening(forty_sixty(), at=T0))
    cut(made, T0)
    return made


def asked(made: Engine) -> Why:
    return why(made, market())


def test_an_order_that_rests_as_it_is_wanted_is_approved() -> None:
    found = asked(run(lambda _: (quote(BUY, 40),)))
    assert found.said == "s wanted to buy 10 Yes at 0.4, and nothing is in the way."
    (line,) = found.strategies
    assert (line.asked, line.gate, line.wanted[0].size) == (True, ["approved"], 10 * SHARE)
    assert line.inputs is not None
    assert (line.inputs.bid, line.inputs.ask, line.inputs.mid) == (400_000, 600_000, 500_000)
    assert line.inputs.open == 10 * SHARE


def test_what_the_gate_refused_is_named_with_its_rule_and_reason() -> None:
    found = asked(run(lambda _: (quote(BUY, 40),), order_size_max=Quantity(5 * SHARE)))
    (line,) = found.strategies
    (verdict,) = line.gate
    assert verdict != "approved"
    assert verdict.rule == "order_size"
    assert found.said == (
        "s wanted to buy 10 Yes at 0.4; the risk limit order_size refused that: "
        "size 10 is over order_size_max."
    )


def test_what_was_refused_beside_it_is_counted() -> None:
    both = (quote(BUY, 40), quote(BUY, 30, 10, "m-no"))
    found = asked(run(lambda _: both, order_size_max=Quantity(5 * SHARE)))
    assert found.said.startswith(
        "s wanted to buy 10 Yes at 0.4 and 1 more; the risk limit order_size refused that: "
    )


def test_a_strategy_that_wants_nothing_is_not_one_that_was_not_asked() -> None:
    (line,) = asked(run(lambda _: ())).strategies
    assert (line.asked, line.wanted, line.said) == (True, [], "s wanted nothing")


def test_a_halt_is_said_once_for_all() -> None:
    made = run(lambda _: (quote(BUY, 40),))
    told(made, OperatorCommand(Ns(T0), Operation.HALT, "lunch", "me"))
    assert asked(made).said == "No strategy was asked: trading is halted: lunch."


def test_a_book_that_is_not_trusted_is_why() -> None:
    made = run(lambda _: (quote(BUY, 40),), proof_age_ns_max=SECOND)
    cut(made, T0 + 9 * SECOND)
    (line,) = asked(made).strategies
    assert not line.asked
    assert line.why_not.startswith("its book is not to be trusted: ")


def test_a_strategy_that_raised_was_not_asked_and_its_error_is_told() -> None:
    def broken(_: MarketView) -> tuple[Quote, ...]:
        raise ZeroDivisionError("no price")

    (line,) = asked(run(broken)).strategies
    assert line.why_not.startswith("it raised and was halted: ZeroDivisionError: no price")


def test_a_market_that_nobody_follows_and_one_that_is_over() -> None:
    made = run(lambda _: ())
    for one in made.roster.seats.values():
        one.follows.clear()
    assert asked(made).said == "No strategy follows this market."
    paid = (Money(1_000_000), Money(0))
    told(made, MarketResolved(Ns(T0), Ns(T0), MarketId("m"), paid))
    assert asked(made).said == "No strategy was asked: the market is resolved."
    assert why(made, market("other")).said == (
        "No strategy was asked: the market is not watched any more."
    )


def test_an_order_in_the_place_of_another_waits_for_it() -> None:
    cents = [40]
    made = run(lambda _: (quote(BUY, cents[0]),), dwell=60 * SECOND)
    cents[0] = 41
    cut(made, T0 + 2 * SECOND)
    (line,) = asked(made).strategies
    (verdict,) = line.gate
    assert verdict != "approved"
    assert (verdict.rule, verdict.reason[:19]) == ("waits", "order run-1 is in i")


@pytest.mark.parametrize(
    "otherwise",
    [
        {"time_in_force": TimeInForce.GTD, "until": Ns(T0 + 200 * SECOND)},
        {"time_in_force": TimeInForce.IOC, "post_only": False},
    ],
    ids=str,
)
def test_an_order_at_the_price_that_rests_otherwise_than_wanted_is_not_the_wanted_one(
    otherwise: dict[str, object],
) -> None:
    wanted = [quote(BUY, 40)]
    made = run(lambda _: tuple(wanted), dwell=60 * SECOND)
    wanted[:] = [structs.replace(wanted[0], **otherwise)]
    told(made, forty_sixty().delta(T0 + SECOND, (0, 39, 5)))
    cut(made, T0 + SECOND)
    (line,) = asked(made).strategies
    (verdict,) = line.gate
    assert verdict != "approved"
    assert verdict.rule == "waits"


def test_an_order_that_is_being_cancelled_is_not_the_wanted_one() -> None:
    made = run(lambda _: (quote(BUY, 40),))
    (order,) = made.ledger.open_orders.values()
    order.cancels = 1
    assert "order run-1 is in its place, and is being cancelled" in asked(made).said


def test_an_order_that_is_to_end_sooner_than_it_does_is_not_the_wanted_one() -> None:
    ends = [200]

    def gtd(_: MarketView) -> tuple[Quote, ...]:
        until = Ns(T0 + ends[0] * SECOND)
        return (structs.replace(quote(BUY, 40), time_in_force=TimeInForce.GTD, until=until),)

    made = run(gtd, dwell=60 * SECOND)
    assert asked(made).strategies[0].gate == ["approved"]
    ends[0] = 150
    told(made, forty_sixty().delta(T0 + SECOND, (0, 39, 5)))
    cut(made, T0 + SECOND)
    (verdict,) = asked(made).strategies[0].gate
    assert verdict != "approved"


def test_a_sale_of_what_is_not_held_names_the_free_shares() -> None:
    assert asked(run(lambda _: (quote(SELL, 60),))).said.endswith(
        "limit position_worst_case refused that: only 0 shares are free."
    )


def test_of_a_group_strategy_it_is_said_where_its_basket_stands_or_that_it_wants_none() -> None:
    bench = Bench()
    bench.cut()
    listed = bench.engine.watch.books[MarketId("a")].market
    assert why(bench.engine, listed).said == "s: the market is a leg of its basket, which is sent."
    idle = Bench()
    idle.strategy.wants = None
    idle.cut()
    assert why(idle.engine, listed).said == "s: it wants no basket of the market's group now."


def test_a_wish_is_told_as_of_when_it_was_last_asked() -> None:
    cents = [40]
    made = run(lambda _: (quote(BUY, cents[0]),))
    cents[0] = 41
    told(made, forty_sixty().delta(T0 + SECOND, (0, 39, 5)))
    cut(made, T0 + SECOND)
    (line,) = asked(made).strategies
    assert line.wanted[0].price == 410_000


def test_asking_changes_nothing() -> None:
    made = run(lambda _: (quote(BUY, 40), quote(SELL, 60)))
    before = (
        made.desk.sent,
        made.desk.refused.total(),
        len(made.ledger.open_orders),
        made.desk.views,
    )
    assert asked(made) == asked(made)
    assert (
        made.desk.sent,
        made.desk.refused.total(),
        len(made.ledger.open_orders),
        made.desk.views,
    ) == before


def test_where_decisions_cannot_be_made_again_that_is_why() -> None:
    made = run(lambda _: (quote(BUY, 40),))
    found = why(made, market(), "this journal keeps none")
    assert found.said == "No strategy was asked: this journal keeps none."
