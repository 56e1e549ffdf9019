"""Which socket carries what."""

import pytest

from polywire.core.ids import MarketId
from polywire.venues.polymarket.shards import Shards


def ids(*numbers: int) -> list[MarketId]:
    return [MarketId(str(number)) for number in numbers]


def test_two_hundred_assets_are_a_hundred_markets_a_socket() -> None:
    gained = Shards().assign(ids(*range(250)))
    assert {shard: len(markets) for shard, markets in gained.items()} == {0: 100, 1: 100, 2: 50}


def test_a_market_never_moves_and_is_never_assigned_twice() -> None:
    shards = Shards(assets_max=4)
    assert shards.assign(ids(1, 2, 3)) == {0: ("1", "2"), 1: ("3",)}
    assert shards.assign(ids(3, 2, 1)) == {}
    assert shards.release(ids(1, 9)) == {0: ("1",)}
    assert (shards.assets(0), shards.assets(1)) == (2, 2)
    assert shards.assign(ids(4, 5, 6)) == {0: ("4",), 1: ("5",), 2: ("6",)}
    assert [shards.assets(shard) for shard in (0, 1, 2)] == [4, 4, 2]


def test_room_for_less_than_a_market_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="room for 1"):
        Shards(assets_max=1)
