"""What an engine looks like at one moment, as data: books, orders, positions, money.

Reads the engine's state between cuts and changes nothing. Keys are documented in
docs/reference/status.md.
"""

import re
from collections.abc import Iterator
from textwrap import shorten
from typing import Final

from msgspec import Struct

from polywire.core.book.integrity import Tally
from polywire.core.engine.engine import Engine
from polywire.core.ids import InstrumentId, StrategyId
from polywire.core.ledger.position import Holding
from polywire.core.model.breaker import BreakerCause
from polywire.core.units import Money, Ns, Price, Quantity, per_share
from polywire.observe.baskets import BasketLine, basket_lines
from polywire.observe.day_loss import DayLoss
from polywire.observe.exit_line import GUARDED, ExitLine, exit_line
from polywire.observe.strategies import StrategyLine, made_by_all, paired, strategy_lines

NUMBER: Final = re.compile(r"\b\d{20,}\b")
"""A token's id: a name to nobody."""
QUESTION_MAX: Final = 40
BEFORE: Final = "before this run"
AFTER: Final = "after this run"
"""Keys among the guards that report what one did, or will do to orders of others."""


class Books(Struct):
    """Books by evidence; one a market."""

    tracked: int
    proven: int
    suspect: int


class Hashes(Struct):
    """Checksums in entries: messages for one token. `waiting` have not agreed yet."""

    checked: int
    agreed: int
    late: int
    wrong: int
    unverifiable: int
    rebuilt: int
    superseded: int
    waiting: int
    groups: int
    groups_late: int
    snapshots: int
    snapshots_agreed: int


class Touches(Struct):
    """The venue's best prices against ours."""

    checked: int
    differing: int


class Orders(Struct):
    """Orders of this run; `filled` counts those with at least one fill."""

    sent: int
    filled: int
    refused: int
    open: int


class Exits(Struct):
    """Positions that exits have sold in this run, by what triggered the sale."""

    target: int
    stop: int
    trail: int
    end: int


class PositionLine(Struct):
    """Shares held by one strategy and how they would be left; value at the best bid.

    `average` is what a share cost, fees included; `unrealised` is `value` less `paid`, `percent`
    that of `paid`.

    `paired`: how many of them make a dollar with one of the other outcome that it holds too,
    once somebody merges them; nothing here does.
    """

    strategy: StrategyId
    market: str
    outcome: str
    shares: Quantity
    paid: Money
    value: Money
    realised: Money
    exit: ExitLine
    paired: Quantity = Quantity(0)
    average: Price = Price(0)
    unrealised: Money = Money(0)
    percent: float | None = None


class BookLine(Struct):
    """One market's book; prices of its first outcome, in micro-dollars."""

    market: str
    bid: Price | None
    ask: Price | None
    proof_age_ns: int | None
    proven_by: str
    distrust: str


class BreakerLine(Struct):
    """One cause for which the breaker is open: why, and since when."""

    cause: BreakerCause
    reason: str
    since_ns: Ns


class EngineStatus(Struct):
    """All that the engine itself knows.

    `equity_micros` is what the account is worth: cash, and all that is held there, at the best
    bids. `profit_micros` is what our strategies made of it, `others_micros` what came in or went
    out besides: withdrawals, corrections, what others traded. The account began with the rest.
    """

    now: Ns
    books: Books
    hash: Hashes
    touch: Touches
    orders: Orders
    exits: Exits
    gaps: int
    positions: list[PositionLine]
    cash_micros: Money
    equity_micros: Money
    profit_micros: Money
    realised_micros: Money
    fees_micros: Money
    halted: str
    halted_strategies: list[str]
    breaker: list[BreakerLine] = []
    unredeemed_micros: Money = Money(0)
    positions_without_exit: int = 0
    loss_micros: Money = Money(0)
    loss_max_micros: Money = Money(0)
    strategies: list[StrategyLine] = []
    paired_micros: Money = Money(0)
    baskets: list[BasketLine] = []
    others_micros: Money = Money(0)


