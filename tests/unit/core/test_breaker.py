"""What opens the breaker, what closes it, and what an engine does meanwhile."""

import pytest
from tests.unit.core.building import BUY, SELL, Scripted, placed, quote, told
from tests.unit.core.building import cut as cut_at
from tests.unit.core.started import FIRST, T0, bid_at, running, with_order

from polywire.core.engine.engine import Engine
from polywire.core.model.account import (
    AccountReported,
    OrderCancelled,
    OrderRejected,
    OrderUnknown,
)
from polywire.core.model.breaker import BreakerCause, BreakerMoved
from polywire.core.model.control import AccountFeedMoved, Cut, Operation, OperatorCommand
from polywire.core.risk.breaker import Breaker, BreakerPlan
from polywire.core.units import MINUTE, SECOND, Ns

PLAN = BreakerPlan(
    orders_min=10,
    rejected_percent=50,
    unknown_percent=20,
    silence_ns=30 * SECOND,
    cool_ns=60 * SECOND,
)
UNREAD = BreakerCause.UNREAD
LOSS, HAND, RUN = BreakerCause.LOSS, BreakerCause.HAND, BreakerCause.RUN
REJECTS, UNKNOWNS, SILENCE = BreakerCause.REJECTS, BreakerCause.UNKNOWNS, BreakerCause.SILENCE


class Bench:
    """A breaker whose channel is up, at second 100, and what it has told."""

    def __init__(self, plan: BreakerPlan | None = PLAN) -> None:
        self.breaker = Breaker(plan, {})
        self.breaker.channel(up=True)
        self.cut(100)

    def cut(
        self, second: float, orders: int = 0, *, lost: str = "", day: int = 1, reads: bool = True
    ) -> list[tuple[BreakerCause, bool]]:
        """Decide at a second; the account was just read, unless it was not."""
        if reads:
            self.breaker.read(Ns(int(second * SECOND)))
        told = self.breaker.cut(Ns(int(second * SECOND)), orders, lost=lost, day=day)
        return [(one.cause, one.open) for one in told]


@pytest.mark.parametrize(
    ("orders", "times", "trips"), [(10, 5, True), (10, 4, False), (9, 9, False)]
)
def test_a_rate_of_rejects_trips_from_so_many_orders_on(
    orders: int, times: int, trips: bool
) -> None:
    bench = Bench()
    for _ in range(times):
        bench.breaker.rejected()
    assert bench.cut(101, orders) == ([(REJECTS, True)] if trips else [])
    assert bench.breaker.barred == ("rejects: 5 of 10 orders in a minute" if trips else "")
    assert bench.breaker.halted == ""


def test_unknown_orders_have_a_rate_of_their_own() -> None:
    bench = Bench()
    for _ in range(2):
        bench.breaker.unknown()
    assert bench.cut(101, 11) == []
    assert bench.cut(101, 10) == [(UNKNOWNS, True)]


def test_what_is_older_than_a_minute_is_no_part_of_a_rate() -> None:
    bench = Bench()
    for _ in range(5):
        bench.breaker.rejected()
    assert bench.cut(159.9, 9) == []
    assert bench.cut(160, 10) == []


def test_a_rate_cools_down_and_is_counted_anew() -> None:
    bench = Bench()
    for _ in range(9):
        bench.breaker.rejected()
    bench.cut(101, 10)
    for _ in range(9):
        bench.breaker.rejected()
    assert bench.cut(160.9, 10) == []
    assert bench.cut(161, 10) == [(REJECTS, False)]
    assert bench.cut(161.1, 10) == []


def test_a_channel_that_stays_down_trips_and_closes_once_it_is_up_and_cool() -> None:
    bench = Bench()
    bench.breaker.channel(up=False)
    bench.cut(120)
    bench.breaker.channel(up=False)
    assert bench.cut(129.9) == []
    assert bench.cut(130) == [(SILENCE, True)]
    assert bench.cut(300) == []
    bench.breaker.channel(up=True)
    assert bench.cut(301) == [(SILENCE, False)]


def test_a_channel_that_never_came_up_is_silent_since_the_first_cut() -> None:
    bench = Bench()
    bench.breaker = Breaker(PLAN, {})
    bench.breaker.begin()
    assert bench.cut(1_000) == []
    assert bench.cut(1_029) == []
    assert bench.cut(1_030) == [(SILENCE, True)]


@pytest.mark.parametrize("plan", [None, BreakerPlan(orders_min=1, rejected_percent=100,
    unknown_percent=100, silence_ns=None, cool_ns=1)])  # fmt: skip
def test_on_paper_there_is_no_channel_to_be_silent(plan: BreakerPlan | None) -> None:
    bench = Bench(plan)
    bench.breaker.channel(up=False)
    assert bench.cut(10_000) == []


