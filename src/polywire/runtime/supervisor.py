"""What systemd is told of a run, where it started it: ready, alive, stopping.

By sd_notify's datagrams, and only while the engine decides; else they are missed, and systemd
starts it anew. Cancelling is the watchdog's, which is faster.
"""

import socket
from collections.abc import Mapping
from typing import Final

import structlog

NAMED: Final = "NOTIFY_SOCKET"

log = structlog.get_logger()


class Supervisor:
    """Says nothing where nobody asked for it. Never raises: the run does not need it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        address = environment.get(NAMED, "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._decisions = -1

    def ready(self) -> None:
        """The run has begun."""
        self._say(b"READY=1")

    def alive(self, decisions: int) -> None:
        """So many decisions were made by now; the same as before is no sign of life."""
        if decisions > self._decisions:
            self._decisions = decisions
            self._say(b"WATCHDOG=1")

    def stopping(self) -> None:
        """The run is about to end in good order."""
        self._say(b"STOPPING=1")

    def _say(self, words: bytes) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as told:
                told.sendto(words, self._address)
        except OSError as error:
            log.warning("supervisor_unreachable", error=str(error))
            self._address = ""
