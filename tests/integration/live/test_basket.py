"""A basket of a real run: signed legs at the local exchange, filled, settled and hedged."""

from msgspec import structs
from tests.integration.live.conftest import CASH, Start, live_settings

from polywire.config.build import engine_from
from polywire.config.schema import SeatSettings, Settings, dump
from polywire.core.ids import StrategyId
from polywire.core.model.basket import BasketStep
from polywire.core.units import SECOND, Money, Quantity
from polywire.exchange.app import Exchange
from polywire.exchange.frames import Change
from polywire.exchange.options import ExchangeOptions
from polywire.strategies.outcome_sum import OutcomeSumParameters

CENT, DOLLAR, SHARE = 10_000, 1_000_000, 1_000_000


def summing() -> Settings:
    """All Yes of a group under a dollar, twenty sets at a time."""
    parameters = OutcomeSumParameters(
        sets_max=Quantity(20 * SHARE), capital_max=Money(50 * DOLLAR), daily_min=0, buys="yes"
    )
    seat = SeatSettings(
        name=StrategyId("sums"), parameters=parameters, budget=Money(100 * DOLLAR),
        patience_ns=2 * SECOND, dwell_ns=SECOND,
    )  # fmt: skip
    return structs.replace(live_settings(), strategies=(seat,))


def cheap(exchange: Exchange) -> None:
    """Twenty Yes of each of three outcomes for 30 cents, and nobody who moves a price."""
    flow = exchange.venue.flow
    members = [one for one in exchange.venue.catalogue.listings if one.group.neg_risk]
    assert len(members) == 3
    for one in members:
        flow.books[one.condition_id].clear()
        for is_bid, cents in ((True, 20), (False, 30)):
            change = Change(0, is_bid, cents * CENT, 20 * SHARE)
            flow._desks[one.condition_id].orders._apply(change)


async def test_all_yes_of_a_group_under_a_dollar_are_bought_and_hedged(started: Start) -> None:
    settings = summing()
    live = await started(
        ExchangeOptions(markets=5, frames_a_second=0.01),
        before=cheap,
        engine=engine_from(settings),
        configuration=dump(settings),
    )
    ledger = live.trading.engine.ledger
    await live.until(lambda: [one.step for one in ledger.baskets.values()] == [BasketStep.HEDGED])
    await live.until(lambda: live.ours() == live.theirs())
    (moved,) = ledger.baskets.values()
    assert moved.sets == 20 * SHARE
    assert [one for one in ledger.shares.values() if one] == [20 * SHARE] * 3
    assert CASH - ledger.cash == 18 * DOLLAR + 630_000  # 60 shares, 5 % of 0.3 * 0.7 on each
    orders = live.exchange.venue.floor.ever(live.wallet)
    assert [one["order_type"] for one in orders] == ["FAK"] * 3
    (line,) = live.trading.status().engine.baskets
    assert (line.state, line.sets, line.surplus) == (BasketStep.HEDGED, 20 * SHARE, 0)
