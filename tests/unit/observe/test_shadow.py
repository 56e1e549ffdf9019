"""A second engine follows a journal, stands where the first one stood, and says if it does not."""

import dataclasses
from pathlib import Path

from tests.unit.core.building import (
    BUY,
    SECOND,
    Scripted,
    engine,
    fill,
    forty_sixty,
    opening,
    quote,
    seat,
)
from tests.unit.modes.test_replay import T0, bidder

from polywire.core.engine.engine import Engine
from polywire.core.ids import RunId
from polywire.core.ledger.dump import dump, load
from polywire.core.model.control import Cut, RunStarted
from polywire.core.model.event import Event
from polywire.core.risk.gate import Approved
from polywire.core.units import Money, Ns
from polywire.journal.capture import Capture
from polywire.journal.log import Journal
from polywire.modes.simulate import SimulationOptions, draw_scene
from polywire.observe.order_histories import FILLED
from polywire.observe.shadow import Shadow
from polywire.sim.world import World


class Kept:
    """Writes down what an engine handles and commands, as the loop does."""

    def __init__(self, journal: Journal, live: Engine) -> None:
        self.journal, self.live = journal, live
        self.handle = live.handle
        self.at = Ns(0)

    def take(self, event: Event) -> list:
        """Handle one event; rows of both are appended."""
        self.at = max(self.at, event.recv_ns)
        self.journal.append(event, self.at)
        commands = self.handle(event)
        for command in commands:
            told = command.order if isinstance(command, Approved) else command
            self.journal.append(told, self.at)
        return commands


def life() -> list[Event]:
    """An opening, a cut that bids, a fill, and another cut that bids again."""
    return [
        *opening(forty_sixty(), at=T0),
        Cut(Ns(T0)),
        fill("f1", "run-1", cents=40, shares=10),
        Cut(Ns(T0 + 2 * SECOND)),
    ]


def written(folder: Path, capture: Capture = Capture.FULL) -> Engine:
    """A journal of one such run; the engine that wrote it."""
    live = bidder()
    with Journal(folder, RunId("run"), capture=capture) as journal:
        kept = Kept(journal, live)
        for event in life():
            kept.take(event)
    return live


def followed(folder: Path, engine_for=bidder) -> Shadow:
    shadow = Shadow(folder, engine_for)
    for _ in range(1_000):  # not for ever, if it never ends
        if shadow.advance(3) < 3:
            break
    return shadow


def test_a_shadow_stands_where_the_run_stands_and_says_how_much_agreed(tmp_path: Path) -> None:
    live = written(tmp_path)
    shadow = followed(tmp_path)
    assert shadow.engine is not None
    assert dump(shadow.engine.ledger) == dump(live.ledger)
    assert (shadow.now, shadow.agreed, shadow.difference) == (T0 + 2 * SECOND, 3, "")
    assert shadow.started is not None


def test_a_shadow_takes_rows_up_as_they_are_committed(tmp_path: Path) -> None:
    with Journal(tmp_path, RunId("run")) as journal:
        shadow = Shadow(tmp_path, bidder)
        assert shadow.advance(100) == 0
        kept = Kept(journal, bidder())
        for event in life()[:-1]:
            kept.take(event)
        journal.barrier()
        assert shadow.advance(100) > 0
        assert shadow.advance(100) == 0
        assert shadow.agreed == 2
        assert shadow.left() == 0
        kept.take(life()[-1])
        journal.barrier()
        assert shadow.left() == 2
        assert shadow.advance(100) == 2
        assert shadow.agreed == 3


def test_the_first_decision_that_differs_is_told_and_the_account_stays_that_of_the_run(
    tmp_path: Path,
) -> None:
    live = written(tmp_path)
    shadow = followed(tmp_path, lambda _: engine(seat(Scripted(lambda _: (quote(BUY, 39),)))))
    assert "recorded PlaceOrder" in shadow.difference
    assert "price=400000" in shadow.difference
    assert shadow.engine is not None
    assert shadow.engine.ledger.cash == live.ledger.cash
    assert list(shadow.engine.ledger.open_orders) == list(live.ledger.open_orders)
    (tracked,) = shadow.engine.watch.books.values()
    assert tracked.book.touch(0) == (400_000, 600_000)
    assert shadow.now == T0 + 2 * SECOND


