"""Which listed markets to watch: filters in a stated order, each counting what it removed."""

from collections.abc import Callable, Iterable

from msgspec import Struct

from polywire.core.model.instrument import Market
from polywire.core.units import Money, Ns, Price
from polywire.venues.polymarket.listing import Listing

Filter = Callable[[Listing], bool]


class Criteria(Struct, frozen=True, kw_only=True):
    """What a market must be like; an empty tuple or None asks nothing of it."""

    keywords: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    volume_min: Money | None = None
    liquidity_min: Money | None = None
    spread_max: Price | None = None
    remaining_ns_min: int | None = None
    remaining_ns_max: int | None = None
    placeholders: bool = False
    markets_max: int | None = None


class Selection(Struct, frozen=True):
    """The chosen markets by falling volume, and how many each filter removed of all others."""

    chosen: tuple[Listing, ...]
    removed_by_filter: dict[str, int]

    @property
    def markets(self) -> tuple[Market, ...]:
        """The chosen markets."""
        return tuple(listing.market for listing in self.chosen)


def select(listings: Iterable[Listing], criteria: Criteria, now: Ns) -> Selection:
    """The listings that pass every filter; one that fails several is counted by the first."""
    asked = filters(criteria, now)
    removed = dict.fromkeys((*asked, "limit"), 0)
    passed: list[Listing] = []
    for listing in listings:
        failed = next((name for name, passes in asked.items() if not passes(listing)), None)
        if failed is None:
            passed.append(listing)
        else:
            removed[failed] += 1
    passed.sort(key=lambda listing: (-listing.market.volume, listing.market.id))
    chosen = passed[: criteria.markets_max]
    removed["limit"] = len(passed) - len(chosen)
    return Selection(tuple(chosen), removed)


def filters(criteria: Criteria, now: Ns) -> dict[str, Filter]:
    """The filters that the criteria ask for, by name."""
    words = tuple(word.casefold() for word in criteria.keywords)
    topics = {tag.casefold() for tag in criteria.tags}
    volume, liquidity = criteria.volume_min, criteria.liquidity_min
    shortest, longest = criteria.remaining_ns_min, criteria.remaining_ns_max
    spread = criteria.spread_max
    asked: list[tuple[str, bool, Filter]] = [
        ("placeholder", not criteria.placeholders, lambda one: not one.market.placeholder),
        ("keyword", bool(words), lambda one: any(word in named(one.market) for word in words)),
        ("tag", bool(topics), lambda one: not topics.isdisjoint(one.market.tags)),
        ("volume", volume is not None, lambda one: one.market.volume >= (volume or 0)),
        ("liquidity", liquidity is not None, lambda one: one.market.liquidity >= (liquidity or 0)),
        ("spread", spread is not None, lambda one: tight(one, spread or Price(0))),
        ("ends soon", shortest is not None, lambda one: one.market.end_ns - now >= (shortest or 0)),
        ("ends late", longest is not None, lambda one: one.market.end_ns - now <= (longest or 0)),
    ]
    return {name: passes for name, wanted, passes in asked if wanted}


def tight(listing: Listing, spread_max: Price) -> bool:
    """Whether both sides show a price and they are near enough."""
    return listing.spread is not None and listing.spread <= spread_max


def named(market: Market) -> str:
    """The words a keyword is looked for in."""
    return f"{market.question} {market.slug} {market.group_title}".casefold()
