"""What is asked of strategies and told to them, so that one that raises harms nobody else.

Owns nothing: a seat remembers that its strategy failed, and the desk halts it.
"""

import traceback
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from polywire.core.engine.roster import Roster, Seat
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import OrderFilled
from polywire.core.model.market import PublicTrade
from polywire.core.strategy import Listener

Answer = TypeVar("Answer")


def attempt(seat: Seat, ask: Callable[[], Answer]) -> Answer | None:
    """What a strategy answers, or None if it raised: its bug must halt it and nobody else."""
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - the one place that catches everything
        seat.failed = _told(error)
        return None


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


def _told(error: Exception) -> str:
    """The error and where it came from, innermost last; without paths, which differ by machine."""
    frames = traceback.extract_tb(error.__traceback__, limit=-5)
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames]
    return f"{type(error).__name__}: {error} ({' > '.join(places)})"