def test_nothing_is_bought_on_an_account_that_was_not_read_yet_or_not_for_five_minutes() -> None:
    bench = Bench()
    bench.breaker.begin()
    bench.breaker.channel(up=True)
    assert bench.cut(101, reads=False) == [(UNREAD, True)]
    assert bench.breaker.barred == "the account has not been read yet"
    assert bench.breaker.halted == ""
    assert bench.cut(1_000, reads=False) == []
    assert bench.cut(1_001) == [(UNREAD, False)]
    assert bench.cut(1_300.9, reads=False) == []
    assert bench.cut(1_301, reads=False) == [(UNREAD, True)]
    assert bench.cut(1_400) == [(UNREAD, False)]


def test_a_loss_trips_once_a_day_and_never_closes_by_itself() -> None:
    bench = Bench()
    assert bench.cut(101, lost="lost $5") == [(LOSS, True)]
    assert bench.cut(100_000, day=2) == []
    assert bench.breaker.barred == "lost $5"
    bench.breaker.resume("seen", by_hand=True)
    assert bench.cut(100_001, lost="lost $6", day=2) == [(LOSS, False), (LOSS, True)]
    bench.breaker.resume("seen", by_hand=True)
    assert bench.cut(100_002, lost="lost $6", day=2) == [(LOSS, False)]


def test_a_person_does_not_resume_what_the_run_itself_halted() -> None:
    bench = Bench()
    bench.breaker.trip(RUN, "disk")
    bench.breaker.trip(HAND, "lunch")
    bench.breaker.resume("back", by_hand=True)
    assert bench.breaker.halted == "disk"
    bench.breaker.resume("room", by_hand=False)
    assert bench.breaker.halted == ""


def test_a_restart_keeps_what_a_person_has_to_close() -> None:
    bench = Bench()
    for cause in BreakerCause:
        bench.breaker.recover(BreakerMoved(cause, True, cause, Ns(1)))
    bench.breaker.recover(BreakerMoved(LOSS, False, "seen", Ns(2)))
    bench.breaker.begin()
    assert list(bench.breaker.open) == [
        BreakerCause.RECONCILIATION, HAND, BreakerCause.FLATTEN,
    ]  # fmt: skip


def moves(engine: Engine, at: int) -> list[BreakerMoved]:
    return [one for one in engine.handle(Cut(Ns(at))) if isinstance(one, BreakerMoved)]


def test_an_engine_counts_each_order_once_and_only_as_long_as_nothing_is_known() -> None:
    started = with_order(bid_at(50))
    breaker = started.breaker
    told(started, OrderUnknown(Ns(T0), FIRST, "late"), OrderRejected(Ns(T0), FIRST, "no"))
    assert (len(breaker._unknowns), len(breaker._rejects)) == (0, 0)  # it was accepted before
    started = running(bid_at(50))
    (order,) = placed(cut_at(started, T0))
    unknown = OrderUnknown(Ns(T0), order.order_id, "late")
    told(started, unknown, unknown, OrderRejected(Ns(T0), order.order_id, "no"))
    assert (len(started.breaker._unknowns), len(started.breaker._rejects)) == (1, 0)
    (order,) = placed(cut_at(started, T0 + SECOND))
    told(started, OrderRejected(Ns(T0), order.order_id, "no"))
    assert (len(started.breaker._unknowns), len(started.breaker._rejects)) == (1, 1)
    (order,) = placed(cut_at(started, T0 + 2 * SECOND))
    told(started, OrderRejected(Ns(T0), order.order_id, "not sent: no connection is ready"))
    assert len(started.breaker._rejects) == 1, "that says nothing of the venue"


def test_while_buying_is_barred_buys_are_cancelled_and_the_channel_is_heard() -> None:
    started = with_order(bid_at(50))
    started.breaker._plan = PLAN
    report = AccountReported(Ns(T0), started.ledger.cash, ())
    told(started, report, AccountFeedMoved(Ns(T0), False, "gone"))
    assert moves(started, T0 + 30 * SECOND)[0].cause is SILENCE
    assert started.ledger.orders[FIRST].cancelling
    told(started, OrderCancelled(Ns(T0), FIRST, "asked"), AccountFeedMoved(Ns(T0), True, ""))
    assert placed(cut_at(started, T0 + 31 * SECOND)) == []
    later = T0 + 31 * SECOND + MINUTE
    assert [one.open for one in moves(started, later)] == [False]


def test_a_person_halts_by_name_and_a_run_without() -> None:
    started = running(Scripted(lambda _: (quote(BUY, 40), quote(SELL, 60))))
    told(started, OperatorCommand(Ns(T0), Operation.HALT, "lunch", "me"))
    told(started, OperatorCommand(Ns(T0), Operation.HALT, "disk"))
    assert [one.cause for one in moves(started, T0 + 1)] == [HAND, RUN]
