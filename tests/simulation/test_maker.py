"""The market maker on seeded synthetic markets, watched from the venue's side."""

from collections import deque
from statistics import mean

import pytest
from tests.conftest import Counts

from polywire.bench.maker import CAP, COMMANDS_MAX, NAME, PARAMETERS, interval, trial
from polywire.bench.maker_baseline import OneTick
from polywire.core.engine.desk import Command
from polywire.core.ledger.order import OrderState
from polywire.core.model.event import Event
from polywire.core.model.instrument import Side
from polywire.core.model.market import PublicTrade
from polywire.core.units import SECOND, Quantity
from polywire.modes.made_market import FIRST, MARKET, SECOND_OUTCOME, TICK, Synthetic
from polywire.modes.making import START, Run
from polywire.strategies.market_maker import MarketMaker

JUMPED_TICKS = 8
"""A move of the mid between two looks that must be an event whatever the maker's own rule is."""
GONE_NS, BACK_NS = SECOND, 25 * SECOND


class Watcher:
    """Sees what the venue has of us and what the book showed; knows nothing of the maker."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.events = 0
        self._jumped_ns: deque[int] = deque()
        self._mid: float | None = None
        run.watch = self.look

    def look(self) -> None:
        """After every decision."""
        self._cap()
        self._stay_away()

    def _cap(self) -> None:
        venue, ledger = self.run.venue, self.run.engine.ledger
        for instrument in (FIRST, SECOND_OUTCOME):
            could = venue.account.shares.get(instrument, 0)
            for order_id, remaining in venue.resting().items():
                command = ledger.orders[order_id].command
                if command.instrument == instrument and command.side is Side.BUY:
                    could += remaining
            assert could <= CAP

    def _stay_away(self) -> None:
        now = self.run.market.now
        bid, ask = self.run.engine.watch.books[MARKET.id].book.touch(0)
        if bid is None or ask is None:
            return
        mid = (bid + ask) / 2
        if self._mid is not None and abs(mid - self._mid) >= JUMPED_TICKS * TICK:
            self._jumped_ns.append(now)
            self.events += 1
        self._mid = mid
        while self._jumped_ns and now - self._jumped_ns[0] > BACK_NS:
            self._jumped_ns.popleft()
        if any(now - jumped >= GONE_NS for jumped in self._jumped_ns):
            assert not self.run.venue.resting(), "an order rests after the news"
        if self._jumped_ns and self._jumped_ns[-1] == now:
            for order in self.run.engine.ledger.open_orders.values():
                assert order.cancelling or order.state is not OrderState.LIVE


def watched(counts: Counts, *, informed: bool) -> int:
    """Events in all seeds, each of them watched; its orders are few for its fills."""
    commands = fills = events = 0
    for seed in range(1, counts(3, 200) + 1):
        run = Run(seed, MarketMaker(NAME, PARAMETERS), informed=informed)
        watcher = Watcher(run)
        run.run(counts(240, 600))
        found = run.outcome
        assert not found.halted
        commands, fills = commands + found.commands, fills + found.fills
        events += watcher.events
    assert fills
    assert commands < COMMANDS_MAX * fills
    return events


@pytest.mark.timeout(1_800)
def test_it_keeps_its_cap_and_pulls_its_quotes_in_events(counts: Counts) -> None:
    assert watched(counts, informed=False), "where all learn at once, a jump is seen"


@pytest.mark.timeout(1_800)
def test_it_keeps_its_cap_where_some_know_more_and_others_learn_late(counts: Counts) -> None:
    watched(counts, informed=True)


def test_one_seed_is_one_market_and_one_run_whoever_quotes() -> None:
    first, again = (trial(4, minutes=1, informed=True) for _ in range(2))
    assert first == again
    runs = [Run(4, OneTick(NAME, Quantity(5_000_000 * n), CAP), informed=True) for n in (1, 2)]
    for run in runs:
        run.run(60)
    assert runs[0].market.fair == runs[1].market.fair
    assert runs[0].outcome != runs[1].outcome


def test_its_events_alone_give_its_commands_again() -> None:
    """As an audit does: another maker in another engine, fed what the first one was fed."""
    run, other = (Run(3, MarketMaker(NAME, PARAMETERS), informed=True) for _ in range(2))
    events: list[Event] = []
    commands: list[Command] = []
    handle = run.engine.handle

    def heard(event: Event) -> list[Command]:
        events.append(event)
        told = handle(event)
        commands.extend(told)
        return told

    run.engine.handle = heard  # type: ignore[method-assign]
    run.run(150)
    assert run.outcome.fills
    assert [told for event in events for told in other.engine.handle(event)] == commands


def test_who_knows_the_fair_value_gains_by_it() -> None:
    """People without a view pay the spread; who knows more gets some of it back."""
    gains = []
    for informed in (False, True):
        market = Synthetic(7, START, lambda _: {}, informed=informed)
        taken = [
            (market.fair - trade.price / 1e6) * (1 if trade.side is Side.BUY else -1)
            for _ in range(10_000)
            for trade in market.step()
            if isinstance(trade, PublicTrade)
        ]
        gains.append(mean(taken))
    assert gains[0] < 0
    assert gains[1] > gains[0]


def test_an_interval_is_that_of_the_mean() -> None:
    assert interval([1.0, 3.0]) == (2.0, pytest.approx(1.96))
    assert interval([5.0, 5.0, 5.0]) == (5.0, 0.0)
