"""What a run's journal shows in a terminal of 80 columns, and what a running engine answers."""

import asyncio
import json
from contextlib import closing
from pathlib import Path

import pytest
from msgspec import structs
from rich.console import Console, RenderableType
from tests.unit.core.building import SECOND, market
from tests.unit.modes.test_replay import T0, bidder
from tests.unit.observe.test_shadow import life, written

from polywire.cli import looking, status
from polywire.cli.held_table import held_table
from polywire.cli.looking import Where
from polywire.cli.moments import moment
from polywire.cli.output import json_of
from polywire.cli.why import why
from polywire.core.errors import ConfigError
from polywire.core.ids import OrderId, RunId, VenueOrderId
from polywire.core.model.account import OrderAccepted, OrderSigned
from polywire.core.model.control import Cut, RunStarted
from polywire.core.units import Money, Ns, Price
from polywire.journal.lock import FolderLock
from polywire.journal.log import Journal
from polywire.journal.reader import read_entries
from polywire.journal.runs import runs_of, seq_at
from polywire.modes.telling import told
from polywire.observe import shadow
from polywire.observe.held import held
from polywire.observe.market_names import market_named
from polywire.runtime.operator_door import Answer, Asked, OperatorDoor, Question, ask
from polywire.runtime.watchdog import Report

