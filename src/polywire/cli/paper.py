"""`polywire paper`: the engine on the venue that the configuration names, orders simulated."""

import os
from dataclasses import replace

import uvloop

from polywire.cli.configured import ConfigFile, RecordFolder, recorded, setup_from
from polywire.cli.output import check_writable
from polywire.cli.showing import MetricsPort, OutFile, Seconds, shown
from polywire.config.load import load


def paper(
    *,
    config: ConfigFile,
    seconds: Seconds = None,
    json: OutFile = None,
    plain: bool = False,
    metrics_port: MetricsPort = None,
    record: RecordFolder = None,
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
    json
        Write the summary as data to this file too.
    plain
        One line a second instead of a live page, for logs and pipes.
    metrics_port
        Serve Prometheus metrics on this port of 127.0.0.1; 0 does not, whatever is configured.
    record
        Keep the frames that come by sockets in this folder, for `polywire parity`.
    """
    if json is not None:
        check_writable(json)
    file = load(config, os.environ)
    setup = recorded(setup_from(file), record)
    if metrics_port is not None:
        setup = replace(setup, metrics_port=metrics_port)
    return uvloop.run(shown(file, setup, seconds, json, plain=plain))
