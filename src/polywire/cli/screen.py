"""What a run looks like in a terminal: a live page, plain lines for logs, and the summary."""

from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from polywire.core.units import SECOND, Price, format_micros, format_money
from polywire.observe.status import BookLine, RunStatus

PICTURE_WIDTH = 120
BOOKS_SHOWN = 14
POSITIONS_SHOWN = 8

GOOD, BAD, DIM = "green", "red", "dim"


def page(run: RunStatus, before: RunStatus | None) -> RenderableType:
    """The live page; rates are taken between two moments."""
    return Group(_headline(run, before), _books(run), _account(run), _latency(run))


def picture(run: RunStatus, before: RunStatus) -> str:
    """The live page as an SVG document."""
    console = Console(record=True, width=PICTURE_WIDTH, file=StringIO())
    console.print(page(run, before))
    return console.export_svg(title="polywire demo")


def plain_line(run: RunStatus, before: RunStatus | None) -> str:
    """One line for a log or a pipe."""
    engine = run.engine
    frames, events = _rates(run, before)
    states = ",".join(sorted({feed.state for feed in run.feeds})) or "no feed"
    return (
        f"{run.seconds:6.1f}s {states}  {frames:.0f} frames/s  {events:.0f} events/s  "
        f"books {engine.books.proven}/{engine.books.tracked} proven  "
        f"hashes {engine.hash.checked - engine.hash.wrong - engine.hash.waiting} ok "
        f"{engine.hash.wrong} wrong  orders {engine.orders.sent} sent "
        f"{engine.orders.filled} filled {engine.orders.open} open  "
        f"profit ${format_money(engine.profit_micros)}"
    )


def summary(run: RunStatus) -> RenderableType:
    """One screen that says what a run did; the same as --json, for people."""
    engine, hashes = run.engine, run.engine.hash
    table = Table.grid(padding=(0, 2))
    rows = [
        ("ran", f"{run.seconds:.1f} s on {run.source} data, {run.mode} orders"),
        ("market data", f"{run.frames:,} frames, {run.events:,} events, {run.cuts:,} decisions"),
        (
            "books",
            f"{engine.books.tracked} tracked, {engine.books.proven} proven, "
            f"{engine.books.suspect} suspect, {engine.gaps} gaps",
        ),
        ("checksums", _hash_words(run)),
        ("best prices", f"{engine.touch.checked:,} compared, {engine.touch.differing:,} differed"),
        (
            "orders",
            f"{engine.orders.sent} sent, {engine.orders.filled} filled, "
            f"{engine.orders.refused} refused, {engine.orders.open} still open",
        ),
        (
            "result",
            f"${format_money(engine.profit_micros)} at the best bids "
            f"(paper; fees ${format_money(engine.fees_micros)})",
        ),
        (
            "REST calls",
            f"{run.rest_calls.catalogue} catalogue, {run.rest_calls.book} book, "
            f"{run.rest_calls.account} account",
        ),
        (
            "trouble",
            f"{run.reconnects} reconnects, {run.undecodable} bad frames, {run.errors} errors",
        ),
        ("journal", run.journal or "not kept (--journal DIR keeps one)"),
    ]
    for name, value in rows:
        table.add_row(Text(name, style="bold"), value)
    title = "Polywire" + (f", halted: {engine.halted}" if engine.halted else "")
    held = _positions(run) if engine.positions else Text("no positions left", style=DIM)
    assert hashes.checked >= 0, "counts only grow"
    return Panel(Group(table, held, _latency(run)), title=title, border_style="blue")


def _hash_words(run: RunStatus) -> str:
    hashes = run.engine.hash
    words = [
        f"{hashes.agreed:,} agreed",
        f"{hashes.late:,} late",
        f"{hashes.wrong:,} wrong",
        f"{hashes.unverifiable:,} unverifiable",
    ]
    if hashes.rebuilt:
        words.append(f"{hashes.rebuilt:,} rebuilt")
    return f"{hashes.checked:,} checked: " + ", ".join(words)


