"""What is held of a market stands in its row as the venue tells it: of each outcome by its name."""

from pathlib import Path

from tests.unit.dashboard.test_views import scene_of

from polywire.core.units import Quantity
from polywire.dashboard.views.markets import COLUMNS, row


def test_a_market_in_which_both_outcomes_are_held_tells_of_each(tmp_path: Path) -> None:
    scene, _ = scene_of(tmp_path)
    engine = scene.shadow.engine
    assert engine is not None
    (tracked,) = engine.watch.books.values()
    first, second = (one.instrument for one in tracked.market.outcomes)

    def told() -> tuple[object, object]:
        cells = dict(zip(COLUMNS, row(engine, tracked, spark=None), strict=True))
        return cells["position"], cells["outcomes"]

    assert told() == ([10_000_000, 0], ["Yes", "No"])
    engine.ledger.shares[second] = Quantity(15_000_000)
    assert told() == ([10_000_000, 15_000_000], ["Yes", "No"]), "no net of -5"
    engine.ledger.shares[first] = engine.ledger.shares[second] = Quantity(0)
    assert told() == (None, None)
