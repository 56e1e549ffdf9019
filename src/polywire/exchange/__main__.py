"""`python -m polywire.exchange`: the local exchange in a process of its own."""

import argparse
import sys
from pathlib import Path
from typing import get_args

from polywire.exchange.app import run
from polywire.exchange.limiter import TierName
from polywire.exchange.options import ExchangeOptions


def main() -> int:
    """Parse the arguments and serve; the exit code."""
    parser = argparse.ArgumentParser(prog="polywire.exchange", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="P; 0 picks a free run of ports")
    parser.add_argument("--seed", type=int, default=1, help="seed of the synthetic market")
    parser.add_argument("--speed", type=float, default=1.0, help="times real time")
    parser.add_argument("--recording", type=Path, help="serve these recorded frames or ticks")
    parser.add_argument("--control", action="store_true", help="open P+9 for tests")
    parser.add_argument("--faults", type=Path, help="commit the faults of this file")
    parser.add_argument("--markets", type=int, default=12, help="synthetic markets at the start")
    parser.add_argument("--frames-a-second", type=float, help="mean rate of the synthetic market")
    parser.add_argument("--reserve-market", action="store_true", help="keep one empty market")
    parser.add_argument("--tier", default="Standard", choices=get_args(TierName))
    parser.add_argument("--start-ns", type=int, help="virtual time at the start; now if not given")
    parser.add_argument("--begin-ns", type=int, help="monotonic time at which time begins to pass")
    parser.add_argument("--with-parent", action="store_true", help="end with the parent process")
    return run(ExchangeOptions(**vars(parser.parse_args())))


if __name__ == "__main__":
    sys.exit(main())
