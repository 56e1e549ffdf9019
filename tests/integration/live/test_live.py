"""A run that trades for real on the local exchange."""

import msgspec
from tests.integration.live.conftest import Start

from polywire.core.model.control import Operation, OperatorCommand
from polywire.observe.run_status import AccountCounts


async def test_orders_are_signed_filled_settled_and_known_to_the_micro(started: Start) -> None:
    live = await started()
    ledger = live.trading.engine.ledger
    await live.until(lambda: live.trading.status().engine.orders.filled >= 3, 30)
    now = live.trading.engine.now
    live.trading.loop.put_fact(OperatorCommand(now, Operation.HALT, "enough"))
    await live.until(lambda: not ledger.open_orders)
    await live.until(lambda: live.ours() == live.theirs())
    await live.stop()
    assert live.exchange.venue.floor.orders(live.api_key) == []
    assert live.trading.status().engine.halted == "enough"
    counts = live.trading.status().account
    assert counts.orders_sent >= 3
    assert counts.readings >= 1
    assert (
        msgspec.structs.replace(counts, orders_sent=0, readings=0, orders_unsent=0)
        == AccountCounts()
    )
    ledger.foreign.orders, ledger.foreign.fills, ledger.strangers = 3, 2, 1
    counts = live.trading.status().account
    assert (counts.foreign_orders, counts.foreign_fills, counts.strangers) == (3, 2, 1)
