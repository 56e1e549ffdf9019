"""What a run looks like in a terminal: a live page, plain lines for logs, and the summary.

Whatever comes from a venue is put in as Text, never as markup: a question may hold brackets.
"""

import re
from collections import Counter
from dataclasses import dataclass
from io import StringIO
from typing import Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from polywire.cli.cells import BAD, BOLD, DIM, GOOD, Middle, line_of, table_of, with_rest
from polywire.cli.holdings import baskets, few_unsold, guarded, positions, unsold
from polywire.cli.standings import refusals, standings
from polywire.core.units import SECOND, Price, counted, dollars, format_micros, whole_cents
from polywire.observe.run_status import FeedLine, RunStatus
from polywire.observe.status import BookLine, EngineStatus, Hashes
from polywire.observe.stops import stops

PICTURE_WIDTH, PICTURE_HEIGHT = 120, 40
FOREIGN_FONTS: Final = re.compile(r"@font-face \{[^}]*\}\s*")
"""Rich would have the document fetch its fonts from another server."""

FEEDS_SHOWN = 3
POSITIONS_SUMMED = 100
POLLED: Final = "poll-"
"""How the name of a feed that polls begins."""

ROWS_MIN = 4
ROWS_ELSEWHERE = 9
"""Lines of the page that are neither rows of a table nor the headline nor the latencies."""

RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Page:
    """The live page, with as many rows as the height allows; rates are between two moments."""

    run: RunStatus
    before: RunStatus | None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        head, latency = _headline(self.run, self.before), _latency(self.run)
        height = options.height or options.max_height
        whole = options.update(height=None)
        used = sum(len(console.render_lines(part, whole)) for part in (head, latency))
        left = len(few_unsold(self.run.engine))
        rows = max(ROWS_MIN, height - used - left - ROWS_ELSEWHERE)
        held = min(len(self.run.engine.positions), max(1, rows // 3))
        yield head
        yield _books(self.run, rows - held)
        yield Text()
        yield _account(self.run, held)
        yield Text()
        yield latency


def page(run: RunStatus, before: RunStatus | None) -> RenderableType:
    """The live page; rates are taken between two moments."""
    return Page(run, before)


def picture(run: RunStatus, before: RunStatus) -> str:
    """The live page as an SVG document."""
    console = Console(record=True, width=PICTURE_WIDTH, height=PICTURE_HEIGHT, file=StringIO())
    console.print(page(run, before))
    drawn = FOREIGN_FONTS.sub("", console.export_svg(title="polywire demo"))
    return drawn.replace("<svg ", '<svg xml:space="preserve" ', 1)  # or some renderers trim cells


def plain_line(run: RunStatus, before: RunStatus | None) -> str:
    """One line for a log or a pipe."""
    engine, hashes = run.engine, run.engine.hash
    frames, events = _rates(run, before)
    stopped = "".join(f"  {each}" for each in stops(engine))
    return (
        f"{run.seconds:6.1f}s {_states(run.feeds)}  {frames:.0f} frames/s  {events:.0f} events/s  "
        f"books {engine.books.proven}/{engine.books.tracked} proven  "
        f"hashes {_agreed(hashes)} ok {hashes.wrong} wrong  "
        f"orders {engine.orders.sent} sent "
        f"{engine.orders.filled} filled {engine.orders.open} open  "
        f"profit {dollars(engine.profit_micros)}{stopped}"
    )


def summary(run: RunStatus) -> RenderableType:
    """One screen that says what a run did; the same as --json, for people."""
    table = Table.grid(padding=(0, 2))
    for name, value in _summary_rows(run):
        table.add_row(Text(name, style=BOLD), Text(value))
    stopped = stops(run.engine)
    title = ", ".join(("Polywire", *(each.partition(":")[0] for each in stopped[:1])))
    none = line_of(("no positions left", DIM))
    held = positions(run.engine, POSITIONS_SUMMED) if run.engine.positions else none
    left = unsold(run.engine)[:POSITIONS_SUMMED]
    made = standings(run.engine.strategies)
    parts = (table, Text(), made, Text(), held, *left, Text(), _latency(run))
    return Panel(Group(*parts), title=Text(title), border_style="blue")


def _exits(engine: EngineStatus) -> str:
    """How many positions were left, and why."""
    left = engine.exits
    return (
        f"{left.target} at the target, {left.stop} at the stop, {left.trail} at the trailing stop, "
        f"{left.end} before the end"
    )


def _guards(run: RunStatus) -> str:
    """What cancels our orders when this process cannot."""
    return "; ".join(f"{name} {state}" for name, state in run.guards.items())


def _summary_rows(run: RunStatus) -> list[tuple[str, str]]:
    engine, touch, calls = run.engine, run.engine.touch, run.rest_calls
    books, orders = engine.books, engine.orders
    read = run.account.readings
    readings = f"; the account read {counted(read, 'time')}" if read else ""
    return [
        ("ran", f"{run.seconds:.1f} s on {run.source} data, {run.mode} orders"),
        *(("stopped", each) for each in stops(engine)),
        ("market data", f"{run.frames:,} frames, {run.events:,} events, {run.cuts:,} decisions"),
        (
            "books",
            f"{books.tracked} tracked, {books.proven} proven, {books.suspect} suspect, "
            f"{engine.gaps} gaps",
        ),
        ("checksums", ", ".join(_hash_words(run))),
        ("best prices", f"{touch.checked:,} compared, {touch.differing:,} differed"),
        (
            "orders",
            f"{orders.sent} sent, {orders.filled} filled {_in_fills(engine)}, "
            f"{orders.refused} refused, {orders.open} still open",
        ),
        *(("refused", each) for each in refusals(engine.strategies)),
        ("exits", _exits(engine)),
        (
            "result",
            f"{dollars(engine.profit_micros)}: {_made(engine)} "
            f"({run.mode}; fees {dollars(engine.fees_micros)})",
        ),
        (
            "account",
            f"cash {dollars(engine.cash_micros)} and "
            f"{dollars(engine.equity_micros - engine.cash_micros)} held make "
            f"{dollars(engine.equity_micros)}, {_begun(engine)}",
        ),
        ("REST calls", f"{calls.catalogue} catalogue, {calls.book} book{readings}"),
        (
            "trouble",
            f"{run.reconnects} reconnects, {run.undecodable} bad frames, {run.errors} errors",
        ),
        *([("guards", _guards(run))] if run.guards else []),
        ("journal", run.journal or "not kept (--journal DIR keeps one)"),
    ]


def _in_fills(engine: EngineStatus) -> str:
    """An order may fill in parts."""
    return f"in {counted(sum(one.fills for one in engine.strategies), 'fill')}"


def _hash_words(run: RunStatus) -> list[str]:
    """Counts in words; those that are usually zero only when they are not."""
    hashes = run.engine.hash
    if not hashes.checked:
        return [f"{hashes.snapshots_agreed:,} of {hashes.snapshots:,} whole books agreed"]
    words = [f"{hashes.agreed:,} agreed", f"{hashes.late:,} late", f"{hashes.wrong:,} wrong"]
    rare = {
        "unverifiable": hashes.unverifiable,
        "rebuilt": hashes.rebuilt,
        "superseded": hashes.superseded,
        "waiting": hashes.waiting,
    }
    return words + [f"{count:,} {name}" for name, count in rare.items() if count]


def _agreed(hashes: Hashes) -> int:
    """Entries that agreed; of a polled run, which has none, whole books."""
    if not hashes.checked:
        return hashes.snapshots_agreed
    return hashes.agreed + hashes.rebuilt + hashes.late


def _rates(run: RunStatus, before: RunStatus | None) -> tuple[float, float]:
    if before is None or run.seconds <= before.seconds:
        return 0.0, 0.0
    span = run.seconds - before.seconds
    return (run.frames - before.frames) / span, (run.events - before.events) / span


def _headline(run: RunStatus, before: RunStatus | None) -> RenderableType:
    engine = run.engine
    books, touch, wrong = engine.books, engine.touch, engine.hash.wrong
    frames, events = _rates(run, before)
    lines = [
        line_of(f"{run.mode} on ", (run.source, BOLD), f" data, {run.seconds:,.0f} s   ").append(
            _feeds(run.feeds)
        ),
        line_of(
            f"{frames:,.0f} frames/s   {events:,.0f} events/s   books ",
            (f"{books.proven} proven", GOOD if books.proven else DIM),
            "  ",
            (f"{books.suspect} suspect", BAD if books.suspect else DIM),
        ),
        line_of("checksums ", (", ".join(_hash_words(run)), BAD if wrong else "")),
    ]
    if touch.differing:
        words = f"best prices {touch.differing:,} of {touch.checked:,} differed"
        lines.append(line_of((words, BAD)))
    lines += [line_of((each, BAD)) for each in stops(engine)]
    return Panel(
        Group(*lines),
        title="Polywire",
        title_align="left",
        subtitle="Ctrl-C stops",
        subtitle_align="right",
        border_style="blue",
    )


def _feeds(feeds: list[FeedLine]) -> Text:
    """Each socket by name where there are few, else how many stand where."""
    if not feeds or len(feeds) > FEEDS_SHOWN:
        return line_of((_states(feeds), GOOD if _all_live(feeds) else BAD))
    return Text("   ").join(_feed(feed) for feed in feeds)


def _feed(feed: FeedLine) -> Text:
    live = feed.state == "live"
    why = f", attempt {feed.attempt}: {feed.cause}" if feed.attempt and not live else ""
    shade = GOOD if live else BAD
    return line_of((f"{feed.feed} {_state(feed)}", shade), f" {feed.assets} assets{why}")


def _states(feeds: list[FeedLine]) -> str:
    if not feeds:
        return "no connection yet"
    if len(feeds) == 1:
        return _state(feeds[0])
    counts = Counter(_state(feed) for feed in feeds)
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))


