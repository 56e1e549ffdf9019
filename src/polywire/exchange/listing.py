"""What the exchange lists: markets, their groups, tags and fees, found by every id."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Tag:
    """A label of the catalogue."""

    id: str
    label: str
    slug: str


@dataclass(frozen=True, slots=True)
class FeePlan:
    """Taker fee of a category: `rate` and `rebate` as decimal texts; "0" is no fee."""

    kind: str
    rate: str
    rebate: str

    @property
    def charged(self) -> bool:
        """Whether takers pay at all."""
        return self.rate != "0"


@dataclass(slots=True)
class Group:
    """What the venue calls an event: markets listed together."""

    id: str
    slug: str
    title: str
    description: str
    tags: tuple[Tag, ...]
    start_ns: int
    end_ns: int
    neg_risk_id: str = ""
    augmented: bool = False
    listings: "list[Listing]" = field(default_factory=list)

    @property
    def neg_risk(self) -> bool:
        """Whether at most one of its markets resolves Yes."""
        return self.neg_risk_id != ""

    @property
    def closed(self) -> bool:
        """Whether all its markets are closed."""
        return all(listing.closed for listing in self.listings)


@dataclass(slots=True)
class Listing:
    """One market of the catalogue; prices and ticks are in its book."""

    id: str
    condition_id: str
    question_id: str
    slug: str
    question: str
    outcomes: tuple[str, str]
    tokens: tuple[str, str]
    fee: FeePlan
    group: Group
    start_ns: int
    end_ns: int
    title: str = ""
    rank: int = 0
    active: bool = True
    other: bool = False
    volume: float = 0.0
    volume_day: float = 0.0
    closed_ns: int = 0
    payout: tuple[str, str] | None = None

    @property
    def closed(self) -> bool:
        """Whether the market has resolved."""
        return self.payout is not None

    @property
    def trades(self) -> bool:
        """Whether the market takes orders and has a book."""
        return self.active and not self.closed


class Catalogue:
    """Every listing and group, in the order of listing; nothing is ever removed."""

    def __init__(self) -> None:
        self.listings: list[Listing] = []
        self.groups: dict[str, Group] = {}
        self.by_condition: dict[str, Listing] = {}
        self.by_token: dict[str, tuple[Listing, int]] = {}
        self.by_id: dict[str, Listing] = {}
        self.by_slug: dict[str, Listing] = {}

    def add(self, listing: Listing) -> None:
        """List a market, and its group with it."""
        self.groups.setdefault(listing.group.id, listing.group)
        listing.group.listings.append(listing)
        self.listings.append(listing)
        self.by_condition[listing.condition_id] = listing
        self.by_id[listing.id] = listing
        self.by_slug[listing.slug] = listing
        for index, token in enumerate(listing.tokens):
            self.by_token[token] = (listing, index)

    def tags(self) -> Iterator[Tag]:
        """Every tag once, in the order of listing."""
        seen: dict[str, Tag] = {}
        for group in self.groups.values():
            for tag in group.tags:
                seen.setdefault(tag.id, tag)
        yield from seen.values()
