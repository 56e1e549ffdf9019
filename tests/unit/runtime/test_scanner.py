"""The watched set follows the catalogue, and keeps what is held whatever the limits say."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence

import pytest
from msgspec import structs
from tests.unit.core.building import SECOND, market

from polywire.core.errors import TransportError
from polywire.core.ids import GroupId, MarketId
from polywire.core.model.control import AlertRaised
from polywire.core.model.event import Event
from polywire.core.model.instrument import Market
from polywire.core.model.market import (
    InstrumentDropped,
    InstrumentListed,
    InstrumentRetired,
    MarketResolved,
)
from polywire.core.units import Money, Ns
from polywire.net.clock import Clock
from polywire.runtime.catalogue import Listed
from polywire.runtime.scanner import Scanner
from polywire.runtime.watch_list import Watch
from polywire.venues.polymarket.listing import Listing
from polywire.venues.polymarket.query import PageQuery
from polywire.venues.polymarket.selection import Criteria

REAL_SLEEP = asyncio.sleep


class Catalogue:
    """What is listed, by name and volume; fails when told to."""

    def __init__(self) -> None:
        self.volumes: dict[str, int] = {}
        self.resolved: dict[str, tuple[int, int]] = {}
        self.failing = 0
        self.asked: list[list[str]] = []
        self.groups: dict[str, str] = {}
        self.sizes_asked: list[str] = []
        self.ends: dict[str, int] = {}
        self.on_reading: Callable[[], None] = lambda: None
        self.meanwhile: Callable[[], None] = lambda: None

    async def listings(self, query: PageQuery) -> Listed:
        """Everything that is listed."""
        assert not query.closed
        self.on_reading()
        if self.failing:
            self.failing -= 1
            raise TransportError("GET gamma: HTTP 500")
        found = tuple(self._listing(name) for name in self.volumes)
        return Listed(found, (), 1, complete=True)

    async def markets(self, ids: Sequence[MarketId]) -> list[Market]:
        """Terms of markets that are open though not on the pages that were read."""
        self.asked.append([*ids])
        return [market(name) for name in ids if name not in self.resolved]

    async def resolutions(self, ids: Sequence[MarketId], now: Ns) -> list[MarketResolved]:
        """What has an answer."""
        self.meanwhile()
        return [
            MarketResolved(now, now, name, (Money(first), Money(second)))
            for name in ids
            if name in self.resolved
            for first, second in [self.resolved[name]]
        ]

    async def group_size(self, group: GroupId) -> int:
        """One more than is open: a member has closed."""
        self.sizes_asked.append(group)
        return 1 + sum(each == group for each in self.groups.values())

    def _listing(self, name: str) -> Listing:
        end = Ns(self.ends.get(name, 0))
        terms = structs.replace(market(name), volume=Money(self.volumes[name]), end_ns=end)
        if name in self.groups:
            group = GroupId(self.groups[name])
            terms = structs.replace(terms, group=group, group_exclusive=True)
        return Listing(market=terms, best_bid=None, best_ask=None)


class Pool:
    """Remembers what it carries."""

    def __init__(self) -> None:
        self.carried: dict[str, None] = {}
        self.announcements = 0

    def add(self, markets: Sequence[Market]) -> None:
        """Carry more."""
        self.carried |= dict.fromkeys(one.id for one in markets)

    def remove(self, markets: Iterable[MarketId]) -> None:
        """Carry less."""
        for name in markets:
            del self.carried[name]

    def announced(self) -> bool:
        """Whether something new was announced."""
        self.announcements, was = 0, self.announcements
        return bool(was)


class Desk:
    """A scanner with its catalogue, its pool, what is held and what it told."""

    def __init__(self, markets_max: int = 2) -> None:
        self.catalogue = Catalogue()
        self.pool = Pool()
        self.held: dict[MarketId, None] = {}
        self.told: list[Event] = []
        watch = Watch(criteria=Criteria(markets_max=markets_max), every_ns=60 * SECOND, pages_max=1)
        self.scanner = Scanner(
            self.catalogue,  # type: ignore[arg-type]
            Clock(),
            watch,
            self.told.extend,
            self.pool,  # type: ignore[arg-type]
            lambda: self.held,
        )

    async def scan(self, **volumes: int) -> list[str]:
        """Scan a catalogue of these volumes; what is watched then."""
        self.catalogue.volumes = volumes
        self.told.clear()
        await self.scanner.scan()
        assert [*self.pool.carried] == [*self.scanner.watched]
        return sorted(self.scanner.watched)

    def names(self, kind: type[Event]) -> list[str]:
        """The markets of the events of a kind that were told by the last scan."""
        found = [event for event in self.told if isinstance(event, kind)]
        return [
            str(one.market.id if isinstance(one, InstrumentListed) else one.market) for one in found
        ]  # type: ignore[union-attr]


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_the_largest_are_watched_and_what_falls_behind_is_dropped(desk: Desk) -> None:
    assert await desk.scan(a=3, b=2, c=1) == ["a", "b"]
    assert desk.names(InstrumentListed) == ["a", "b"]
    assert await desk.scan(a=3, b=1, c=2) == ["a", "c"]
    assert (desk.names(InstrumentListed), desk.names(InstrumentDropped)) == (["c"], ["b"])
    assert await desk.scan(a=3, b=1, c=2) == ["a", "c"]
    assert desk.told == []


async def test_what_is_held_stays_beyond_the_limit_and_off_the_list(desk: Desk) -> None:
    await desk.scan(a=3, b=2)
    desk.held = {MarketId("b"): None}
    assert await desk.scan(a=3, c=5, d=4) == ["b", "c", "d"]
    assert desk.names(InstrumentDropped) == ["a"]
    assert desk.names(InstrumentRetired) == ["b"]
    await desk.scan(a=3, c=5, d=4)
    assert desk.names(InstrumentRetired) == []
    await desk.scan(b=9, c=5)
    assert desk.names(InstrumentListed) == ["b"]
    desk.held = {}
    assert await desk.scan(c=5, d=4) == ["c", "d"]


async def test_what_an_earlier_run_left_is_watched_again(desk: Desk) -> None:
    desk.held = {MarketId("kept"): None, MarketId("listed"): None}
    assert await desk.scan(a=3, b=2, listed=1) == ["a", "b", "kept", "listed"]
    assert desk.catalogue.asked == [["kept"]]


async def test_an_order_sent_while_the_catalogue_was_read_keeps_its_market(desk: Desk) -> None:
    await desk.scan(a=3, b=2)
    desk.catalogue.meanwhile = lambda: desk.held.update({MarketId("b"): None})
    assert await desk.scan(a=3, c=2) == ["a", "b", "c"]


async def test_what_resolved_pays_before_it_is_dropped(desk: Desk) -> None:
    await desk.scan(a=3, b=2)
    desk.catalogue.resolved = {"b": (1_000_000, 0)}
    assert await desk.scan(a=3) == ["a"]
    assert [type(event) for event in desk.told] == [MarketResolved, InstrumentDropped]


async def test_what_resolved_while_nobody_watched_pays_what_is_held(desk: Desk) -> None:
    desk.held = {MarketId("gone"): None}
    desk.catalogue.resolved = {"gone": (0, 1_000_000)}
    assert await desk.scan(a=3) == ["a"]
    assert desk.names(MarketResolved) == ["gone"]


async def test_a_first_scan_that_fails_is_the_callers(desk: Desk) -> None:
    desk.catalogue.failing = 1
    with pytest.raises(TransportError, match="HTTP 500"):
        await desk.scanner.start()


@pytest.fixture
async def quick(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[float]]:
    """Runs the scanner with naps that take no time; the seconds slept before each reading."""
    readings: list[float] = []
    slept = 0.0

    async def nap(seconds: float) -> None:
        nonlocal slept
        slept += seconds
        await REAL_SLEEP(0)

    def reading() -> None:
        readings.append(slept)

    desk.catalogue.on_reading = reading
    monkeypatch.setattr(asyncio, "sleep", nap)
    await desk.scanner.start()
    yield readings
    await desk.scanner.close()


async def read(readings: list[float], times: int) -> list[float]:
    """Let the event loop turn until the catalogue was read so often."""
    for _ in range(5_000):
        if len(readings) >= times:
            return readings[:times]
        await REAL_SLEEP(0)
    pytest.fail(f"read {readings}")


async def test_it_scans_each_interval(quick: list[float]) -> None:
    assert await read(quick, 3) == [0, 60, 120]


async def test_it_scans_soon_after_an_announcement(desk: Desk, quick: list[float]) -> None:
    desk.pool.announcements = 1
    first, second, third = await read(quick, 3)
    assert (first, third) == (0, second + 60)
    assert second <= 2


async def test_a_scan_that_fails_is_counted_and_made_again_after_seconds(
    desk: Desk, quick: list[float]
) -> None:
    desk.catalogue.failing = 3
    assert await read(quick, 5) == [0, 60, 65, 70, 75]
    assert desk.scanner.failures == 3


async def test_what_an_earlier_run_watched_is_fed_at_once_and_the_scan_decides(desk: Desk) -> None:
    desk.held[MarketId("held")] = None
    old = [structs.replace(market(name), slug="of then") for name in ("a", "held", "gone")]
    desk.scanner.resume(old)
    assert [*desk.pool.carried] == ["a", "held", "gone"]
    assert desk.names(InstrumentListed) == desk.names(InstrumentRetired) == ["a", "held", "gone"]
    assert await desk.scan(a=3, b=2, held=1) == ["a", "b", "held"]
    assert sorted(desk.names(InstrumentListed)) == ["a", "b", "held"]
    terms = [one.market.slug for one in desk.told if isinstance(one, InstrumentListed)]
    assert "of then" not in terms
    assert desk.names(InstrumentRetired) == ["held"]
    assert desk.names(InstrumentDropped) == ["gone"]
    assert await desk.scan(a=3, b=2, held=1) == ["a", "b", "held"]
    assert desk.told == []


async def test_a_group_that_is_watched_whole_brings_its_size(desk: Desk) -> None:
    desk.catalogue.groups = {"a": "g", "b": "g"}
    await desk.scan(a=3, b=2, c=1)
    assert {one.market.group_size for one in desk.told if isinstance(one, InstrumentListed)} == {3}
    assert desk.catalogue.sizes_asked == ["g"]
    await desk.scan(a=3, b=2, c=1)
    assert desk.catalogue.sizes_asked == ["g"]


async def test_a_group_that_is_watched_in_part_has_none(desk: Desk) -> None:
    desk.catalogue.groups = {"a": "g", "c": "g", "b": "alone"}
    await desk.scan(a=3, b=2, c=1)
    assert {one.market.group_size for one in desk.told if isinstance(one, InstrumentListed)} == {0}
    assert desk.catalogue.sizes_asked == []


async def test_other_terms_of_what_is_watched_are_listed_once(desk: Desk) -> None:
    await desk.scan(a=3, b=2)
    await desk.scan(a=5, b=2)
    assert desk.told == []  # volumes are no terms
    desk.catalogue.ends["b"] = 2**62
    await desk.scan(a=3, b=2)
    (listed,) = desk.told
    assert isinstance(listed, InstrumentListed)
    assert (listed.market.id, listed.market.end_ns) == ("b", 2**62)
    await desk.scan(a=3, b=2)
    assert desk.told == []


async def test_a_group_that_gains_a_market_nobody_watches_has_no_size_any_more(desk: Desk) -> None:
    desk.catalogue.groups = {"a": "g", "b": "g"}
    await desk.scan(a=3, b=2)
    desk.catalogue.groups["c"] = "g"
    await desk.scan(a=3, b=2, c=1)
    assert {one.market.group_size for one in desk.told if isinstance(one, InstrumentListed)} == {0}
    assert desk.names(InstrumentListed) == ["a", "b"]


async def test_that_nothing_passes_the_filters_is_told_when_it_begins() -> None:
    desk = Desk()
    told = []
    for volumes in ({}, {}, {"a": 9}, {}):
        await desk.scan(**volumes)
        told.append([one.name for one in desk.told if isinstance(one, AlertRaised)])
    assert told == [["scanner"], [], [], ["scanner"]]
