"""What became of all that was to be sold, in sentences: the sum first, then each position."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from polywire.core.engine.engine import Engine
from polywire.core.engine.flattening import Left
from polywire.core.engine.selling import TOO_FEW
from polywire.core.ids import StrategyId
from polywire.core.ledger.ledger import Key
from polywire.core.ledger.position import Holding
from polywire.core.units import Money, Quantity, counted, dollars, format_money


class Held(NamedTuple):
    """Shares of a position, the money that its fills have brought in all, and whose it is.

    `holding` goes on to say what becomes of it when the ledger has put it away, as at midnight.
    """

    shares: Quantity
    cash: Money
    holding: Holding
    name: str


def holdings_of(engine: Engine, seller: StrategyId | None) -> dict[Key, Held]:
    """What everybody, or one, holds now."""
    return {
        key: Held(one.now.held, one.now.cash, one, _name(engine, key))
        for key, one in engine.ledger.holdings.items()
        if one.now.held > 0 and seller in (None, key[0])
    }


def selling_words(engine: Engine, before: dict[Key, Held], left: Sequence[Left]) -> Iterator[str]:
    """The sum; what was sold of what was held before; what was not, and why."""
    sold = [one for one in before.values() if one.shares > one.holding.now.held]
    yield _sum(engine, sold, left)
    for one in sold:
        shares = Quantity(one.shares - max(0, one.holding.now.held))
        yield f"sold {format_money(shares)} {one.name}"
    for rest in left:
        name = _name(engine, (rest.strategy, rest.instrument))
        yield f"not sold: {format_money(rest.shares)} {name}: {rest.reason}"


def _sum(engine: Engine, sold: Sequence[Held], left: Sequence[Left]) -> str:
    remnants = [one for one in left if one.reason == TOO_FEW]
    others = [one for one in left if one.reason != TOO_FEW]
    parts = []
    if sold:
        brought = Money(sum(one.holding.now.cash - one.cash for one in sold))
        parts.append(f"{counted(len(sold), 'position')} sold for {dollars(brought)}")
    if others:
        worth = _worth(engine, others)
        parts.append(f"{counted(len(others), 'position')} worth about {worth} not sold")
    if remnants:
        stay = "stays" if len(remnants) == 1 else "stay"
        worth = _worth(engine, remnants)
        parts.append(f"{counted(len(remnants), 'remnant')} worth about {worth} {stay} ({TOO_FEW})")
    return "; ".join(parts) or "nothing is held"


def _worth(engine: Engine, left: Sequence[Left]) -> str:
    ledger, worth = engine.ledger, engine.standing.worth
    values = (worth(one.instrument, ledger.position(one.strategy, one.instrument)) for one in left)
    return dollars(Money(sum(values)))


def _name(engine: Engine, key: Key) -> str:
    market = engine.ledger.markets[key[1]]
    return f"{market.outcome_of(key[1]).name} of {market.question!r} ({key[0]})"
