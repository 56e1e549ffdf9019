"""One market's book with its evidence, and what is under way to prove it."""

from dataclasses import dataclass, field
from enum import IntEnum

from polywire.core.book.integrity import UNKNOWN, BookIntegrity
from polywire.core.book.order_book import OrderBook
from polywire.core.book.rhythm import Rhythm
from polywire.core.engine.kept_changes import KeptChanges
from polywire.core.ids import FeedId
from polywire.core.model.instrument import Market
from polywire.core.units import Ns, Price

Touch = tuple[Price | None, Price | None]


class Rung(IntEnum):
    """What was last asked for to heal a book, in rising order."""

    NONE = 0
    REST = 1
    RESUBSCRIBE = 2
    REPLACE = 3


@dataclass(slots=True)
class Tracked:
    """One market; read it, and leave writing to the engine's watch.

    `feed` told last of it, at `heard_ns`; `changes` counts what feeds told, merged messages each.
    Changes older than `floor_ns` are in the book already; `kept` are
    those told while it is in doubt. Since `ahead_ns` REST knows more than
    the stream has told, up to `ahead_venue_ns`; it last changed the book at `rest_changed_ns` and
    proved it at `confirmed_ns`. The open gap: since when, why, the strongest measure asked for,
    levels `missed`. Its feed was last resubscribed and replaced at `resubscribed_ns` and
    `replaced_ns`, in vain so many times in a row (`resubscriptions`, `replacements`). It is
    silent against its rhythm since `silent_ns`.
    """

    market: Market
    book: OrderBook
    integrity: BookIntegrity
    audit_ns: int | None = None
    resolved: bool = False
    retired: bool = False
    feed: FeedId | None = None
    heard_ns: Ns = Ns(0)
    changes: int = 0
    rhythm: Rhythm = field(default_factory=Rhythm)
    silent_ns: Ns = Ns(0)
    floor_ns: Ns = Ns(0)
    kept: KeptChanges = field(default_factory=KeptChanges)
    ahead_ns: Ns = Ns(0)
    ahead_venue_ns: Ns = Ns(0)
    confirmed_ns: Ns = Ns(0)
    rest_changed_ns: Ns = Ns(0)
    gap_ns: Ns = Ns(0)
    gap_cause: str = ""
    step: Rung = Rung.NONE
    missed: int = 0
    healed_ns: Ns = Ns(0)
    asked_ns: Ns = Ns(0)
    asked_times: int = 0
    resubscribed_ns: Ns = Ns(0)
    replaced_ns: Ns = Ns(0)
    replacements: int = 0
    resubscriptions: int = 0
    seen_touch: Touch = (None, None)
    seen_distrust: str = UNKNOWN
    distrusted_ns: Ns = Ns(0)
