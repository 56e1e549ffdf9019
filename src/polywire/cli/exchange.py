"""`polywire exchange`: the local exchange alone."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators

from polywire.exchange.app import run
from polywire.exchange.limiter import TierName
from polywire.exchange.options import ExchangeOptions

Port = Annotated[int, Parameter(validator=validators.Number(gte=0, lte=65_526))]
Speed = Annotated[float, Parameter(validator=validators.Number(gt=0, lte=1_000))]
Recording = Annotated[Path | None, Parameter(validator=validators.Path(exists=True))]

Faults = Annotated[Path | None, Parameter(validator=validators.Path(exists=True, dir_okay=False))]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Options:
    """What the command line said."""

    port: Port = 8100
    """First port; 0 picks free ones."""
    recording: Recording = None
    """Serve this file instead of a synthetic market: market-channel JSON lines, what
    `polywire record` wrote, or a tick CSV; .zst is read as it is."""
    speed: Speed = 1.0
    """Times real time."""
    seed: int = 1
    """Seed of the synthetic market; the same seed gives the same market."""
    markets: Annotated[int, Parameter(validator=validators.Number(gte=1, lte=5_000))] = 12
    """How many synthetic markets there are at the start."""
    control: bool = False
    """Open the control port (port + 9) with which tests cause faults."""
    faults: Faults = None
    """Commit the faults of this TOML file at the seconds it says."""
    reserve_market: bool = False
    """Keep one empty 0.01-tick market in which nothing trades but accounts."""
    tier: TierName = "Standard"
    """How many orders and cancels a second one signer may send; none is without limits."""


DEFAULTS = Options()


def exchange(*, options: Options = DEFAULTS) -> int:
    """Serve Polymarket's public protocol on 127.0.0.1: synthetic or recorded markets.

    CLOB REST and /ws/market answer on the port, Gamma on the next, the Data API on the one after;
    one JSON line with all addresses is printed when they are ready. Ctrl-C ends it.
    """
    return run(ExchangeOptions(**asdict(options)))
