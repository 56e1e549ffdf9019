"""Options that say which markets: shared by `scan` and `record`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter, validators

from polywire.core.units import HOUR, SCALE, Money, Price
from polywire.runtime.endpoints import POLYMARKET, Endpoints
from polywire.venues.polymarket.selection import Criteria


def _address(*schemes: str) -> Callable[[object, str], None]:
    def check(_: object, value: str) -> None:
        if not value.startswith(schemes) or not value.partition("://")[2]:
            raise ValueError(f"It must start with {' or '.join(schemes)}.")

    return check


Web = Annotated[str, Parameter(validator=_address("http://", "https://"))]
Socket = Annotated[str, Parameter(validator=_address("ws://", "wss://"))]
Words = tuple[str, ...]
Amount = Annotated[float | None, Parameter(validator=validators.Number(gte=0))]
Share = Annotated[float | None, Parameter(validator=validators.Number(gt=0, lt=1))]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class MarketOptions:
    """Which markets, and where the venue is."""

    keyword: Words = ()
    """Words of which one must occur in the question; give it several times for several words."""
    tag: Words = ()
    """Tags of which the market must carry one, such as crypto or weather."""
    volume: Amount = None
    """Least volume in dollars."""
    liquidity: Amount = None
    """Least liquidity in dollars."""
    spread: Share = None
    """Widest spread in dollars a share."""
    hours_min: Amount = None
    """Least hours until the end."""
    hours_max: Amount = None
    """Most hours until the end."""
    markets: Annotated[int, Parameter(validator=validators.Number(gte=1, lte=10_000))] = 25
    """At most this many, largest volume first."""
    clob: Web = POLYMARKET.clob
    """CLOB REST address; `polywire exchange` prints that of a local exchange."""
    gamma: Web = POLYMARKET.gamma
    """Catalogue address."""
    market_ws: Socket = POLYMARKET.market_ws
    """Market channel address."""
    pages: Annotated[int, Parameter(validator=validators.Number(gte=1, lte=1_000))] = 100
    """Catalogue pages of 100 markets to read at most."""

    @property
    def criteria(self) -> Criteria:
        """The filters in the venue package's terms."""
        return Criteria(
            keywords=self.keyword,
            tags=self.tag,
            volume_min=_micros(self.volume),
            liquidity_min=_micros(self.liquidity),
            spread_max=Price(_micros(self.spread) or 0) if self.spread is not None else None,
            remaining_ns_min=_hours(self.hours_min),
            remaining_ns_max=_hours(self.hours_max),
            markets_max=self.markets,
        )

    @property
    def endpoints(self) -> Endpoints:
        """Where the venue is."""
        return Endpoints(self.clob, self.market_ws, self.gamma, POLYMARKET.data)


def _micros(dollars: float | None) -> Money | None:
    return None if dollars is None else Money(round(dollars * SCALE))


def _hours(hours: float | None) -> int | None:
    return None if hours is None else round(hours * HOUR)
