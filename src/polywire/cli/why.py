"""`polywire why`: what each strategy wanted of a market, and what the gate made of it."""

from rich.console import Group, RenderableType
from rich.text import Text

from polywire.cli.cells import BAD, BOLD, DIM, GOOD, line_of
from polywire.cli.looking import (
    HERE,
    Where,
    answered,
    followed,
    newest_ns,
    run_of,
    runs_at,
)
from polywire.cli.moments import moment
from polywire.cli.output import emit
from polywire.core.errors import ConfigError
from polywire.core.units import MILLISECOND, Ns, format_micros, utc_time
from polywire.observe.market_names import market_named
from polywire.observe.why import APPROVED, FOREIGN, PastRefusal, StrategyWhy, Verdict, Why, refusals
from polywire.observe.why import why as why_of
from polywire.runtime.operator_door import Question

REFUSED_SHOWN = 5


def why(market: str, /, *, at: str = "", where: Where = HERE, json: bool = False) -> int:
    """Say why a market is or is not traded: what each strategy wanted, and what kept it back.

    A running engine answers for now. A moment in the past is read from its journal, whose
    decisions are made again up to there: a long run takes a while.

    Parameters
    ----------
    market
        A part of its question, or how its slug or id begins.
    at
        When: `14:05:30`, `2026-06-07 14:05:30` (UTC), or `5m` before the end.
    json
        Print the answer as JSON.
    """
    runs, folder = runs_at(where)
    answer = answered(folder, Question.WHY, market) if not (at or where.run) else None
    if answer is not None and not answer.done:
        raise ConfigError(" ".join(answer.said))
    found = answer.why if answer is not None else None
    if found is None:
        when = moment(at, newest_ns(runs)) if at else None
        run = run_of(runs, where, folder, when)
        shadow, engine = followed(folder, run, when)
        meant = market_named(engine.ledger.markets.values(), market)
        found = why_of(engine, meant, shadow.difference or shadow.partial)
        found.refused = refusals(shadow.memory, meant)
    emit(found, page(found), as_json=json)
    return 0


def page(found: Why) -> RenderableType:
    """The sentence, then strategy by strategy."""
    at = utc_time(Ns(found.at_ms * MILLISECOND))
    head = line_of((found.market, BOLD), (f"  {at} UTC", DIM))
    parts: list[RenderableType] = [Text(found.said), Text(), head]
    for one in found.strategies:
        if one.why_not != FOREIGN:
            parts += _strategy(one)
    parts += [_past(one) for one in found.refused[:REFUSED_SHOWN]]
    return Group(*parts)


def _strategy(one: StrategyWhy) -> list[Text]:
    lines = [Text(), line_of((one.name, BOLD), _saw(one))]
    if one.why_not:
        lines.append(line_of("  ", (one.why_not, "" if one.asked else BAD)))
    if one.asked and not one.wanted:
        lines.append(line_of(("  wanted nothing", DIM)))
    for wish, fate in zip(one.wanted, one.gate, strict=True):
        lines.append(line_of(f"  {wish.words}: ", _fate(fate)))
    return lines


def _fate(fate: str | Verdict) -> tuple[str, str]:
    if isinstance(fate, Verdict):
        return f"{fate.rule}: {fate.reason}", BAD
    return "nothing in the way", GOOD if fate == APPROVED else ""


def _saw(one: StrategyWhy) -> tuple[str, str]:
    saw = one.inputs
    if saw is None:
        return "", DIM
    touch = [format_micros(price) if price is not None else "-" for price in (saw.bid, saw.ask)]
    age = f", proven {saw.proof_age_ms / 1_000:.1f} s ago" if saw.proof_age_ms is not None else ""
    holds = f", holds {saw.holds}" if saw.holds else ""
    resting = f", {format_micros(saw.open)} shares in open orders" if saw.open else ""
    return f"  saw {touch[0]} / {touch[1]}{age}{holds}{resting}", DIM


def _past(one: PastRefusal) -> Text:
    at = utc_time(Ns(one.at_ms * MILLISECOND))
    times = f", {one.count} times" if one.count > 1 else ""
    said = f"{at} UTC  {one.strategy} was refused by {one.rule}{times}: {one.reason}"
    return line_of((said, DIM))