def _rates(run: RunStatus, before: RunStatus | None) -> tuple[float, float]:
    if before is None or run.seconds <= before.seconds:
        return 0.0, 0.0
    span = run.seconds - before.seconds
    return (run.frames - before.frames) / span, (run.events - before.events) / span


def _headline(run: RunStatus, before: RunStatus | None) -> RenderableType:
    engine = run.engine
    frames, events = _rates(run, before)
    feeds = "  ".join(
        f"[{_shade(feed.state == 'live')}]{feed.feed} {feed.state}[/] ({feed.assets} assets)"
        for feed in run.feeds
    )
    lines = [
        f"[bold]Polywire[/]  {run.mode} on [bold]{run.source}[/] data  "
        f"{run.seconds:.0f} s  {feeds}",
        f"{frames:,.0f} frames/s  {events:,.0f} events/s  "
        f"books [{GOOD}]{engine.books.proven} proven[/] "
        f"[{_shade(not engine.books.suspect)}]{engine.books.suspect} suspect[/]  "
        f"checksums {_hash_words(run)}",
    ]
    if engine.halted:
        lines.append(f"[{BAD}]halted: {engine.halted}[/]")
    return Panel("\n".join(lines), border_style="blue")


def _books(run: RunStatus) -> RenderableType:
    table = Table(expand=True, title_justify="left", box=None, header_style="bold")
    table.add_column("market", ratio=1, no_wrap=True, overflow="ellipsis")
    for name in ("bid", "ask", "proof age", "proven by"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in run.books[:BOOKS_SHOWN]:
        table.add_row(line.market, _price(line.bid), _price(line.ask), _age(line), _evidence(line))
    if len(run.books) > BOOKS_SHOWN:
        table.caption = f"and {len(run.books) - BOOKS_SHOWN} more"
    return table


def _shade(good: bool) -> str:
    return GOOD if good else BAD


def _evidence(line: BookLine) -> Text:
    return Text(line.distrust, style=BAD) if line.distrust else Text(line.proven_by, style=GOOD)


def _age(line: BookLine) -> str:
    return "never" if line.proof_age_ns is None else f"{line.proof_age_ns / SECOND:.1f} s"


def _price(price: Price | None) -> str:
    return "-" if price is None else format_micros(price)


def _account(run: RunStatus) -> RenderableType:
    engine = run.engine
    head = Text.from_markup(
        f"[bold]orders[/] {engine.orders.open} open, {engine.orders.sent} sent, "
        f"{engine.orders.filled} filled, {engine.orders.refused} refused   "
        f"[bold]profit[/] ${format_money(engine.profit_micros)}   "
        f"[bold]cash[/] ${format_money(engine.cash_micros)}   "
        f"[bold]fees[/] ${format_money(engine.fees_micros)}"
    )
    return Group(head, _positions(run)) if engine.positions else head


def _positions(run: RunStatus) -> RenderableType:
    table = Table(expand=True, box=None, header_style="bold")
    table.add_column("position", ratio=1, no_wrap=True, overflow="ellipsis")
    for name in ("outcome", "shares", "paid", "worth", "realised"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in run.engine.positions[:POSITIONS_SHOWN]:
        table.add_row(
            line.market,
            line.outcome,
            format_micros(line.shares),
            format_money(line.paid),
            format_money(line.value),
            format_money(line.realised),
        )
    if len(run.engine.positions) > POSITIONS_SHOWN:
        table.caption = f"and {len(run.engine.positions) - POSITIONS_SHOWN} more"
    return table


def _latency(run: RunStatus) -> RenderableType:
    table = Table(box=None, header_style="bold")
    table.add_column("latency, microseconds")
    for name in ("p50", "p99", "p99.9", "count"):
        table.add_column(name, justify="right")
    for stage, values in run.latency_us.items():
        if values["count"]:
            cells = (f"{values[key]:,.0f}" for key in ("p50", "p99", "p999", "count"))
            table.add_row(stage.replace("_", " "), *cells)
    return table
