"""What in right settings still stops trading, once it is known which markets are chosen."""

from collections.abc import Iterator, Sequence

from polywire.config.schema import SeatSettings, Settings
from polywire.core.model.instrument import Market
from polywire.core.risk.limits import MARKETABLE_BUY_MIN
from polywire.core.units import Money, Ns, Quantity, format_micros
from polywire.modes.finding import Finding, State


def obstacles(
    settings: Settings, cash: Money, markets: Sequence[Market], now: Ns
) -> Iterator[Finding]:
    """A finding for each strategy's rule or limit that no order, or no order there, can pass."""
    for one in settings.strategies:
        yield from _sizes(one, settings, markets)
        yield from _money(one, settings, cash, markets)
        yield from _ends(one, markets, now)


def _sizes(one: SeatSettings, settings: Settings, markets: Sequence[Market]) -> Iterator[Finding]:
    limits = settings.limits
    sizes = one.parameters.sizes()
    most = min(sizes.most, limits.order_size_max, limits.position_max)
    larger = [market.size_min for market in markets if market.size_min > most]
    if larger:
        need = max(larger) if len(larger) < len(markets) else min(larger)
        yield _obstacle(
            len(larger) == len(markets),
            f"{one.name} orders at most {format_micros(most)} shares; {len(larger)} of "
            f"{len(markets)} markets take no order that small",
            f"Write at least {format_micros(need)} for strategies.{one.name}.{sizes.most_key}, "
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


def _obstacle(stops: bool, seen: str, remedy: str) -> Finding:
    state = State.FAILED if stops else State.WARNING
    return Finding(name="trading", state=state, seen=seen, remedy=remedy, look="no-orders-no-fills")
