"""Strategies that want opposite things on one account: refused, kept apart, counted together."""

from tests.unit.core.building import (
    BUY,
    DOLLAR,
    NO,
    SELL,
    SHARE,
    YES,
    Scripted,
    cut,
    engine,
    fill,
    forty_sixty,
    market,
    opening,
    placed,
    quote,
    seat,
    told,
)
from tests.unit.core.started import T0, with_limits

from polywire.core.engine.engine import Command, Engine
from polywire.core.engine.roster import Seat
from polywire.core.ids import StrategyId
from polywire.core.ledger.exposure import group_exposure
from polywire.core.model.command import OrderRefused
from polywire.core.model.intent import Quote
from polywire.core.model.market import InstrumentListed
from polywire.core.units import Money, Ns
from polywire.observe.strategies import paired

A, B = StrategyId("a"), StrategyId("b")


def wants(name: str, *quotes: Quote) -> Seat:
    return seat(Scripted(lambda _: quotes, name))


def decided(*seats: Seat, **limits: int) -> tuple[Engine, list[Command]]:
    made = engine(*seats, limits=with_limits(**limits))
    told(made, *opening(forty_sixty(), at=T0))
    return made, cut(made, T0)


def refused(commands: list[Command]) -> list[tuple[str, str]]:
    return [(one.strategy, one.rule) for one in commands if isinstance(one, OrderRefused)]


def test_whoever_would_trade_with_another_strategy_is_refused() -> None:
    for mine, theirs in (
        (quote(BUY, 50), quote(SELL, 50, 10)),
        (quote(BUY, 50), quote(BUY, 50, 10, "m-no")),
    ):
        made, _ = decided(wants("a", quote(BUY, 45)), wants("b", quote(BUY, 30)))
        bought = made.ledger.open_orders.values()
        for order in [one.command for one in bought]:
            told(made, fill(f"f-{order.order_id}", order.order_id, 45, 10))
        made.roster.seats[A].strategy.wants = lambda _, one=mine: (one,)  # type: ignore[attr-defined]
        made.roster.seats[B].strategy.wants = lambda _, one=theirs: (one,)  # type: ignore[attr-defined]
        said = cut(made, T0 + 2_000_000_000)
        assert [order.strategy for order in placed(said)] == [A]
        assert refused(said) == [("b", "self_trade")]


def test_a_pair_of_two_strategies_is_kept_apart_and_nets_in_an_exclusive_group() -> None:
    made, commands = decided(wants("a", quote(BUY, 50)), wants("b", quote(BUY, 45, 10, "m-no")))
    for order, cents in zip(placed(commands), (50, 45), strict=True):
        told(made, fill(f"f-{order.order_id}", order.order_id, cents, 10))
    ledger = made.ledger
    assert (ledger.position(A, YES).held, ledger.position(A, NO).held) == (10 * SHARE, 0)
    assert (ledger.position(B, YES).held, ledger.position(B, NO).held) == (0, 10 * SHARE)
    assert ledger.strategy_exposures == {A: 5 * DOLLAR, B: 45 * DOLLAR // 10}
    assert ledger.exposures[market().id] == 95 * DOLLAR // 10
    grouped = market(group="g", group_exclusive=True)
    told(made, InstrumentListed(Ns(T0), grouped))
    another = placed(commands)[0]
    assert group_exposure(ledger, grouped, another, Money(0)) == -DOLLAR // 2
    assert paired(ledger) == 10 * DOLLAR  # whatever wins


def test_limits_count_what_both_could_end_up_with() -> None:
    made, commands = decided(
        wants("a", quote(BUY, 50, 10)), wants("b", quote(BUY, 49, 10)), position_max=19 * SHARE
    )
    assert [order.strategy for order in placed(commands)] == [A]
    assert refused(commands) == [("b", "position_worst_case")]
    assert made.ledger.strategy_exposures == {A: 5 * DOLLAR}


def test_nobody_sells_what_another_strategy_holds() -> None:
    made, commands = decided(wants("a", quote(BUY, 50)), wants("b", quote(SELL, 70, 5)))
    (bought,) = placed(commands)
    told(made, fill("f1", bought.order_id, 50, 10))
    assert refused(commands) == [("b", "position_worst_case")]
    later = cut(made, T0 + 2_000_000_000)
    assert B not in [order.strategy for order in placed(later)]
    assert made.ledger.position(A, YES).held == 10 * SHARE
