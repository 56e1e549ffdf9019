"""How a local exchange is started."""

from dataclasses import dataclass, field
from pathlib import Path

from polywire.exchange.limiter import TierName
from polywire.exchange.settlement import SettlementPlan


@dataclass(frozen=True, slots=True)
class ExchangeOptions:
    """Port P serves CLOB and market channel, P+1 Gamma, P+2 the Data API, P+9 control; 0 picks."""

    port: int = 0
    seed: int = 1
    speed: float = 1.0
    recording: Path | None = None
    control: bool = False
    faults: Path | None = None
    """A file of faults to commit at their seconds; see faults.py."""
    markets: int = 12
    frames_a_second: float | None = None
    """Mean rate of the synthetic market; None is 12 a market, at most 600 in all."""
    start_ns: int | None = None
    """Virtual time at the start of a synthetic market; None is now. With the seed it fixes all."""
    begin_ns: int | None = None
    """Reading of the machine's monotonic clock at which time begins to pass; None is at once."""
    with_parent: bool = False
    """End when the process that started this one has ended."""
    silence_s: float = 15.0
    """A market-channel socket without PING is dropped after this (10 s and a grace)."""
    tier: TierName = "Standard"
    """How many orders and cancels a second a signer may send; see limiter.py."""
    reserve_market: bool = False
    """List one market on cents besides, free of synthetic trading, which never ends by itself."""
    settles: SettlementPlan = field(default_factory=SettlementPlan)
    """How trades of accounts settle; the control port can change it."""
