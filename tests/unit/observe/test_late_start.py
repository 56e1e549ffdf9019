"""A run whose first day was deleted is shown from the first snapshot of what is left."""

from pathlib import Path

import pytest
from msgspec import structs
from tests.unit.core.building import BUY, SECOND, Scripted, engine, fill, forty_sixty, opening, seat
from tests.unit.core.building import quote as quoted
from tests.unit.observe.test_shadow import Kept, followed

from polywire.cli import replay, status
from polywire.cli.looking import Where
from polywire.core.engine.engine import Engine
from polywire.core.errors import ConfigError, JournalError
from polywire.core.ids import RunId, StrategyId
from polywire.core.ledger.dump import dump, load
from polywire.core.model.account import OrderFilled
from polywire.core.model.control import Cut, Operation, OperatorCommand, RunStarted
from polywire.core.units import DAY, Money, Ns
from polywire.journal.files import day_files
from polywire.journal.log import Journal
from polywire.journal.runs import runs_of, start_of_rest
from polywire.modes.replay import audit, owner_of
from polywire.observe.glance import of_journal
from polywire.observe.shadow import Shadow
from polywire.observe.strategies import Stands, strategy_lines

T0 = DAY - SECOND
NEXT = DAY + SECOND


def three(_: RunStarted | None = None) -> Engine:
    """One that bids, one that raises, one that is disabled."""

    def raises(_: object) -> tuple[()]:
        raise ValueError("a bug")

    return engine(
        seat(Scripted(lambda _: (quoted(BUY, 40),), "bidder")),
        seat(Scripted(raises, "broken")),
        seat(Scripted(lambda _: (), "idle")),
    )


def bought(order: str, at: int) -> OrderFilled:
    """The whole of an order of 10 shares."""
    return structs.replace(fill(f"f-{order}", order, cents=40, shares=10), recv_ns=Ns(at))


def keep_ledger(journal: Journal, live: Engine, at: int) -> None:
    """As a run does each hour."""
    standing = [*live.roster.halted(), *live.watch.sources.told(Ns(at))]
    journal.snapshot(dump(live.ledger), Ns(at), live.words, standing)


def rest(folder: Path, *, snapshot: bool = True) -> Engine:
    """A journal whose first day was deleted; the engine that wrote it."""
    live = three()
    started, *listed = opening(forty_sixty(), at=T0)
    assert isinstance(started, RunStarted)
    disabled = OperatorCommand(Ns(T0), Operation.DISABLE, "enough", "me", "idle")
    with Journal(folder, RunId("run")) as journal:
        kept = Kept(journal, live)
        begun = RunStarted(Ns(T0), RunId("run"), "build", "{}", started.cash, "somebody")
        for event in (begun, *listed, Cut(Ns(T0)), disabled, Cut(Ns(T0 + 1))):
            kept.take(event)
        kept.take(bought("run-1", NEXT))
        kept.take(Cut(Ns(NEXT)))
        if snapshot:
            keep_ledger(journal, live, NEXT + 1)
        kept.take(bought("run-2", NEXT + SECOND))
        kept.take(Cut(Ns(NEXT + SECOND)))
    day_files(folder)[0].path.unlink()
    return live


def test_what_is_left_of_a_run_is_shown_and_it_is_said_what_is_not(tmp_path: Path) -> None:
    live = rest(tmp_path)
    shadow = followed(tmp_path, three)
    assert shadow.partial == (
        "the beginning of this run was deleted: it is known since 1970-01-02 00:00:01 UTC, "
        "no decision made again"
    )
    assert (shadow.difference, shadow.agreed, shadow.now) == ("", 0, NEXT + SECOND)
    assert shadow.started is not None
    assert (shadow.started.owner, shadow.started.recv_ns) == ("somebody", T0)
    assert shadow.engine is not None
    assert shadow.engine.ledger.holdings == live.ledger.holdings
    assert list(shadow.engine.ledger.open_orders) == list(live.ledger.open_orders)
    assert list(shadow.engine.watch.books) == ["m"]


def test_who_was_halted_or_disabled_in_a_day_that_was_deleted_is_so_still(tmp_path: Path) -> None:
    rest(tmp_path)
    shadow = followed(tmp_path, three)
    assert shadow.engine is not None
    assert {one.name: one.state for one in strategy_lines(shadow.engine)} == {
        "bidder": Stands.ACTIVE,
        "broken": Stands.HALTED,
        "idle": Stands.DISABLED,
    }
    shown = of_journal(shadow, shadow.engine)
    assert shown.began_ns == T0
    assert [line.id for line in shown.open_orders] == ["run-3"]


def test_a_moment_in_what_is_left_can_be_gone_back_to(tmp_path: Path) -> None:
    rest(tmp_path)
    whole = followed(tmp_path, three)
    past = whole.again()
    while past.advance(3, Ns(NEXT + 2)) == 3:
        pass
    assert past.engine is not None
    assert list(past.engine.ledger.open_orders) == ["run-2"]
    assert past.now == NEXT + 1


def test_without_a_snapshot_nothing_is_made_up(tmp_path: Path) -> None:
    rest(tmp_path, snapshot=False)
    with pytest.raises(JournalError, match="run run was deleted, and its account with it"):
        Shadow(tmp_path, three).advance(10)


def test_whose_account_it_was_is_known_though_the_first_day_is_gone(tmp_path: Path) -> None:
    rest(tmp_path)
    assert owner_of(tmp_path, RunId("another")) == "somebody"


def test_a_whole_run_needs_no_word_of_its_beginning(tmp_path: Path) -> None:
    with Journal(tmp_path, RunId("run")) as journal:
        Kept(journal, three()).take(RunStarted(Ns(T0), RunId("run"), "", "{}", Money(1)))
    assert start_of_rest(runs_of(tmp_path)[0]) is None


def test_replay_judges_the_runs_behind_it_and_names_the_one_it_passes_over(tmp_path: Path) -> None:
    live, again = rest(tmp_path), three()
    load(again.ledger, dump(live.ledger))
    later = Ns(NEXT + 2 * SECOND)
    with Journal(tmp_path, RunId("second")) as journal:
        journal.snapshot(dump(again.ledger), later)
        kept = Kept(journal, again)
        for event in (RunStarted(later, RunId("second"), "", "{}", Money(0)), Cut(later)):
            kept.take(event)
    seen = audit(tmp_path, three)
    assert (seen.runs, seen.passed_over, seen.commands > 0) == (1, "run", True)
    for file in day_files(tmp_path)[:-1]:  # a run begins with its account: none before it is needed
        file.path.unlink()
    assert audit(tmp_path, three).passed_over == ""


def test_replay_of_what_is_left_alone_says_why_it_cannot_and_what_shows_it(tmp_path: Path) -> None:
    rest(tmp_path)
    with pytest.raises(ConfigError, match=r"beginning of run run is not in .*`polywire status"):
        replay.replay(tmp_path)


def test_status_shows_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rest(tmp_path)
    monkeypatch.setattr("polywire.cli.looking.engine_for", three)
    shown = status.glance(Where(journal=tmp_path))
    assert "was deleted" in shown.partial
    assert [line.shares for line in shown.engine.positions] == [20_000_000]
    assert shown.engine.halted_strategies == [StrategyId("broken")]
