"""The floor within a running venue: its moments and its frames come in their turn."""

import asyncio
from collections.abc import Iterable
from itertools import pairwise

import pytest
from tests.unit.exchange.floor_market import SECOND, START

from polywire.exchange.channel import Channel
from polywire.exchange.control import Control
from polywire.exchange.frames import Frame
from polywire.exchange.runner import Runner
from polywire.exchange.settlement import SettlementPlan
from polywire.exchange.synthetic import Recipe, SyntheticFlow
from polywire.exchange.terms import NewOrder, OrderType
from polywire.exchange.venue import Venue, VirtualClock

MILLION = 10**6


class Listener(Channel):
    """A channel that keeps what it is given."""

    def __init__(self, venue: Venue) -> None:
        super().__init__(venue, 15.0, lambda: None)
        self.given: list[str] = []

    def deliver(self, batch: Iterable[Frame]) -> None:
        self.given += [frame.text for frame in batch]


@pytest.fixture
def venue() -> Venue:
    made = Venue(SyntheticFlow(Recipe(1, START, 2, 50.0)), VirtualClock(START, 1.0))
    asyncio.run(Runner(made).catch_up(Listener(made)))
    made.floor.fund("a", 1_000 * MILLION, {})
    return made


def bid(token: str, price: int, **more: object) -> NewOrder:
    return NewOrder(
        **{
            "id": "0x1", "owner": "a", "maker": "a", "token": token, "buys": True,
            "making": 10 * price, "taking": 10 * MILLION, "order_type": OrderType.GTC,
            "post_only": False, "expiration_s": 0,
        }
        | more
    )  # fmt: skip


def test_an_hour_at_once_settles_each_trade_at_its_own_time(venue: Venue) -> None:
    book = next(iter(venue.flow.books.values()))
    best, _ = book.best(0)
    assert best is not None
    venue.floor.place(bid(book.tokens[0], best), START)
    venue.clock.advance(300 * SECOND)
    asyncio.run(Runner(venue).catch_up(Listener(venue)))
    trades = venue.floor.trades("a")
    assert trades
    for trade in trades:
        assert trade["status"] == "CONFIRMED"
        assert int(str(trade["last_update"])) - int(str(trade["match_time"])) in (6, 7)


def test_an_order_that_has_ended_is_not_filled_by_what_came_later(venue: Venue) -> None:
    book = next(iter(venue.flow.books.values()))
    ends = START // SECOND + 180
    dated = bid(book.tokens[0], 10_000, order_type=OrderType.GTD, expiration_s=ends,
                making=1_000_000, taking=100 * MILLION)  # fmt: skip
    venue.floor.place(dated, START)
    listener = Listener(venue)
    venue.clock.advance(200 * SECOND)
    asyncio.run(Runner(venue).catch_up(listener))
    order = venue.floor.order("0x1")
    assert order is not None
    assert order["status"] == "CANCELED_EXPIRED_ORDER"
    stamps = [int(text.split('"timestamp":"')[1].split('"')[0]) for text in listener.given
              if f'"{book.market}"' in text and '"timestamp":"' in text]  # fmt: skip
    assert min(b - a for a, b in pairwise(stamps)) > -200


def test_control_changes_how_trades_settle_and_names_what_it_cannot_read(venue: Venue) -> None:
    control = Control(venue, Listener(venue), Runner(venue))
    told = control._obey({"command": "settle", "mined_ms": 5, "fail_share": 0.25})
    assert isinstance(told, dict)
    assert (told["mined_ms"], told["confirmed_ms"]) == (5, 4_000)
    control._obey({"command": "settle", "spend_unmined": False})
    assert venue.floor.settles == SettlementPlan(mined_ms=5, fail_share=0.25, spend_unmined=False)
    with pytest.raises(ValueError, match="fail_share takes a share from 0 to 1; found 2"):
        control._obey({"command": "settle", "fail_share": 2})


def test_what_is_due_on_the_floor_is_done_though_the_flow_had_nothing_to_send() -> None:
    flow = SyntheticFlow(Recipe(1, START, 2, 1e-6))
    quiet = Venue(flow, VirtualClock(START, 1.0))
    asyncio.run(Runner(quiet).catch_up(Listener(quiet)))
    quiet.floor.fund("a", 1_000 * MILLION, {})
    ends = START // SECOND + 180  # it falls a minute early
    dated = bid(next(iter(flow.books.values())).tokens[0], 10_000, order_type=OrderType.GTD,
                expiration_s=ends, making=1_000_000, taking=100 * MILLION)  # fmt: skip
    quiet.floor.place(dated, START)
    flow._schedule.push(START + 119 * SECOND, lambda _: [])
    quiet.clock.advance(121 * SECOND)
    asyncio.run(Runner(quiet).catch_up(Listener(quiet)))
    assert quiet.floor.order("0x1")["status"] == "CANCELED_EXPIRED_ORDER"
