"""What a backtest earns, counted by hand: money, fees, falls, and what a fill had gained later."""

import pytest
from msgspec import structs
from tests.unit.modes.recorded_market import FEED, MS, START, market_events, ran

from polywire.config.build import engine_from
from polywire.config.demo import demo_settings
from polywire.core.model.account import OrderFilled, OrderRejected, Settlement
from polywire.core.model.breaker import BreakerCause, BreakerMoved
from polywire.core.model.command import OrderRefused, PlaceOrder, StrategyHalted
from polywire.core.model.instrument import FeeSchedule, Side
from polywire.core.model.intent import TimeInForce
from polywire.core.model.market import (
    BookSnapshot,
    FeedCarries,
    FeedUp,
    InstrumentListed,
    MarketResolved,
)
from polywire.core.risk.gate import Approved
from polywire.history.terms import assumed
from polywire.modes.backtest_result import mean_gains
from polywire.modes.tally import Tally
from polywire.sim.queue import FRONT

S = 1_000 * MS
YES, NO = "1" * 8, "2" * 8
SHARE = 1_000_000


class Watched:
    """An engine with one market whose book is set by hand, and the tally that watches it."""

    def __init__(self, *, rebates=False):
        self.engine = engine_from(demo_settings())
        self.tally = Tally(self.engine, rebates=rebates)
        market = structs.replace(assumed("m", (YES, NO)), fees=FeeSchedule(50_000, 1, 250_000))
        for event in (
            FeedUp(START, FEED), InstrumentListed(START, market), FeedCarries(START, FEED, ("m",)),
        ):  # fmt: skip
            self.engine.handle(event)
        self.count = 0

    def book(self, bid, ask):
        """Best prices in cents; None is an empty side."""
        bids = () if bid is None else ((bid * 10_000, 100 * SHARE),)
        asks = () if ask is None else ((ask * 10_000, 100 * SHARE),)
        self.engine.handle(BookSnapshot(START, START, "m", 0, bids, asks, "", FEED))

    def fill(self, side, cents, shares, *, fee=0, maker=True, instrument=YES):
        self.count += 1
        order = PlaceOrder(
            f"o{self.count}", "s", "m", instrument, side, cents * 10_000, shares * SHARE,
            TimeInForce.GTC, True,
        )  # fmt: skip
        self.tally.decided([Approved(order)], START)
        event = OrderFilled(
            START, START, order.order_id, f"f{self.count}", order.price,
            order.quantity, fee, maker, Settlement.FINAL,
        )  # fmt: skip
        self.tally.saw(event)
        return event

    def at(self, second):
        self.tally.decided([], START + second * S)

    @property
    def row(self):
        (row,) = self.tally.rows.values()
        return row.told()


def test_profit_is_what_sales_brought_and_what_is_held_at_the_bid_net_of_fees():
    watched = Watched()
    watched.book(40, 45)
    watched.fill(Side.BUY, 40, 10)
    watched.fill(Side.SELL, 45, 4, fee=20_000, maker=False)
    watched.book(38, 45)
    watched.at(1)
    row = watched.row
    assert row.realised == 4 * 50_000 - 20_000
    assert row.open == -6 * 20_000
    assert row.profit == row.realised + row.open == 60_000
    assert (row.fees, row.maker_fills, row.taker_fills) == (20_000, 1, 1)
    assert row.volume == 10 * 400_000 + 4 * 450_000
    assert (row.held, row.stake_max) == ((6 * SHARE, 0), 10 * 400_000)


def test_the_deepest_fall_is_from_the_best_profit_before():
    watched = Watched()
    watched.book(40, 45)
    watched.fill(Side.BUY, 40, 10)
    for second, bid in enumerate((40, 44, 41, 43, 39, 50), 1):
        watched.book(bid, 60)
        watched.at(second)
    assert watched.tally.drawdown == watched.row.drawdown == 10 * 50_000
    assert [point.profit for point in watched.tally.equity] == [
        0, 400_000, 100_000, 300_000, -100_000, 1_000_000,
    ]  # fmt: skip


def test_a_fills_gain_is_the_mid_later_against_its_price_for_buys_and_sales():
    watched = Watched()
    watched.book(40, 46)
    watched.fill(Side.BUY, 41, 10)
    watched.fill(Side.SELL, 46, 5)
    watched.at(0.5)
    watched.book(42, 48)
    watched.at(1)
    watched.book(30, 40)
    watched.at(6)
    watched.book(None, 40)
    watched.at(31)
    bought, sold = watched.tally.points
    assert bought.gains == [40_000, -60_000, None]
    assert sold.gains == [10_000, 110_000, None]
    assert (bought.touch, sold.touch) == ((400_000, 460_000), (400_000, 460_000))
    one, five, thirty = mean_gains([point.told() for point in watched.tally.points])
    assert one == pytest.approx((40_000 * 10 + 10_000 * 5) / 15 / 1e6)
    assert five == pytest.approx((-60_000 * 10 + 110_000 * 5) / 15 / 1e6)
    assert thirty is None


