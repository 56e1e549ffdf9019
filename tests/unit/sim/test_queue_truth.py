"""Front and back against a naive book that knows every order by its id: the truth lies between."""

from random import Random

from polywire.core.model.account import OrderFilled
from polywire.core.model.instrument import Side
from polywire.core.model.market import BookSnapshot, PublicTrade
from polywire.core.risk.gate import Approved
from polywire.sim.conduct import Conduct
from polywire.sim.queue import BACK, FRONT, PROPORTIONAL

MS, SHARE, CENT = 1_000_000, 1_000_000, 10_000
OURS, WANTED, STEPS = 40, 60, 60


class NaiveBook:
    """Everybody's orders in lists; of ours only what it would have got is counted.

    `told` are pairs of what happened and when; one step is one millisecond of the venue.
    """

    def __init__(self, chance):
        self.chance = chance
        self.now = 0
        self.bids = {price: [] for price in range(36, 44)}
        self.asks = {price: [] for price in range(36, 44)}
        self.count = 0
        self.books, self.prints = [], []
        self.ahead = None
        self.got = 0
        self.arrives_ns = None

    def ours(self, size):
        if self.ahead is not None:
            self.got += min(size, WANTED - self.got)

    def arrive(self):
        """Our bid comes: it takes what is asked at its price, and stands behind who is there."""
        self.ahead = {order for order, _ in self.bids[OURS]}
        for price in range(36, OURS + 1):
            self.ours(sum(size for _, size in self.asks[price]))

    def step(self):
        self.now += MS
        draw, size = self.chance.random(), self.chance.randrange(1, 25)
        bids = self.chance.random() < 0.5
        if draw < 0.3:
            level = self.chance.choice([*(self.bids if bids else self.asks).values()])
            if level:
                order = self.chance.choice(level)
                order[1] -= min(size, order[1])
                level[:] = [each for each in level if each[1]]
        elif bids:
            self.buy(self.chance.choice((38, 39, 40, 40, 40, 42)), size)
        else:
            self.sell(self.chance.choice((39, 40, 40, 42, 42, 43)), size)
        sides = [
            tuple((price * CENT, sum(size for _, size in levels[price]) * SHARE)
                  for price in prices if levels[price])
            for levels, prices in ((self.bids, range(36, 44)), (self.asks, range(43, 35, -1)))
        ]  # fmt: skip
        self.books.append(BookSnapshot(self.now, self.now, "m", 0, *sides, "", "feed"))
        if self.now == self.arrives_ns:
            self.arrive()

    def buy(self, limit, size):
        for price in range(36, limit + 1):
            size = self.execute(self.asks[price], Side.BUY, price, size, lambda _: False)
        self.rest(self.bids[limit], size)

    def sell(self, limit, size):
        for price in range(43, limit - 1, -1):
            behind = price < OURS or (price == OURS and self.is_behind)
            size = self.execute(
                self.bids[price], Side.SELL, price, size, behind or (lambda _: False)
            )
        if limit <= OURS:
            self.ours(size)
        self.rest(self.asks[limit], size)

    def is_behind(self, order):
        return self.ahead is not None and order not in self.ahead

    def execute(self, level, side, price, size, behind):
        for order in level:
            part = min(size, order[1])
            if part:
                order[1] -= part
                size -= part
                self.prints.append(
                    PublicTrade(
                        self.now, self.now, "m", 0, side, price * CENT, part * SHARE, "feed"
                    )
                )
                if behind is True or behind(order[0]):
                    self.ours(part)
        level[:] = [order for order in level if order[1]]
        return size

    def rest(self, level, size):
        if size:
            self.count += 1
            level.append([self.count, size])


def heard(chance, books, prints):
    """Books and prints, each kind in its order, each late by its own time."""
    found = []
    for kind, late_ms in ((books, 4), (prints, 12)):
        at = 0
        for number, event in enumerate(kind):
            at = max(at, event.venue_ns + chance.randrange(late_ms * MS))
            found.append((at, kind is prints, number, event))
    return [(at, event) for at, _, _, event in sorted(found, key=lambda each: each[:3])]


def arrival(told):
    """When no trade is known that the book does not show, and nobody asks for so little."""
    shown, known = 0, 0
    for number, (_, event) in enumerate(told):
        if isinstance(event, PublicTrade):
            known = event.venue_ns
            continue
        shown = event.venue_ns
        free = not event.asks or event.asks[-1][0] > OURS * CENT
        if number > 30 and shown >= known and free:
            return number, shown
    return None


def simulated(rig, queue, told, number):
    rig.open(Conduct(queue=queue))
    order = rig.order("BUY", f"0.{OURS}", str(WANTED))
    for at, event in told[: number + 1]:
        rig.now = at
        if isinstance(event, BookSnapshot):
            rig.shown.book.replace(event)
        rig.venue.observe(event)
    rig.venue.place(Approved(order), rig.now)
    facts = rig.venue.due(rig.now)
    for at, event in told[number + 1 :]:
        if isinstance(event, BookSnapshot):
            rig.shown.book.replace(event)
        rig.venue.observe(event)
        facts += rig.venue.due(at)
    facts += rig.venue.due(10**18)
    fills = [fact for fact in facts if isinstance(fact, OrderFilled)]
    return sum(fill.quantity for fill in fills) // SHARE


def test_back_is_never_better_and_front_never_worse_than_the_truth(rig_with, counts):
    rig = rig_with(order_ns=lambda: 0, reply_ns=lambda: 0, cash="1000000")
    gained = dict.fromkeys(("back", "proportional", "truth", "front"), 0)
    for seed in range(counts(25, 600)):
        seen = NaiveBook(Random(seed))
        for _ in range(STEPS):
            seen.step()
        told = heard(Random(seed), seen.books, seen.prints)
        found = arrival(told)
        if found is None:
            continue
        world = NaiveBook(Random(seed))
        number, world.arrives_ns = found
        for _ in range(STEPS):
            world.step()
        assert world.books == seen.books
        back, middle, front = (
            simulated(rig, queue, told, number) for queue in (BACK, PROPORTIONAL, FRONT)
        )
        assert back <= world.got <= front, seed
        assert back <= middle <= front, seed
        for name, got in zip(gained, (back, middle, world.got, front), strict=True):
            gained[name] += got
    assert 0 < gained["back"] < gained["truth"] < gained["front"]
