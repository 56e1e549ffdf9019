"""Kills at random moments on one journal: nothing is lost, nothing happens twice, books balance."""

import signal
import time
from pathlib import Path
from random import Random

import pytest
from tests.conftest import LONG, Counts
from tests.integration.accounts import Account, fold
from tests.integration.cli.conftest import Begin

from polywire.config.build import engine_from
from polywire.config.demo import demo_settings
from polywire.config.schema import load
from polywire.core.engine.engine import Engine
from polywire.core.model.control import RunStarted
from polywire.modes.replay import audit, recover

SEED = 20260727
OPTIONS = ("--plain", "--speed", 4, "--strategies", 2)


@pytest.mark.timeout(0 if LONG else 90)
def test_kills_at_random_moments_lose_nothing_and_do_nothing_twice(
    begin: Begin, tmp_path: Path, counts: Counts
) -> None:
    journal = tmp_path / "journal"
    chance = Random(SEED)
    for number in range(counts(10, 50)):
        demo = begin("demo", *OPTIONS, "--journal", journal, "--seed", 1)
        demo.says("frames/s")
        time.sleep(chance.uniform(0.0, 1.0))  # the random moment itself; nothing is awaited here
        demo.tell(signal.SIGKILL)
        assert demo.ends(5.0) == -signal.SIGKILL, f"kill {number}: {demo.complained}"
        balanced(journal)
        if number % 5 == 4:
            audit(journal, built)
    demo = begin("demo", *OPTIONS, "--journal", journal, "--seconds", 2)
    assert demo.ends(20.0) == 0, demo.complained
    account = balanced(journal)
    assert account.reports[-1] == (account.cash, account.positions), "the venue agrees"
    assert account.halts == ["shutting down"]
    assert account.sent, "a run without orders would prove nothing"
    replay = begin("replay", journal)
    assert replay.ends(30.0) == 0, replay.complained
    assert "commands agree" in replay.said


def balanced(journal: Path) -> Account:
    """What is recovered from the journal equals a naive sum of its rows."""
    engine = engine_from(demo_settings())
    recover(engine, journal)
    account = fold(journal)
    ledger = engine.ledger
    assert ledger.cash == account.cash
    held = {str(name): ledger.held(name) for name in ledger.markets}
    assert {name: shares for name, shares in held.items() if shares} == account.positions
    for order in ledger.open_orders.values():
        assert order.filled == account.filled[order.command.order_id]
    return account


def built(started: RunStarted) -> Engine:
    return engine_from(load(started.configuration))
