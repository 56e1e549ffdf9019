"""Which assets are carried, and what they stand for."""

from tests.unit.venues.building import asset, condition, market

from polywire.core.ids import InstrumentId
from polywire.core.model.instrument import Outcome
from polywire.venues.polymarket.assets import Assets


def test_both_assets_of_a_market_point_at_each_other() -> None:
    assets = Assets()
    assert assets.add([market(1)]) == [asset(1, 0), asset(1, 1)]
    assert assets.by_id == {
        asset(1, 0): (condition(1), 0, asset(1, 1)),
        asset(1, 1): (condition(1), 1, asset(1, 0)),
    }


def test_new_terms_replace_the_old_without_new_assets() -> None:
    assets = Assets()
    assets.add([market(1)])
    assert assets.add([market(1, question="Really?")]) == []
    assert assets.markets[condition(1)].question == "Really?"


def test_new_assets_of_a_market_end_its_old_ones() -> None:
    assets = Assets()
    assets.add([market(1), market(2)])
    moved = market(1, outcomes=tuple(Outcome(InstrumentId(one), one) for one in ("12", "34")))
    assert assets.add([moved]) == ["12", "34"]
    assert list(assets.by_id) == [asset(2, 0), asset(2, 1), "12", "34"]
    assert assets.remove([condition(1), condition(9)]) == ["12", "34"]
    assert list(assets.markets) == [condition(2)]
