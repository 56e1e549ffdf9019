"""What a feed report looks like in a terminal: tables, worst first, in UTC.

Whatever comes from a venue is put in as Text, never as markup: a question may hold brackets.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from polywire.cli.cells import Middle
from polywire.core.book.integrity import UNKNOWN
from polywire.core.units import MILLISECOND, SECOND, utc_time
from polywire.observe.feed_lines import AssetLine, GapLine, SocketLine, StageLine
from polywire.observe.feed_report import FeedReport

ASSETS_SHOWN: Final = 30
QUESTION_WIDTH: Final = 44
QUESTION_WIDTH_MIN: Final = 12
BOLD, DIM, BAD = "bold", "dim", "red"
SUMMED: Final = (
    "messages", "gaps", "agreed", "late", "wrong", "touches_differing",
)  # fmt: skip


def feed_page(told: FeedReport, notes: Sequence[str], gaps: int) -> RenderableType:
    """The whole report, with notes on other runs; of the gaps the newest so many."""
    parts = [
        _headline(told, notes),
        _assets(told.assets),
        _sockets(told),
        _gaps(told.gaps, gaps),
        _calls(told),
        _latencies(told),
    ]
    spaced = [each for part in parts for each in (part, Text())]
    return Group(*spaced[:-1])


def lasting(seconds: float) -> str:
    """A length of time in the unit that suits it."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def _headline(told: FeedReport, notes: Sequence[str]) -> Text:
    length = lasting((told.until_ns - told.started_ns) / SECOND)
    parts: list[str | tuple[str, str]] = [
        (f"run {told.run}", BOLD),
        f", {utc_time(told.started_ns)} to {utc_time(told.until_ns)} UTC ({length}), {_end(told)}",
    ]
    if not told.ended:
        parts.append(f"; {_counted(told)}")
    if not told.checksums_believed:
        parts.append(("\nthe venue's hashes are not believed: books are proven by REST", BAD))
    if not told.any_book:
        parts.append(("\nno book came" if told.process is None else "\nno book has come yet", BAD))
    parts += [(f"\n{note}", DIM) for note in notes]
    return Text.assemble(*parts)


def _end(told: FeedReport) -> str:
    if told.ended:
        return "stopped cleanly"
    if told.process is None:
        return "ended without a clean stop"
    return f"going (process {told.process or 'unknown'})"


def _counted(told: FeedReport) -> str:
    if _none_yet(told):
        return "counts are written each full minute, none yet (the metrics port has them meanwhile)"
    return f"counts as of {utc_time(told.counted_ns)}"


def _none_yet(told: FeedReport) -> bool:
    """Whether the counts are those of the first moment, when nothing had come."""
    return told.counted_ns - told.started_ns < SECOND


def _assets(lines: Sequence[AssetLine]) -> RenderableType:
    table = _table(
        "book", "messages", "a second", "gaps", "gaps\nan hour", "unproven", "longest\ngap",
        "hashes\nagreed", "hashes\nlate", "hashes\nwrong", "touches\ndiffered",
    )  # fmt: skip
    for line in lines[:ASSETS_SHOWN]:
        table.add_row(_question(line), *_figures(line))
    if len(lines) > 1:
        table.add_section()
        table.add_row(Text(f"all {len(lines)}", style=BOLD), *_sums(lines))
    more = len(lines) - ASSETS_SHOWN
    if more > 0:
        rest = Text(f"{more} books with less trouble are not shown; --market and --json show any")
        return Group(table, rest)
    return table


def _question(line: AssetLine) -> Text:
    now = (f"{line.open} now: ", BAD) if line.open else ""
    return _cut(Text.assemble(now, line.question))


def _figures(line: AssetLine) -> Iterator[Text]:
    counted = line.rate is not None
    yield _number(line.messages, known=counted)
    yield Text(_rate(line.rate))
    yield _number(line.gaps, bad=True)
    yield Text(_rate(line.gaps_an_hour))
    yield _share(line.unproven)
    yield Text(lasting(line.longest_gap_s) if line.longest_gap_s else "-")
    yield _number(line.agreed, known=counted)
    yield _number(line.late, known=counted)
    yield _number(line.wrong, bad=True, known=counted)
    yield _number(line.touches_differing, bad=True, known=counted)


def _sums(lines: Sequence[AssetLine]) -> Iterator[Text]:
    """All books together; the share unproven is that of the time of all books.

    No gaps an hour: one outage is a gap of every book.
    """
    rates = [line.rate for line in lines if line.rate is not None]
    counted = bool(rates)
    sums = {name: sum(getattr(line, name) for line in lines) for name in SUMMED}
    watched = sum(line.watched_s for line in lines)
    unproven = sum(line.watched_s * line.unproven for line in lines)
    yield _number(sums["messages"], known=counted)
    yield Text(_rate(sum(rates) if counted else None))
    yield _number(sums["gaps"], bad=True)
    yield Text("-")
    yield _share(unproven / watched if watched else 0.0)
    yield Text(lasting(longest) if (longest := max(line.longest_gap_s for line in lines)) else "-")
    yield _number(sums["agreed"], known=counted)
    yield _number(sums["late"], known=counted)
    yield _number(sums["wrong"], bad=True, known=counted)
    yield _number(sums["touches_differing"], bad=True, known=counted)