def test_a_journal_without_market_rows_shows_the_account_and_says_why(tmp_path: Path) -> None:
    live = written(tmp_path, Capture.NONE)
    shadow = followed(tmp_path)
    assert "none" in shadow.partial
    assert shadow.agreed == 0
    assert shadow.engine is not None
    assert shadow.engine.ledger.cash == live.ledger.cash
    assert shadow.difference == ""


def test_what_earlier_runs_left_is_where_a_shadow_begins(tmp_path: Path) -> None:
    live = written(tmp_path)
    again = bidder()
    with Journal(tmp_path, RunId("again")) as journal:
        journal.snapshot(dump(live.ledger), Ns(T0 + 3 * SECOND))
    later = T0 + 4 * SECOND
    with Journal(tmp_path, RunId("third")) as journal:
        load(again.ledger, dump(live.ledger))
        kept = Kept(journal, again)
        start = RunStarted(Ns(later), RunId("third"), "build", "{}", Money(0))
        for event in (start, Cut(Ns(later))):
            kept.take(event)
    shadow = followed(tmp_path)
    assert shadow.difference == ""
    assert shadow.engine is not None
    assert dump(shadow.engine.ledger) == dump(again.ledger)
    assert shadow.engine.ledger.cash != 0


def test_an_order_s_history_has_every_step_with_its_time(tmp_path: Path) -> None:
    written(tmp_path)
    histories = followed(tmp_path).memory.orders
    first = histories.orders["run-1"]
    assert first.state == FILLED
    assert first.steps[0] == (T0, "sent: buy 10 at 0.4, GTC, post-only")
    assert [words for _, words in first.steps[1:]] == ["filled 10 at 0.4; final"]
    assert list(histories.fills) == ["f1"]


def test_a_whole_simulated_run_is_decided_again_row_by_row(tmp_path: Path) -> None:
    options = SimulationOptions(seconds=3, markets=3)
    scene = draw_scene(5, options)
    ends = {"quiet": Ns(scene.start + 3 * SECOND), "end": Ns(scene.start + 4 * SECOND)}
    scene = dataclasses.replace(scene, crashes=(), asked=(), **ends)
    with Journal(tmp_path, RunId("run")) as journal:
        live, inbox = scene.life()
        kept = Kept(journal, live)
        live.handle = kept.take
        World(dataclasses.replace(scene, life=lambda: (live, inbox))).run()
    shadow = followed(tmp_path, lambda _: draw_scene(5, options).life()[0])
    assert shadow.difference == ""
    assert shadow.agreed > 50
    assert shadow.engine is not None
    assert dump(shadow.engine.ledger) == dump(live.ledger)
    orders = shadow.memory.orders.orders
    assert {one for one, known in orders.items() if known.state in ("sent", "live", "unknown")} == {
        *live.ledger.open_orders
    }


def test_after_a_difference_a_long_run_is_not_read_again_row_by_row(tmp_path: Path) -> None:
    minutes, live = 20, bidder()
    with Journal(tmp_path, RunId("run")) as journal:
        kept = Kept(journal, live)
        for event in life():
            kept.take(event)
        for second in range(3, 60 * minutes):
            kept.take(Cut(Ns(T0 + second * SECOND)))
    shadow = Shadow(tmp_path, lambda _: engine(seat(Scripted(lambda _: (quote(BUY, 39),)))))
    while not shadow.difference:
        shadow.advance(3)
    taken = 0
    while (more := shadow.advance(100)) == 100:
        taken += more
    assert 180 <= taken + more <= 600
    assert shadow.now == live.now
    assert shadow.engine is not None
    assert shadow.engine.ledger.cash == live.ledger.cash
    assert list(shadow.memory.orders.orders) == ["run-1", "run-2"]
