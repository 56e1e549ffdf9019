"""What a run's feeds did, from its account rows, as data: `polywire feed report` shows this.

Keys are documented in docs/reference/feed-report.md.
"""

from collections.abc import Callable

from msgspec import Struct

from polywire.core.model.healing import GapClosed
from polywire.core.units import MILLISECOND, Ns
from polywire.journal.runs import Run, last_ns, read_kinds
from polywire.observe.feed_history import KINDS, FeedHistory
from polywire.observe.feed_lines import (
    AssetLine,
    GapLine,
    RestLine,
    SocketLine,
    StageLine,
    asset_lines,
    gap_lines,
    rest_lines,
    share_above,
    socket_lines,
    stage_lines,
)


class Healing(Struct, kw_only=True):
    """What the engine asked for to have books proven: books by REST by reason, and more."""

    books: dict[str, int]
    resubscriptions: int
    sockets: int


class FeedReport(Struct, kw_only=True):
    """A run's feeds, from `started_ns` to `until_ns`; counts are as of `counted_ns`.

    `process` is the one that still writes it, if any; `any_book`: whether a book ever came.
    """

    run: str
    started_ns: Ns
    until_ns: Ns
    counted_ns: Ns
    ended: bool
    process: int | None
    any_book: bool
    assets: list[AssetLine]
    sockets: list[SocketLine]
    gaps: list[GapLine]
    healing: Healing
    checksums_believed: bool
    views: int
    rest: list[RestLine]
    stages: list[StageLine]
    target_ms: float
    share_above: float


def read_history(run: Run) -> FeedHistory:
    """What a run's account rows say; raises JournalError for a damaged one."""
    history = FeedHistory()
    for record in read_kinds(run, KINDS):
        history.take(record)
    return history


def got_book(run: Run) -> bool:
    """Whether a run ever had a book: the wait for it then ended."""
    return any(True for _ in read_kinds(run, [GapClosed]))


def feed_report(
    run: Run, keeps: Callable[[AssetLine | GapLine], bool], process: int | None = None
) -> FeedReport:
    """The report of a run, which a process may still write; books and gaps that are to be kept.

    Raises JournalError where the journal is damaged.
    """
    history = read_history(run)
    end_ns = last_ns(run)
    newest = history.newest
    stages = stage_lines(history)
    judged = history.judged
    return FeedReport(
        run=run.id,
        started_ns=history.started_ns or end_ns,
        until_ns=end_ns,
        counted_ns=newest.recv_ns if newest else Ns(0),
        ended=newest is not None and newest.ending,
        process=process,
        any_book=history.any_book,
        assets=list(filter(keeps, asset_lines(history, end_ns))),
        sockets=socket_lines(history),
        gaps=list(filter(keeps, gap_lines(history, end_ns))),
        healing=Healing(
            books=dict(history.proofs_asked.most_common()),
            resubscriptions=history.resubscribed,
            sockets=history.replaced,
        ),
        checksums_believed=judged is None or judged.believed,
        views=newest.views if newest else 0,
        rest=rest_lines(history),
        stages=stages,
        target_ms=newest.target_ns / MILLISECOND if newest else 0.0,
        share_above=share_above(stages),
    )