def _sockets(told: FeedReport) -> RenderableType:
    if _none_yet(told):
        return Text("no counts of connections yet", style=DIM)
    if not told.sockets:
        return Text("no counts of connections in this journal", style=DIM)
    table = _table(
        "connection", "frames", "a second", "first", "lead p50", "lead p99", "reconnects",
        "undecodable", "unknown", "pongs",
    )  # fmt: skip
    twins = any(line.first for line in told.sockets)
    for line in told.sockets:
        table.add_row(
            Text(_named(line)),
            _number(line.frames),
            _rate(line.rate),
            f"{line.first_share:.1%}" if twins else "-",
            f"{line.lead_p50_ms:,.1f} ms" if line.first else "-",
            f"{line.lead_p99_ms:,.1f} ms" if line.first else "-",
            _number(line.reconnects, bad=True),
            _number(line.undecodable, bad=True),
            _number(line.unknown),
            _number(line.pongs),
        )
    return table


def _named(line: SocketLine) -> str:
    if not line.gone:
        return line.feed
    return f"{line.feed} ({'stands by' if line.feed.startswith('poll-') else 'replaced'})"


def _gaps(lines: Sequence[GapLine], shown: int) -> RenderableType:
    """Times in which a proof was lost, one line an outage; the waits for first books are summed."""
    waits = [line for line in lines if line.cause == UNKNOWN]
    alike = fold(line for line in lines if line.cause != UNKNOWN)
    parts = [_outages(alike, shown)]
    if waits:
        longest = lasting(max(line.seconds for line in waits))
        still = sum(line.closed_ns is None for line in waits)
        words = f"besides, {len(waits)} waits for a first book, which count as no gaps: the longest"
        parts.append(Text(f"{words} {longest}" + (f", {still} not over" if still else "")))
    return Group(*parts)


def fold(lines: Iterable[GapLine]) -> list[list[GapLine]]:
    """Gaps that are the same to the second, in the order of their first."""
    alike: dict[tuple[object, ...], list[GapLine]] = {}
    for line in lines:
        closed = line.closed_ns and line.closed_ns // SECOND
        key = (line.cause, line.opened_ns // SECOND, closed, line.healed_by, line.step)
        alike.setdefault(key, []).append(line)
    return list(alike.values())


def _outages(alike: list[list[GapLine]], shown: int) -> RenderableType:
    if not alike:
        return Text("no gap: no book lost its proof", style=DIM)
    table = _table("gap in", "cause", "from (UTC)", "to", "lasted", "healed by", "step", "missed")
    for same in alike[:shown]:
        line = same[0]
        still = Text("still open", style=BAD)
        table.add_row(
            Middle(line.question if len(same) == 1 else f"{len(same)} books"),
            Text(line.cause),
            utc_time(line.opened_ns),
            still if line.closed_ns is None else utc_time(line.closed_ns)[11:],
            lasting(max(each.seconds for each in same)),
            Text(line.healed_by or "-"),
            Text(line.step or "-"),
            _number(sum(each.missed for each in same)),
        )
    more = sum(map(len, alike[shown:]))
    if more:
        return Group(table, Text(f"and {more} older gaps (--gaps N, --json)", style=DIM))
    return table


def _calls(told: FeedReport) -> Text:
    asked = told.healing
    books = ", ".join(f"{count:,} {reason}" for reason, count in asked.books.items()) or "none"
    served = sum(line.answered for line in told.rest if line.purpose == "book")
    lines = [
        Text(f"books asked for: {books}"),
        Text(
            f"asked for besides: {asked.resubscriptions} resubscriptions, {asked.sockets} sockets"
        ),
        Text(f"reads: {told.views:,} served from books, {served:,} answered by REST"),
    ]
    if _none_yet(told):
        return Text("\n").join([*lines[:-1], Text("reads: -")])
    for line in told.rest:
        refused = (f"{line.refused:,} refused (429)", BAD if line.refused else "")
        failed = (f"{line.failed:,} failed", BAD if line.failed else "")
        answered = f"REST {line.purpose}: {line.answered:,} answered, "
        lines.append(Text.assemble(answered, refused, ", ", failed))
    return Text("\n").join(lines)


def _latencies(told: FeedReport) -> RenderableType:
    table = _table("latency in ms", "p50", "p99", "p99.9", "count", "above target")
    for line in told.stages:
        if line.count:
            table.add_row(line.stage.replace("_", " "), *_times(line))
    if not table.row_count:
        return Text("no latency measured yet", style=DIM)
    share = f"{told.share_above:.2%}" if told.share_above else "none"
    return Group(table, Text(f"{share} of the decisions took over {told.target_ms:g} ms"))


def _times(line: StageLine) -> Iterator[str]:
    yield from (
        f"{us * 1_000 / MILLISECOND:,.2f}" for us in (line.p50_us, line.p99_us, line.p999_us)
    )
    yield f"{line.count:,}"
    yield f"{line.above:,}"


def _table(first: str, *others: str) -> Table:
    """Where there is too little room the first column gives way; its cells are to be `_cut`."""
    table = Table(box=None, header_style=BOLD, pad_edge=False)
    table.add_column(first, max_width=QUESTION_WIDTH, min_width=QUESTION_WIDTH_MIN)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _cut(text: Text) -> Text:
    """On one line whatever the room."""
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}"


def _number(value: int, *, bad: bool = False, known: bool = True) -> Text:
    if not known:
        return Text("-")
    return Text(f"{value:,}", style=BAD if bad and value else "")


def _share(part: float) -> Text:
    return Text("-") if not part else Text(f"{part:.2%}", style=BAD if part >= 0.001 else "")
