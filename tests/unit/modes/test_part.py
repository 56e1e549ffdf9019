"""A part of a recording: nothing later is known, and nothing is ordered before it begins."""

from dataclasses import replace

import pytest
from tests.conftest import ROOT
from tests.unit.history.recording import MARKET, NO, START_MS, YES, book, channel_file, trade
from tests.unit.modes.recorded_market import START, market_events

from polywire.config.backtest_plan import plan_from
from polywire.config.load import load
from polywire.core.ids import MarketId
from polywire.core.model.control import OperatorCommand
from polywire.core.model.market import MarketResolved
from polywire.core.units import Money, Ns
from polywire.history.terms import Given
from polywire.modes.backtesting import backtest
from polywire.modes.part import Part

S = 10**9
DELAY_NS = 50_000_000


def frames(until_s: int):
    told = [
        (0, book(YES, [("0.40", "100")], [("0.45", "80")])),
        (1, book(NO, [("0.55", "80")], [("0.60", "100")])),
    ]
    trades = [
        (1_000 * n, trade("0.40", "60", "SELL", START_MS + 1_000 * n)) for n in range(2, until_s)
    ]
    return told + trades


@pytest.fixture
def plan(tmp_path):
    recording = channel_file(tmp_path / "recording.jsonl", frames(20))
    return plan_from(load(ROOT / "examples" / "backtest.toml", {}), recording, ("front",))


def at(second: int) -> Ns:
    return Ns(START_MS * 10**6 + second * S + DELAY_NS)


def sums(report):
    (one,) = report.results
    return one.fills, one.profit, one.fees, one.orders, one.equity, one.points, one.prices


def test_a_part_that_ends_is_the_run_of_a_recording_that_ends_there(plan, tmp_path):
    short = channel_file(tmp_path / "short.jsonl", frames(10))
    part = backtest(replace(plan, part=Part(until_ns=at(10))))
    cut = backtest(replace(plan, recordings=short))
    assert sums(part) == sums(cut)
    assert sums(part) != sums(backtest(plan))
    assert part.results[0].events == cut.results[0].events
    assert "nothing later is known" in " ".join(part.assumptions)


def test_what_a_market_paid_in_the_end_is_not_known_to_a_part_that_ends_before(plan):
    given = Given()
    given.resolved[MarketId(MARKET)] = MarketResolved(
        Ns(0), Ns(0), MarketId(MARKET), (Money(1_000_000), Money(0))
    )
    knowing = replace(plan, given=given)
    assert backtest(knowing).results[0].realised > 0
    ends = Part(until_ns=at(10))
    assert sums(backtest(replace(knowing, part=ends))) == sums(backtest(replace(plan, part=ends)))


def test_nothing_is_ordered_before_a_part_begins_and_then_it_trades_on_the_books_it_followed(plan):
    (one,) = backtest(replace(plan, part=Part(since_ns=at(10)))).results
    assert one.fills > 0
    assert all(point.at_ns > at(10) - DELAY_NS for point in one.points)
    assert all(prices[0].at_ns >= at(10) for prices in one.prices.values())
    assert (one.refused, one.stopped, one.rejected) == ({}, "", {})
    assert backtest(plan).results[0].points[0].at_ns < at(5)


def test_both_parts_of_a_recording_are_shown_every_event_once():
    events = [*market_events(3, 50)]
    split = Ns(START + (events[-1].recv_ns - START) // 2)
    first = [*Part(until_ns=split).of(iter(events))]
    second = [*Part(since_ns=split).of(iter(events))]
    assert first == [event for event in events if event.recv_ns < split]
    assert [event for event in second if not isinstance(event, OperatorCommand)] == events
    halt, resume = [event for event in second if isinstance(event, OperatorCommand)]
    assert second[0] is halt
    assert resume.recv_ns == second[second.index(resume) + 1].recv_ns >= split
    assert second[second.index(resume) - 1].recv_ns < split


def test_a_part_that_never_begins_orders_nothing(plan):
    (one,) = backtest(replace(plan, part=Part(since_ns=at(1_000)))).results
    assert (one.orders, one.fills) == (0, 0)
