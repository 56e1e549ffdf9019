"""A synthetic venue from a seed: who trades when, what is listed, what resolves.

The same seed and start make the same frames in virtual time, whatever the size of the steps.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from polywire.exchange.announcements import market_resolved, new_market
from polywire.exchange.belief import Belief, Contest
from polywire.exchange.books import MarketBook
from polywire.exchange.decimals import ONE
from polywire.exchange.flow import Kind, Print, Schedule, Trade, Witness
from polywire.exchange.founding import Founder, digest, reserve
from polywire.exchange.frames import Frame, book
from polywire.exchange.listing import Catalogue, Listing
from polywire.exchange.order_flow import OrderFlow, printed
from polywire.exchange.shape import draw_character, draw_depth, draw_tick

MS = 1_000_000
SECOND = 1_000_000_000
BURST_MEAN = 4
BURST_GAP_NS = 4 * MS
LATE_PRINT_NS = (5 * MS, 90 * MS)
"""How late the print of a trade may follow a book already hashed with its price."""
PRINT_FIRST, BOOK_FIRST = 0.65, 0.3
"""Shares of trades told before and after the books; the rest is told late."""
LISTING_GAP_NS = 90 * SECOND
HALF_SHARE = 0.04
LIVELY = 2
CENT = 10_000


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a synthetic venue is made from."""

    seed: int
    start_ns: int
    markets: int = 12
    frames_a_second: float | None = None
    """Mean over all markets; None is 12 a market, at most 600 in all."""
    reserve_market: bool = False
    """One market on cents besides, which starts empty, trades only with accounts, never ends."""


@dataclass(slots=True)
class Desk:
    """One market while it trades."""

    listing: Listing
    orders: OrderFlow
    contest: Contest
    place: int
    pace: float
    burst: int = 0
    print_due: int = 0


