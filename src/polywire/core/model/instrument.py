"""What is traded: markets, their two outcomes, the group they are listed in, and their fees."""

from enum import IntEnum

from msgspec import Struct

from polywire.core.ids import GroupId, InstrumentId, MarketId, VenueId
from polywire.core.units import Money, Ns, Price, Quantity, fee


class Side(IntEnum):
    """Side of an order or of a book; BUY is the bid side."""

    BUY = 0
    SELL = 1

    @property
    def opposite(self) -> "Side":
        """The side that trades against this one."""
        return Side.SELL if self is Side.BUY else Side.BUY


class FeeSchedule(Struct, frozen=True):
    """Taker fee per share: rate * (p * (1 - p)) ** exponent; rates in millionths.

    Source: polymarket.md section 4.10. Makers pay nothing.
    """

    rate_micros: int
    exponent: int
    rebate_micros: int

    def taker_fee(self, price: Price, quantity: Quantity) -> Money:
        """The fee in micro-dollars for taking a quantity at a price."""
        return fee(price, quantity, self.rate_micros, self.exponent)


class Rewards(Struct, frozen=True):
    """What a venue pays in a day to all who quote: near the mid, and enough (polymarket.md 4.10).

    `spread_max` is the farthest distance from the mid, `size_min` the least size that counts.
    """

    daily: Money
    size_min: Quantity
    spread_max: Price


class Outcome(Struct, frozen=True):
    """One side of a market; its instrument id is the venue's token id."""

    instrument: InstrumentId
    name: str


class Market(Struct, frozen=True, kw_only=True):
    """One question with two outcomes; index 0 is the primary outcome the book is kept in.

    `group_size`: how many markets the venue lists in its group, open or not; 0: it was not told.
    `rules`: by what words it is resolved, as far as they were told; `event`: the group's title.
    `cost_step`: what buys that take at once and rest nowhere cost has to be a multiple of; 0: any.
    """

    id: MarketId
    venue: VenueId
    catalogue_id: str
    question: str
    slug: str
    outcomes: tuple[Outcome, Outcome]
    tick: Price
    lot: Quantity
    size_min: Quantity
    fees: FeeSchedule
    neg_risk: bool
    version: str
    end_ns: Ns
    group: GroupId | None = None
    group_title: str = ""
    group_exclusive: bool = False
    group_augmented: bool = False
    group_size: int = 0
    placeholder: bool = False
    tags: tuple[str, ...] = ()
    volume: Money = Money(0)
    liquidity: Money = Money(0)
    cost_step: Money = Money(0)
    rewards: Rewards | None = None
    rules: str = ""
    event: str = ""

    def outcome_index(self, instrument: InstrumentId) -> int:
        """0 for the primary outcome, 1 for its complement."""
        assert instrument == self.outcomes[0].instrument or (
            instrument == self.outcomes[1].instrument
        ), f"{instrument} is no outcome of {self.id}"
        return 0 if instrument == self.outcomes[0].instrument else 1

    def outcome_of(self, instrument: InstrumentId) -> Outcome:
        """The one that the instrument is shares of."""
        return self.outcomes[self.outcome_index(instrument)]

    def complement_of(self, instrument: InstrumentId) -> InstrumentId:
        """The other outcome's instrument."""
        return self.outcomes[1 - self.outcome_index(instrument)].instrument
