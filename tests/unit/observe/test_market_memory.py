"""What is remembered of markets is theirs alone, and goes with them."""

from tests.unit.core.building import SECOND, Scripted, engine, forty_sixty, opening, seat
from tests.unit.core.started import T0

from polywire.core.ids import MarketId
from polywire.core.model.control import Cut
from polywire.core.model.market import InstrumentDropped
from polywire.core.units import Ns, Price
from polywire.observe.market_memory import MarketMemories


def test_of_a_market_that_is_watched_no_more_nothing_is_remembered() -> None:
    live, memories = engine(), MarketMemories()

    def take(event: object) -> None:
        live.handle(event)
        memories.take(event, live)
        if isinstance(event, Cut):
            memories.sample(event.now, live)

    for event in (*opening(forty_sixty(), at=T0), Cut(Ns(T0))):
        take(event)
    (market,) = memories.known
    take(InstrumentDropped(Ns(T0 + 1), market))
    memories.change(market)  # an order of ours in it is told of late
    for later in (1, 2):
        take(Cut(Ns(T0 + later * SECOND)))
    assert (memories.known, memories.moved, memories.since(0)) == ({}, {}, [])


class Appraised(Scripted):
    """Wants nothing, and says what a market is worth."""

    def fair(self, _market: MarketId) -> Price:
        """Always the same."""
        return Price(510_000)


def test_a_mid_has_beside_it_what_a_strategy_took_the_market_to_be_worth() -> None:
    live, memories = engine(seat(Appraised(lambda _: ()))), MarketMemories()
    for event in (*opening(forty_sixty(), at=T0), Cut(Ns(T0))):
        live.handle(event)
        memories.take(event, live)
    memories.sample(Ns(T0), live)
    (memory,) = memories.known.values()
    assert list(memory.mids.points()) == [(T0, 500_000, 510_000)]
