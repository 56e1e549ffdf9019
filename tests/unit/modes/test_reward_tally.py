"""What resting orders would earn of rewards, minute by minute, counted by hand."""

import pytest
from msgspec import structs
from tests.unit.modes.recorded_market import FEED, MS, START, market_events, ran

from polywire.config.build import engine_from
from polywire.config.demo import demo_settings
from polywire.core.model.account import OrderAccepted
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Rewards, Side
from polywire.core.model.intent import TimeInForce
from polywire.core.model.market import BookSnapshot, FeedCarries, FeedUp, InstrumentListed
from polywire.history.terms import assumed
from polywire.modes.earned import Watchers, earned
from polywire.modes.idleness import Idleness
from polywire.modes.reward_tally import RewardTally
from polywire.modes.tally import Tally

S = 1_000 * MS
YES, NO = "1" * 8, "2" * 8
SHARE, CENT = 1_000_000, 10_000
TERMS = Rewards(daily=1_440 * SHARE, size_min=20 * SHARE, spread_max=3 * CENT)
MINUTE = START - START % (60 * S) + 60 * S


@pytest.fixture
def watched():
    """A market of $1 a minute, its mid at 0.50; others have 100 shares a cent away on each side."""
    return Watched()


class Watched:
    def __init__(self, terms=TERMS):
        self.engine = engine_from(demo_settings())
        self.tally = RewardTally(self.engine)
        self.count = 0
        market = structs.replace(assumed("m", (YES, NO)), rewards=terms)
        bids, asks = (((cents * CENT, 100 * SHARE),) for cents in (49, 51))
        for event in (
            FeedUp(START, FEED), InstrumentListed(START, market), FeedCarries(START, FEED, ("m",)),
            BookSnapshot(START, START, "m", 0, bids, asks, "", FEED),
        ):  # fmt: skip
            self.engine.handle(event)

    def rests(self, side, cents, shares, *, instrument=YES, strategy="s", at=START):
        self.count += 1
        order = PlaceOrder(
            f"o{self.count}", strategy, "m", instrument, side, cents * CENT, shares * SHARE,
            TimeInForce.GTC, True,
        )  # fmt: skip
        self.engine.ledger.sent(order, at)
        self.engine.ledger.apply_order(OrderAccepted(at, order.order_id))

    def earned(self, *seconds, strategy="s"):
        for second in seconds:
            self.tally.decided([], MINUTE + second * S)
        return self.tally.of(strategy, "m") / SHARE


def test_as_much_as_the_others_at_their_prices_is_half_of_each_minute(watched):
    watched.rests(Side.BUY, 49, 100)
    watched.rests(Side.SELL, 51, 100)
    assert watched.earned(-1) == 0
    assert watched.earned(0, 1, 59) == pytest.approx(0.5)
    assert watched.earned(60, 61, 121) == pytest.approx(1.5)


def test_a_bid_for_the_second_outcome_is_an_offer_of_the_first(watched):
    watched.rests(Side.BUY, 49, 100)
    watched.rests(Side.BUY, 49, 100, instrument=NO)
    assert watched.earned(-1, 0) == pytest.approx(0.5)


def test_one_side_alone_counts_a_third(watched):
    watched.rests(Side.BUY, 49, 300)  # 300 / 3 beside 100
    assert watched.earned(-1, 0) == pytest.approx(0.5)


def test_nearer_counts_more_by_the_square(watched):
    watched.rests(Side.BUY, 48, 400)  # 1/9 a share beside 4/9: 400 / 9 beside 400 / 9
    watched.rests(Side.SELL, 52, 400)
    assert watched.earned(-1, 0) == pytest.approx(0.5)


def test_small_far_and_young_orders_earn_nothing(watched):
    watched.rests(Side.BUY, 49, 19)
    watched.rests(Side.BUY, 46, 500)
    watched.rests(Side.BUY, 49, 500, at=MINUTE - 3 * S)
    assert watched.earned(-1, 0) == 0


def test_strategies_share_with_each_other_too(watched):
    for strategy in ("s", "t"):
        watched.rests(Side.BUY, 49, 100, strategy=strategy)
        watched.rests(Side.SELL, 51, 100, strategy=strategy)
    assert watched.earned(-1, 0) == pytest.approx(1 / 3, abs=1e-6)
    assert watched.earned(strategy="t") == pytest.approx(1 / 3, abs=1e-6)


def test_without_terms_there_is_nothing():
    watched = Watched(terms=None)
    watched.rests(Side.BUY, 49, 100)
    assert watched.earned(-1, 0) == 0


def test_a_result_has_them_by_strategy_and_market_beside_its_profit():
    engine = engine_from(demo_settings())
    watched = Watchers(Tally(engine, rebates=False), RewardTally(engine), Idleness(engine))
    terms = structs.replace(TERMS, size_min=SHARE, spread_max=90 * CENT)
    *before, last = (
        structs.replace(event, market=structs.replace(event.market, rewards=terms))
        if isinstance(event, InstrumentListed)
        else event
        for event in market_events(5, 30)
    )
    events = [*before, structs.replace(last, recv_ns=START + 65 * S)]  # the quotes grow old
    driver, _ = ran(events, engine=engine, observers=watched)
    told = earned("back", driver, watched, "", ())
    assert told.rewards == sum(row.rewards for row in told.rows) > 0
    assert max(row.rewards for row in told.rows) <= SHARE  # of one minute, of one market
    assert told.profit == told.realised + told.open
