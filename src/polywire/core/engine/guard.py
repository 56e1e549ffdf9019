"""Guards held positions: moves their exits at each cut, and lets them rule over what is wanted.

The ledger owns where each exit stands; this owns only since when a trigger has held and which
sales press now. It sends nothing: the desk pursues what `rule` returns.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from msgspec import structs

from polywire.core.engine.post import Due, Post
from polywire.core.engine.roster import Roster, Seat
from polywire.core.engine.selling import at_once
from polywire.core.engine.standing import Standing
from polywire.core.engine.tracked import Tracked
from polywire.core.execution.exits import (
    REARM_NS,
    ExitPlan,
    ExitStyle,
    Offer,
    ending,
    sale_limit,
    sellable,
    target_price,
)
from polywire.core.ids import MarketId, StrategyId
from polywire.core.ledger.ledger import Key
from polywire.core.model.command import ExitCause, ExitMoved, ExitStep, PlaceOrder
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import Quote, Slot
from polywire.core.units import Ns, Price, Quantity, complement


class Held(NamedTuple):
    """A trigger that holds: whether it protects, and since when it was seen at every look."""

    protects: bool
    since_ns: Ns


class Guard:
    """Call `look` at a market before its strategies are asked, then `rule` on each answer.

    `restless` holds the markets that need a look at the next cut, whatever their books do.
    """

    def __init__(
        self, standing: Standing, roster: Roster, tell: Callable[[ExitMoved], None]
    ) -> None:
        self.restless: dict[MarketId, None] = {}
        self._standing = standing
        self._ledger = standing.ledger
        self._roster = roster
        self._tell = tell
        self._held: dict[Key, Held] = {}
        self._pressing: dict[Key, Quote] = {}
        self._besides: list[Quote] = []
        self._served: set[Key] = set()

    def look(self, tracked: Tracked, *, trusted: bool) -> bool:
        """Move the exits of a market; whether a sale presses, so that others make way for it."""
        presses = False
        for seat in self._roster.seats.values():
            if seat.exits is not None:
                for post in self._posts(seat, seat.exits, tracked):
                    before = self._held.pop(post.key, None)
                    self._pressing.pop(post.key, None)
                    if trusted and not post.over:
                        self._move(post, before)
                    presses = presses or post.key in self._pressing
                    if post.key in self._held or post.key in self._pressing:
                        self.restless[tracked.market.id] = None
        return presses

    def forget(self) -> None:
        """Nothing was looked at for a while: every trigger has to hold anew."""
        self._held.clear()

    def make_way(self, sales: list[Quote]) -> None:
        """Have everybody make way for sales that no exit wants, at this cut."""
        self._besides = sales

    def release(self, strategy: StrategyId) -> None:
        """Nothing of a strategy's exits presses any more."""
        for key in [key for key in self._pressing if key[0] == strategy]:
            del self._pressing[key]

    def stand_aside(self, strategy: StrategyId) -> None:
        """The exits of a strategy are over, so that nothing waits for them."""
        self.release(strategy)
        for key, state in list(self._ledger.exits.items()):
            if key[0] == strategy and state.step is not ExitStep.LEFT:
                now = self._standing.now
                self._put(structs.replace(state, step=ExitStep.LEFT, cause=None, at_ns=now))

    def rule(self, seat: Seat, tracked: Tracked, wanted: tuple[Quote, ...]) -> list[Quote]:
        """What a seat may pursue of what its strategy wants, after what its exits want."""
        sales = self.leaving(seat, tracked)
        quotes = list(wanted)
        if seat.exits is not None:
            posts = list(self._posts(seat, seat.exits, tracked))
            barred = any(_bars(seat.exits, post) for post in posts)
            quotes = [quote for quote in wanted if quote.side is Side.BUY and not barred]
            quotes += [quote for post in posts for quote in self._resting(post)]
        if not (self._pressing or self._besides):
            return sales + quotes
        yields = self._yields(seat, tracked.market)
        return sales + [
            quote
            for quote in quotes
            if quote.slot not in yields and not self._in_the_way(quote, tracked.market)
        ]

    def leaving(self, seat: Seat, tracked: Tracked) -> list[Quote]:
        """The sales of a seat that press now, and may go out on a book that REST alone shows."""
        if not self._pressing:
            return []
        keys = [(seat.strategy.name, outcome.instrument) for outcome in tracked.market.outcomes]
        return [self._pressing[key] for key in keys if key in self._pressing]

    def sold(self, order: PlaceOrder) -> None:
        """Count a pressing sale that is about to leave."""
        state = self._ledger.exits[order.strategy, order.instrument]
        self._put(structs.replace(state, attempts=state.attempts + 1))

    def served(self, order: PlaceOrder) -> None:
        """A sale found all it was to take, or never left: that attempt does not count."""
        self._served.add((order.strategy, order.instrument))

    def _posts(self, seat: Seat, plan: ExitPlan, tracked: Tracked) -> Iterator[Post]:
        for index in range(2):
            yield Post(seat.strategy.name, plan, tracked, index, self._standing)

    def _move(self, post: Post, before: Held | None) -> None:
        state = post.state
        if not post.size:
            if state is not None and state.step is not ExitStep.LEFT:
                self._put(structs.replace(state, step=ExitStep.LEFT, at_ns=post.now))
            return
        if state is None or state.step is ExitStep.LEFT:
            state = self._put(post.armed())
        elif post.key in self._served and state.attempts:
            state = self._put(structs.replace(state, attempts=state.attempts - 1))
        self._served.discard(post.key)
        seen = post.offer(post.size)
        if seen is None:
            return
        whole = seen.quantity == post.size  # what a part would bring is no peak of the whole
        if whole and post.plan.trails and seen.price - state.peak >= post.market.tick:
            state = self._put(structs.replace(state, peak=seen.price))
        if state.step is ExitStep.ARMED:
            state = self._watch(post, state, seen, before)
        if state.step is ExitStep.SELLING:
            self._sell(post, state, seen, before)

    def _watch(self, post: Post, state: ExitMoved, seen: Offer, before: Held | None) -> ExitMoved:
        """Begin to sell once a trigger has held long enough, if its price can be had."""
        trigger = post.trigger(state, seen)
        if trigger is None or _rests(state, trigger.cause, post.now):
            return state
        cause, seen, rung = trigger
        begun = structs.replace(
            state,
            step=ExitStep.SELLING,
            cause=cause,
            price=seen.price,
            attempts=0,
            at_ns=post.now,
            rung=rung,
        )
        if _least(post, begun) <= seen.best and self._holds(post, cause, before):
            return self._put(begun)
        return state

    def _sell(self, post: Post, state: ExitMoved, seen: Offer, before: Held | None) -> None:
        """Press a sale, after a price that ran away too; arm anew after too many in vain."""
        cause = state.cause
        assert cause is not None, "a sale has a cause"
        wanted = post.wanted(state, seen)
        if wanted is None:
            self._arm_again(post, structs.replace(state, attempts=0))
        elif state.attempts >= post.plan.attempts_max:
            self._arm_again(post, state)
        elif _least(post, state) <= wanted.best:
            self._press(post, state, wanted)
        elif cause is ExitCause.TARGET:  # missed, and the stop has to be watched
            self._arm_again(post, structs.replace(state, attempts=0))
        else:
            follows = structs.replace(state, price=seen.price, at_ns=post.now)
            if _least(post, follows) <= seen.best and self._holds(post, cause, before):
                self._press(post, self._put(follows), seen)

    def _press(self, post: Post, state: ExitMoved, seen: Offer) -> None:
        most = min(seen.quantity, post.free, self._standing.limits.order_size_max)
        size = sellable(Quantity(most), post.market)
        if not size:
            return
        layer = max((order.command.layer for order in post.sales()), default=0)
        least = _least(post, state)
        self._pressing[post.key] = at_once(post.instrument, Side.SELL, least, size, layer)

    def _arm_again(self, post: Post, state: ExitMoved) -> None:
        """Once it is known what became of the last sale."""
        if not post.sales():
            self.restless[post.market.id] = None  # the next step may be due at once
            self._put(structs.replace(state, step=ExitStep.ARMED, at_ns=post.now))

    def _holds(self, post: Post, cause: ExitCause, before: Held | None) -> bool:
        """Whether a trigger of this kind was seen at every look for long enough."""
        protects = cause is not ExitCause.TARGET
        same = before is not None and before.protects == protects
        held = before if before is not None and same else Held(protects, post.now)
        if post.now - held.since_ns >= post.plan.confirm_ns:
            return True
        self._held[post.key] = held
        return False

    def _resting(self, post: Post) -> Iterator[Quote]:
        """The targets on the book: those that stand where they should, and the shares without."""
        state = post.state
        if state is None or state.step is ExitStep.SELLING or post.position.held <= 0:
            return
        if post.plan.style is not ExitStyle.RESTING:
            return
        best, _ = post.tracked.book.touch(post.index)
        out = 0  # shares in the orders of this step and of those before it
        for due in post.steps(state):
            price = target_price(due.target, best, post.market.tick)
            if price is not None:
                for size in self._sizes(post, due, price, out):
                    out += size
                    yield Quote(post.instrument, Side.SELL, price, size, layer=due.rung)

    def _sizes(self, post: Post, due: Due, price: Price, out: int) -> Iterator[Quantity]:
        """Of the orders of one step: those that keep their places, then those for the rest."""
        left = min(due.size, post.free) - out
        for order in post.sales():
            size, command = order.remaining, order.command
            if (command.layer, command.price) == (due.rung, price) and size <= left:
                left -= size
                yield size
        most = self._standing.limits.order_size_max
        while size := sellable(Quantity(min(left, most)), post.market):
            left -= size
            yield size

    def _yields(self, seat: Seat, market: Market) -> set[Slot]:
        """The slots of a seat's orders in the way, whose dwell time must not hold up a sale."""
        return {
            order.command.slot
            for outcome in market.outcomes
            for order in self._ledger.open_on(outcome.instrument)
            if order.command.strategy == seat.strategy.name
            and self._in_the_way(order.command, market)
        }

    def _in_the_way(self, quote: Quote | PlaceOrder, market: Market) -> bool:
        """Whether a quote could trade with a pressing sale, directly or through the complement."""
        instruments = [outcome.instrument for outcome in market.outcomes]
        return any(
            sale.instrument in instruments and meets(quote, sale)
            for sale in (*self._pressing.values(), *self._besides)
        )

    def _put(self, moved: ExitMoved) -> ExitMoved:
        self._ledger.move_exit(moved)
        self._tell(moved)
        return moved


