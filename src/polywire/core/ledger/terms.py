"""The markets that a ledger knows: their terms, who is listed with whom, and what they paid.

What resolved shares pay is not money to spend until somebody has redeemed them at the venue.
"""

from collections.abc import Iterable

from polywire.core.ids import GroupId, InstrumentId, MarketId
from polywire.core.model.instrument import Market
from polywire.core.units import Money, Quantity, payout


class Terms:
    """`markets` by instrument, `groups` that are listed together, `payouts` of resolved markets.

    `unredeemed`: tokens that have paid and that the venue may still hold for us, with what they
    were worth in its last report, or are by what was booked since. `pays_at_once`: it holds none.
    """

    def __init__(self) -> None:
        self.pays_at_once = True
        self.markets: dict[InstrumentId, Market] = {}
        self.groups: dict[GroupId, dict[MarketId, Market]] = {}
        self.payouts: dict[MarketId, tuple[Money, Money]] = {}
        self.unredeemed: dict[InstrumentId, Money] = {}

    def list_market(self, market: Market) -> None:
        """Know a market's terms: fees for what orders reserve, outcomes for resolutions."""
        for outcome in market.outcomes:
            self.markets[outcome.instrument] = market
        if market.group is not None:
            self.groups.setdefault(market.group, {})[market.id] = market

    def forget(self, instruments: Iterable[InstrumentId]) -> None:
        """Let go of a market's terms."""
        for instrument in instruments:
            market = self.markets.pop(instrument)
            if market.group is not None:
                self.groups.get(market.group, {}).pop(market.id, None)
                if not self.groups.get(market.group):
                    self.groups.pop(market.group, None)

    def worth(self, instrument: InstrumentId) -> Money | None:
        """What a share of a resolved market pays; None of any other."""
        market = self.markets.get(instrument)
        payouts = self.payouts.get(market.id) if market is not None else None
        if market is None or payouts is None:
            return None
        return payouts[market.outcome_index(instrument)]

    def trades(self, instrument: InstrumentId) -> bool:
        """Whether its market is known and has no answer yet."""
        return instrument in self.markets and self.worth(instrument) is None

    def expect(self, instrument: InstrumentId, shares: Quantity) -> None:
        """So many more of it were booked as paid out: ask the venue whether it holds them still.

        A real one does, until it says otherwise.
        """
        worth = self.worth(instrument)
        if worth:
            paid = Money(0) if self.pays_at_once else payout(worth, shares)
            waits = self.unredeemed.get(instrument, 0) + paid
            self.unredeemed[instrument] = Money(max(0, waits))

    def show(self, positions: Iterable[tuple[InstrumentId, Quantity]]) -> None:
        """What the venue holds for us; what it does not hold was redeemed, or never paid."""
        self.unredeemed.clear()
        for instrument, shares in positions:
            worth = self.worth(instrument)
            if worth:
                self.unredeemed[instrument] = payout(worth, shares)
