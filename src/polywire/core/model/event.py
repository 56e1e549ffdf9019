"""The closed unions of what goes in and what comes out, and which of it is account history."""

from polywire.core.model.account import AccountEvent
from polywire.core.model.basket import BasketMoved
from polywire.core.model.breaker import BreakerMoved
from polywire.core.model.command import (
    CancelOrder,
    DayOpened,
    ExitMoved,
    LookUpOrder,
    OrderRefused,
    PlaceOrder,
    StrategyHalted,
)
from polywire.core.model.control import ControlEvent, RunStarted
from polywire.core.model.conversion import ConvertShares
from polywire.core.model.healing import FeedNews, FeedOrder
from polywire.core.model.market import InstrumentListed, MarketEvent, MarketResolved
from polywire.core.model.reckoning import Correction, PositionHandedOver, Reckoning

Event = MarketEvent | AccountEvent | ControlEvent
Output = (
    PlaceOrder
    | CancelOrder
    | LookUpOrder
    | FeedOrder
    | OrderRefused
    | StrategyHalted
    | FeedNews
    | DayOpened
    | ExitMoved
    | BasketMoved
    | BreakerMoved
    | Reckoning
    | ConvertShares
)
Record = Event | Output
History = (
    PlaceOrder
    | CancelOrder
    | DayOpened
    | ExitMoved
    | BasketMoved
    | BreakerMoved
    | Correction
    | PositionHandedOver
    | AccountEvent
    | RunStarted
    | InstrumentListed
    | MarketResolved
)
"""What an account is rebuilt from, without any book."""
