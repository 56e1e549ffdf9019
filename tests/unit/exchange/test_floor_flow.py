"""Account orders among the synthetic flow: who is filled when, and what readers of the wire see."""

import json
from random import Random
from typing import Any

import pytest
from tests.property.naive_floor import MILLION, amiss
from tests.unit.exchange.floor_market import MS, SECOND, START, FloorMarket

from polywire.exchange.decimals import ONE
from polywire.exchange.floor import Floor
from polywire.exchange.frames import Change, Frame
from polywire.exchange.refusal import RefusedError
from polywire.exchange.settlement import SettlementPlan
from polywire.exchange.synthetic import Recipe, SyntheticFlow
from polywire.exchange.terms import NewOrder, OrderType

NAMES = ("a", "b")


class Crowd:
    """Two accounts that trade at random in all markets of a running venue."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.flow = SyntheticFlow(Recipe(seed, START, 6, 300.0, reserve_market=True))
        settles = SettlementPlan(300, 300, fail_share=0.1, retry_share=0.2)
        self.floor = Floor(self.flow, settles, seed)
        self.placed: list[NewOrder] = []
        self.refused = 0
        self.seen: list[Frame] = []
        list(self.flow.step(START))

    def fund(self) -> None:
        tokens = {
            token: 2_000 * MILLION for book in self.flow.books.values() for token in book.tokens
        }
        for name in NAMES:
            self.floor.fund(name, 20_000 * MILLION, tokens)

    def run(self, milliseconds: int) -> None:
        for now in range(START + 20 * MS, START + milliseconds * MS, 20 * MS):
            for batch in self.flow.step(now):
                self.seen += self.floor.take_frames() + batch
                self.floor.step(min(now, self.flow.next_ns() or now))
            self.floor.step(now)
            self.act(now)
            self.seen += self.floor.take_frames()

    def act(self, now: int) -> None:
        if self.placed and self.rng.random() < 0.3:
            order = self.rng.choice(self.placed)
            self.floor.cancel(order.owner, [order.id], now)
            return
        book = self.rng.choice([*self.flow.books.values()])
        index = self.rng.randrange(2)
        bid, ask = book.best(index)
        near = self.rng.choice([bid or ONE // 2, ask or ONE // 2]) // book.tick
        price = (near + self.rng.randint(-2, 2)) * book.tick
        size, buys = self.rng.choice((5, 20, 400)) * MILLION, self.rng.random() < 0.5
        dollars = size * price // ONE
        kind = self.rng.choice((OrderType.GTC, OrderType.GTC, OrderType.FAK))
        order = NewOrder(
            id=f"0x{len(self.placed):064x}", owner=(name := self.rng.choice(NAMES)), maker=name,
            token=book.tokens[index], buys=buys, making=dollars if buys else size,
            taking=size if buys else dollars, order_type=kind, post_only=False, expiration_s=0,
        )  # fmt: skip
        self.placed.append(order)
        try:
            self.floor.place(order, now)
        except RefusedError:
            self.refused += 1


@pytest.mark.parametrize("seed", range(3))
def test_every_hash_holds_and_nothing_is_lost_while_accounts_trade_with_the_crowd(
    seed: int, naive_reader: type[Any]
) -> None:
    crowd = Crowd(seed)
    crowd.fund()
    books = dict(crowd.flow.books)
    reader = naive_reader(
        {cid: book.neg_risk for cid, book in books.items()},
        {cid: f"{book.tick / 1e6:g}" for cid, book in books.items()},
    )
    for book in books.values():
        for index in (0, 1):
            reader.read(json.dumps(json.loads(book.rest(index)) | {"event_type": "book"}))
    crowd.run(6_000)
    for frame in crowd.seen:
        reader.read(frame.text)
    for batch in crowd.flow.step(START + 6 * SECOND):
        for frame in batch:
            reader.read(frame.text)
    reader.finish()
    assert reader.verdicts["wrong"] == 0, reader.verdicts
    makers = [t for t in crowd.floor.trades("a") if t["trader_side"] == "MAKER"]
    assert len(makers) > 5
    assert crowd.refused < len(crowd.placed) / 2
    crowd.floor.step(START + 60 * SECOND)
    markets = [(cid, *book.tokens) for cid, book in books.items()]
    settled = crowd.floor.wallets.settled
    assert amiss(settled, 40_000 * MILLION, markets) == []
    assert not [place for place, amount in settled.items() if place[0] in NAMES and amount < 0]
    moving = (crowd.floor.wallets.coming, crowd.floor.wallets.leaving)
    assert not [place for moves in moving for place, amount in moves.items() if amount]


def test_an_order_keeps_its_place_behind_whoever_was_there() -> None:
    market = FloorMarket()
    market.fund("a")
    market.show("bid", "0.40", "10")
    order_id, _ = market.place("a", "buy 10 yes 0.40")
    market.show("bid", "0.40", "25")
    market.show("bid", "0.39", "100")
    market.anonymous(lifts=False, size="6")
    assert market.floor.order(order_id)["size_matched"] == "0"  # type: ignore[index]
    market.show("bid", "0.40", "2")
    market.anonymous(lifts=False, size="6")
    assert market.floor.order(order_id)["size_matched"] == "4"  # type: ignore[index]
    assert market.book.bids.sizes == {400_000: 6_000_000, 390_000: 100_000_000}


def test_the_crowd_tells_a_level_with_the_account_orders_on_it() -> None:
    market = FloorMarket()
    market.fund("a")
    market.place("a", "buy 10 yes 0.40")
    flow = market.flow._desks[market.listing.condition_id].orders
    for shown, told in ((5, "15"), (0, "10")):
        (frame,) = flow._send([Change(0, True, 400_000, shown * MILLION)])
        entries = json.loads(frame.text)["price_changes"]
        assert [entry["size"] for entry in entries] == [told, told]


def test_the_crowd_fills_an_order_before_it_quotes_across_it() -> None:
    market = FloorMarket()
    market.fund("a")
    desk = market.flow._desks[market.listing.condition_id]
    order_id, _ = market.place("a", "buy 5 yes 0.90")
    market.show("ask", "0.98", "100")
    market.flow._act(desk, market.now)
    assert market.floor.order(order_id)["status"] == "MATCHED"  # type: ignore[index]
    assert market.floor.trades("a")[0]["trader_side"] == "MAKER"


def test_what_an_order_takes_is_gone_from_the_book_and_printed_for_all() -> None:
    market = FloorMarket()
    market.fund("a")
    market.show("ask", "0.40", "10")
    market.show("ask", "0.45", "10")
    market.place("a", "buy 12 yes 0.45")
    assert market.book.asks.sizes == {450_000: 8_000_000}
    prints = [(one.price, one.size, one.side) for one in market.flow.prints]
    assert prints == [("0.4", "10", "BUY"), ("0.45", "2", "BUY")]
    assert {one.transaction for one in market.flow.prints} == {
        market.floor.trades("a")[0]["transaction_hash"]
    }


def test_a_swept_market_comes_back_by_itself() -> None:
    market = FloorMarket()
    market.book.clear()
    for _ in market.flow.step(START + 10 * SECOND):
        pass
    assert len(market.book.bids) > 1
    assert len(market.book.asks) > 1


def test_the_reserve_market_stands_still_and_changes_nothing_else() -> None:
    plain, kept = (
        SyntheticFlow(Recipe(3, START, 2, 50.0, reserve_market=on)) for on in (False, True)
    )
    until = START + 20 * SECOND
    assert [*plain.step(until)] == [*kept.step(until)]
    (reserve,) = set(kept.books) - set(plain.books)
    book = kept.books[reserve]
    assert (book.best(0), book.tick, book.opened) == ((None, None), 10_000, True)
