"""The page at any moment and width: what it must show, and what must not break it."""

from io import StringIO

import pytest
from msgspec import structs
from rich.console import Console

from polywire.cli.holdings import guarded
from polywire.cli.screen import page, picture, plain_line, summary
from polywire.core.ids import StrategyId
from polywire.core.model.command import ExitCause
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.dashboard.views.overview import exit_words
from polywire.observe.exit_line import ExitLevel, ExitLine, ExitState
from polywire.observe.run_status import FeedLine, LatencyTarget, RestCalls, RunStatus
from polywire.observe.status import (
    BookLine,
    Books,
    EngineStatus,
    Exits,
    Hashes,
    Orders,
    PositionLine,
    Touches,
)

QUESTION = "Will [bold]somebody[/] say [/] it more often than anybody did before the year ends?"


def run(
    books: int = 12, positions: int = 3, distrust: str = "", feeds: int = 1, halted: str = ""
) -> RunStatus:
    """A run of which only the last book is not trusted."""
    lines = [
        BookLine(f"m{n} {QUESTION}", Price(510_000), None, 1, "hash", "") for n in range(books)
    ]
    if lines:
        lines[-1].distrust = distrust
    held = PositionLine(
        StrategyId("s"),
        QUESTION,
        "Yes",
        Quantity(10_250_000),
        Money(1),
        Money(1),
        Money(-1_230_000),
        ExitLine(ExitState.NONE),
    )
    engine = EngineStatus(
        Ns(0), Books(books, books, 0), Hashes(*[0] * 12), Touches(0, 0),
        Orders(9, 2, 0, 1), Exits(0, 0, 0, 0), 0,
        [structs.replace(held) for _ in range(positions)],
        Money(0), Money(0), Money(-1_300_000), Money(-1_230_000), Money(0),
        halted, [], positions_without_exit=positions,
    )  # fmt: skip
    connections = [FeedLine(f"market-{n + 1}", "live", 0, 24, "") for n in range(feeds)]
    return RunStatus(
        "synthetic", "paper", 12.0, 100, 90, 80, 0, engine, lines, connections, RestCalls(),
        0, 0, 0, 0, {}, LatencyTarget(100.0, 0.0, 0), "/somewhere[/]",
    )  # fmt: skip


def drawn(status: RunStatus, width: int, height: int) -> list[str]:
    console = Console(width=width, height=height, file=StringIO(), record=True)
    console.print(page(status, None))
    return console.export_text().splitlines()


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("height", [24, 40])
@pytest.mark.parametrize("dust", [False, True])
def test_the_page_fits_the_terminal_however_much_there_is_to_show(
    width: int, height: int, dust: bool
) -> None:
    shown = run(books=300, positions=40, feeds=30)
    if dust:
        for line in shown.engine.positions:
            line.exit = ExitLine(ExitState.DUST, f"{QUESTION} {QUESTION}")
    lines = drawn(shown, width, height)
    assert len(lines) <= height
    assert max(map(len, lines)) <= width
    assert sum(line.startswith("and ") for line in lines) == 2


def test_the_page_shows_a_run_that_has_nothing_yet() -> None:
    text = "\n".join(drawn(run(books=0, positions=0, feeds=0), 80, 24))
    assert "no connection yet" in text
    assert "no market listed yet" in text


def test_books_that_are_not_trusted_come_first_and_say_why() -> None:
    lines = drawn(run(books=300, distrust="unproven snapshot"), 100, 24)
    table = next(number for number, line in enumerate(lines) if line.startswith("market"))
    assert lines[table + 1].startswith("m299 ")
    assert "unproven snapshot" in lines[table + 1]


def test_a_resolved_book_is_not_a_reason_to_look() -> None:
    lines = drawn(run(books=300, distrust="resolved"), 100, 24)
    assert not any(line.startswith("m299 ") for line in lines)


