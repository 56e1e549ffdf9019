"""What others on the account paid where nobody here knows the market."""

from tests.unit.venues.account_building import Book, made, made_by_us, ours, reader, trade
from tests.unit.venues.building import asset
from tests.unit.venues.polymarket.test_fills import told

from polywire.core.model.account import ForeignFill


def test_what_others_paid_in_a_market_that_nobody_knows_is_bounded() -> None:
    far = asset(9, 0)
    (event,) = told(trade(made(901, asset_id=far), asset_id=far), reader(Book()))
    assert isinstance(event, ForeignFill)
    assert (event.fee, event.fee_max) == (0, 124_800)  # 5 shares of 0.1 * 0.52 * 0.48
    (event,) = told(made_by_us(ours(3, asset_id=far), asset_id=far), reader(Book()))
    assert isinstance(event, ForeignFill)
    assert (event.fee, event.fee_max) == (0, 0)
