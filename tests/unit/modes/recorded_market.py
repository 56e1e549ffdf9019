"""Small markets from a seed as events: books that walk, trades that eat them, told in order."""

from random import Random

from polywire.config.build import engine_from
from polywire.config.demo import demo_settings
from polywire.config.schema import dump
from polywire.core.model.instrument import Side
from polywire.core.model.market import (
    BookDelta,
    BookSnapshot,
    FeedCarries,
    FeedUp,
    InstrumentListed,
    PublicTrade,
)
from polywire.history.terms import assumed
from polywire.journal.record import encode
from polywire.modes.backtest import Backtest, BacktestSetup, CutRule
from polywire.sim.conduct import Conduct
from polywire.sim.latency import ConstantLatency
from polywire.sim.queue import BACK

MS = 1_000_000
START = 1_785_000_000_000 * MS
FEED = "f"
CENT = 10_000


class Kept:
    """Records as a list of (time, kind, payload)."""

    def __init__(self):
        self.rows = []

    def append(self, record, recv_ns):
        self.rows.append((recv_ns, *encode(record)))

    def upto(self, at):
        return [row for row in self.rows if row[0] <= at]

    def of(self, kind):
        return [row for row in self.rows if row[1] == kind]


def market_events(seed, count, markets=2):
    """So many changes and trades of some markets, 1 to 120 ms apart."""
    chance = Random(seed)
    listed = [assumed(f"m{n}", (str(n) * 8, str(n + 5) * 8)) for n in range(1, markets + 1)]
    now = START
    yield FeedUp(now, FEED)
    mids = {}
    for market in listed:
        yield InstrumentListed(now, market)
        yield FeedCarries(now, FEED, tuple(one.id for one in listed))
        mids[market.id] = chance.randrange(30, 70)
        yield whole(now, market.id, mids[market.id], chance)
    for _ in range(count):
        now += chance.randrange(1, 120) * MS
        market = chance.choice(listed).id
        draw = chance.random()
        if draw < 0.15:
            mids[market] = min(90, max(10, mids[market] + chance.choice((-1, 1))))
            yield whole(now, market, mids[market], chance)
        elif draw < 0.4:
            side = chance.choice((Side.BUY, Side.SELL))
            price = mids[market] + (2 if side is Side.BUY else -2)
            size = chance.randrange(1, 60) * 1_000_000
            yield PublicTrade(now, now, market, 0, side, price * CENT, size, FEED)
        else:
            side, away = chance.randrange(2), chance.randrange(2, 6)
            price = mids[market] + (away if side else -away)
            level = side, price * CENT, chance.randrange(5, 80) * 1_000_000
            yield BookDelta(now, now, market, (level,), (), FEED, now)


def whole(now, market, mid, chance):
    def levels(sign):
        sizes = [chance.randrange(5, 80) * 1_000_000 for _ in range(4)]
        return tuple(
            ((mid + sign * away) * CENT, size)
            for away, size in zip((5, 4, 3, 2), sizes, strict=True)
        )

    return BookSnapshot(now, now, market, 0, levels(-1), levels(1), "", FEED)


def one_by_one(driver, events):
    driver.run(iter(events))


def ran(events, *, queue=BACK, order_ms=20, reply_ms=20, run=one_by_one, **more):
    """A backtest that has run, and what it wrote down."""
    settings = demo_settings()
    observers = more.pop("observers", ())
    kept = Kept()
    conduct = more.pop("conduct", None) or Conduct(queue=queue)
    setup = BacktestSetup(
        engine=more.pop("engine", None) or engine_from(settings),
        configuration=dump(settings),
        build="test",
        run="backtest",
        inputs="[]",
        cash=1_000_000_000,
        latency=ConstantLatency(order_ms * MS, reply_ms * MS),
        conduct=conduct,
        rule=CutRule(more.pop("decide_every_ns", None)),
        **more,
    )
    driver = Backtest(setup, kept, observers)
    run(driver, events)
    return driver, kept
