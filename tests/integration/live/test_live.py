"""A run that trades for real on the local exchange."""

from tests.integration.live.conftest import Start


async def test_orders_are_signed_filled_settled_and_known_to_the_micro(started: Start) -> None:
    live = await started()
    ledger = live.trading.engine.ledger
    await live.until(lambda: live.trading.status().engine.orders.filled >= 3, 30)
    live.trading._halt("enough")
    await live.until(lambda: not ledger.open_orders)
    await live.until(lambda: live.ours() == live.theirs())
    await live.stop()
    assert live.exchange.venue.floor.orders(live.api_key) == []
    assert live.trading.status().engine.halted == "enough"
    assert live.account.executor.unknown == 0
