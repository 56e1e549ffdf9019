"""Figures of a fault from literal journal rows, and what is demanded of them."""

from collections import Counter

import pytest

from polywire.bench.fault_cases import (
    BRISK,
    BUSY,
    CASES,
    CODES,
    FRAMES_A_SECOND,
    MARKETS,
    QUIET,
    SEED,
    Case,
)
from polywire.bench.fault_figures import FaultFigures, figures, told
from polywire.bench.faults import targets
from polywire.core.ids import FeedId, InstrumentId, MarketId, OrderId, StrategyId
from polywire.core.model.command import PlaceOrder, TimeInForce
from polywire.core.model.control import Cut
from polywire.core.model.event import Record
from polywire.core.model.healing import GapClosed, GapStarted
from polywire.core.model.instrument import Side
from polywire.core.model.market import FeedBehind, FeedDown
from polywire.core.units import Ns, Price, Quantity
from polywire.exchange.faults import TRADING, Kind
from polywire.exchange.synthetic import Recipe, SyntheticFlow

SECOND = 1_000_000_000
ONE, TWO = MarketId("one"), MarketId("two")


def at(seconds: float) -> Ns:
    return Ns(int((1_000 + seconds) * SECOND))


def started(market: MarketId, seconds: float) -> Record:
    return GapStarted(market, at(seconds), "silent")


def closed(market: MarketId, began: float, seconds: float) -> Record:
    return GapClosed(market, at(began), at(seconds), "silent", "hash", "rest", 0)


def order(market: MarketId, price: int) -> Record:
    return PlaceOrder(
        OrderId(f"{market}-{price}"), StrategyId("s"), market, InstrumentId("i"), Side.BUY,
        Price(price), Quantity(10_000_000), TimeInForce.GTC, True,
    )  # fmt: skip


def measured(*records: Record, concerned: tuple[MarketId, ...] = (ONE,)) -> FaultFigures:
    calls = [(at(0), 7), (at(4), 8), (at(9), 11)]
    return figures(told(records, at(0), concerned), lost=3, calls=calls, equal=True)


def test_seconds_run_from_the_onset_to_the_gap_and_from_there_to_its_end() -> None:
    found = measured(
        started(ONE, -9), closed(ONE, -9, -8), started(ONE, 2.5), closed(ONE, 2.5, 4.25)
    )
    assert (found.detected_s, found.healed_s) == (2.5, 1.75)
    assert (found.lost, found.rest_calls) == (3, 1)


def test_orders_count_on_the_books_concerned_until_it_is_noticed() -> None:
    found = measured(
        Cut(at(-1)), order(ONE, 900_000),
        Cut(at(1)), order(ONE, 500_000), order(TWO, 500_000), order(ONE, 250_000),
        started(ONE, 2), Cut(at(2)), order(ONE, 800_000),
    )  # fmt: skip
    assert (found.exposure_orders, found.exposure_micros) == (2, 7_500_000)


def test_a_book_that_relapses_is_healed_when_its_last_gap_ends() -> None:
    found = measured(
        started(ONE, 1), closed(ONE, 1, 2), started(ONE, 3), started(TWO, 3), closed(ONE, 3, 5)
    )
    assert found.healed_s == 4
    both = measured(started(ONE, 1), started(TWO, 2), closed(ONE, 1, 3), concerned=(ONE, TWO))
    assert (both.healed_s, both.rest_calls) == (None, 4)


def test_a_twin_that_is_behind_is_healed_when_it_is_gone() -> None:
    frozen = FeedId("market-1")
    found = measured(
        FeedBehind(at(1), frozen, TWO),
        FeedBehind(at(1.5), frozen, ONE),
        FeedDown(at(2), frozen, "replaced"),
    )
    assert (found.detected_s, found.healed_s) == (1.5, 0.5)


def test_nothing_noticed_is_none_and_no_exposure() -> None:
    found = measured(Cut(at(1)), order(ONE, 500_000), started(TWO, 1))
    assert (found.detected_s, found.healed_s, found.exposure_orders) == (None, None, 0)


def test_a_miss_is_a_fault_never_noticed_one_left_or_a_book_that_differs() -> None:
    case = Case(name="one", told=(), asset="1", detect_s=3, heal_s=5)
    good = measured(started(ONE, 2), closed(ONE, 2, 4))
    assert all(figure.met for figure in targets(case, good))
    never = measured()
    assert [figure.met for figure in targets(case, never)] == [False, False, True, True]
    harmless = Case(name="one", told=())
    assert all(figure.met for figure in targets(harmless, never))
    differs = FaultFigures(
        detected_s=1, healed_s=1, exposure_orders=9, exposure_micros=200_000_001, lost=0,
        rest_calls=0, equal=False,
    )  # fmt: skip
    assert [figure.met for figure in targets(case, differs)] == [True, True, False, False]


def test_every_kind_of_fault_and_every_close_code_is_in_the_benchmark() -> None:
    told = [command for case in CASES for command in case.told]
    assert {str(kind) for kind in set(Kind) - TRADING} <= {one["command"] for one in told}
    assert set(CODES) <= {one.get("code") for one in told}
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize(
    ("market", "least", "most"), [(BUSY, 40, 70), (BRISK, 15, 30), (QUIET, 0.3, 2)]
)
def test_the_books_are_as_busy_as_they_are_called(market: str, least: float, most: float) -> None:
    flow = SyntheticFlow(Recipe(SEED, 1_790_000_100 * SECOND, MARKETS, FRAMES_A_SECOND))
    changes: Counter[str] = Counter()
    for batch in flow.step(flow.start_ns + 20 * SECOND):
        changes.update(
            flow.catalogue.by_token[frame.assets[0]][0].id
            for frame in batch
            if "price_changes" in frame.text
        )
    assert least <= changes[market] / 20 <= most
