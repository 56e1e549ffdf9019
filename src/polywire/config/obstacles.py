"""What in right settings still stops trading or is sure to lose, on the markets chosen.

Where no markets are known yet, what the venue usually asks stands for them.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from polywire.config.schema import SeatSettings, Settings
from polywire.core.model.instrument import FeeSchedule, Market
from polywire.core.risk.limits import MARKETABLE_BUY_MIN
from polywire.core.units import ONE, Money, Ns, Price, Quantity, format_micros
from polywire.modes.finding import Finding, State
from polywire.strategies.holder import HolderParameters
from polywire.strategies.touch_quoter import TouchQuoterParameters

SHARE: Final = Quantity(1_000_000)
EVEN: Final = Price(500_000)
"""Where a taker's fee is highest."""
SIZE_MIN: Final = Quantity(5_000_000)
"""The least order of nearly every market."""
FEES_MOST: Final = FeeSchedule(rate_micros=70_000, exponent=1, rebate_micros=0)
"""Those of crypto markets, the highest there are; polymarket.md section 4.10."""


def obstacles(
    settings: Settings, cash: Money, markets: Sequence[Market], now: Ns
) -> Iterator[Finding]:
    """A finding for each rule or limit that orders cannot pass, and for exits that must lose."""
    yield from _budgets(settings, cash)
    for one in settings.strategies:
        yield from _sizes(one, settings, markets)
        yield from _money(one, settings, cash, markets)
        yield from _ends(one, markets, now)
        yield from _churns(one, markets)
        yield from _out_of_reach(one)
        yield from _deep_stop(one)


def _budgets(settings: Settings, cash: Money) -> Iterator[Finding]:
    """Each may be at its budget only if all of them may."""
    whole = Money(sum(one.budget for one in settings.strategies))
    limits = settings.limits
    bounds = {
        "limits.venue_exposure_max": limits.venue_exposure_max,
        "limits.total_exposure_max": limits.total_exposure_max,
        "paper.cash": cash,
    }
    path = min(bounds, key=bounds.__getitem__)
    if bounds[path] < whole:
        yield _obstacle(
            False,
            f"budgets of ${format_micros(whole)} in all are over {path} of "
            f"${format_micros(bounds[path])}: who buys first leaves the others refused",
            f"Write at least {format_micros(whole)} for {path}, or smaller budgets.",
        )


def _sizes(one: SeatSettings, settings: Settings, markets: Sequence[Market]) -> Iterator[Finding]:
    limits = settings.limits
    sizes = one.parameters.sizes()
    ordered = min(sizes.first, limits.order_size_max, limits.position_max)
    if not markets and ordered < SIZE_MIN:
        yield _obstacle(
            False,
            f"{one.name} orders {format_micros(ordered)} shares; nearly every market takes "
            f"{format_micros(SIZE_MIN)} at least, and nobody buys more than is written",
            f"Write at least {format_micros(SIZE_MIN)} for strategies.{one.name}."
            f"{sizes.first_key}, limits.order_size_max and limits.position_max.",
        )
    larger = [market.size_min for market in markets if market.size_min > ordered]
    if larger:
        need = max(larger) if len(larger) < len(markets) else min(larger)
        yield _obstacle(
            len(larger) == len(markets),
            f"{one.name} orders {format_micros(ordered)} shares; {len(larger)} of "
            f"{len(markets)} markets take no order that small, and nothing is bought there",
            f"Write at least {format_micros(need)} for strategies.{one.name}.{sizes.first_key}, "
            "limits.order_size_max and limits.position_max.",
        )


def _money(
    one: SeatSettings, settings: Settings, cash: Money, markets: Sequence[Market]
) -> Iterator[Finding]:
    sizes, dearest = one.parameters.sizes(), one.parameters.buy_max()
    if dearest is not None and dearest < MARKETABLE_BUY_MIN:
        yield _obstacle(
            True,
            f"{one.name} spends at most ${format_micros(dearest)} on a buy, and the venue "
            "refuses buys at the ask under $1",
            f"Write more strategies.{one.name}.{sizes.most_key}.",
        )
    least = _least(one, markets)
    bounds = {
        f"strategies.{one.name}.budget": one.budget,
        "limits.market_exposure_max": settings.limits.market_exposure_max,
        "limits.group_exposure_max": settings.limits.group_exposure_max,
        "limits.venue_exposure_max": settings.limits.venue_exposure_max,
        "limits.total_exposure_max": settings.limits.total_exposure_max,
        "paper.cash": cash,
    }
    for path, bound in bounds.items():
        if bound < least:
            yield _obstacle(
                True,
                f"{path} of ${format_micros(bound)} is under the ${format_micros(least)} that the "
                f"cheapest buy of {one.name} costs",
                f"Write more for {path}, or fewer shares.",
            )
        elif dearest is not None and bound < dearest:
            yield _obstacle(
                False,
                f"{path} of ${format_micros(bound)} refuses some buys of {one.name}, which cost "
                f"up to ${format_micros(dearest)}",
                f"Write at least {format_micros(dearest)} for {path}, or fewer shares.",
            )


