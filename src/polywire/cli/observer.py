"""What runs beside an engine: its dashboard. Started by the engine, never by hand."""

import os
import socket
import sys

import msgspec

from polywire.runtime.companion import HandOver, Listens

HOST = "127.0.0.1"


def main() -> None:
    """Listen, say where, and serve until standard input ends."""
    told = msgspec.json.decode(sys.stdin.buffer.readline(), type=HandOver)
    try:
        listening = socket.create_server((HOST, told.port))
    except OSError as error:
        _say(Listens(refused=_why(told.port, error)))
        return
    port = listening.getsockname()[1]
    _say(Listens(address=f"http://{HOST}:{port}/?token={told.token}"))
    from polywire.config.build import engine_from  # noqa: PLC0415 - slow; the address is waited for
    from polywire.config.schema import load  # noqa: PLC0415 - slow; the address is waited for
    from polywire.dashboard.server import serve  # noqa: PLC0415 - slow; the address is waited for

    serve(told, listening, lambda started: engine_from(load(started.configuration)))


def _why(port: int, error: OSError) -> str:
    reason = os.strerror(error.errno) if error.errno else str(error)
    return (
        f"no dashboard: port {port} of {HOST} cannot be had ({reason}); "
        "--dashboard-port N takes another one"
    )


def _say(listens: Listens) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(listens) + b"\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
