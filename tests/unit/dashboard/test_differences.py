"""Differences from the venue are told by name, and none that needs somebody is lost."""

from pathlib import Path

from tests.unit.core.building import SECOND
from tests.unit.dashboard.test_views import full, scene_of

from polywire.core.model.reckoning import DifferenceFound
from polywire.observe.memory import STILLS_MAX


def test_an_unexplained_difference_is_told_by_name_however_many_are_explained(
    tmp_path: Path,
) -> None:
    scene, _ = scene_of(tmp_path)
    engine, memory = scene.shadow.engine, scene.shadow.memory
    assert engine is not None
    (tracked,) = engine.watch.books.values()
    yes = tracked.market.outcomes[0].instrument
    memory.take(DifferenceFound(yes, 10_000_000, 4_000_000, ""), engine)
    for _ in range(STILLS_MAX + 3):
        memory.take(DifferenceFound("cash", 5_000_000, 4_000_000, "rounding"), engine)
    told = full(scene, "health")["differences"]
    assert told["explained_count"] == STILLS_MAX + 3
    assert len(told["explained"]) == STILLS_MAX
    assert (told["explained"][0]["unit"], told["explained"][0]["market"]) == ("dollars", "")
    (one,) = told["unexplained"]
    assert (one["market"], one["outcome"], one["unit"]) == (
        tracked.market.question,
        "Yes",
        "shares",
    )
    assert (one["ours"], one["theirs"], one["explanation"]) == (10_000_000, 4_000_000, "")
    assert one["at_ms"] == engine.now * 1_000 // SECOND


def test_an_order_that_differs_is_told_by_its_market_and_our_id(tmp_path: Path) -> None:
    scene, _ = scene_of(tmp_path)
    engine, memory = scene.shadow.engine, scene.shadow.memory
    assert engine is not None
    (order_id,) = engine.ledger.open_orders
    engine.ledger.by_venue["0x8a46"] = order_id
    memory.take(DifferenceFound("0x8a46", 10_000_000, 0, "looked up"), engine)
    (one,) = full(scene, "health")["differences"]["explained"]
    (tracked,) = engine.watch.books.values()
    assert (one["market"], one["outcome"], one["order"]) == (
        tracked.market.question, "Yes", order_id,
    )  # fmt: skip
