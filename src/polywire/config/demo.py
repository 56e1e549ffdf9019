"""The demo's numbers: small sizes, tight limits, play money."""

from polywire.config.schema import SeatSettings, Settings
from polywire.core.engine.accountant import Reconciling
from polywire.core.ids import StrategyId
from polywire.core.risk.limits import Limits
from polywire.core.units import MILLISECOND, SECOND, Money, Price, Quantity
from polywire.runtime.watch_list import Watch
from polywire.strategies.touch_quoter import TouchQuoterParameters
from polywire.venues.polymarket.selection import Criteria

DOLLAR = 1_000_000
SHARE = 1_000_000

CASH = Money(1_000 * DOLLAR)

CEILING_ORDERS = 10_000
CEILING = Money(100_000 * DOLLAR)

RECONCILING = Reconciling(tolerance=10_000, adopt=False, exits=None)

WATCH = Watch(criteria=Criteria(markets_max=25), every_ns=60 * SECOND, pages_max=10)
"""The 25 markets with the largest volume, looked up again each minute."""


def demo_settings(strategies: int = 1, *, live: bool = False) -> Settings:
    """One touch quoter, or several alike that share the same limits; `live` for a real account."""
    return Settings(
        limits=Limits(
            order_size_max=Quantity(100 * SHARE),
            position_max=Quantity(300 * SHARE),
            price_through_max=Price(50_000),
            market_exposure_max=Money(100 * DOLLAR),
            group_exposure_max=Money(200 * DOLLAR),
            venue_exposure_max=Money(800 * DOLLAR),
            total_exposure_max=Money(800 * DOLLAR),
            loss_max=Money(100 * DOLLAR),
            orders_per_minute=1_200,
            proof_age_ns_max=120 * SECOND,
        ),
        audit_ns=45 * SECOND,
        audit_twin_ns=60 * SECOND,
        sell_pending=True,
        strategies=tuple(_quoter(number) for number in range(1, strategies + 1)),
        reconciling=RECONCILING if live else None,
    )


def _quoter(number: int) -> SeatSettings:
    return SeatSettings(
        name=StrategyId(f"touch-{number}"),
        parameters=TouchQuoterParameters(
            size=Quantity(10 * SHARE), cap=Quantity(40 * SHARE), price_min=Price(50_000)
        ),
        budget=Money(500 * DOLLAR),
        patience_ns=2 * SECOND,
        dwell_ns=500 * MILLISECOND,
    )