class SyntheticFlow:
    """Markets that trade by themselves; see `flow.Flow`."""

    kind: Kind = "synthetic"
    waits = False

    def __init__(self, recipe: Recipe) -> None:
        self.start_ns = recipe.start_ns
        self.catalogue = Catalogue()
        self.books: dict[str, MarketBook] = {}
        self.prints: deque[Print] = deque(maxlen=1000)
        self.witness: Witness | None = None
        self._seed = recipe.seed
        self._rng = Random(recipe.seed)
        self._founder = Founder(recipe.seed, self._rng)
        self._schedule = Schedule()
        self._desks: dict[str, Desk] = {}
        self._traded = 0
        self._found(recipe.markets)
        total = recipe.frames_a_second or min(600.0, 12.0 * recipe.markets)
        weight = sum(desk.pace for desk in self._desks.values())
        self._frames_a_pace = total / max(weight, 1e-9)
        for desk in self._desks.values():
            self._rest(desk, self.start_ns)
        self._schedule.push(self.start_ns + LISTING_GAP_NS, self._list_something)
        if recipe.reserve_market:
            self._reserve(reserve(recipe.seed, self.start_ns))

    def step(self, until_ns: int) -> Iterator[list[Frame]]:
        """See `flow.Flow`."""
        return self._schedule.run(until_ns)

    def next_ns(self) -> int | None:
        """See `flow.Flow`."""
        return self._schedule.next_ns()

    def trade(self, condition_id: str, *, lifts: bool, size: int, now: int) -> list[Frame]:
        """Execute a market order from outside on the first token."""
        return self._execute(self._desks[condition_id], lifts=lifts, size=size, now=now)

    def change_tick(self, condition_id: str, tick: int, now: int) -> list[Frame]:
        """Put a market on another grid."""
        return self._desks[condition_id].orders.regrid(tick, now)

    def resolve(self, condition_id: str, payout: tuple[str, str], now: int) -> list[Frame]:
        """Close a market for good: its books empty, its outcomes pay `payout`."""
        desk = self._desks.pop(condition_id)
        desk.listing.payout = payout
        desk.listing.closed_ns = now
        if self.witness is not None:
            self.witness.resolved(desk.listing, now)
        state = self.books.pop(condition_id)
        state.clear()
        state.timestamp = str(now // MS)
        return [book(state, 0), book(state, 1), market_resolved(desk.listing, now // MS)]

    def list_market(self, now: int) -> list[Frame]:
        """List a plain market, which starts trading at once."""
        return [
            self._announced(listing, now) for listing in self._admit(self._founder.binary(now), now)
        ]

    def _found(self, markets: int) -> None:
        now, made = self.start_ns, 0
        while made < markets:
            left = markets - made
            if made < LIVELY:
                listings = self._founder.up_or_down(now, made)
            elif left >= 3 and (made == LIVELY or self._rng.random() < 0.12):
                listings = self._founder.race(now, min(left, self._rng.randint(3, 7)))
            else:
                listings = self._founder.binary(now)
            made += sum(listing.active for listing in self._admit(listings, now))

    def _admit(self, listings: list[Listing], now: int) -> list[Listing]:
        contest = Contest(listings[0].end_ns)
        tick = draw_tick(self._rng, draw_depth(self._rng))
        for listing in listings:
            self.catalogue.add(listing)
            if listing.active:
                self._open(listing, contest, tick if listing.group.neg_risk else None, now)
        self._schedule_end(listings, now)
        return listings

    def _schedule_end(self, listings: list[Listing], now: int) -> None:
        end = max(now, listings[0].end_ns)
        self._schedule.push(end, lambda at: self._settle(listings, at))

    def _open(self, listing: Listing, contest: Contest, tick: int | None, now: int) -> None:
        rng = self._rng
        lively = listing.outcomes[0] == "Up"
        depth = draw_depth(rng)
        grid = tick or (10_000 if lively else draw_tick(rng, depth))
        character = draw_character(rng, depth, grid, lively=lively)
        level = rng.gauss(0, 0.2 if lively else 1.1)
        belief = Belief(rng, now, level=level, volatility=character.volatility)
        place = contest.join(belief, now)
        neg_risk = listing.group.neg_risk
        state = MarketBook(listing.condition_id, listing.tokens, tick=grid, neg_risk=neg_risk)
        self.books[listing.condition_id] = state
        desk = Desk(listing, OrderFlow(state, character, rng), contest, place, character.pace)
        self._desks[listing.condition_id] = desk
        # A race knows its prices only once all members have joined: books open on the first event.
        self._schedule.push(now, lambda at: self._first(desk, at))

    def _first(self, desk: Desk, now: int) -> list[Frame]:
        desk.orders.open(desk.contest.fair(desk.place, now), now)
        return []

    def _reserve(self, listing: Listing) -> None:
        """Open a market that the schedule never touches, from a generator of its own."""
        rng, now = Random(self._seed), self.start_ns
        state = MarketBook(listing.condition_id, listing.tokens, tick=CENT, neg_risk=False)
        state.stamp(now // MS)
        contest = Contest(listing.end_ns)
        place = contest.join(Belief(rng, now, level=0.0, volatility=0.0), now)
        flow = OrderFlow(state, draw_character(rng, 1, CENT), rng)
        self.catalogue.add(listing)
        self.books[listing.condition_id] = state
        self._desks[listing.condition_id] = Desk(listing, flow, contest, place, pace=0.0)

    def _rest(self, desk: Desk, now: int) -> None:
        rng = self._rng
        if desk.burst > 0:
            desk.burst -= 1
            gap = rng.expovariate(1 / BURST_GAP_NS)
        else:
            desk.burst = int(rng.expovariate(1 / BURST_MEAN))
            frames = BURST_MEAN + 0.5
            gap = rng.expovariate(desk.pace * self._frames_a_pace / frames) * SECOND
        self._schedule.push(now + int(gap) + 1, lambda at: self._act(desk, at))

    def _act(self, desk: Desk, now: int) -> list[Frame]:
        if desk.listing.closed:
            return []
        self._rest(desk, now)
        fair = desk.contest.fair(desk.place, now)
        crossing = desk.orders.crossing(fair)
        if crossing is not None:
            lifts, limit = crossing
            size = desk.orders.draw_quote()
            return self._execute(desk, lifts=lifts, size=size, now=now, limit=limit)
        if not desk.orders.due_trade():
            return desk.orders.act(fair, now)
        lifts, size = desk.orders.draw_trade(fair)
        return self._execute(desk, lifts=lifts, size=size, now=now)

    def publish(
        self, listing: Listing, trade: Trade, transaction: str | None = None
    ) -> tuple[Frame, str]:
        """Print one execution and count its volume; the frame and its transaction."""
        self._traded += 1
        if transaction is None:
            transaction = "0x" + digest(self._seed, "transaction", self._traded).hex()
        frame, public = printed(self.books[listing.condition_id], trade, transaction)
        self.prints.append(public)
        dollars = trade.price * trade.size / ONE**2
        listing.volume = round(listing.volume + dollars, 6)
        listing.volume_day = round(listing.volume_day + dollars, 6)
        return frame, transaction

    def in_order(self, condition_id: str, told: list[Frame], now: int) -> list[Frame]:
        """Prints to send now: none while earlier ones of their market wait, which they follow."""
        desk = self._desks[condition_id]
        if now > desk.print_due:
            return told
        desk.print_due += 1
        self._schedule.push(desk.print_due, lambda _: told)
        return []

    def _execute(
        self, desk: Desk, *, lifts: bool, size: int, now: int, limit: int | None = None
    ) -> list[Frame]:
        before = desk.orders.book.best(0)
        done = desk.orders.trade(lifts=lifts, size=size, now=now, limit=limit)
        if not done:
            return []
        told = []
        for trade in done:
            frame, transaction = self.publish(desk.listing, trade)
            told.append(frame)
            if self.witness is not None:
                self.witness.traded(desk.listing, trade, transaction, now)
        order = self._rng.random()
        full = order < PRINT_FIRST + BOOK_FIRST and self._rng.random() < 0.9
        books = desk.orders.after_trade(before, full=full)
        waiting = now <= desk.print_due  # prints of one market keep their order
        if order < PRINT_FIRST and not waiting:
            return told + books
        if order < PRINT_FIRST + BOOK_FIRST and not waiting:
            return books + told
        desk.print_due = max(now, desk.print_due) + self._rng.randint(*LATE_PRINT_NS)
        self._schedule.push(desk.print_due, lambda _: told)
        return books

    def _list_something(self, now: int) -> list[Frame]:
        gap = int(self._rng.expovariate(1 / LISTING_GAP_NS))
        self._schedule.push(now + gap, self._list_something)
        return self.list_market(now)

    def _announced(self, listing: Listing, now: int) -> Frame:
        state = self.books[listing.condition_id]
        desk = self._desks[listing.condition_id]
        desk.pace = min(desk.pace, 1.0)
        self._rest(desk, now)
        return new_market(listing, state.tick, now // MS)

    def _settle(self, listings: list[Listing], now: int) -> list[Frame]:
        """Resolve what ended together: one winner in a race, now and then a half for a binary."""
        left = [listing for listing in listings if listing.condition_id in self._desks]
        sent: list[Frame] = []
        fairs = [self._fair(listing, now) for listing in left]
        if left and left[0].group.neg_risk:
            winner = self._rng.choices(left, fairs)[0]
            for listing in left:
                payout = ("1", "0") if listing is winner else ("0", "1")
                sent += self.resolve(listing.condition_id, payout, now)
        elif left:
            half = self._rng.random() < HALF_SHARE
            first = ("1", "0") if self._rng.random() < fairs[0] else ("0", "1")
            sent += self.resolve(left[0].condition_id, ("0.5", "0.5") if half else first, now)
        if listings[0].outcomes[0] == "Up":
            sent += self._next_window(listings[0], now)
        return sent

    def _next_window(self, ended: Listing, now: int) -> list[Frame]:
        coin = next(i for i, name in enumerate(("btc", "eth", "sol")) if name in ended.slug)
        listings = self._admit(self._founder.up_or_down(now, coin), now)
        return [self._announced(listing, now) for listing in listings]

    def _fair(self, listing: Listing, now: int) -> float:
        desk = self._desks[listing.condition_id]
        return desk.contest.fair(desk.place, now)
