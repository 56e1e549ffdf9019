"""How a feed that does not tell of a market is healed: in rising order, and never in a blind loop.

REST comes first and is tending.py's; then the market is subscribed anew, then its socket replaced,
with pauses that double. A socket that lacks many markets is replaced at once.
"""

from collections.abc import Iterator, Mapping

from polywire.core.engine.sources import NO_FIRST_BOOK, Source, Sources, Untold
from polywire.core.engine.tracked import Rung, Tracked
from polywire.core.ids import MarketId
from polywire.core.model.healing import ReplaceSocket, Resubscribe
from polywire.core.units import MILLISECOND, MINUTE, SECOND, Ns

FIRST_BOOK_NS = 3 * SECOND
FIRST_BOOKS_NS = 10 * SECOND
"""How long a feed may take to tell a first book, or many; what it did not tell is due at once."""
RESUBSCRIBED_NS = 1_500 * MILLISECOND
"""How long a resubscription has to show its book, before the socket is replaced."""
AGAIN_NS = 10 * SECOND
"""How long until a market is subscribed anew, after it was or its socket was replaced."""
AGAIN_SAME = 2
"""So often in vain before that time doubles."""
PAUSE_NS = 30 * SECOND
PAUSE_DOUBLINGS_MAX = 7
"""A market has its socket replaced after 30 s at the earliest, later after up to an hour."""
CALM_NS = 180 * MINUTE
"""After so long without a replacement the shortest pause holds again."""
LACKS_MAX = 2
"""A socket that lacks more markets than this, and a third of all it carries, is replaced."""

Step = Resubscribe | ReplaceSocket
Books = Mapping[MarketId, Tracked]


def heal(sources: Sources, books: Books, now: Ns) -> Iterator[Step]:
    """The measures that are due now, for every feed that is up."""
    for source in tuple(sources.by_feed.values()):
        if source.failed and _rested(source, books, now):
            yield _replace(source, books, [], source.failed, now)
        elif source.untold or source.ailing:
            yield from _heal_feed(source, books, now)


def _heal_feed(source: Source, books: Books, now: Ns) -> Iterator[Step]:
    troubles = source.ailing | source.untold
    lacking = [
        (tracked, troubles[tracked.market.id])
        for tracked in _carried(source, books)
        if tracked.market.id in troubles and not tracked.resolved
    ]
    many = len(lacking) > max(LACKS_MAX, len(source.carries) // 3)
    first_ns = FIRST_BOOKS_NS if many else FIRST_BOOK_NS
    due = [(_due(tracked, untold, first_ns, now), tracked, untold) for tracked, untold in lacking]
    for rung, tracked, untold in due:
        if rung is Rung.REPLACE or (rung and many and _may_replace(tracked, now)):
            causes = [each for each_rung, each, _ in due if each_rung]
            yield _replace(source, books, causes, untold.cause, now)
            return
    for rung, tracked, untold in due:
        if rung is Rung.RESUBSCRIBE:
            vain = untold.since_ns <= tracked.resubscribed_ns
            tracked.resubscriptions = tracked.resubscriptions + 1 if vain else 0
            tracked.resubscribed_ns = now
            tracked.step = max(tracked.step, rung)
            source.ailing.pop(tracked.market.id, None)
            yield Resubscribe(tracked.market.id, source.feed, untold.cause)


def _due(tracked: Tracked, untold: Untold, first_ns: int, now: Ns) -> Rung:
    """The measure that is due for one market; a trouble soon after another is the same one."""
    if untold.cause == NO_FIRST_BOOK and now - untold.since_ns <= first_ns:
        return Rung.NONE
    since_ns = now - max(tracked.resubscribed_ns, tracked.replaced_ns)
    in_vain = max(0, tracked.resubscriptions - AGAIN_SAME)
    if since_ns > AGAIN_NS << min(in_vain, PAUSE_DOUBLINGS_MAX):
        return Rung.RESUBSCRIBE
    if since_ns > RESUBSCRIBED_NS and _may_replace(tracked, now):
        return Rung.REPLACE
    return Rung.NONE


def _may_replace(tracked: Tracked, now: Ns) -> bool:
    since_ns = now - tracked.replaced_ns
    return since_ns > PAUSE_NS << min(tracked.replacements, PAUSE_DOUBLINGS_MAX)


def _rested(source: Source, books: Books, now: Ns) -> bool:
    """Whether a socket that is silent, however often, was not replaced a moment ago."""
    return all(now - tracked.replaced_ns > PAUSE_NS for tracked in _carried(source, books))


def _replace(source: Source, books: Books, causes: list[Tracked], reason: str, now: Ns) -> Step:
    """Ask for another socket; those that caused it wait longer until the next time."""
    source.failed = ""
    source.ailing.clear()
    for tracked in causes:
        calm = now - tracked.replaced_ns > CALM_NS
        tracked.replacements = 0 if calm else tracked.replacements + 1
    for tracked in _carried(source, books):
        tracked.replaced_ns = now
        if tracked.gap_ns:
            tracked.step = Rung.REPLACE
    return ReplaceSocket(source.feed, reason)


def _carried(source: Source, books: Books) -> list[Tracked]:
    return [tracked for market in source.carries if (tracked := books.get(market)) is not None]