def engine_status(engine: Engine, source: str) -> EngineStatus:
    """The engine as it stands; hashes of a rebuilt source count as rebuilt, not as agreed."""
    lines = list(positions(engine))
    equity, made = engine.standing.equity, made_by_all(engine)
    distrusts = [engine.standing.distrust_of(book) for book in engine.watch.books.values()]
    suspect = sum(map(bool, distrusts))
    proofs = engine.watch.tally  # a walk over all books
    return EngineStatus(
        now=engine.now,
        books=Books(len(distrusts), len(distrusts) - suspect, suspect),
        hash=_hashes(proofs, rebuilt=source == "rebuilt"),
        touch=Touches(proofs.touches, proofs.touches_differing),
        orders=_orders(engine),
        exits=Exits(**{cause.value: count for cause, count in engine.left.items()}),
        gaps=engine.watch.gaps,
        positions=lines,
        cash_micros=engine.ledger.cash,
        equity_micros=equity,
        profit_micros=made.profit,
        realised_micros=made.realised,
        fees_micros=made.fees,
        halted=_named(engine, engine.standing.halted),
        breaker=[
            BreakerLine(one.cause, _named(engine, one.reason), one.at_ns)
            for one in engine.breaker.open.values()
        ],
        halted_strategies=[
            name for name, seat in engine.roster.seats.items() if seat.halted and not seat.retired
        ],
        positions_without_exit=sum(line.exit.state not in GUARDED for line in lines),
        unredeemed_micros=Money(sum(engine.ledger.unredeemed.values())),
        loss_micros=DayLoss(engine).whole,
        loss_max_micros=engine.standing.limits.loss_max,
        strategies=strategy_lines(engine),
        paired_micros=paired(engine.ledger),
        baskets=basket_lines(engine),
        others_micros=Money(equity - made.profit - engine.ledger.cash_start),
    )


def positions(engine: Engine) -> Iterator[PositionLine]:
    """Every holding with shares, valued at what its book would pay now."""
    for (strategy, instrument), holding in engine.ledger.holdings.items():
        if holding.now.held:
            yield _position(engine, strategy, instrument, holding)


def guarded_as(before: EngineStatus, after: EngineStatus) -> None:
    """Say of what is still held how it was guarded before a clean end, which guards nothing."""
    known = {(one.strategy, one.market, one.outcome): one.exit for one in before.positions}
    for one in after.positions:
        one.exit = known.get((one.strategy, one.market, one.outcome), one.exit)
    after.positions_without_exit = sum(one.exit.state not in GUARDED for one in after.positions)


def book_lines(engine: Engine) -> Iterator[BookLine]:
    """Every tracked book, in the order in which they were listed."""
    for tracked in engine.watch.books.values():
        bid, ask = tracked.book.touch(0)
        proven_ns = tracked.integrity.proven_ns
        yield BookLine(
            tracked.market.question,
            bid,
            ask,
            engine.now - proven_ns if proven_ns else None,
            tracked.integrity.proven_by,
            "resolved" if tracked.resolved else engine.standing.distrust_of(tracked),
        )


def _named(engine: Engine, reason: str) -> str:
    """A reason with outcome and market in place of the venue's number, cut where they are long."""
    return NUMBER.sub(lambda found: _outcome(engine, InstrumentId(found.group())), reason)


def _outcome(engine: Engine, instrument: InstrumentId) -> str:
    market = engine.ledger.markets.get(instrument)
    if market is None:
        return f"{instrument[:4]}...{instrument[-4:]}"
    name = market.outcome_of(instrument).name
    return f"{name} of {shorten(market.question, QUESTION_MAX, placeholder=' ...')!r}"


def _hashes(tally: Tally, *, rebuilt: bool) -> Hashes:
    settled = tally.agreed + tally.late + tally.wrong + tally.superseded
    return Hashes(
        checked=tally.checked,
        agreed=0 if rebuilt else tally.agreed,
        late=tally.late,
        wrong=tally.wrong,
        unverifiable=tally.unverifiable,
        rebuilt=tally.agreed if rebuilt else 0,
        superseded=tally.superseded,
        waiting=tally.checked - settled,
        groups=tally.groups,
        groups_late=tally.groups_late,
        snapshots=tally.snapshots,
        snapshots_agreed=tally.snapshots_agreed,
    )


def _orders(engine: Engine) -> Orders:
    desk = engine.desk
    return Orders(desk.sent, desk.filled, desk.refused.total(), len(engine.ledger.open_orders))


def _position(
    engine: Engine, strategy: StrategyId, instrument: InstrumentId, holding: Holding
) -> PositionLine:
    market = engine.ledger.markets[instrument]
    index = market.outcome_index(instrument)
    now = holding.now
    value = engine.standing.worth(instrument, now)
    return PositionLine(
        strategy=strategy,
        market=market.question,
        outcome=market.outcomes[index].name,
        shares=now.held,
        paid=now.paid,
        value=value,
        realised=now.realised,
        exit=exit_line(engine, strategy, instrument, now.held),
        paired=_paired(engine, strategy, instrument, now.held),
        average=per_share(now.paid, now.held) if now.held > 0 else Price(0),
        unrealised=Money(value - now.paid),
        percent=gain_percent(now.paid, value),
    )


def gain_percent(paid: int, value: int) -> float | None:
    """So many hundredths of what was paid were gained, to two decimals; None where nothing was."""
    return round(100 * (value - paid) / paid, 2) if paid > 0 else None


def _paired(
    engine: Engine, strategy: StrategyId, instrument: InstrumentId, held: Quantity
) -> Quantity:
    other = engine.ledger.markets[instrument].complement_of(instrument)
    return Quantity(max(0, min(held, engine.ledger.position(strategy, other).held)))
