"""The small promises of the vocabulary."""

import pytest
from tests.unit.core.building import BUY, NO, SELL, YES, market

from polywire.core.errors import ConfigError, DecodeError, PolywireError, VenueError
from polywire.core.ids import InstrumentId
from polywire.core.model.control import Cut
from polywire.core.model.instrument import FeeSchedule
from polywire.core.units import Ns, Price, Quantity


def test_the_sides_are_opposite() -> None:
    assert (BUY.opposite, SELL.opposite) == (SELL, BUY)


def test_outcomes_know_their_place_and_their_complement() -> None:
    listed = market()
    assert (listed.outcome_index(YES), listed.outcome_index(NO)) == (0, 1)
    assert (listed.complement_of(YES), listed.complement_of(NO)) == (NO, YES)
    with pytest.raises(AssertionError, match="other is no outcome of m"):
        listed.outcome_index(InstrumentId("other"))


def test_a_schedule_knows_the_fee_for_taking() -> None:
    assert FeeSchedule(70_000, 1, 0).taker_fee(Price(500_000), Quantity(100_000_000)) == 1_750_000


def test_a_cut_is_at_its_receive_time() -> None:
    assert Cut(Ns(5)).now == 5


def test_a_frame_the_venue_broke_is_the_venue_s_fault_and_a_setting_ours() -> None:
    assert issubclass(DecodeError, VenueError)
    assert not issubclass(ConfigError, VenueError)
    assert issubclass(VenueError, PolywireError)
