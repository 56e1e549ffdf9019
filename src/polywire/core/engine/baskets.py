"""Drives baskets at cuts: asks group strategies, sends all legs or none, completes and unwinds.

The ledger holds where each basket stands, core.execution.basket what follows from that; this owns
only when orders were tried last. It decides on no price beyond a basket's own bounds.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from polywire.core.book.measures import sweep
from polywire.core.engine.asking import attempt, basket_of
from polywire.core.engine.roster import Roster, Seat
from polywire.core.engine.selling import TOO_FEW, at_once, into_bids
from polywire.core.engine.standing import Standing
from polywire.core.engine.tracked import Tracked
from polywire.core.engine.watch import BookWatch
from polywire.core.execution.basket import (
    OVER,
    SELLING,
    LegNow,
    Wanted,
    counted,
    dearer,
    follow,
    wanted,
)
from polywire.core.ids import GroupId, MarketId, StrategyId
from polywire.core.model.basket import Basket, BasketKey, BasketMoved, BasketStep, Leg
from polywire.core.model.command import OrderRefused
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import Quote
from polywire.core.strategy import GroupStrategy, Strategy
from polywire.core.units import (
    MILLISECOND,
    MINUTE,
    SECOND,
    Ns,
    Price,
    Quantity,
    floor_to,
    whole_cost,
)
from polywire.core.view import GroupView, MarketView

AGAIN_NS: Final = 200 * MILLISECOND
"""Between two tries: by then the book has told what the last one took."""
FLAGGED_AGAIN_NS: Final = SECOND
HEDGED_NS: Final = SECOND
IN_VAIN_NS: Final = MINUTE
"""How long a group is left alone after a basket that added no set: it was not there to take."""
UNKNOWN: Final = "nobody knows what became of an order"
LATE_NS: Final = 10 * MINUTE
"""So long after a basket was unwound, orders of it that the venue denied may still fill."""
DEAR: Final = "the asks do not give what is missing for what the sets may cost"
LATER: Final = "the books have not taken all of it yet"

Orders = list[tuple[Market, Quote]]
Send = Callable[[StrategyId, Orders], OrderRefused | str]
"""Lets all orders through the gate or none: empty, or why not."""


class Baskets:
    """Call `cut` at each cut, with the markets that have news."""

    def __init__(
        self,
        standing: Standing,
        watch: BookWatch,
        roster: Roster,
        send: Send,
        tell: Callable[[BasketMoved | OrderRefused], None],
    ) -> None:
        self._standing = standing
        self._ledger = standing.ledger
        self._watch = watch
        self._roster = roster
        self._send = send
        self._tell = tell
        self._known: dict[StrategyId, tuple[Strategy, GroupStrategy | None]] = {}
        self._tried_ns: dict[BasketKey, Ns] = {}
        self._had: dict[BasketKey, Quantity] = {}
        self._trouble: dict[BasketKey, str] = {}
        self._refused: dict[BasketKey, str] = {}

    def cut(self, due: Iterable[Tracked], halted: str) -> None:
        """Move what is under way; begin something new unless trading is halted, and why it is."""
        news = {tracked.market.id: tracked.market.group for tracked in due}
        for key, moved in list(self._ledger.baskets.items()):
            why = halted or self._roster.sold_out(key[0])
            if why or moved.step not in OVER or _touches(moved, news):
                self._tend(key, moved, why)
        if halted or self._standing.barred:
            return
        groups = dict.fromkeys(group for group in news.values() if group is not None)
        for seat in self._roster.seats.values() if groups else ():
            strategy = self._grouping(seat.strategy)
            if strategy is not None and seat.exits is None:
                for group in groups:
                    self._ask(seat, strategy, group)

    def _grouping(self, strategy: Strategy) -> GroupStrategy | None:
        """The strategy, if it trades groups; looked at once, for that takes as long as asking."""
        known = self._known.get(strategy.name)
        if known is None or known[0] is not strategy:
            grouping = strategy if isinstance(strategy, GroupStrategy) else None
            known = self._known[strategy.name] = (strategy, grouping)
        return known[1]

    @property
    def _now(self) -> Ns:
        return self._standing.now

    def _ask(self, seat: Seat, strategy: GroupStrategy, group: GroupId) -> None:
        key = (seat.strategy.name, group)
        if seat.failed or seat.halted or seat.disabled or not self._may_begin(key):
            return
        through = self._standing.limits.price_through_max
        view = GroupView(group, tuple(self._shown(seat, group)), self._now, through)
        if len(view.markets) < 2:
            return
        basket = attempt(seat, partial(basket_of, strategy, view))
        if basket is not None and self._fits(key, basket):
            self._begin(key, basket)

    def _may_begin(self, key: BasketKey) -> bool:
        """Nothing of it is under way or has just been in vain, and nothing of its kind is amiss."""
        for (strategy, group), other in self._ledger.baskets.items():
            if strategy == key[0] and other.step is BasketStep.FLAGGED:
                return False
            if (strategy, group) == key and other.step not in OVER:
                return False
        moved = self._ledger.baskets.get(key)
        if moved is None:
            return True
        rest_ns = HEDGED_NS if moved.sets > self._had.get(key, 0) else IN_VAIN_NS
        return not 0 <= self._now - moved.at_ns < rest_ns

    def _shown(self, seat: Seat, group: GroupId) -> Iterable[MarketView]:
        """The members it follows whose books are proven."""
        for market in self._ledger.groups.get(group, {}):
            tracked = self._watch.books.get(market)
            if tracked is None or tracked.resolved or tracked.retired or not seat.trades(market):
                continue
            if not self._standing.distrust_of(tracked):
                name, footing = seat.strategy.name, self._standing.footing
                book, ledger, now = tracked.book, self._ledger, self._now
                yield MarketView(tracked.market, book, ledger, name, footing, now=now)

    def _fits(self, key: BasketKey, basket: Basket) -> bool:
        """What is held of the legs is whole sets of the same legs, and no order on them is open."""
        moved = self._ledger.baskets.get(key)
        legs = [self._leg(key[0], leg) for leg in basket.legs]
        if any(leg.open or leg.resolved for leg in legs):
            return False
        if moved is None or not moved.sets:
            return not any(leg.held for leg in legs) and self._watched_on(moved, basket)
        before = [leg.instrument for leg in moved.basket.legs]
        return before == [leg.instrument for leg in basket.legs]

    def _watched_on(self, before: BasketMoved | None, basket: Basket) -> bool:
        """Whether a late fill of the basket before this one would still be seen."""
        if before is None or self._now - before.at_ns >= LATE_NS:
            return True
        gone = {leg.instrument for leg in before.basket.legs}
        return gone <= {leg.instrument for leg in basket.legs}

    def _begin(self, key: BasketKey, basket: Basket) -> None:
        orders = [
            (self._market(leg), at_once(leg.instrument, Side.BUY, leg.limit, basket.sets))
            for leg in basket.legs
        ]
        refused = self._crowded(key[0], orders) or self._send(key[0], orders)
        if refused:
            self._hear(key, refused)
            return
        self._refused.pop(key, None)
        self._trouble.pop(key, None)
        before = self._ledger.baskets.get(key)
        sets = self._had[key] = before.sets if before is not None else Quantity(0)
        surplus = (Quantity(0),) * len(basket.legs)
        target = Quantity(sets + basket.sets)
        step = BasketStep.SENT
        self._put(BasketMoved(key[0], basket, step, target, sets, surplus, "", self._now))

    def _crowded(self, strategy: StrategyId, orders: Orders) -> OrderRefused | str:
        """Legs that use up the pace of orders could not be completed."""
        recent = len(self._standing.recent_orders)
        if recent + 2 * len(orders) <= self._standing.limits.orders_per_minute:
            return ""
        _, first = orders[0]
        terms = (first.instrument, first.side, first.price, first.quantity)
        reason = f"{recent} orders in a minute, and a basket wants room for each leg twice"
        return OrderRefused(strategy, *terms, "order_rate", reason)

    def _tend(self, key: BasketKey, before: BasketMoved, halted: str) -> None:
        legs = [self._leg(key[0], leg) for leg in before.basket.legs]
        moved = follow(before, legs, self._now, halted or self._amiss(key, before, legs))
        if moved is not before:
            self._put(moved)
        if halted or not self._again(key, moved):
            return
        wants = wanted(moved, legs)
        self._trouble.pop(key, None)
        for want in wants:
            self._try(key, moved, want, alone=len(wants) == 1)

    def _amiss(self, key: BasketKey, moved: BasketMoved, legs: Sequence[LegNow]) -> str:
        """Why shares are not equal by now."""
        if any(leg.open for leg in legs):
            return UNKNOWN
        if any(leg.held < 0 for leg in legs):
            return "more was sold than was held"
        _, surplus = counted(moved, legs)
        few = all(shares < leg.least for shares, leg in zip(surplus, legs, strict=True))
        return TOO_FEW if few else self._trouble.get(key, LATER)

    def _again(self, key: BasketKey, moved: BasketMoved) -> bool:
        pause_ns = FLAGGED_AGAIN_NS if moved.step is BasketStep.FLAGGED else AGAIN_NS
        tried_ns = self._tried_ns.get(key)
        return tried_ns is None or self._now - tried_ns >= pause_ns

    def sales(self) -> Iterator[Quote]:
        """What is to be sold of what legs have too much, as far as bids take it."""
        for key, moved in self._ledger.baskets.items():
            if moved.step in SELLING and not self._roster.sold_out(key[0]):
                legs = [self._leg(key[0], leg) for leg in moved.basket.legs]
                for want in wanted(moved, legs):
                    quote = self._order(key, moved, want, alone=False)
                    if isinstance(quote, Quote):
                        yield quote

    def _order(
        self, key: BasketKey, moved: BasketMoved, want: Wanted, *, alone: bool
    ) -> Quote | str:
        """What its book would take of what a leg lacks or has too much of, or why nothing."""
        leg = moved.basket.legs[want.leg]
        tracked = self._watch.books.get(leg.market)
        if tracked is None:
            return "a market is not watched any more"
        buys = want.side is Side.BUY
        doubt = self._standing.distrust_of if buys else self._standing.exit_distrust
        if distrust := doubt(tracked):
            return f"a book is not to be trusted: {distrust}"
        if buys:
            return self._missing(leg, tracked, want.shares, leg.most if alone else leg.limit)
        owned, rest = (key[0], leg.instrument), tracked.market.size_min
        least = Price(leg.limit - moved.basket.give)
        return into_bids(self._standing, tracked, owned, want.shares, least=least, rest=rest)

    def _try(self, key: BasketKey, moved: BasketMoved, want: Wanted, *, alone: bool) -> None:
        """Send one order for what a leg lacks or has too much of, if its book would take it."""
        leg = moved.basket.legs[want.leg]
        quote = self._order(key, moved, want, alone=alone)
        if isinstance(quote, str):
            self._trouble[key] = quote
            return
        self._tried_ns[key] = self._now
        refused = self._send(key[0], [(self._market(leg), quote)])
        if refused:
            self._hear(key, refused)
        elif quote.side is Side.BUY and quote.price > leg.limit:
            self._put(dearer(moved, want.leg, quote.price))

    def _missing(self, leg: Leg, tracked: Tracked, shares: Quantity, most: Price) -> Quote | str:
        """A buy of what is shown up to a price; why not where that is no order, or leaves none."""
        market = tracked.market
        asks = list(tracked.book.levels(market.outcome_index(leg.instrument), Side.SELL))
        if not asks or asks[0][0] > most:
            return DEAR
        reach = Price(min(most, asks[0][0] + self._standing.limits.price_through_max))
        found = sweep(asks, Side.BUY, reach, shares)
        price = found[-1][0]
        step = whole_cost(price, market.cost_step, market.lot)
        size = Quantity(floor_to(sum(part for _, part in found), step))
        left = shares - size
        fits = size >= market.size_min and (not left or left >= market.size_min)
        return at_once(leg.instrument, Side.BUY, price, size) if fits else DEAR

    def _hear(self, key: BasketKey, refused: OrderRefused | str) -> None:
        """The gate said no; that is told once a rule, until it lets something pass."""
        if isinstance(refused, str):
            self._trouble[key] = refused
            return
        self._trouble[key] = refused.reason
        if self._refused.get(key) != refused.rule:
            self._refused[key] = refused.rule
            self._tell(refused)

    def _put(self, moved: BasketMoved) -> None:
        self._ledger.baskets.move(moved)
        self._tell(moved)

    def _leg(self, strategy: StrategyId, leg: Leg) -> LegNow:
        held = self._ledger.position(strategy, leg.instrument).held
        mine = (order.command.strategy for order in self._ledger.open_on(leg.instrument))
        market = self._ledger.markets.get(leg.instrument)
        least = market.size_min if market is not None else Quantity(0)
        resolved = leg.market in self._ledger.payouts
        return LegNow(held, strategy in mine, resolved, least)

    def _market(self, leg: Leg) -> Market:
        return self._watch.books[leg.market].market


def _touches(moved: BasketMoved, news: dict[MarketId, GroupId | None]) -> bool:
    return any(leg.market in news for leg in moved.basket.legs)