def _least(one: SeatSettings, markets: Sequence[Market]) -> Money:
    """What the cheapest buy costs that a strategy may want."""
    smallest = min((market.size_min for market in markets), default=Quantity(0))
    least = one.parameters.buy_min(smallest)
    return least if one.parameters.buy_max() is None else max(MARKETABLE_BUY_MIN, least)


def _ends(one: SeatSettings, markets: Sequence[Market], now: Ns) -> Iterator[Finding]:
    if not one.parameters.sells and one.exits is None:
        yield _obstacle(
            False,
            f"{one.name} never sells: it has no exits, so it holds each position to the "
            "market's end",
            'If that is not meant, write style = "watch" and the triggers under [exits].',
        )
    before = one.exits.before_end_ns if one.exits is not None else None
    soon = [market for market in markets if market.end_ns - now <= (before or 0)]
    if before is not None and soon:
        yield _obstacle(
            False,
            f"{len(soon)} of {len(markets)} markets end so soon that {one.name} sells at once",
            "Ask for a later end (watch.hours_to_end_min) or sell nearer to it (exits.before_end).",
        )


def _churns(one: SeatSettings, markets: Sequence[Market]) -> Iterator[Finding]:
    """A position costs the ask and the fee, and is measured by the bid from its first moment."""
    parameters, exits = one.parameters, one.exits
    if not isinstance(parameters, HolderParameters) or exits is None or exits.stop is None:
        return
    stop, spread = exits.stop, parameters.spread_max
    dearest = min(max(EVEN, parameters.price_min), parameters.price_max)
    schedules = [market.fees for market in markets] or [FEES_MOST]
    fees = [schedule.taker_fee(dearest, SHARE) for schedule in schedules]
    few = sum(spread + fee >= stop for fee in fees)
    if few:
        on = f"on {few} of {len(markets)} markets" if markets else "where fees are highest"
        yield _obstacle(
            False,
            f"{on} {one.name} may pay a spread of {format_micros(spread)} and a fee of "
            f"{format_micros(max(fees))} a share, and its stop_loss of {format_micros(stop)} sells "
            "what has just been bought, again and again",
            f"Write more than {format_micros(spread + max(fees))} for stop_loss, or less for "
            f"strategies.{one.name}.spread_max.",
        )


def _out_of_reach(one: SeatSettings) -> Iterator[Finding]:
    """A target at a dollar or over is no price."""
    parameters, exits = one.parameters, one.exits
    if not isinstance(parameters, HolderParameters) or exits is None:
        return
    for number, rung in enumerate(exits.rungs, 1):
        if parameters.price_max + rung.above >= ONE:
            step = f"step {number} of its ladder" if exits.ladder else "its take_profit"
            yield _obstacle(
                False,
                f"{one.name} may buy at {format_micros(parameters.price_max)}, and {step} is "
                f"{format_micros(rung.above)} above the cost: nothing is sold at a dollar or over",
                f"Write less for it, or under {format_micros(Price(ONE - rung.above))} for "
                f"strategies.{one.name}.price_max.",
            )


def _deep_stop(one: SeatSettings) -> Iterator[Finding]:
    """A stop a fixed way under the cost is under every price for what was cheaper than that."""
    parameters, stop = one.parameters, one.exits.stop if one.exits is not None else None
    if not isinstance(parameters, HolderParameters | TouchQuoterParameters) or stop is None:
        return
    if parameters.price_min <= stop:
        least = format_micros(parameters.price_min)
        yield _obstacle(
            False,
            f"{one.name} may buy at {least}, and its stop_loss of {format_micros(stop)} protects "
            f"nothing that was bought at {format_micros(stop)} or under: the stop would not be "
            "above zero",
            f"Write less than {least} for stop_loss, more than {format_micros(stop)} for "
            f"strategies.{one.name}.price_min, or trailing_odds = 0.5, which is never below zero.",
        )


def _obstacle(stops: bool, seen: str, remedy: str) -> Finding:
    state = State.FAILED if stops else State.WARNING
    return Finding(name="trading", state=state, seen=seen, remedy=remedy, look="no-orders-no-fills")
