"""`polywire paper`: the engine on the venue that the configuration names, orders simulated."""

import os
from dataclasses import replace

import uvloop

from polywire.cli.configured import NOTHING, ConfigFile, Kept, recorded, setup_from
from polywire.cli.doubts import warn
from polywire.cli.output import check_writable
from polywire.cli.showing import TERMINAL, Look, MetricsPort, Seconds, shown
from polywire.config.load import load


def paper(
    *,
    config: ConfigFile,
    seconds: Seconds = None,
    metrics_port: MetricsPort = None,
    kept: Kept = NOTHING,
    look: Look = TERMINAL,
) -> int:
    """Trade on paper: market data from where the configuration says, fills simulated.

    No order leaves this machine. The journal's folder is the configuration's; what is in it is
    continued. Ctrl-C, SIGTERM or the end of the seconds stops as `demo` does.

    Parameters
    ----------
    config
        The configuration file; `polywire config check FILE` says what is wrong with one.
    seconds
        Stop after this long; without it, at Ctrl-C.
    metrics_port
        Serve Prometheus metrics on this port of 127.0.0.1; 0 does not, whatever is configured.
    """
    if kept.json is not None:
        check_writable(kept.json)
    file = load(config, os.environ)
    warn(config, file)
    setup = recorded(setup_from(file), kept.record)
    if metrics_port is not None:
        setup = replace(setup, metrics_port=metrics_port)
    return uvloop.run(shown(file, setup, seconds, kept.json, look))
