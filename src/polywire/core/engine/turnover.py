"""Strategies that come and go while the run goes on: who follows what, and what leavers sell.

Sends nothing and cancels nothing: the desk asks what is to be cancelled, and what is to be sold.
"""

from collections.abc import Iterator
from functools import partial

import msgspec
from msgspec import structs

from polywire.core.engine.asking import attempt
from polywire.core.engine.flattening import Flattening
from polywire.core.engine.guard import Guard, meets
from polywire.core.engine.roster import Roster, Seat
from polywire.core.engine.standing import Standing
from polywire.core.engine.watch import BookWatch
from polywire.core.execution.reconcile import taking
from polywire.core.ids import MarketId, StrategyId
from polywire.core.ledger.order import Order
from polywire.core.model.control import Operation, OperatorCommand
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import Quote
from polywire.core.strategy import Parametrised


class Turnover:
    """`add`, `retire` and `obey` when a person says so; at each cut `unwanted`, `wanted`, `sales`.

    Everybody is to make way for what is `wanted`; `sales` are those that nothing of ours is in the
    way of any more.
    """

    def __init__(self, standing: Standing, watch: BookWatch, roster: Roster, guard: Guard) -> None:
        self.flattening = Flattening(standing, watch)
        self._ledger = standing.ledger
        self._standing = standing
        self._watch = watch
        self._roster = roster
        self._guard = guard
        self._cancels: dict[str, str] = {}

    def follow(self, seat: Seat, market: Market) -> None:
        """Let a strategy say whether it follows a market."""
        asks = not (seat.failed or seat.retired)
        if asks and attempt(seat, lambda: seat.strategy.follows(market)):
            seat.follows[market.id] = None
        else:
            seat.follows.pop(market.id, None)

    def add(self, settings: str) -> list[MarketId]:
        """Seat a strategy, unless one of its name is at work; the markets to ask it about."""
        seat = self._roster.seat_from(settings)
        if not self._roster.is_free(seat.strategy.name):
            return []
        self._guard.release(seat.strategy.name)
        self._roster.seats[seat.strategy.name] = seat
        for tracked in self._watch.books.values():
            if not tracked.resolved:
                self.follow(seat, tracked.market)
        self._renew()
        return list(seat.follows)

    def retire(self, strategy: StrategyId, *, sells_out: bool) -> None:
        """Ask a strategy no more; its exits guard on, unless all it holds is to be sold."""
        seat = self._roster.seats.get(strategy)
        if seat is None:
            return
        seat.retired = True
        if sells_out:
            seat.sells_out, seat.exits = True, None
        seat.follows.clear()
        self._renew()

    def obey(self, asked: OperatorCommand) -> None:
        """Disable, enable or tell otherwise a strategy; cancel some orders at the next cut."""
        if asked.operation in (Operation.CANCEL_MARKET, Operation.CANCEL_ORDER):
            self._cancels[asked.subject] = asked.reason
            return
        seat = self._roster.seats.get(StrategyId(asked.subject))
        if seat is None:
            return
        if asked.operation is Operation.SET:
            attempt(seat, partial(tell, seat, asked.value))
        else:
            seat.disabled = asked.operation is Operation.DISABLE

    def unwanted(self) -> Iterator[tuple[Order, str]]:
        """Open orders that a person wants cancelled, and of who is retired or disabled; and why.

        Sales of exits stay in the latter case, and what takes has its moment.
        """
        cancels, self._cancels = self._cancels, {}
        out = [one for one in self._roster.seats.values() if one.retired or one.disabled]
        if not (cancels or out):
            return
        for order in list(self._ledger.open_orders.values()):
            command = order.command
            reason = cancels.get(command.order_id, cancels.get(command.market, ""))
            yield from ((order, reason),) if reason else self._left(order)

    def _left(self, order: Order) -> Iterator[tuple[Order, str]]:
        seat = self._roster.seats.get(order.command.strategy)
        if seat is None or not (seat.retired or seat.disabled):
            return
        guards = seat.exits is not None and order.command.side is Side.SELL
        if not guards and not taking(order, self._standing.now):
            yield order, "retired" if seat.retired else "disabled"

    def wanted(self) -> Iterator[Quote]:
        """What is to be sold of who is sold out, whose exits stand aside."""
        for name in self._sellers():
            self._guard.stand_aside(name)
            for _, quote in self.flattening.wanted(name):
                yield quote

    def sales(self) -> Iterator[tuple[StrategyId, Market, Quote]]:
        """Sales that are due and could trade with nothing of ours."""
        for name in self._sellers():
            yield from self.flattening.sales(name, self._is_clear)

    def _sellers(self) -> list[StrategyId]:
        return [name for name, seat in self._roster.seats.items() if seat.sells_out]

    def _is_clear(self, quote: Quote, market: Market) -> bool:
        """Whether no open order of ours could trade with a sale."""
        return not any(
            meets(order.command, quote)
            for outcome in market.outcomes
            for order in self._ledger.open_on(outcome.instrument)
        )

    def _renew(self) -> None:
        """Proofs are renewed as those who follow a market now want it."""
        for market, tracked in self._watch.books.items():
            tracked.audit_ns = self._roster.renew_ns(market)


def tell(seat: Seat, value: str) -> None:
    """Make a seat's strategy anew with some parameters changed; raises for what it cannot be told.

    It knows nothing then but what it is shown, as after a restart. What contradicts another of its
    parameters changes nothing: that one may have been changed since somebody looked.
    """
    strategy = seat.strategy
    assert isinstance(strategy, Parametrised), f"{strategy.name} has no parameters"
    changed = msgspec.json.decode(value, type=dict[str, object])
    wanted = msgspec.to_builtins(structs.replace(strategy.parameters, **changed))
    parameters = msgspec.convert(wanted, type(strategy.parameters))
    if not any(parameters.contradictions()):
        seat.strategy = type(strategy)(strategy.name, parameters)