NOON = 1_780_833_600 * SECOND
"""2026-06-07 12:00:00 UTC."""


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a run that bid, was filled, and bid again two seconds later."""
    monkeypatch.setattr(looking, "engine_for", bidder)
    written(tmp_path)
    return tmp_path


def lines(shown: RenderableType) -> list[str]:
    console = Console(width=80, highlight=False)
    with console.capture() as capture:
        console.print(shown)
    return [line.rstrip() for line in capture.get().splitlines()]


def test_a_page_of_a_journal_fits_80_columns_and_says_what_is_held_and_that_nothing_runs(
    journal: Path,
) -> None:
    shown = lines(status.page(status.glance(Where(journal=journal))))
    assert max(map(len, shown)) <= 80
    assert shown[0].startswith("does not run: as of ")
    text = "\n".join(shown)
    assert "1 position" in text
    assert "1 open; 2 sent, 1 filled, 0 refused" in text
    assert "all 3 decisions made again, and they agree" in text
    assert "Yes   10.00  4.00" in text


def test_of_a_long_run_the_account_and_its_last_books_are_told_without_deciding_again(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = status.glance(Where(journal=journal))
    monkeypatch.setattr(looking, "LONG", 1)
    monkeypatch.setattr(shadow, "LATE_NS", 3 * SECOND)
    hasty = status.glance(Where(journal=journal))
    assert (whole.partial, hasty.agreed) == ("", 0)
    assert hasty.partial.startswith("a long run: ")
    for one in (hasty, whole):
        assert one.engine.cash_micros == 996 * 1_000_000
        assert one.engine.positions[0].value == 4 * 1_000_000
        assert (one.engine.orders.sent, one.engine.orders.filled) == (2, 1)
        assert [order.id for order in one.open_orders] == ["run-2"]


def test_a_run_that_is_named_is_told_without_the_one_behind_it(journal: Path) -> None:
    with Journal(journal, RunId("again")) as again:
        start = RunStarted(Ns(T0 + 60 * SECOND), RunId("again"), "build", "{}", Money(0))
        for event in (start, Cut(Ns(T0 + 60 * SECOND))):
            again.append(event, event.recv_ns)
    named = status.glance(Where(journal=journal, run="ru"))
    assert (named.run, named.at_ns) == ("run", T0 + 2 * SECOND)
    assert status.glance(Where(journal=journal)).run == "again"


def test_market_rows_are_found_by_their_time(journal: Path) -> None:
    (run,) = runs_of(journal)
    kinds = {seq: type(entry).__name__ for seq, entry in read_entries(journal)}
    cuts = [seq for seq, kind in kinds.items() if kind == "Cut"]
    assert len(cuts) == 2
    assert seq_at(run, Ns(0)) == min(kinds)
    assert cuts[0] < seq_at(run, Ns(T0 + SECOND)) <= cuts[1]
    assert seq_at(run, Ns(T0 + 60 * SECOND)) > cuts[1]


def test_open_orders_are_listed_by_their_number_in_the_run(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status.orders(where=Where(journal=journal), json=True) == 0
    (order,) = json.loads(capsys.readouterr().out)
    assert (order["side"], order["price"], order["size"]) == ("buy", 400_000, 10_000_000)
    assert status.orders(where=Where(journal=journal)) == 0
    assert "Will m?" in capsys.readouterr().out


def test_positions_have_their_average_their_gain_and_a_sum(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status.positions(where=Where(journal=journal), json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["positions"][0]["average"], told["total"]["paid"]) == (400_000, 4_000_000)
    found = held(status.glance(Where(journal=journal)).engine)
    found.positions[0].percent, found.total.percent = 12.34, -2.0
    found.total.paired_micros = Money(1_500_000)
    found.positions[0].average = Price(400_099)
    head, row, total, pairs, *_ = lines(held_table(found, 9))
    assert head.split() == [
        "position", "outcome", "shares", "average", "paid", "worth", "gain", "realised"
    ]  # fmt: skip
    assert row.split() == ["Will", "m?", "Yes", "10.00", "0.4", "4.00", "4.00", "+12.3%", "0.00"]
    assert total.split() == ["in", "all", "4.00", "4.00", "-2.0%", "0.00"]
    assert pairs.startswith("pairs $1.50 lies in shares of both outcomes of a market: a merge")


def test_names_that_differ_at_their_ends_stay_apart_in_80_columns(journal: Path) -> None:
    found = status.glance(Where(journal=journal))
    question = "Will the highest temperature in New York City be {} on November 22?"
    (order,) = found.open_orders
    found.open_orders = [
        structs.replace(order, market=question.format(each)) for each in ("44-45F", "46F or higher")
    ]
    shown = lines(status.order_table(found))
    assert max(map(len, shown)) <= 80
    first = " ".join(line.split("  ")[0] for line in shown if line[0] != " ")
    assert all(question.format(each) in first for each in ("44-45F", "46F or higher"))


def cancelled_by_the_watchdog(folder: Path, at_ns: int) -> None:
    """The report of a watchdog that cancelled the open order after the engine was killed."""
    with Journal(folder, RunId("run")) as more:
        signed = OrderSigned(Ns(T0 + 2 * SECOND), OrderId("run-2"), VenueOrderId("0xb"))
        more.append(signed, signed.recv_ns)
    report = Report(at_ns, "the engine ended without a clean stop", 1, [VenueOrderId("0xb")])
    report.ended = "done"
    (folder / f"watchdog-{at_ns}.json").write_bytes(json_of(report))


def test_after_a_kill_it_is_told_what_the_watchdog_cancelled(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cancelled_by_the_watchdog(journal, T0 + 8 * SECOND)
    found = status.glance(Where(journal=journal))
    assert [one.cancelled_by for one in found.open_orders] == ["watchdog"]
    assert found.watchdog.endswith("stop: 1 of 1 orders cancelled by the watchdog, done")
    words = "1 open when it was killed; the watchdog cancelled 1"
    assert any(words in line for line in lines(status.page(found)))
    assert status.orders(where=Where(journal=journal)) == 0
    first, _, row = capsys.readouterr().out.splitlines()
    assert first == words
    assert "cancelled" in row


def test_an_older_report_and_an_older_run_have_nothing_to_do_with_each_other(
    journal: Path,
) -> None:
    cancelled_by_the_watchdog(journal, T0 + SECOND)
    assert status.glance(Where(journal=journal)).watchdog == ""
    cancelled_by_the_watchdog(journal, T0 + 80 * SECOND)
    with Journal(journal, RunId("again")) as again:
        start = RunStarted(Ns(T0 + 60 * SECOND), RunId("again"), "build", "{}", Money(0))
        for event in (start, Cut(Ns(T0 + 60 * SECOND))):
            again.append(event, event.recv_ns)
    assert status.glance(Where(journal=journal, run="ru")).watchdog == ""
    assert status.glance(Where(journal=journal)).watchdog != ""


def test_an_order_is_told_with_its_market_and_each_step_once(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Journal(journal, RunId("run")) as more:
        for after in (3, 4, 5):
            said = OrderAccepted(Ns(T0 + after * SECOND + 7_000_000), OrderId("run-2"))
            more.append(said, said.recv_ns)
    assert status.orders("2", where=Where(journal=journal), json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["market"], told["outcome"], told["side"]) == ("Will m?", "Yes", "buy")
    assert told["steps"][-1]["times"] == 3
    assert status.orders("2", where=Where(journal=journal)) == 0
    _, terms, *_, last = capsys.readouterr().out.splitlines()
    assert terms == "buy 10 at 0.4, 0 filled: Yes of Will m?"
    assert last.endswith("43.007 UTC  accepted by the venue (told 3 times)")


def test_an_order_s_way_is_told_and_a_wrong_one_names_those_there_are(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status.orders("1", where=Where(journal=journal)) == 0
    assert "filled 10 at 0.4; final" in capsys.readouterr().out
    with pytest.raises(ConfigError, match="no order 77 in the run; the last ones are run-1, run-2"):
        status.orders("77", where=Where(journal=journal))


def test_why_is_one_sentence_first_and_reads_a_moment_of_the_past(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert why("will m", at="1.5s", where=Where(journal=journal)) == 0
    first, *_ = capsys.readouterr().out.splitlines()
    assert first == "s wanted to buy 10 Yes at 0.4, and nothing is in the way."
    assert why("m", at="1.5s", where=Where(journal=journal), json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["at_ms"] * 1_000_000 == T0
    assert found["strategies"][0]["gate"] == ["approved"]


def test_why_refuses_an_unknown_market_and_a_time_outside_the_journal(journal: Path) -> None:
    with pytest.raises(ConfigError, match='no market is about "bitcoin"; nearest: "Will m\\?"'):
        why("bitcoin", where=Where(journal=journal))
    with pytest.raises(ConfigError, match="is outside run run, which lasted from"):
        why("m", at="3h", where=Where(journal=journal))


def test_a_journal_that_is_not_there_is_named_with_the_way_to_name_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="no journal polywire-journal; name the journal: --jou"):
        status.status()


async def test_a_running_engine_answers_for_itself(tmp_path: Path) -> None:
    live = bidder()
    for event in life():
        live.handle(event)

    async def obey(asked: Asked, _: str) -> Answer:
        return told(live, asked, None)

    door = OperatorDoor(tmp_path, obey)
    with closing(FolderLock(tmp_path)):
        await door.open()
        good, bad = [
            await asyncio.to_thread(
                ask, tmp_path, Asked(None, subject=words, question=Question.WHY), lambda _: None
            )
            for words in ("m", "elsewhere")
        ]
        await door.close()
    assert good.why is not None
    assert good.why.market == "Will m?"
    assert (bad.done, bad.why) == (False, None)
    assert bad.said[0].startswith('no market is about "elsewhere"')


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("5m", NOON - 300 * SECOND),
        ("1.5s", NOON - 3 * SECOND // 2),
        ("11:00", NOON - 3_540 * SECOND - 1),
        ("11:00:00", NOON - 3_599 * SECOND - 1),
        ("13:00:00", NOON - 23 * 3_600 * SECOND + SECOND - 1),
        ("2026-06-07 11:59:59.5", NOON - SECOND // 2),
        ("2026-06-07T11:59:00Z", NOON - 59 * SECOND - 1),
        ("2026-06-07 14:00:00+02:00", NOON + SECOND - 1),
    ],
)
def test_a_moment_is_the_last_that_is_called_so(words: str, at: int) -> None:
    assert moment(words, Ns(NOON)) == at


def test_what_is_no_time_is_refused_with_examples() -> None:
    with pytest.raises(ConfigError, match='"noon" is no time: write 14:05:30'):
        moment("noon", Ns(NOON))


def test_a_market_is_meant_by_part_of_its_question_its_id_or_not_at_all() -> None:
    known = [market("rain"), market("rainbow")]
    assert market_named(known, "rain").id == "rain"
    assert market_named(known, "will rainb").id == "rainbow"
    with pytest.raises(ConfigError, match="could be 2 markets"):
        market_named(known, "will r")