def _state(feed: FeedLine) -> str:
    """Where a feed stands; one that polls is no live socket."""
    return "polling" if feed.state == "live" and feed.feed.startswith(POLLED) else feed.state


def _all_live(feeds: list[FeedLine]) -> bool:
    return bool(feeds) and all(feed.state == "live" for feed in feeds)


def _books(run: RunStatus, rows: int) -> RenderableType:
    """Books that are not trusted first, for those somebody should see; resolved ones last."""
    if not run.books:
        return line_of(("no market listed yet", DIM))
    table = table_of("market", "bid", "ask", "proof age", "proven by")
    ranked = sorted(run.books, key=lambda line: (line.distrust == RESOLVED, not line.distrust))
    for line in ranked[:rows]:
        age = "never" if line.proof_age_ns is None else f"{line.proof_age_ns / SECOND:.1f} s"
        table.add_row(Middle(line.market), _price(line.bid), _price(line.ask), age, _evidence(line))
    return with_rest(table, len(run.books) - rows)


def _evidence(line: BookLine) -> Text:
    if line.distrust:
        return Text(line.distrust, style=DIM if line.distrust == RESOLVED else BAD)
    return Text(line.proven_by, style=GOOD)


def _account(run: RunStatus, rows: int) -> RenderableType:
    engine, orders = run.engine, run.engine.orders
    sent = f"{orders.sent} sent, {orders.filled} filled, {orders.refused} refused"
    money = line_of(
        ("profit ", BOLD),
        f"{dollars(engine.profit_micros)} ({dollars(engine.realised_micros)} realised)",
        ("   cash ", BOLD),
        dollars(engine.cash_micros),
        ("   fees ", BOLD),
        dollars(engine.fees_micros),
    )
    parts = [line_of(("orders ", BOLD), f"{orders.open} open, {sent}"), money]
    if run.guards:
        parts.append(line_of(_guards(run)))
    parts += baskets(engine)
    if not engine.positions:
        return Group(*parts)
    return Group(*parts, guarded(engine), positions(engine, rows), *few_unsold(engine))


def _made(engine: EngineStatus) -> str:
    """The two parts of the profit: what sales and payouts made, and what is held less its cost."""
    realised = whole_cents(engine.realised_micros)
    held = whole_cents(engine.profit_micros) - realised  # so that the parts add up
    return f"{dollars(realised)} realised, {dollars(held)} unrealised at the best bids"


def _begun(engine: EngineStatus) -> str:
    """What the account had before its profit, and what strategies had no part in."""
    others = engine.others_micros
    begun = f"begun with {dollars(engine.equity_micros - engine.profit_micros - others)}"
    return f"{begun}; {dollars(others)} came in or went out besides" if others else begun


def _latency(run: RunStatus) -> RenderableType:
    table = Table(box=None, header_style=BOLD, pad_edge=False)
    table.add_column("latency in µs")
    for name in ("p50", "p99", "p99.9", "count"):
        table.add_column(name, justify="right")
    for stage, values in run.latency_us.items():
        if values["count"]:
            cells = (f"{values[key]:,.0f}" for key in ("p50", "p99", "p999", "count"))
            table.add_row(stage.replace("_", " "), *cells)
    if not table.row_count:
        return line_of(("no latency measured yet", DIM))
    return Group(table, _target(run))


def _target(run: RunStatus) -> Text:
    target = run.latency_target
    share = f"{target.share_above:.2%}" if target.share_above != 0 else "none"
    words = f"{share} of the decisions took over {target.ms:g} ms"
    missed = f", missed {target.alerts} times by a minute's p99" if target.alerts else ""
    return line_of((words + missed, BAD if missed else ""))


def _price(price: Price | None) -> str:
    """At least two decimals, as prices are spoken of; a column of them is aligned to the left."""
    if price is None:
        return "-"
    whole, _, part = format_micros(price).partition(".")
    return f"{whole}.{part:0<2}"
