"""`polywire status|orders|positions`: a run as it stands, on one screen or as data."""

from collections.abc import Iterator
from typing import Annotated, Final

from cyclopts import Parameter
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from polywire.cli.afterwards import WATCHDOG, open_words, tell_afterwards
from polywire.cli.cells import BAD, BOLD, DIM, GOOD, line_of, table_of, with_rest
from polywire.cli.held_table import held_table
from polywire.cli.holdings import guarded, unsold
from polywire.cli.holdings import positions as few_held
from polywire.cli.looking import HERE, Where, answered, followed, run_of, runs_at
from polywire.cli.order_steps import order_steps
from polywire.cli.output import emit
from polywire.core.errors import ConfigError
from polywire.core.ids import OrderId
from polywire.core.units import SECOND, Ns, counted, dollars, format_micros, utc_time
from polywire.observe.glance import Glance, OrderLine, as_json, of_journal
from polywire.observe.held import held
from polywire.observe.order_told import order_told
from polywire.observe.stops import stops
from polywire.runtime.operator_door import Question

POSITIONS_SHOWN: Final = 200
ORDERS_SHOWN: Final = 200
HELD_SHOWN: Final = 5
TERMS: Final = ("outcome", "side", "price", "shares", "filled", "state", "age")
LASTING: Final = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def status(*, where: Where = HERE, json: bool = False) -> int:
    """Say how a run stands: what it holds, what it made, what it does now, and whether it may.

    A running engine is asked; any other run is rebuilt from its journal.

    Parameters
    ----------
    json
        Print it as JSON.
    """
    found = glance(where)
    emit(as_json(found), page(found), as_json=json)
    return 0


def positions(*, where: Where = HERE, json: bool = False) -> int:
    """List what a run holds: what was paid, what bids would pay now, and what would sell it.

    Parameters
    ----------
    json
        Print the rows and their sum as JSON.
    """
    engine = glance(where).engine
    whole = held(engine)
    shown = (held_table(whole, POSITIONS_SHOWN), Text(), guarded(engine), *unsold(engine))
    none = Text("nothing is held")
    emit(whole, Group(*shown) if whole.positions else none, as_json=json)
    return 0


def orders(
    order: Annotated[str, Parameter(show_default=False)] = "",
    /,
    *,
    where: Where = HERE,
    json: bool = False,
) -> int:
    """List a run's open orders, or say what became of one of them, step by step.

    Parameters
    ----------
    order
        An order, as the list or --json names it: its history, from the journal.
    json
        Print it as JSON.
    """
    if order:
        return _history(order, where, json)
    found = glance(where)
    emit(found.open_orders, order_table(found), as_json=json)
    return 0


def glance(where: Where) -> Glance:
    """The run that is meant, as it stands or as it ended."""
    runs, folder = runs_at(where)
    answer = None if where.run else answered(folder, Question.STATUS)
    if answer is not None and answer.glance is not None:
        return answer.glance
    run = run_of(runs, where, folder, None)
    found = of_journal(*followed(folder, run, hasty=True))
    return tell_afterwards(found, folder) if run.id == runs[-1].id else found


def page(found: Glance) -> RenderableType:
    """One screen; what stops trading comes first."""
    engine = found.engine
    table = Table.grid(padding=(0, 2))
    for name, value in _rows(found):
        table.add_row(Text(name, style=BOLD), value)
    stopped = [line_of((each, BAD)) for each in stops(engine)]
    parts: list[RenderableType] = [_headline(found), *stopped, Text(), table]
    if engine.positions:
        parts += [Text(), few_held(engine, HELD_SHOWN)]
    return Group(*parts)


def _headline(found: Glance) -> Text:
    """Whose word it is, and of when."""
    lasted = lasting(found.at_ns - found.began_ns)
    if found.process is not None:
        says = f"process {found.process} has run for {lasted}: {found.account}"
        return line_of(("runs ", GOOD), says)
    at = f"as of {utc_time(found.at_ns)} UTC, after {lasted}"
    return line_of(("does not run: ", BAD), f"{at}; {found.account or 'run ' + found.run}")


