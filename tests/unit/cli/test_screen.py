"""What a run looks like: rates between two moments, the words of the summary, a picture."""

from io import StringIO

from msgspec import structs
from rich.console import Console

from polywire.cli.screen import page, picture, plain_line, summary
from polywire.core.ids import StrategyId
from polywire.core.model.breaker import BreakerCause
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.observe.exit_line import ExitLine, ExitState
from polywire.observe.run_status import AccountCounts, FeedLine, LatencyTarget, RestCalls, RunStatus
from polywire.observe.status import (
    BookLine,
    Books,
    BreakerLine,
    EngineStatus,
    Exits,
    Hashes,
    Orders,
    PositionLine,
    Touches,
)
from polywire.observe.strategies import Stands, StrategyLine

SECOND = 1_000_000_000
STAGE = {"p50": 90.0, "p99": 200.0, "p999": 900.0, "count": 7}


def engine() -> EngineStatus:
    return EngineStatus(
        now=Ns(0),
        books=Books(2, 1, 1),
        hash=Hashes(10, 5, 2, 1, 4, 0, 0, 2, 6, 1, 4, 4),
        touch=Touches(12, 3),
        orders=Orders(9, 3, 1, 2),
        exits=Exits(4, 3, 2, 1),
        gaps=1,
        positions=[
            PositionLine(
                StrategyId("touch-1"), "Will it [rain]?", "Yes", Quantity(10_000_000),
                Money(4_000_000), Money(4_500_000), Money(-250_000),
                ExitLine(ExitState.NONE),
            )
        ],
        cash_micros=Money(996_000_000),
        equity_micros=Money(1_000_500_000),
        profit_micros=Money(500_000),
        realised_micros=Money(-250_000),
        fees_micros=Money(12_345),
        halted="",
        halted_strategies=[],
    )  # fmt: skip


def run(seconds: float = 10.0, frames: int = 1_500, events: int = 900) -> RunStatus:
    return RunStatus(
        source="synthetic",
        mode="paper",
        seconds=seconds,
        frames=frames,
        events=events,
        cuts=77,
        merged_frames=600,
        engine=engine(),
        books=[
            BookLine("Will it [rain]?", Price(440_000), None, 2 * SECOND, "hash", ""),
            BookLine("Will it snow?", None, None, None, "", "no snapshot"),
        ],
        feeds=[FeedLine("market-1", "live", 0, 4, "")],
        rest_calls=RestCalls(3, 2),
        reconnects=5,
        undecodable=6,
        unknown=0,
        errors=7,
        latency_us={"receive_to_decision": STAGE, "decision_to_committed": STAGE | {"count": 0}},
        latency_target=LatencyTarget(100.0, 0.0, 0),
        journal="",
        account=AccountCounts(readings=5),
    )


def shown(what: object) -> str:
    console = Console(width=120, file=StringIO(), force_terminal=False)
    console.print(what)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_a_polled_run_shows_how_many_whole_books_agreed() -> None:
    polled = run()
    polled.engine.hash = Hashes(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 84, 83)
    assert "hashes 83 ok 0 wrong" in plain_line(polled, None)
    assert "83 of 84 whole books agreed" in shown(summary(polled))


def test_a_plain_line_has_rates_between_two_moments() -> None:
    line = plain_line(run(10.0, 1_500, 900), run(8.0, 1_000, 500))
    assert "250 frames/s  200 events/s" in line
    assert "books 1/2 proven" in line
    assert "9 sent 3 filled 2 open" in line
    assert "profit $0.50" in line
    assert "0 frames/s" in plain_line(run(), None)


def test_the_summary_says_all_that_happened() -> None:
    said = shown(summary(run()))
    for words in (
        "10.0 s on synthetic data, paper orders",
        "1,500 frames, 900 events, 77 decisions",
        "2 tracked, 1 proven, 1 suspect, 1 gaps",
        "5 agreed, 2 late, 1 wrong, 4 unverifiable",
        "12 compared, 3 differed",
        "9 sent, 3 filled in 0 fills, 1 refused, 2 still open",
        "4 at the target, 3 at the stop, 2 at the trailing stop, 1 before the end",
        "2 catalogue, 3 book; the account read 5 times",
        "5 reconnects, 6 bad frames, 7 errors",
        "not kept (--journal DIR keeps one)",
        "Will it [rain]?",
    ):
        assert words in said, words
    assert "decision to committed" not in said, "a stage without counts says nothing"


def test_the_share_of_decisions_above_the_target_is_said_and_minutes_that_missed_it() -> None:
    slow = run()
    assert "none of the decisions took over 100 ms" in shown(summary(slow))
    slow.latency_target = LatencyTarget(50.0, 0.0123, 3)
    words = "1.23% of the decisions took over 50 ms, missed 3 times by a minute's p99"
    assert words in shown(summary(slow))
    assert words in shown(page(slow, None))


def everywhere(status: RunStatus, words: str) -> list[bool]:
    """Whether the plain line, the summary and the page have these words."""
    drawn = (plain_line(status, None), shown(summary(status)), shown(page(status, None)))
    return [words in one for one in drawn]