def test_a_mid_that_is_seen_more_than_a_second_late_is_none():
    watched = Watched()
    watched.book(40, 46)
    watched.fill(Side.BUY, 41, 10)
    for second in (10, 20, 30):
        watched.at(second)
    assert watched.tally.points[0].gains == [None, None, 20_000]


def test_the_second_outcome_is_seen_in_its_own_prices():
    watched = Watched()
    watched.book(40, 46)
    watched.fill(Side.BUY, 54, 10, instrument=NO)
    watched.at(1)
    assert watched.tally.points[0].touch == (540_000, 600_000)
    assert watched.tally.points[0].gains[0] == 30_000
    assert watched.row.held == (0, 10 * SHARE)


def test_a_resolved_market_pays_and_is_held_no_more():
    watched = Watched()
    watched.book(40, 46)
    watched.fill(Side.BUY, 40, 10)
    watched.fill(Side.BUY, 54, 3, instrument=NO)
    answer = MarketResolved(START, START, "m", (1_000_000, 0))
    watched.engine.handle(answer)
    watched.tally.saw(answer)
    watched.at(1)
    row = watched.row
    assert row.realised == row.profit == 10 * 600_000 - 3 * 540_000
    assert (row.open, row.held) == (0, (0, 0))


def test_a_fill_that_is_heard_of_after_its_market_paid_is_paid_too():
    watched = Watched()
    watched.book(40, 46)
    watched.fill(Side.BUY, 40, 10)
    for pays in ((1_000_000, 0), (0, 1_000_000)):  # the first answer counts
        watched.tally.saw(MarketResolved(START, START, "m", pays))
    watched.fill(Side.BUY, 40, 5)
    watched.at(1)
    assert watched.row.realised == watched.row.profit == 15 * 600_000
    assert (watched.row.held, watched.row.stake_max) == ((0, 0), 10 * 400_000)


def test_a_fill_that_is_told_again_counts_once():
    watched = Watched()
    watched.book(40, 46)
    watched.tally.saw(watched.fill(Side.BUY, 40, 10))
    assert (watched.row.fills, watched.row.held) == (1, (10 * SHARE, 0))


def test_rebates_are_the_makers_part_of_the_fee_a_taker_pays():
    watched = Watched(rebates=True)
    watched.book(40, 46)
    watched.fill(Side.BUY, 40, 10)
    watched.fill(Side.BUY, 46, 10, fee=124_200, maker=False)
    assert watched.row.rebates == 10 * 50_000 * 24 // 100 // 4


def test_refusals_rejections_and_halts_are_counted_with_their_reasons():
    watched = Watched()
    watched.book(40, 46)
    watched.fill(Side.BUY, 40, 10)
    watched.tally.saw(OrderRejected(START, "o1", "order o1 crosses the book"))
    refused = OrderRefused("s", YES, Side.BUY, 400_000, SHARE, "cash", "too little")
    halted = StrategyHalted("s", "ValueError: no")
    tripped = BreakerMoved(BreakerCause.LOSS, True, "lost $200", START)
    ended = BreakerMoved(BreakerCause.RUN, True, "the recording has ended", START)
    watched.tally.decided([refused, refused, halted, tripped, ended], START + S)
    assert watched.tally.refused == watched.row.refused == {"cash": 2}
    assert watched.tally.rejected == {"order ... crosses the book": 1}
    assert watched.tally.halted == {"s": "ValueError: no"}
    assert watched.tally.stopped == "loss: lost $200"


def test_its_profit_is_the_ledgers():
    """Over a whole backtest: cash less what was begun with, and held shares at the best bid."""
    engine = engine_from(demo_settings())
    tally = Tally(engine, rebates=False)
    driver, _ = ran(market_events(9, 800), queue=FRONT, observers=[tally], engine=engine)
    tally.sample(driver.now)
    worth = 0
    for (_, instrument), holding in engine.ledger.holdings.items():
        market = engine.ledger.markets[instrument]
        bid, _ = engine.watch.books[market.id].book.touch(market.outcome_index(instrument))
        worth += (bid or 0) * holding.now.held // SHARE
    assert len(tally.points) > 5
    made = sum(row.told().profit for row in tally.rows.values())
    assert made == engine.ledger.cash - 1_000 * SHARE + worth
    assert made == tally.equity[-1].profit
