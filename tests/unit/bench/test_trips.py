"""Positions told from a run's own records."""

from polywire.bench.trips import Trip, trips
from polywire.core.ids import FillId, InstrumentId, MarketId, OrderId, StrategyId
from polywire.core.model.account import OrderFilled, Settlement
from polywire.core.model.command import ExitCause, ExitMoved, ExitStep, PlaceOrder, TimeInForce
from polywire.core.model.event import Record
from polywire.core.model.instrument import Side
from polywire.core.units import Money, Ns, Price, Quantity

SHARE = 1_000_000
BOT, MARKET, YES = StrategyId("bot"), MarketId("m"), InstrumentId("m-yes")


def order(name: str, side: Side) -> PlaceOrder:
    return PlaceOrder(
        OrderId(name), BOT, MARKET, YES, side, Price(500_000), Quantity(20 * SHARE),
        TimeInForce.IOC, post_only=False,
    )  # fmt: skip


def fill(name: str, at: int, price: int, shares: int, *, maker: bool = False) -> OrderFilled:
    return OrderFilled(
        Ns(at), Ns(at), OrderId(name), FillId(f"{name}-{at}"), Price(price),
        Quantity(shares * SHARE), Money(0 if maker else 100_000), maker, Settlement.FINAL,
    )  # fmt: skip


def moved(step: ExitStep, cause: ExitCause | None, price: int, at: int) -> ExitMoved:
    return ExitMoved(BOT, MARKET, YES, step, cause, Price(price), Price(price), 1, Ns(at))


def told(*records: Record) -> list[Trip]:
    return trips(records)


def test_a_position_runs_from_its_first_share_to_its_last() -> None:
    (trip,) = told(
        order("b", Side.BUY), fill("b", 10, 500_000, 20), order("s", Side.SELL),
        moved(ExitStep.ARMED, None, 0, 11), moved(ExitStep.SELLING, ExitCause.STOP, 450_000, 20),
        fill("s", 21, 440_000, 15), moved(ExitStep.SELLING, ExitCause.TARGET, 700_000, 25),
        fill("s", 26, 430_000, 5),
    )  # fmt: skip
    assert (trip.opened_ns, trip.closed_ns, trip.closed, trip.won) == (10, 26, True, False)
    assert (trip.cause, trip.seen, trip.triggered_ns) == ("stop", 450_000, 20)
    assert (trip.entry, trip.exit) == (505_000, 437_500)
    assert (trip.taker_fees, trip.maker_fees, trip.sale_fees) == (300_000, 0, 200_000)


def test_what_rested_at_the_target_and_was_taken_is_a_target() -> None:
    (trip,) = told(
        order("b", Side.BUY), fill("b", 10, 500_000, 20), order("s", Side.SELL),
        fill("s", 30, 550_000, 20, maker=True),
    )  # fmt: skip
    assert (trip.cause, trip.triggered_ns, trip.seen, trip.won) == ("target", 30, 0, True)
    assert (trip.taker_fees, trip.sale_fees) == (100_000, 0)


def test_one_that_is_held_still_is_neither_won_nor_closed() -> None:
    first, second = told(
        order("b", Side.BUY), fill("b", 10, 500_000, 20), order("s", Side.SELL),
        fill("s", 20, 500_000, 20), order("c", Side.BUY), fill("c", 30, 400_000, 20),
    )  # fmt: skip
    assert (first.closed, first.won, first.cause) == (True, False, "")
    assert (second.closed, second.opened_ns) == (False, 30)


def test_what_brings_back_only_what_it_cost_is_not_won() -> None:
    (trip,) = told(
        order("b", Side.BUY), fill("b", 1, 500_000, 20, maker=True), order("s", Side.SELL),
        fill("s", 2, 500_000, 20, maker=True),
    )  # fmt: skip
    assert trip.closed
    assert not trip.won