def test_what_stops_trading_or_buying_is_said_with_what_ends_it_wherever_a_run_is_shown() -> None:
    assert everywhere(run(), "halted") == everywhere(run(), "bought") == [False] * 3
    for cause, words in (
        (BreakerCause.HAND, "halted: lunch (hand: until it is resumed)"),
        (BreakerCause.FLATTEN, "nothing is bought: lunch (flatten: until it is resumed)"),
        (BreakerCause.SILENCE, "nothing is bought: lunch (silence: until it has cooled down)"),
    ):
        stopped = run()
        stopped.engine.breaker = [BreakerLine(cause, "lunch", Ns(1))]
        stopped.engine.halted = "lunch" if "halted" in words else ""
        assert everywhere(stopped, words) == [True] * 3
        assert shown(summary(stopped)).count(words) == 1
        assert f"Polywire, {words.partition(':')[0]}" in shown(summary(stopped))


def test_a_days_loss_bars_buying_though_somebody_resumed() -> None:
    barred = run()
    barred.engine.loss_max_micros = Money(25_000_000)
    barred.engine.loss_micros = Money(24_999_999)
    assert everywhere(barred, "nothing is bought") == [False] * 3
    barred.engine.loss_micros = Money(26_100_000)
    words = "nothing is bought: lost $26.10 today, of $25.00 (until 00:00 UTC)"
    assert everywhere(barred, words) == [True] * 3
    barred.engine.breaker = [BreakerLine(BreakerCause.LOSS, "lost $26.00 today", Ns(1))]
    words = "lost $26.00 today (loss: until it is resumed, and not before 00:00 UTC)"
    assert everywhere(barred, words) == [True] * 3
    barred.engine.loss_micros = Money(24_999_999)
    assert everywhere(barred, "lost $26.00 today (loss: until it is resumed)") == [True] * 3


def test_a_strategy_that_may_buy_no_more_is_named() -> None:
    barred, dollar = run(), Money(1_000_000)
    line = StrategyLine(StrategyId("a"), Stands.ACTIVE, "", dollar, dollar, dollar, dollar, 0)
    barred.engine.strategies = [line]
    assert everywhere(barred, "nothing is bought") == [False] * 3
    line.barred = "lost its loss_max of $1 today"
    words = "nothing is bought by a: lost its loss_max of $1 today (until 00:00 UTC)"
    assert everywhere(barred, words) == [True] * 3


def test_a_clean_stop_is_no_halt_and_hides_none() -> None:
    ended = run()
    ended.engine.halted = "shutting down"
    ended.engine.breaker = [
        BreakerLine(BreakerCause.RUN, "shutting down", Ns(2)),
        BreakerLine(BreakerCause.FLATTEN, "flatten by me", Ns(1)),
    ]
    assert everywhere(ended, "shutting down") == [False] * 3
    assert everywhere(ended, "flatten by me") == [True] * 3


def test_a_halt_is_in_the_title() -> None:
    halted = run()
    halted.engine.halted = "reconciliation: cash is 1.00"
    assert everywhere(halted, "halted: reconciliation: cash is 1.00") == [True] * 3
    assert "Polywire, halted" in shown(summary(halted))


def test_the_page_shows_books_with_the_age_and_the_kind_of_their_proof() -> None:
    said = shown(page(run(10.0), run(8.0, 1_000, 500)))
    rain = next(line for line in said.splitlines() if "2.0 s" in line)
    assert "Will it [rain]?" in rain, "a question is no markup"
    assert "0.44" in rain
    assert "hash" in rain
    snow = next(line for line in said.splitlines() if "no snapshot" in line)
    assert "never" in snow
    assert "250 frames/s" in said
    assert "market-1 live" in said


def test_a_picture_is_an_svg_of_the_page() -> None:
    drawn = picture(run(), run(8.0))
    assert drawn.startswith("<svg")
    assert "no&#160;snapshot" in drawn


def test_many_books_are_cut_and_counted() -> None:
    many = run()
    many.books = [structs.replace(many.books[0]) for _ in range(200)]
    assert "more" in shown(page(many, None))


def test_prices_have_two_decimals_and_their_points_stand_below_each_other() -> None:
    fine = run()
    fine.books[1] = BookLine("Will it snow?", Price(500_000), Price(222_500), 0, "hash", "")
    lines = shown(page(fine, None)).splitlines()
    rain = next(line for line in lines if "Will it [rain]?" in line)
    snow = next(line for line in lines if "Will it snow?" in line)
    assert "0.50 " in snow
    assert rain.index("0.44") == snow.index("0.50")


def test_a_feed_that_polls_where_a_socket_fails_is_named_so() -> None:
    told = run()
    told.feeds = [FeedLine("market-1", "waiting", 3, 4, ""), FeedLine("poll-1", "live", 0, 4, "")]
    assert "1 polling, 1 waiting" in plain_line(told, None)
    told.feeds = [FeedLine("poll-1", "waiting", 1, 4, "")]
    assert " waiting " in plain_line(told, None)


def test_what_no_strategy_moved_is_told_beside_what_was_begun_with() -> None:
    told = run()
    assert "held make $1,000.50, begun with $1,000.00" in shown(summary(told))
    told.engine.others_micros = Money(-200_000_000)
    words = "begun with $1,200.00; -$200.00 came in or went out besides"
    assert words in " ".join(shown(summary(told)).replace("│", " ").split())


def test_the_parts_of_a_result_add_up_to_its_sum_as_they_are_shown() -> None:
    cut = run()
    cut.engine.profit_micros, cut.engine.realised_micros = Money(-2_438_310), Money(-1_004_999)
    assert "-$2.44: -$1.00 realised, -$1.44 unrealised" in shown(summary(cut))
