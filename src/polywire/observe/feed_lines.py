"""The lines of a feed report: books, sockets, gaps, REST calls and latencies, worst first.

Keys are documented in docs/reference/feed-report.md.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from msgspec import Struct, structs

from polywire.core.book.integrity import UNKNOWN
from polywire.core.ids import MarketId
from polywire.core.model.counts import SocketCount
from polywire.core.model.healing import GapClosed, GapStarted
from polywire.core.units import HOUR, MICROSECOND, MILLISECOND, MINUTE, SECOND, Ns
from polywire.observe.feed_history import Connected, FeedHistory, Watched

TOO_MANY = 429
OK = 200
HOURLY_NS_MIN: Final = 10 * MINUTE
"""A shorter time tells nothing of hours."""
UNWATCHED = "watched no more"
"""The end of a gap whose market was resolved or dropped before its book was proven."""


class AssetLine(Struct, kw_only=True):
    """One book. `gaps` leaves out the wait for its first book, `unproven` (0 to 1) does not.

    None: not counted yet, or watched too short a time to speak of hours.
    """

    market: str
    question: str
    watched_s: float
    messages: int
    rate: float | None
    gaps: int
    gaps_an_hour: float | None
    unproven: float
    longest_gap_s: float
    open: str
    checked: int
    agreed: int
    late: int
    wrong: int
    snapshots: int
    snapshots_agreed: int
    touches: int
    touches_differing: int


class SocketLine(Struct, kw_only=True):
    """One connection; `first_share` (0 to 1) and the leads compare it with its twin.

    `gone`: another has replaced it since, or its markets were dropped. `rate` is None where it is
    not known how long it lived.
    """

    feed: str
    gone: bool
    frames: int
    rate: float | None
    first: int
    first_share: float
    lead_p50_ms: float
    lead_p99_ms: float
    reconnects: int
    undecodable: int
    unknown: int
    pongs: int


class GapLine(Struct, kw_only=True):
    """One time in which a book was not proven; one without `closed_ns` was open at the end."""

    market: str
    question: str
    cause: str
    opened_ns: Ns
    closed_ns: Ns | None
    seconds: float
    healed_by: str
    step: str
    missed: int


class RestLine(Struct, kw_only=True):
    """REST calls for one purpose; `refused` were answered with 429, `failed` otherwise not 200."""

    purpose: str
    answered: int
    refused: int
    failed: int


class StageLine(Struct, kw_only=True):
    """How long one stage took, in microseconds."""

    stage: str
    count: int
    p50_us: float
    p99_us: float
    p999_us: float
    above: int


class Healing(Struct, kw_only=True):
    """What the engine asked for, to have books proven."""

    books: dict[str, int]
    resubscriptions: int
    sockets: int


def asset_lines(history: FeedHistory, end_ns: Ns) -> list[AssetLine]:
    """Every book that was watched: least proven first, then by gaps and by what disagreed."""
    lines = [
        _asset(history, market, watched, end_ns) for market, watched in history.watched.items()
    ]
    return sorted(lines, key=_badness, reverse=True)


def gap_lines(history: FeedHistory, end_ns: Ns) -> list[GapLine]:
    """Every gap, newest first."""
    lines = [line for market in history.gaps for line in _gaps(history, market, end_ns)]
    return sorted(lines, key=lambda line: line.opened_ns, reverse=True)


def socket_lines(history: FeedHistory) -> list[SocketLine]:
    """Every connection there was, by its newest counts: most trouble first."""
    told: Counter[str] = Counter()
    for known in history.sockets.values():
        told[_pair(known.count)] += known.count.first
    lines = [_socket(known, history, told) for known in history.sockets.values()]
    return sorted(lines, key=lambda one: (one.undecodable, one.reconnects), reverse=True)


def rest_lines(history: FeedHistory) -> list[RestLine]:
    """REST calls by purpose, most refused first."""
    lines: dict[str, RestLine] = {}
    for one in history.newest.replies if history.newest else ():
        line = lines.setdefault(
            one.purpose, RestLine(purpose=one.purpose, answered=0, refused=0, failed=0)
        )
        if one.status == TOO_MANY:
            line.refused += one.replies
        elif one.status == OK:
            line.answered += one.replies
        else:
            line.failed += one.replies
    return sorted(lines.values(), key=lambda one: (one.refused, one.failed), reverse=True)


def stage_lines(history: FeedHistory) -> list[StageLine]:
    """Latencies in the order of the stages."""
    return [
        StageLine(
            stage=one.stage,
            count=one.count,
            p50_us=one.p50_ns / MICROSECOND,
            p99_us=one.p99_ns / MICROSECOND,
            p999_us=one.p999_ns / MICROSECOND,
            above=one.above,
        )
        for one in (history.newest.stages if history.newest else ())
    ]


def share_above(stages: list[StageLine]) -> float:
    """The part of all decisions that came later after their frame than the target."""
    for one in stages:
        if one.stage == "receive_to_decision" and one.count:
            return one.above / one.count
    return 0.0


def _asset(history: FeedHistory, market: MarketId, watched: Watched, end_ns: Ns) -> AssetLine:
    watched_ns = max(0, history.until_ns(market, end_ns) - watched.listed_ns)
    gaps = list(_gaps(history, market, end_ns))
    lost = sum(gap.cause != UNKNOWN for gap in gaps)
    count = watched.counted(market)
    return AssetLine(
        **structs.asdict(count),
        question=watched.question or market,
        watched_s=watched_ns / SECOND,
        rate=_rate(count.messages, watched.seen_ns - watched.listed_ns),
        gaps=lost,
        gaps_an_hour=lost / (watched_ns / HOUR) if watched_ns >= HOURLY_NS_MIN else None,
        unproven=min(1.0, _ratio(sum(gap.seconds for gap in gaps), watched_ns / SECOND)),
        longest_gap_s=max((gap.seconds for gap in gaps), default=0.0),
        open=next((gap.cause for gap in gaps if gap.closed_ns is None), ""),
    )


def _badness(line: AssetLine) -> tuple[bool, float, int, int, int, int, int]:
    return (
        bool(line.open),
        line.unproven,
        line.gaps,
        line.wrong,
        line.touches_differing,
        line.late,
        line.messages,
    )


def _gaps(history: FeedHistory, market: MarketId, end_ns: Ns) -> Iterator[GapLine]:
    watched = history.watched.get(market)
    until_ns = history.until_ns(market, end_ns) if watched else end_ns
    for gap in history.gaps.get(market, {}).values():
        closed = _closed(gap, until_ns, end_ns)
        yield GapLine(
            market=market,
            question=(watched and watched.question) or market,
            cause=gap.cause,
            opened_ns=gap.opened_ns,
            closed_ns=closed.closed_ns if closed else None,
            seconds=max(0, (closed.closed_ns if closed else end_ns) - gap.opened_ns) / SECOND,
            healed_by=closed.healed_by if closed else "",
            step=closed.step if closed else "",
            missed=closed.missed if closed else 0,
        )


def _closed(gap: GapStarted | GapClosed, until_ns: Ns, end_ns: Ns) -> GapClosed | None:
    """How a gap ended; None for one that was open when the run ended, or still is."""
    if isinstance(gap, GapClosed):
        return gap
    if until_ns == end_ns:
        return None
    return GapClosed(gap.market, gap.opened_ns, until_ns, gap.cause, UNWATCHED, "", 0)


def _rate(count: int, span_ns: int) -> float | None:
    return count / (span_ns / SECOND) if span_ns >= SECOND else None


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0


def _pair(one: SocketCount) -> str:
    """What twins and those that replace them have in common: market-1, market-1b, market-1b.2."""
    return one.feed.partition(".")[0].removesuffix("b")


def _socket(known: Connected, history: FeedHistory, told: Counter[str]) -> SocketLine:
    one, newest = known.count, history.newest
    return SocketLine(
        feed=one.feed,
        gone=one.gone or (newest is not None and known.seen_ns < newest.recv_ns),
        frames=one.frames,
        rate=_rate(known.seen_frames - known.since_frames, known.seen_ns - known.since_ns),
        first=one.first,
        first_share=_ratio(one.first, told[_pair(one)]),
        lead_p50_ms=one.lead_p50_ns / MILLISECOND,
        lead_p99_ms=one.lead_p99_ns / MILLISECOND,
        reconnects=one.reconnects,
        undecodable=one.undecodable,
        unknown=one.unknown,
        pongs=one.pongs,
    )
