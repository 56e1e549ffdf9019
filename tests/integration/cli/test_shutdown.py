"""A stop is clean, in a stated order and within ten seconds, whatever the exchange does."""

import os
import signal
from pathlib import Path

import pytest
from tests.integration.accounts import fold, rows
from tests.integration.cli.conftest import Begin

SECONDS_MAX = 10.0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_in_the_stated_order(
    begin: Begin, tmp_path: Path, number: signal.Signals
) -> None:
    demo = begin("demo", "--plain", "--journal", tmp_path / "journal")
    demo.trades()
    demo.tell(number)
    assert demo.ends(SECONDS_MAX) == 0
    assert len(demo.children) == 1, "the exchange, which is gone too"
    assert demo.complained == ""
    assert "stopping: cancelling quotes" in demo.said
    assert "0 still open" in demo.said
    in_order(tmp_path / "journal")


def test_the_end_of_the_seconds_stops_in_the_stated_order(begin: Begin, tmp_path: Path) -> None:
    demo = begin("demo", "--plain", "--seconds", 1.5, "--journal", tmp_path / "journal")
    assert demo.ends(1.5 + SECONDS_MAX) == 0
    in_order(tmp_path / "journal")


def test_a_flood_does_not_delay_the_stop(begin: Begin, tmp_path: Path) -> None:
    demo = begin("demo", "--plain", "--speed", 50, "--journal", tmp_path / "journal")
    demo.trades()
    demo.tell(signal.SIGINT)
    assert demo.ends(SECONDS_MAX) == 0
    halted(tmp_path / "journal")  # whose last reading of the account may have taken too long


def test_a_frozen_exchange_does_not_delay_the_stop(begin: Begin, tmp_path: Path) -> None:
    demo = begin("demo", "--plain", "--journal", tmp_path / "journal")
    demo.trades()
    demo.look()
    (exchange,) = demo.children
    os.kill(exchange, signal.SIGSTOP)
    demo.tell(signal.SIGTERM)
    assert demo.ends(SECONDS_MAX) == 0
    assert "STILL OPEN at the venue, as far as is known: 0x" in demo.said
    halted(tmp_path / "journal")


def test_a_second_signal_ends_at_once(begin: Begin) -> None:
    demo = begin("demo", "--plain")
    demo.trades()
    demo.look()
    (exchange,) = demo.children
    os.kill(exchange, signal.SIGSTOP)  # so that the stop takes a while
    demo.tell(signal.SIGINT)
    demo.says("stopping:")
    demo.tell(signal.SIGINT)
    assert demo.process.wait(2.0) == 130
    assert "ended at once" in demo.said.splitlines()[-1]
    os.kill(exchange, signal.SIGCONT)
    demo.ends(1.0)


def test_a_signal_while_it_starts_is_heard(begin: Begin) -> None:
    demo = begin("demo", "--plain")
    demo.says("starting the local exchange")
    demo.tell(signal.SIGINT)
    assert demo.ends(SECONDS_MAX) == 0
    assert demo.complained == ""


def test_a_signal_while_the_catalogue_hangs_is_heard(begin: Begin, tmp_path: Path) -> None:
    exchange = begin("exchange", "--port", 0)
    exchange.says("gamma")
    exchange.tell(signal.SIGSTOP)
    gamma = exchange.said.partition('"gamma": "')[2].partition('"')[0]
    record = begin("record", tmp_path / "frames", "--gamma", gamma)
    record.until((tmp_path / "frames").exists)
    record.tell(signal.SIGTERM)
    assert record.ends(3.0) == 0
    assert record.complained == ""
    exchange.tell(signal.SIGCONT)
    exchange.tell(signal.SIGTERM)
    assert exchange.ends(5.0) == 0


def test_a_killed_engine_takes_the_exchange_with_it(begin: Begin) -> None:
    demo = begin("demo", "--plain")
    demo.trades()
    demo.tell(signal.SIGKILL)
    assert demo.ends(5.0) == -signal.SIGKILL
    assert len(demo.children) == 1


ANY_MOMENT = ("MarketResolved", "TickSizeChanged", "LookUpOrder")
"""What the venue says of a market, and a question about an order, are due when they are."""


def halted(journal: Path) -> list[str]:
    """What the journal has after the halt: no order any more, and the ledger's dump at the end."""
    seen = [(kind, row) for _, kind, row in rows(journal)]
    halt = next(at for at, (kind, _) in enumerate(seen) if kind == "OperatorCommand")
    assert seen[halt][1][2:4] == ["halt", "shutting down"]
    after = [kind for kind, _ in seen[halt:]]
    assert "PlaceOrder" not in after
    assert after[-1] == "LedgerSnapshot"
    told = [kind for kind in after if kind not in ANY_MOMENT]
    assert told[-2:] == ["FeedsCounted", "LedgerSnapshot"]
    return after


def in_order(journal: Path) -> None:
    """HALT, cancels, no order after it, the venue's report, and the ledger's dump at the end."""
    assert "AccountReported" in halted(journal)
    account = fold(journal)
    assert account.reports[-1] == (account.cash, account.positions)
    ends = ("OrderCancelled", "OrderRejected")
    ended = {row[2] for _, kind, row in rows(journal) if kind in ends}
    done = {order for order, row in account.sent.items() if account.filled[order] == row[7]}
    assert ended | done >= set(account.sent), "every order came to an end"