def _rows(found: Glance) -> Iterator[tuple[str, Text]]:
    engine = found.engine
    money = f"{dollars(engine.equity_micros)}, {dollars(engine.cash_micros)} of it cash"
    yield "worth", Text(money)
    made = f"{dollars(engine.profit_micros)} ({dollars(engine.realised_micros)} realised, fees "
    yield "profit", Text(f"{made}{dollars(engine.fees_micros)})")
    loss = f"{dollars(engine.loss_micros)} of at most {dollars(engine.loss_max_micros)}"
    yield "lost today", Text(loss)
    yield "holds", Text(counted(len(engine.positions), "position")) + _bare(found)
    sent = engine.orders
    counts = f"{sent.sent} sent, {sent.filled} filled, {sent.refused} refused"
    yield "orders", Text(f"{open_words(found)}; {counts}")
    if found.watchdog:
        yield WATCHDOG, Text(found.watchdog)
    yield "books", _books(found)
    if found.feeds:
        live = sum(feed.state == "live" for feed in found.feeds)
        shade = GOOD if live == len(found.feeds) else BAD
        yield "feeds", line_of((f"{live} of {len(found.feeds)} bring data", shade))
    for one in engine.strategies:
        state = f"{one.state}, buys nothing more today" if one.barred else str(one.state)
        stake = f"{dollars(one.stake_micros)} of {dollars(one.budget_micros)} at stake"
        yield "strategy", Text(f"{one.name}: {state}, {stake}")
    if found.guards:
        yield "guards", Text("; ".join(f"{name} {state}" for name, state in found.guards.items()))
    yield "journal", Text(found.journal)
    yield from _agree(found)


def _bare(found: Glance) -> Text:
    without = found.engine.positions_without_exit
    return line_of((f", {without} without an exit" if without else "", DIM))


def _books(found: Glance) -> Text:
    books = found.engine.books
    if found.partial:
        return line_of(("unknown", DIM))
    words = f"{books.proven} of {books.tracked} proven"
    return line_of((words, BAD if books.suspect else GOOD))


def _agree(found: Glance) -> Iterator[tuple[str, Text]]:
    if found.difference:
        yield "audit", line_of((f"a decision differs: {found.difference}", BAD))
    elif found.partial:
        yield "audit", line_of((found.partial, DIM))
    elif found.process is None:
        yield "audit", Text(f"all {found.agreed:,} decisions made again, and they agree")


def order_table(found: Glance) -> RenderableType:
    """The open orders, oldest first; of a killed run, what became of them above it."""
    lines = found.open_orders
    if not lines:
        return Text("no order is open")
    several = len({line.strategy for line in lines}) > 1
    whose = ["strategy"] if several else []
    table = table_of("market", "order", *whose, *TERMS, wraps=True)
    for line in lines[:ORDERS_SHOWN]:
        names = [Text(line.strategy)] if several else []
        short = line.id.removeprefix(f"{found.run}-")
        table.add_row(Text(line.market), short, *names, *_cells(line, found.at_ns))
    shown = with_rest(table, len(lines) - ORDERS_SHOWN)
    return Group(line_of((open_words(found), BAD)), shown) if found.watchdog else shown


def _cells(line: OrderLine, now: Ns) -> Iterator[str]:
    yield from (line.outcome, line.side, format_micros(line.price), format_micros(line.size))
    yield format_micros(line.filled)
    yield _state(line)
    yield lasting(now - line.sent_ns) if line.sent_ns else "earlier"


def _state(line: OrderLine) -> str:
    if line.cancelled_by:
        return "cancelled"
    return "cancelling" if line.cancelling else line.state


def _history(order: str, where: Where, json: bool) -> int:
    runs, folder = runs_at(where)
    shadow, engine = followed(folder, run_of(runs, where, folder, None), hasty=True)
    known = shadow.memory.orders.orders
    found = known.get(OrderId(order)) or known.get(OrderId(f"{engine.desk.run}-{order}"))
    if found is None:
        last = ", ".join(list(known)[-3:]) or "none"
        raise ConfigError(f"no order {order} in the run; the last ones are {last}")
    told = order_told(found, engine.ledger.markets.get(found.command.instrument))
    emit(told, order_steps(told), as_json=json)
    return 0


def lasting(passed_ns: int) -> str:
    """How long, in its largest unit: 95 s are `1m`."""
    seconds = max(0, passed_ns // SECOND)
    return next((f"{seconds // size}{unit}" for size, unit in LASTING if seconds >= size), "0s")
