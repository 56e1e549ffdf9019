"""Kills of a real run at random moments: no order is lost, doubled or unheard of, money agrees."""

import asyncio
import signal
import time
from pathlib import Path
from random import Random

import pytest
from tests.conftest import LONG, Counts
from tests.integration.cli.conftest import Begin, Command
from tests.integration.cli.placing import PASSPHRASE, PRIVATE, Place, set_up
from tests.integration.exchange.house import House, address_of, running
from tests.integration.real_account import check_agrees, check_known, fold, settled

from polywire.config.build import engine_from
from polywire.config.compose import settings_from
from polywire.config.file import File
from polywire.config.load import load
from polywire.core.ledger.ledger import Ledger
from polywire.modes.replay import recover

SEED = 20261121
DOLLARS = 5_000
WALLET = address_of(PRIVATE)
LOAD = ("--markets", "8", "--frames-a-second", "300")
STARTING = 4
"""Each so manyth kill comes while the run starts; the others while it trades."""


@pytest.mark.timeout(0 if LONG else 90)
def test_kills_of_a_real_run_lose_no_order_and_no_micro(
    begin: Begin, tmp_path: Path, counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYWIRE_PRIVATE_KEY", PRIVATE)
    monkeypatch.setenv("POLYWIRE_KEY_PASSPHRASE", PASSPHRASE)
    chance, journal = Random(SEED), tmp_path / "journal"
    with running(*LOAD) as house:
        place = Place(house, tmp_path)
        house.fund(WALLET, DOLLARS)
        house.tell(command="settle", mined_ms=150, confirmed_ms=150)
        house.tell(command="start")
        asyncio.run(set_up(house.clob, tmp_path / "keys"))
        live = ("run", "--config", place.config, "--yes", "--plain")
        for number in range(counts(5, 100)):
            run = begin(*live)
            if number % STARTING == STARTING - 1:
                run.until(lambda run=run: "traded for real" in run.complained)
            else:
                run.says("frames/s")
            time.sleep(chance.uniform(0.0, 0.9))  # the random moment itself
            run.tell(signal.SIGKILL)
            assert run.ends(5.0) == -signal.SIGKILL, f"kill {number}: {run.complained}"
            if any(journal.glob("*.sqlite")):
                check_known(fold(journal), house.truth(WALLET))
        trade_to_the_end(begin(*live), house)
        truth = house.truth(WALLET)
        while not settled(truth):
            truth = house.truth(WALLET)
    told = fold(journal)
    check_agrees(told, truth, DOLLARS * 1_000_000)
    assert [order for order in truth["orders"] if order["status"] == "LIVE"] == []
    assert not told.corrections, "nothing had to be put right"
    assert told.fills, "the run heard of them"
    ledger = recovered(load(place.config, {}), journal)
    assert ledger.cash == truth["collateral"]
    assert {token: held for token, held in ledger.shares.items() if held} == truth["shares"]
    arrived = {order["id"] for order in truth["orders"]}
    denied = {order.venue_id for order in ledger.open_orders.values()}
    assert not denied & arrived, "only what never arrived may still count as open, for a minute"
    replay = begin("replay", journal)
    assert replay.ends(30.0) == 0, replay.complained
    assert "commands agree" in replay.said


def trade_to_the_end(run: Command, house: House) -> None:
    """Until there are fills, or it would prove nothing; then stop as one should."""
    run.says("frames/s")
    run.until(lambda: house.truth(WALLET)["fills"], 40.0)
    run.tell(signal.SIGINT)
    assert run.ends(20.0) == 0, run.complained


def recovered(file: File, journal: Path) -> Ledger:
    """The ledger as the next run would find it."""
    engine = engine_from(settings_from(file, live=True))
    recover(engine, journal)
    return engine.ledger
