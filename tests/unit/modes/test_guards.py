"""What guards say when they let go: orders of others that the venue's switch takes with it."""

from pathlib import Path

from tests.unit.core.building import engine
from tests.unit.runtime.desking import YES, Desk
from tests.unit.runtime.looping import Ticking
from tests.unit.runtime.test_keystore import ACCOUNT

from polywire.core.ids import InstrumentId, VenueOrderId
from polywire.core.model.account import AccountEvent, ForeignOrder
from polywire.core.model.control import AlertRaised, ControlEvent
from polywire.core.model.instrument import Side
from polywire.core.units import Ns, Price, Quantity
from polywire.modes.guards import Guards, GuardTerms

TOLD = "after this run"


class Guarding:
    """Guards of an engine beside whose orders so many of others rest."""

    def __init__(self, folder: Path, others: int) -> None:
        self.facts: list[AccountEvent | ControlEvent] = []
        off = GuardTerms(journal=folder, shared_credentials=False, keep_exits=False)
        self.guards = Guards(off, ACCOUNT)
        guarded = engine()
        terms = InstrumentId(YES), Side.BUY, Price(500_000), Quantity(10_000_000)
        for number in range(others):
            guarded.ledger.foreign.take(ForeignOrder(Ns(0), VenueOrderId(f"0x{number}"), *terms))
        self.guards.join(guarded, Desk(), Ticking(), self.facts.append)  # type: ignore[arg-type]

    async def close(self, state: str) -> None:
        """End them with the switch in this state."""
        self.guards._switch.state = state
        await self.guards.close(clean=True)


async def test_orders_that_the_switch_will_cancel_are_named_at_the_end(tmp_path: Path) -> None:
    guarding = Guarding(tmp_path, 4)
    assert TOLD not in guarding.guards.states
    await guarding.close("on")
    text = (
        "the venue's dead-man switch will cancel 4 orders that are not ours, within 15 s: "
        "0x0, 0x1, 0x2 ..."
    )
    assert guarding.guards.states[TOLD] == text
    (alert,) = guarding.facts
    assert isinstance(alert, AlertRaised)
    assert alert.text == text


async def test_nothing_is_said_where_none_rests_or_the_switch_is_off(tmp_path: Path) -> None:
    for others, state in ((0, "on"), (2, "off: the credentials are shared")):
        guarding = Guarding(tmp_path, others)
        await guarding.close(state)
        assert TOLD not in guarding.guards.states
        assert guarding.facts == []
