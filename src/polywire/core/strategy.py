"""The protocols a strategy fulfils: which markets it follows, which quotes it wants to rest, and
what it may hear of besides.
"""

from enum import Enum
from typing import Protocol, runtime_checkable

from polywire.core.ids import MarketId, StrategyId
from polywire.core.model.account import OrderFilled
from polywire.core.model.basket import Basket
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Market
from polywire.core.model.intent import Quote
from polywire.core.model.market import PublicTrade
from polywire.core.parameters import StrategyParameters
from polywire.core.units import Price
from polywire.core.view import GroupView, MarketView


class Wake(Enum):
    """What a strategy is asked after: a change of the best prices, or any change of the book.

    It is also asked after its own orders change, when trust in the book changes, and each second.
    """

    TOUCH = "touch"
    BOOK = "book"


class Strategy(Protocol):
    """Pure: no clock, no I/O, no state that a restart would miss."""

    @property
    def name(self) -> StrategyId:
        """Unique among the strategies of a run; orders and positions carry it."""

    @property
    def wake(self) -> Wake:
        """Which changes of a book it wants to be asked after."""

    def follows(self, market: Market) -> bool:
        """Whether it trades this market at all."""

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:
        """Every order it wants resting in this market now; what is left out gets cancelled."""


@runtime_checkable
class Parametrised(Strategy, Protocol):
    """What a strategy may fulfil besides, to be told otherwise while it runs.

    It is made anew, of its name and its parameters.
    """

    def __init__(self, name: StrategyId, parameters: StrategyParameters) -> None: ...

    @property
    def parameters(self) -> StrategyParameters:
        """What it was told."""


@runtime_checkable
class Appraiser(Protocol):
    """What a strategy may fulfil besides, for people: what it takes a market to be worth.

    Its class has to: the strategies themselves are not asked.
    """

    def fair(self, market: MarketId) -> Price | None:
        """A share of the first outcome, when it was last asked; None while it does not know."""


@runtime_checkable
class Listener(Protocol):
    """What a strategy may fulfil besides, to hear of the markets it follows as events come.

    What it makes of them is lost at a restart: it has to warm up, and to want nothing until it
    has. It is not told the time; `recv_ns` is the event's own. What it raises halts it.
    """

    def traded(self, trade: PublicTrade) -> None:
        """Others have traded."""

    def filled(self, order: PlaceOrder, fill: OrderFilled) -> None:
        """One execution of an order of its own, heard once."""


@runtime_checkable
class GroupStrategy(Protocol):
    """What a strategy may fulfil besides, to trade the markets of exclusive groups as one.

    It is asked while none of its baskets in the group is under way, and only about markets that
    it follows. What it raises halts it.
    """

    def basket(self, view: GroupView) -> Basket | None:
        """What to buy now, all of it or nothing."""
