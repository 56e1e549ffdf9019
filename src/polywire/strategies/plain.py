"""A plain synchronous loop body as a strategy: prices in dollars come in, wishes go out.

Owns the conversion between what people compute with and what the engine counts in. When to ask,
and what becomes of a wish, is the engine's.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Final

from msgspec import Struct

from polywire.core.ids import StrategyId
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import Quote
from polywire.core.strategy import Wake
from polywire.core.units import SCALE, SECOND, Price, Quantity, floor_micros, floor_to
from polywire.core.view import MarketView

SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}

SHARES_MAX: Final = 1_000_000_000
"""More than anybody holds, and few enough for the journal to write down."""


class Prices(Struct, frozen=True, kw_only=True):
    """One outcome of one market as it stands: dollars a share, shares, seconds.

    `bid`, `ask`: None where nobody bids or offers. `held`: shares of this outcome, `held_other` of
    the other one; `cost`: what one held share cost on average, fees included, None without any.
    `time` is the engine's; `seconds_left`: until the market's end, None where it has none.
    """

    question: str
    slug: str
    outcome: str
    time: float
    seconds_left: float | None
    bid: float | None
    ask: float | None
    bid_shares: float
    ask_shares: float
    held: float
    held_other: float
    cost: float | None
    shares_min: float
    tick: float

    @property
    def mid(self) -> float | None:
        """Between the best prices; None where one is missing: half a price is no price."""
        return None if self.bid is None or self.ask is None else (self.bid + self.ask) / 2


@dataclass(frozen=True, slots=True)
class Wish:
    """A limit order the loop body wants: "buy" or "sell", dollars a share, shares.

    It stands as long as it is repeated and is cancelled when it is not. It takes what is offered
    up to its price, unless `post_only`; the rest waits on the book. Raises ValueError.
    """

    side: str
    price: float | Decimal
    shares: float | Decimal
    post_only: bool = False

    def __post_init__(self) -> None:
        if self.side not in SIDES:
            raise ValueError(f'a wish is to "buy" or to "sell", found {self.side!r}')
        if not 0 < _number("price", self.price) < 1:
            raise ValueError(
                f"a price is in dollars a share, between 0 and 1, found {self.price}; "
                "divide cents by 100"
            )
        if not _number("shares", self.shares) > 0:
            raise ValueError(
                f"shares are more than 0, found {self.shares}; leave a wish for nothing out"
            )
        if self.shares > SHARES_MAX:
            raise ValueError(
                f"shares are at most {SHARES_MAX}, found {self.shares}; was something divided by "
                "almost nothing?"
            )

    def quote(self, market: Market, outcome: int) -> Quote:
        """As the engine counts: prices on the tick and shares on the lot, rounded against us."""
        side = SIDES[self.side]
        price = floor_to(floor_micros(self.price), market.tick)
        if side is Side.SELL:
            price = -floor_to(floor_micros(-self.price), market.tick)
        size = floor_to(floor_micros(self.shares), market.lot)
        instrument = market.outcomes[outcome].instrument
        return Quote(instrument, side, Price(price), Quantity(size), self.post_only)


Decide = Callable[[Prices], Iterable[Wish]]
"""The loop body: same prices, same wishes. No sleep, no request, no clock, no memory of its own."""


@dataclass(frozen=True, slots=True)
class PlainStrategy:
    """Asks `decide` about each outcome of every market; what it raises halts this strategy alone.

    Wishes are about the outcome whose prices were shown.
    """

    name: StrategyId
    decide: Decide
    wake: Wake = Wake.TOUCH

    def follows(self, market: Market) -> bool:
        """Every market that is not a placeholder for an outcome yet to be named."""
        return not market.placeholder

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:
        """The wishes for both outcomes, in the order in which they were told."""
        return tuple(
            wish.quote(view.market, outcome)
            for outcome in (0, 1)
            for wish in _wishes(self.decide(prices_of(view, outcome)))
        )


def prices_of(view: MarketView, outcome: int) -> Prices:
    """What a loop body gets to see of one outcome."""
    market = view.market
    bid, bid_shares = next(iter(view.levels(outcome, Side.BUY)), (None, 0))
    ask, ask_shares = next(iter(view.levels(outcome, Side.SELL)), (None, 0))
    held = view.held(outcome)
    return Prices(
        question=market.question,
        slug=market.slug,
        outcome=market.outcomes[outcome].name,
        time=view.now / SECOND,
        seconds_left=(market.end_ns - view.now) / SECOND if market.end_ns else None,
        bid=None if bid is None else bid / SCALE,
        ask=None if ask is None else ask / SCALE,
        bid_shares=bid_shares / SCALE,
        ask_shares=ask_shares / SCALE,
        held=held / SCALE,
        held_other=view.held(1 - outcome) / SCALE,
        cost=view.paid(outcome) / held if held > 0 else None,
        shares_min=market.size_min / SCALE,
        tick=market.tick / SCALE,
    )


def _wishes(told: object) -> Iterable[Wish]:
    if not isinstance(told, Iterable):
        raise TypeError(
            f"decide returned {told!r}, expected wishes: return a list, and an empty one for none"
        )
    for wish in told:
        if not isinstance(wish, Wish):
            raise TypeError(f'decide returned {wish!r} among its wishes, expected Wish("buy", ...)')
        yield wish


def _number(name: str, told: object) -> float | Decimal:
    if not isinstance(told, int | float | Decimal) or not isfinite(told):
        raise ValueError(f"{name} is a number, found {told!r}")
    return told
