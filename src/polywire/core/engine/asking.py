"""What is asked of strategies and told to them, so that one that raises harms nobody else.

Owns nothing: a seat remembers that its strategy failed, and the desk halts it.
"""

import traceback
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Final, TypeVar

from msgspec.msgpack import Decoder, Encoder

from polywire.core.engine.roster import Heard, Roster, Seat
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import OrderFilled
from polywire.core.model.basket import Basket
from polywire.core.model.intent import Quote
from polywire.core.model.market import PublicTrade
from polywire.core.strategy import GroupStrategy, Listener, Strategy
from polywire.core.view import GroupView, MarketView

QUOTES_MAX: Final = 200
"""More of one market is a bug, and would take longer to look at than there is time."""
TOLD_MAX: Final = 500

Answer = TypeVar("Answer")

_ENCODER: Final = Encoder()
_QUOTES: Final = Decoder(tuple[Quote, ...])
_BASKET: Final = Decoder(Basket)


def attempt(seat: Seat, ask: Callable[[], Answer]) -> Answer | None:
    """What a strategy answers, or None if it raised: its bug must halt it and nobody else."""
    try:
        return ask()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the one place that catches everything, an exit too
        seat.failed = _told(error)
        return None


def answer(seat: Seat, view: MarketView) -> tuple[Quote, ...]:
    """What a seat's strategy wants of a market, which the seat remembers; nothing if it raised."""
    wanted = attempt(seat, lambda: quotes_of(seat.strategy, view)) or ()
    seat.heard[view.market.id] = Heard(view.now, wanted)
    return wanted


def quotes_of(strategy: Strategy, view: MarketView) -> tuple[Quote, ...]:
    """What a strategy wants of a market, read as from a wire: nobody makes its author use types.

    Raises what it raises, and an error of its own for anything but a few quotes of this market.
    """
    wanted = tuple(islice(strategy.quotes(view), QUOTES_MAX + 1))
    if not wanted:
        return ()
    if len(wanted) > QUOTES_MAX:
        raise ValueError(f"wants more than {QUOTES_MAX} quotes of one market")
    quotes = _QUOTES.decode(_ENCODER.encode(wanted))
    tokens = [outcome.instrument for outcome in view.market.outcomes]
    strange = [quote.instrument for quote in quotes if quote.instrument not in tokens]
    if strange:
        raise ValueError(f"wants {strange[0]}, which is no outcome of {view.market.id}")
    return quotes


def basket_of(strategy: GroupStrategy, view: GroupView) -> Basket | None:
    """The same of a basket; an error where it is no set of what the strategy was shown."""
    wanted = strategy.basket(view)
    if wanted is None:
        return None
    basket = _BASKET.decode(_ENCODER.encode(wanted))
    shown = {each.market.id: each.market for each in view.markets}
    legs = {leg.market: leg.instrument for leg in basket.legs if leg.market in shown}
    known = all(
        instrument in [outcome.instrument for outcome in shown[market].outcomes]
        for market, instrument in legs.items()
    )
    if not known or len(legs) != len(basket.legs) or len(legs) < 2 or basket.sets <= 0:
        raise ValueError(f"{basket.group}: no set of the markets that were shown")
    return basket


def hear_trade(roster: Roster, trade: PublicTrade) -> None:
    """Tell the listeners among those who follow its market."""
    for seat in roster.seats.values():
        if trade.market in seat.follows:
            _tell(seat, lambda listener: listener.traded(trade))


def hear_fill(roster: Roster, ledger: Ledger, fill: OrderFilled) -> None:
    """Tell whose order it was, if it listens; the fill has just been booked."""
    command = ledger.orders[fill.order_id].command
    seat = roster.seats.get(command.strategy)
    if seat is not None:
        _tell(seat, lambda listener: listener.filled(command, fill))


def _tell(seat: Seat, tell: Callable[[Listener], None]) -> None:
    strategy = seat.strategy
    if not (seat.failed or seat.halted or seat.retired) and isinstance(strategy, Listener):
        attempt(seat, partial(tell, strategy))


def _told(error: BaseException) -> str:
    """The error and where it came from, innermost last; without paths, which differ by machine."""
    try:
        said = str(error)[:TOLD_MAX].encode(errors="backslashreplace").decode()
    except Exception:  # noqa: BLE001 - its words are its author's code too
        said = "without words"
    frames = traceback.extract_tb(error.__traceback__, limit=-5)
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames]
    return f"{type(error).__name__}: {said} ({' > '.join(places)})"
