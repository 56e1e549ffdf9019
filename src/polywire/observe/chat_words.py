"""A run as a few lines that a chat shows."""

from typing import Final

from polywire.core.units import dollars, format_micros
from polywire.observe.glance import Glance
from polywire.observe.stops import stops

LINES_MAX: Final = 30
QUESTION_MAX: Final = 60


def status_words(glance: Glance) -> str:
    """What stops it, what it is worth, what it does."""
    engine = glance.engine
    orders, books = engine.orders, engine.books
    lines = stops(engine) or ["trading"]
    lines += [
        glance.account,
        f"equity {dollars(engine.equity_micros)}, cash {dollars(engine.cash_micros)}, profit "
        f"{dollars(engine.profit_micros)} ({dollars(engine.realised_micros)} realised)",
        f"lost today {dollars(engine.loss_micros)} of at most {dollars(engine.loss_max_micros)}",
        f"positions {len(engine.positions)}, open orders {orders.open}, filled {orders.filled}",
        f"books proven {books.proven} of {books.tracked}",
    ]
    lines += [f"{name}: {state}" for name, state in glance.guards.items()]
    return "\n".join(lines)


def position_words(glance: Glance) -> str:
    """Each position in a line, the largest first."""
    held = sorted(glance.engine.positions, key=lambda one: -one.value)
    lines = [
        f"{format_micros(one.shares)} {one.outcome} of {one.market[:QUESTION_MAX]!r} "
        f"({one.strategy}): paid {dollars(one.paid)}, worth {dollars(one.value)}"
        for one in held[:LINES_MAX]
    ]
    if len(held) > LINES_MAX:
        lines.append(f"and {len(held) - LINES_MAX} more: polywire positions")
    return "\n".join(lines) or "nothing is held"