def test_a_question_with_brackets_is_shown_as_it_is() -> None:
    assert any("Will [bold]somebody[/] say [/] it" in line for line in drawn(run(), 120, 40))


def test_the_summary_says_why_trading_was_halted_unless_the_run_just_ended() -> None:
    for halted, title in (("disk: full", " Polywire, halted "), ("shutting down", " Polywire ")):
        console = Console(width=100, file=StringIO(), record=True)
        console.print(summary(run(halted=halted)))
        drawn_text = console.export_text()
        assert title in drawn_text.splitlines()[0]
        assert ("halted: disk: full" in drawn_text) == (halted != "shutting down")


def test_a_loss_is_written_with_its_sign_before_the_dollar() -> None:
    assert "profit -$1.30" in plain_line(run(), None)


def test_the_picture_fetches_nothing_from_elsewhere() -> None:
    svg = picture(run(books=30, positions=9), run())
    assert 'url("http' not in svg
    assert "@font-face" not in svg
    assert len(svg) < 200_000


def test_positions_say_where_their_exit_stands_if_there_is_one() -> None:
    status = run(positions=1)
    assert "0 armed, 0 selling, 1 without one" in "\n".join(drawn(status, 120, 40))
    (held,) = status.engine.positions
    levels = [
        ExitLevel(ExitCause.TARGET, Price(600_000), None, Quantity(5)),
        ExitLevel(ExitCause.TARGET, Price(500_000), None, Quantity(5)),
        ExitLevel(ExitCause.STOP, Price(310_000), None, Quantity(10)),
        ExitLevel(ExitCause.TRAIL, Price(279_411), None, Quantity(10)),
        ExitLevel(ExitCause.END, None, Ns(1), Quantity(10)),
    ]
    armed = ExitLine(ExitState.ARMED, "", levels)
    status.engine.positions = [structs.replace(held, exit=armed), held]
    text = "\n".join(drawn(status, 120, 40))
    assert text.count(" armed, stop 0.31, target 0.5") == 1


def test_what_of_a_plan_can_never_sell_is_named_beside_what_can() -> None:
    status = run(positions=1)
    target = ExitLevel(ExitCause.TARGET, Price(88_000), None, Quantity(10))
    lacks = "no stop: it would be below zero"
    armed = ExitLine(ExitState.ARMED, "1 sales in vain: target", [target], lacks=lacks)
    status.engine.positions[0].exit = armed
    text = "\n".join(drawn(status, 140, 40))
    assert " armed, no stop, target 0.088" in text
    assert "1 sales in vain: target; no stop: it would be below zero" in text
    assert exit_words(armed) == f"armed: target at 0.088; 1 sales in vain: target; {lacks}"
    status.engine.positions[0].exit = ExitLine(ExitState.NONE, lacks, lacks=lacks)
    assert exit_words(status.engine.positions[0].exit) == f"none: {lacks}"
    without = next(one for one in guarded(status.engine).spans if one.style == "red")
    assert "1 without one" in guarded(status.engine).plain[without.start : without.end]


def test_what_would_not_be_sold_is_named_with_its_way_out_on_page_and_summary() -> None:
    status = run(positions=1)
    status.engine.positions[0].exit = ExitLine(ExitState.DUST, "buy 5 for $2.05 and sell all")
    console = Console(width=120, file=StringIO(), record=True)
    console.print(summary(status))
    for text in ("\n".join(drawn(status, 120, 40)), console.export_text()):
        assert "dust Yes of 'Will [bold]somebody[…fore the year ends?': buy 5 for $2.05" in text


def test_positions_say_whose_they_are_where_there_are_several_strategies() -> None:
    status = run(positions=2)
    assert not any("strategy" in line for line in drawn(status, 120, 40))
    other = structs.replace(status.engine.positions[0], strategy=StrategyId("patient"))
    status.engine.positions = [status.engine.positions[0], other]
    assert any(" patient " in line for line in drawn(status, 120, 40))
