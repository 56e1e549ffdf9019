"""What the engine asks of the world. Orders leave it only inside an `Approved` (core.risk.gate)."""

from enum import StrEnum

from msgspec import Struct

from polywire.core.ids import InstrumentId, MarketId, OrderId, StrategyId, VenueOrderId
from polywire.core.model.instrument import Side
from polywire.core.model.intent import Quote, Slot, TimeInForce
from polywire.core.units import Money, Ns, Price, Quantity


class Decision(Struct, frozen=True, gc=False, array_like=True, tag=True):
    """Base of all that the engine asks and tells."""


class PlaceOrder(Decision, frozen=True):
    """A new order; its id was derived from the run and a counter."""

    order_id: OrderId
    strategy: StrategyId
    market: MarketId
    instrument: InstrumentId
    side: Side
    price: Price
    quantity: Quantity
    time_in_force: TimeInForce
    post_only: bool
    until: Ns = Ns(0)
    """When the venue ends it by itself; 0 for all but GTD."""
    layer: int = 0

    @property
    def slot(self) -> Slot:
        """Where it rests."""
        return self.instrument, self.side, self.layer


def order_for(
    quote: Quote, order_id: OrderId, strategy: StrategyId, market: MarketId
) -> PlaceOrder:
    """The order that a strategy's quote comes to."""
    return PlaceOrder(
        order_id,
        strategy,
        market,
        quote.instrument,
        quote.side,
        quote.price,
        quote.quantity,
        quote.time_in_force,
        quote.post_only,
        quote.until,
        quote.layer,
    )


class CancelOrder(Decision, frozen=True):
    """Cancel one of our orders; needs no approval."""

    order_id: OrderId
    reason: str


class LookUpOrder(Decision, frozen=True):
    """Ask the venue what became of one of our orders; None where it was never signed."""

    order_id: OrderId
    venue_order_id: VenueOrderId | None


class OrderRefused(Decision, frozen=True):
    """Told, not asked: the gate said no, by which rule and why."""

    strategy: StrategyId
    instrument: InstrumentId
    side: Side
    price: Price
    quantity: Quantity
    rule: str
    reason: str


class StrategyHalted(Decision, frozen=True):
    """Told, not asked: a strategy raised; its orders are cancelled and it is asked no more."""

    strategy: StrategyId
    error: str


class ExitStep(StrEnum):
    """Where the exit of a position stands: watched, being sold after a trigger, or over."""

    ARMED = "armed"
    SELLING = "selling"
    LEFT = "left"


class ExitCause(StrEnum):
    """What triggered a sale."""

    TARGET = "target"
    STOP = "stop"
    TRAIL = "trail"
    END = "end"


class ExitMoved(Decision, frozen=True):
    """Told, not asked: what a restart must know of one position's exit.

    `price` is what the held shares would have brought when `cause` triggered, `peak` the best they
    would have brought since the position was opened; `attempts` counts the sales since the trigger.
    An armed exit with attempts has sold in vain. `at_ns` is when `step` began. `sold` is what had
    been sold before the position was opened, `rung` which step of a ladder is being sold.
    """

    strategy: StrategyId
    market: MarketId
    instrument: InstrumentId
    step: ExitStep
    cause: ExitCause | None
    price: Price
    peak: Price
    attempts: int
    at_ns: Ns
    sold: Quantity = Quantity(0)
    rung: int = 0


class Mark(Struct, frozen=True, gc=False, array_like=True):
    """What a strategy's position had made, cash and shares; `known`: by a book that was told."""

    strategy: StrategyId
    instrument: InstrumentId
    made: Money
    known: bool


class DayOpened(Decision, frozen=True):
    """Told, not asked: how the first cut of a UTC day found us; the day's loss counts from it.

    `traded`: what there would have been if our strategies alone had moved it. `results`: what each
    strategy had made by then, shares at the best bid; its own loss counts from that, and from
    nothing where it is not named. `marks`: the positions in both; one that is not known moves the
    day when its book is told.
    """

    day: int
    traded: Money
    results: tuple[tuple[StrategyId, Money], ...] = ()
    marks: tuple[Mark, ...] = ()
