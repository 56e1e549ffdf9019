"""The dead-man switch fires while the engine lives on: exits are out again before all else."""

from pathlib import Path

import pytest
from msgspec import structs
from tests.integration.accounts import rows
from tests.integration.live.conftest import Start, live_settings

from polywire.config.build import engine_from
from polywire.config.schema import dump
from polywire.core.errors import TransportError
from polywire.core.execution.exits import ExitPlan, ExitStyle
from polywire.core.model.instrument import Side
from polywire.core.units import SECOND, Price
from polywire.exchange import heartbeats
from polywire.runtime import heartbeat
from polywire.runtime.heartbeat import DeadManSwitch

TARGETS = ExitPlan(
    style=ExitStyle.RESTING,
    target=Price(300_000),
    stop=None,
    trail=None,
    before_end_ns=None,
    confirm_ns=0,
    slack=Price(10_000),
    floor=Price(10_000),
    attempts_max=3,
    rest_ns=60 * SECOND,
)


async def test_after_the_switch_fired_targets_are_out_again_before_anything_is_bought(
    started: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "LIFE_NS", SECOND)
    monkeypatch.setattr(heartbeats, "CHECK_NS", SECOND // 10)
    monkeypatch.setattr(heartbeat, "EVERY_S", 0.2)
    quoter = structs.replace(live_settings().strategies[0], exits=TARGETS)
    settings = structs.replace(live_settings(), strategies=(quoter,))
    live = await started(guarded=True, engine=engine_from(settings), configuration=dump(settings))
    ledger = live.trading.engine.ledger

    def targets() -> list[str]:
        return [one for one, order in ledger.open_orders.items() if order.command.side is Side.SELL]

    await live.until(lambda: targets() and live.trading.status().guards["dead-man switch"] == "on")
    before = set(ledger.orders)

    async def lost(_: DeadManSwitch) -> tuple[int, str | None]:
        raise TransportError("the way to the venue is cut for beats alone")

    with monkeypatch.context() as patch:
        patch.setattr(DeadManSwitch, "_ask", lost)
        await live.until(lambda: not before & set(ledger.open_orders))
    await live.until(targets)
    await live.until(lambda: any(o.command.side is Side.BUY for o in ledger.open_orders.values()))
    await live.stop()
    assert sides_after_the_first_unasked_cancel(tmp_path / "journal")[0] == Side.SELL


def sides_after_the_first_unasked_cancel(journal: Path) -> list[int]:
    """Of the orders placed since then."""
    asked: set[str] = set()
    fired = False
    sides: list[int] = []
    for _, kind, row in rows(journal):
        if kind == "CancelOrder":
            asked.add(row[1])
        elif kind == "OrderCancelled":
            fired = fired or row[2] not in asked
        elif kind == "PlaceOrder" and fired:
            sides.append(row[5])
    return sides
