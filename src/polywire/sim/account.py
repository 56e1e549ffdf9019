"""The simulated venue's own account: cash, shares and what resting orders hold back.

Kept apart from the engine's ledger on purpose: each is a check on the other.
"""

from collections.abc import Iterable, Mapping

from polywire.core.ids import InstrumentId
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Market, Side
from polywire.core.units import Money, Price, Quantity, cost, payout, proceeds
from polywire.sim.queue import Resting


class Account:
    """Cash and shares after everything that happened at the venue, told to us or not."""

    def __init__(self, cash: Money) -> None:
        self.cash = cash
        self.shares: dict[InstrumentId, Quantity] = {}
        self._worth: dict[InstrumentId, Money] = {}
        self._redeemed: dict[InstrumentId, Quantity] = {}

    def reset(self, cash: Money, positions: Mapping[InstrumentId, Quantity]) -> None:
        """Hold exactly this."""
        self.cash = cash
        self.shares = {instrument: held for instrument, held in positions.items() if held}

    def held(self, instrument: InstrumentId) -> Quantity:
        """Shares that are there, or were when they were paid out."""
        held = self._redeemed if instrument in self._worth else self.shares
        return held.get(instrument, Quantity(0))

    def execute(self, order: PlaceOrder, price: Price, quantity: Quantity, fee: Money) -> None:
        """Exchange cash and shares for one execution."""
        if order.side is Side.BUY:
            self.cash = Money(self.cash - cost(price, quantity) - fee)
            self._move(order.instrument, quantity)
        else:
            self.cash = Money(self.cash + proceeds(price, quantity) - fee)
            self._move(order.instrument, -quantity)

    def undo(self, order: PlaceOrder, price: Price, quantity: Quantity, fee: Money) -> None:
        """Give back what one execution took."""
        if order.side is Side.BUY:
            self.cash = Money(self.cash + cost(price, quantity) + fee)
            self._move(order.instrument, -quantity)
        else:
            self.cash = Money(self.cash - proceeds(price, quantity) + fee)
            self._move(order.instrument, quantity)

    def _move(self, instrument: InstrumentId, change: int) -> None:
        before = self.held(instrument)
        after = Quantity(before + change)
        worth = self._worth.get(instrument)
        if worth is None:
            self.shares[instrument] = after
        else:
            self._redeemed[instrument] = after
            self.cash = Money(self.cash + payout(worth, after) - payout(worth, before))

    def pay_out(self, market: Market, payouts: tuple[Money, Money]) -> None:
        """Turn the shares of a resolved market into what they are worth."""
        for outcome, per_share in zip(market.outcomes, payouts, strict=True):
            held = self.shares.pop(outcome.instrument, Quantity(0))
            self._worth[outcome.instrument] = per_share
            self._redeemed[outcome.instrument] = held
            self.cash = Money(self.cash + payout(per_share, held))

    def shortage(self, order: PlaceOrder, need: Money, resting: Iterable[Resting]) -> str:
        """The venue's words for too little cash (a buy) or too few shares (a sale), or empty."""
        if order.side is Side.BUY:
            balance, amount = int(self.cash), int(need)
            active = sum(int(cost(mine.command.price, mine.remaining)) for mine in _buys(resting))
        else:
            balance, amount = int(self.shares.get(order.instrument, 0)), int(order.quantity)
            active = sum(int(mine.remaining) for mine in _sales(resting, order.instrument))
        if active + amount <= balance:
            return ""
        return (
            "not enough balance / allowance: the balance is not enough -> "
            f"balance: {balance}, sum of active orders: {active}, sum of matched orders: 0, "
            f"order amount (inc. fees): {amount}"
        )


def _buys(resting: Iterable[Resting]) -> Iterable[Resting]:
    return (mine for mine in resting if mine.command.side is Side.BUY)


def _sales(resting: Iterable[Resting], instrument: InstrumentId) -> Iterable[Resting]:
    return (
        mine
        for mine in resting
        if mine.command.side is Side.SELL and mine.command.instrument == instrument
    )
