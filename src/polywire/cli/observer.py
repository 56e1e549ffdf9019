"""What runs beside an engine: its dashboard. Started by the engine, never by hand."""

import os
import sys

import msgspec

from polywire.core.errors import ConfigError
from polywire.dashboard.listening import listen
from polywire.runtime.companion import HandOver, Listens


def main() -> None:
    """Listen, say where, and serve until standard input ends."""
    told = msgspec.json.decode(sys.stdin.buffer.readline(), type=HandOver)
    try:
        listening = listen(told)
    except ConfigError as error:
        _say(Listens(refused=str(error)))
        return
    _say(Listens(address=listening.rules.address, port=listening.rules.port))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # of which nobody reads more than that line
    # The run waits for the address before it trades: said after these, it comes 0.5 s later.
    from polywire.config.build import engine_of  # noqa: PLC0415 - a run would trade later by it
    from polywire.dashboard.server import serve  # noqa: PLC0415 - a run would trade later by it

    serve(told, listening, engine_of)


def _say(listens: Listens) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(listens) + b"\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