def meets(quote: Quote | PlaceOrder, sale: Quote) -> bool:
    """Whether a quote on a sale's market could trade with it, here or through the complement."""
    if sale.instrument == quote.instrument:
        return quote.side is Side.BUY and quote.price >= sale.price
    return quote.side is Side.SELL and quote.price <= complement(sale.price)


def _least(post: Post, state: ExitMoved) -> Price:
    """The least the next sale takes."""
    assert state.cause is not None, "a sale has a cause"
    return sale_limit(
        post.plan, state.cause, state.price, post.levels(state), state.attempts, post.market.tick
    )


def _rests(state: ExitMoved, cause: ExitCause, now: Ns) -> bool:
    """Whether sales for the same cause have just failed, all of them."""
    fresh = 0 <= now - state.at_ns < REARM_NS  # a restart may find the wall clock set back
    return state.attempts > 0 and cause is state.cause and fresh


def _bars(plan: ExitPlan, post: Post) -> bool:
    """Whether an exit keeps its market from being bought."""
    state = post.state
    if ending(plan, post.market, post.now):  # it would be sold at once, again and again
        return True
    if state is None:
        return False
    if state.step is ExitStep.ARMED:  # what one step has sold is not bought for the next
        return bool(plan.ladder) and post.sold(state) > 0
    return state.step is ExitStep.SELLING or post.now - state.at_ns < plan.rest_ns
