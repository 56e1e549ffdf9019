"""What positions have made, and since when of the day that counts: like is compared with like.

Shares whose book nobody has told are taken to have gained and lost nothing since the day began;
what a first book then says of shares that had none when it began moves the day. Reads no book.
"""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import structs

from polywire.core.ids import StrategyId
from polywire.core.ledger.ledger import Key
from polywire.core.ledger.position import Position
from polywire.core.model.command import DayOpened, Mark
from polywire.core.units import ONE, Money, payout

Marks = dict[Key, Mark]


class Valued(NamedTuple):
    """What we would have if our strategies alone had traded, and each one's part of it.

    Deposits and withdrawals, corrections and what others trade are not in `traded`, as they are in
    the account's equity. `marks`: of each position what is in it.
    """

    traded: Money
    results: dict[StrategyId, Money]
    marks: Marks


def mark(key: Key, position: Position, worth: Money | None, before: Mark | None) -> Mark:
    """What a position has made, given what its shares are worth by a book, or None without one.

    Then it is what it had made `before`, as far as its shares can be worth that; and what was
    bought since is worth what it cost.
    """
    cash = position.cash
    if worth is not None:
        return Mark(*key, Money(cash + worth), True)
    if before is None:
        return Mark(*key, Money(cash + position.paid), False)
    most = cash + payout(Money(ONE), position.held)
    return Mark(*key, Money(min(max(before.made, cash), most)), False)


def marks_of(opened: DayOpened) -> Marks:
    """The positions of a day's beginning."""
    return {(one.strategy, one.instrument): one for one in opened.marks}


def moved(opened: DayOpened, before: Valued, after: Valued) -> DayOpened:
    """A day in which what was changed by no doing of a strategy is neither gained nor lost."""
    marks = marks_of(opened)
    gained = []
    for key, now in after.marks.items():
        was, mark = before.marks.get(key), marks.get(key)
        if now != was:
            change = Money(now.made - (was.made if was is not None else 0))
            made = Money(change + (mark.made if mark is not None else 0))
            known = now.known or (mark is not None and mark.known)
            marks[key] = structs.replace(now, made=made, known=known)
            gained.append((key[0], change))
    return _shifted(opened, marks, Money(after.traded - before.traded), gained)


def told(opened: DayOpened, valued: Valued) -> DayOpened:
    """A day that began with what books say by now, where it began without them."""
    marks = marks_of(opened)
    gained = []
    for key, mark in marks.items():
        now = valued.marks.get(key)
        if not mark.known and now is not None and now.known:
            marks[key] = now
            gained.append((key[0], Money(now.made - mark.made)))
    return _shifted(opened, marks, Money(sum(change for _, change in gained)), gained)


def _shifted(
    opened: DayOpened, marks: Marks, change: Money, gained: Iterable[tuple[StrategyId, Money]]
) -> DayOpened:
    results = dict(opened.results)
    for strategy, part in gained:
        results[strategy] = Money(results.get(strategy, 0) + part)
    traded = Money(opened.traded + change)
    return DayOpened(opened.day, traded, tuple(sorted(results.items())), tuple(marks.values()))
