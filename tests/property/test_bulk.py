"""Rows taken together and one by one come to the same: everything written down, every count."""

from itertools import zip_longest
from random import Random

import pytest
from msgspec import structs
from tests.property.row_world import told
from tests.unit.modes.recorded_market import MS, ran

from polywire.config.build import engine_from
from polywire.config.demo import demo_settings
from polywire.core.model.market import BookDelta
from polywire.history.columns import stretches
from polywire.modes.bulk import Bulk
from polywire.sim.queue import BACK, FRONT


def quoter():
    """Quotes the middling markets and leaves the unlikely ones alone."""
    settings = demo_settings()
    (seat,) = settings.strategies
    parameters = structs.replace(seat.parameters, price_min=200_000)
    seats = (structs.replace(seat, parameters=parameters),)
    return engine_from(structs.replace(settings, strategies=seats))


class Onlooker:
    """At each cut, all there is to know of the books and the feeds."""

    def __init__(self, engine):
        self.engine = engine
        self.seen = []

    def saw(self, event):
        pass

    def decided(self, _commands, now):
        watch = self.engine.watch
        self.seen.append(now)
        for tracked in watch.books.values():
            book, integrity = tracked.book, tracked.integrity
            self.seen.append((
                dict(book.bid_ladder.sizes), dict(book.ask_ladder.sizes),
                [*book.bid_ladder.prices], [*book.ask_ladder.prices],
                book.venue_ns, book.recv_ns, book.last_trade, book.trade_ns,
                integrity.proven_ns, integrity.depth_ns, integrity.suspect,
                tracked.heard_ns, tracked.silent_ns, tracked.changes, tracked.floor_ns,
                paces(tracked.rhythm),
            ))  # fmt: skip
        for source in watch.sources.by_feed.values():
            self.seen.append((source.heard_ns, source.silent_ns, paces(source.rhythm)))


def paces(rhythm):
    return [getattr(rhythm, name) for name in rhythm.__slots__]


def difference(one, many):
    """The first place where two long lists differ; pytest would explain all of them."""
    pairs = zip_longest(one, many)
    return next(((at, *pair) for at, pair in enumerate(pairs) if pair[0] != pair[1]), None)


def both(events, **more):
    """What was written down one by one and in bulk, the two drivers, and how many went together."""
    found, onlookers = [], []
    for bulk in (False, True):
        grouped = []
        onlookers.append(Onlooker(quoter()))

        def run(driver, _, bulk=bulk, grouped=grouped):
            if bulk:
                taken = Bulk(driver)
                taken.run(stretches(events))
                grouped.append(taken.grouped)
            else:
                driver.run(iter(events))

        onlooker = onlookers[-1]
        driver, kept = ran(events, run=run, engine=onlooker.engine, observers=[onlooker], **more)
        found.append((kept, driver, sum(grouped)))
    assert difference(onlookers[0].seen, onlookers[1].seen) is None
    return found


@pytest.mark.parametrize("every_ms", [100, 700])
@pytest.mark.parametrize("queue", [FRONT, BACK])
def test_in_bulk_the_same_is_decided_and_counted(counts, every_ms, queue):
    together = orders = fills = 0
    for seed in range(counts(4, 300)):
        events = [*told(Random(seed), 900)]
        (one, driver, _), (many, bulk, grouped) = both(
            events, queue=queue, decide_every_ns=every_ms * MS
        )
        assert difference(one.rows, many.rows) is None, f"seed {seed}"
        assert bulk.engine.watch.tally == driver.engine.watch.tally, f"seed {seed}"
        assert (bulk.events, bulk.cuts, bulk.now) == (driver.events, driver.cuts, driver.now)
        together += grouped
        orders += len(one.of("PlaceOrder"))
        fills += len(one.of("OrderFilled"))
    assert together > 400
    assert orders > 20
    assert fills > 2


def test_columns_are_the_events_they_were_made_of():
    rows = changes = 0
    for seed in range(5):
        events = [*told(Random(seed), 700)]
        columns = [*stretches(iter(events))]
        assert [event for one in columns for event in one.events()] == events
        rows += sum(len(one.recv_ns) for one in columns)
        changes += sum(isinstance(event, BookDelta) for event in events)
    assert 0 < rows < changes  # those with a wrong best price are no rows
