"""Two position holders on a live exchange, one with each style of exit: bought, sold, replayed."""

from collections import Counter

from msgspec import structs
from tests.integration.accounts import rows
from tests.integration.paper.conftest import Run, Start

from polywire.config.build import engine_from
from polywire.config.demo import demo_settings
from polywire.config.schema import SeatSettings, Settings, dump, load
from polywire.core.execution.exits import ExitPlan, ExitStyle
from polywire.core.ids import StrategyId
from polywire.core.units import MILLISECOND, SECOND, Money, Price, Quantity
from polywire.exchange.options import ExchangeOptions
from polywire.journal.files import day_files
from polywire.modes.replay import audit
from polywire.strategies.holder import OUTCOMES, HolderParameters


def holder(style: ExitStyle, outcome: int) -> SeatSettings:
    """Buys 20 shares of an outcome of each market and leaves them at a cent's move."""
    return SeatSettings(
        name=StrategyId(style),
        budget=Money(400_000_000),
        patience_ns=2 * SECOND,
        dwell_ns=500 * MILLISECOND,
        parameters=HolderParameters(
            shares=Quantity(20_000_000),
            outcome=OUTCOMES[outcome],
            price_min=Price(100_000),
            price_max=Price(900_000),
            spread_max=Price(30_000),
        ),
        exits=ExitPlan(
            style=style,
            target=Price(10_000),
            stop=Price(10_000),
            trail=Price(15_000),
            before_end_ns=None,
            confirm_ns=100 * MILLISECOND,
            slack=Price(20_000),
            floor=Price(10_000),
            attempts_max=3,
            rest_ns=2 * SECOND,
        ),
    )


HOLDERS: Settings = structs.replace(
    demo_settings(), strategies=(holder(ExitStyle.WATCH, 0), holder(ExitStyle.RESTING, 1))
)


def left(run: Run) -> Counter[str]:
    """How many positions each holder has left."""
    told = [row for _, kind, row in rows(run.journal, "account") if kind == "ExitMoved"]
    return Counter(row[1] for row in told if row[4] == "left")


async def test_positions_are_left_in_both_styles_across_a_restart_and_the_journal_replays(
    started: Start,
) -> None:
    first = await started(
        ExchangeOptions(frames_a_second=300.0),
        engine=engine_from(HOLDERS),
        configuration=dump(HOLDERS),
    )
    await first.until(lambda: min(left(first)[style] for style in ExitStyle) > 0)
    await first.stop()
    exits = first.paper.engine.ledger.exits
    again = await started(
        exchange=first.exchange, engine=engine_from(HOLDERS), configuration=dump(HOLDERS)
    )
    assert exits.keys() <= again.paper.engine.ledger.exits.keys()
    before = left(again)
    await again.until(lambda: left(again) > before)
    await again.stop()
    status = again.paper.status()
    assert (status.engine.halted, status.errors) == ("done", 0), "the venue's report agrees"
    seen = audit(again.journal, lambda run: engine_from(load(run.configuration)))
    assert seen.runs == 2
    alone = audit(
        day_files(again.journal)[-1].path, lambda run: engine_from(load(run.configuration))
    )
    assert (alone.runs, alone.passed_over) == (1, ""), "it begins with the account that it took up"
    assert alone.commands > 0
