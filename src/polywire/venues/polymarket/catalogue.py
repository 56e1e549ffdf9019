"""Pages of Gamma's catalogue (polymarket.md 6): every listed market comes out, as a `Listing` or as
a `Refused` with its reason, and what a resolved one pays.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Raw, Struct

from polywire.core.errors import DecodeError
from polywire.core.ids import MarketId
from polywire.core.model.instrument import Market
from polywire.core.model.market import MarketResolved
from polywire.core.units import ONE, Money, Ns, parse_micros
from polywire.venues.polymarket import gamma
from polywire.venues.polymarket.answers import UNREADABLE
from polywire.venues.polymarket.listing import Listing, read_listing

HALF: Final = Money(ONE // 2)
PAYOUTS: Final = {
    (ONE, 0): (Money(ONE), Money(0)),
    (0, ONE): (Money(0), Money(ONE)),
    (HALF, HALF): (HALF, HALF),
}


class Refused(Struct, frozen=True):
    """A listed market that cannot be traded, and why, in words that follow its name."""

    id: str
    slug: str
    reason: str


class Page(Struct, frozen=True):
    """One page of the catalogue; the last one has no cursor."""

    listings: tuple[Listing, ...]
    refused: tuple[Refused, ...]
    next_cursor: str

    @property
    def markets(self) -> tuple[Market, ...]:
        """The markets that can be traded."""
        return tuple(listing.market for listing in self.listings)


def parse_page(body: bytes) -> Page:
    """A page of markets, or of events with their markets; DecodeError if it is neither."""
    listings: list[Listing] = []
    refused: list[Refused] = []
    envelope = read_envelope(body)
    for raw, group in items(envelope):
        try:
            item = gamma.decode_item(raw)
            listings.append(read_listing(item, group or own_group(item)))
        except UNREADABLE as error:
            refused.append(Refused(*identity(raw), str(error)))
    return Page(tuple(listings), tuple(refused), envelope.next_cursor or "")


def parse_group_size(body: bytes) -> int:
    """How many markets an event lists, open or not; DecodeError if it is none."""
    try:
        group = gamma.decode_group(body)
    except UNREADABLE as error:
        raise DecodeError(f"expected an event: {error}") from error
    return len(group.markets or ())


def parse_resolutions(body: bytes, now: Ns) -> list[MarketResolved]:
    """What the resolved markets of a page pay; all others are left out."""
    found: list[MarketResolved] = []
    for raw, _ in items(read_envelope(body)):
        try:
            resolved = resolution(gamma.decode_item(raw), now)
        except UNREADABLE:
            continue  # parse_page names it; nothing is paid on a listing that cannot be read
        if resolved is not None:
            found.append(resolved)
    return found


def resolution(item: gamma.Item, now: Ns) -> MarketResolved | None:
    """What a closed and resolved market pays; None while it is neither, or if it pays oddly.

    ValueError if the two prices cannot be read.
    """
    if not item.closed or item.uma_resolution_status != "resolved" or not item.condition_id:
        return None
    first, second = (parse_micros(text) for text in gamma.texts(item.outcome_prices))
    payouts = PAYOUTS.get((first, second))
    if payouts is None:
        return None
    at = gamma.nanoseconds(item.closed_time) if item.closed_time else Ns(0)
    return MarketResolved(now, at, MarketId(item.condition_id), payouts)


def read_envelope(body: bytes) -> gamma.Envelope:
    """The page's outer shape; DecodeError if it lists neither markets nor events."""
    try:
        envelope = gamma.decode_envelope(body)
    except UNREADABLE as error:
        raise DecodeError(f"expected a catalogue page: {error}") from error
    if envelope.markets is None and envelope.events is None:
        raise DecodeError("expected a catalogue page, found neither markets nor events")
    return envelope


def items(envelope: gamma.Envelope) -> Iterator[tuple[Raw, gamma.Group | None]]:
    """Every listed market, and the group it stands in where the page lists groups."""
    for market in envelope.markets or ():
        yield market, None
    for event in envelope.events or ():
        try:
            group = gamma.decode_group(event)
        except UNREADABLE:
            yield event, None  # read as a market it is refused under the group's own id
            continue
        for market in group.markets or ():
            yield market, group


def own_group(item: gamma.Item) -> gamma.Group:
    """The group a market names itself; an empty one if it names none."""
    return item.events[0] if item.events else gamma.Group()


def identity(raw: Raw) -> tuple[str, str]:
    """Id and slug as far as they can be read."""
    try:
        found = gamma.decode_identity(raw)
        return gamma.plain(found.id), gamma.plain(found.slug)
    except UNREADABLE:
        return "", ""
