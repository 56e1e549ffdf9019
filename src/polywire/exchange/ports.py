"""A run of ports on the loopback: P, P+1, P+2 and P+9, all bound before anything is served."""

import contextlib
import socket
from dataclasses import dataclass

from polywire.core.errors import ConfigError

HOST = "127.0.0.1"
OFFSETS = (0, 1, 2, 9)
TRIES = 50


@dataclass(frozen=True, slots=True)
class Sockets:
    """Bound sockets by role."""

    clob: socket.socket
    gamma: socket.socket
    data: socket.socket
    control: socket.socket

    @property
    def base(self) -> int:
        """The port P."""
        port: int = self.clob.getsockname()[1]
        return port

    def all(self) -> tuple[socket.socket, ...]:
        """Every socket, in the order of ports."""
        return (self.clob, self.gamma, self.data, self.control)


def bind_run(port: int) -> Sockets:
    """Bind the run that starts at `port`, or a free one for 0; raises ConfigError when taken."""
    if not 0 <= port <= 65535 - OFFSETS[-1]:
        raise ConfigError(f"port {port} is outside 0 to {65535 - OFFSETS[-1]}")
    taken: OSError | None = None
    for _ in range(1 if port else TRIES):
        try:
            return _bind(port)
        except OSError as error:
            taken = error
    offsets = ", ".join(str(port + offset) for offset in OFFSETS)
    text = f"the exchange needs ports {offsets} on {HOST}: {taken}"
    raise ConfigError(text, look="port-taken") from taken


def _bind(port: int) -> Sockets:
    with contextlib.ExitStack() as undo:
        bound: list[socket.socket] = []
        for offset in OFFSETS:
            one = socket.socket()
            undo.callback(one.close)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((HOST, port + offset if port else 0))
            port = port or one.getsockname()[1]
            if port + OFFSETS[-1] > 65535:
                raise OSError("no room above the port")
            bound.append(one)
        undo.pop_all()
        return Sockets(*bound)
    raise AssertionError("unreachable")
