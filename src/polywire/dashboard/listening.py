"""Where the dashboard listens: the socket, the TLS on it, and the rules of who may ask there."""

import os
import socket
import ssl
from ipaddress import ip_address
from typing import NamedTuple

from polywire.core.errors import ConfigError
from polywire.core.units import SECOND
from polywire.dashboard.certificate import LOOK, context_of, names_in
from polywire.dashboard.rules import IP_6, Rules, names_of
from polywire.net.clock import Clock
from polywire.runtime.companion import Entrance, HandOver


class Listening(NamedTuple):
    """A socket that is listened on, and what holds for whoever comes by it."""

    socket: socket.socket
    rules: Rules
    tls: ssl.SSLContext | None


def listen(told: HandOver) -> Listening:
    """Listen where it is told; ConfigError says why it cannot be."""
    entrance = told.entrance
    assert entrance.is_guarded, "nobody listens beyond loopback without a password and TLS"
    tls = context_of(entrance.certificate, entrance.key) if entrance.certificate else None
    names = names_of(entrance.host, names_in(tls, entrance.certificate) if tls else ())
    if not names:
        raise ConfigError(_unnamed(entrance), look=LOOK)
    listening, clock = _socket(entrance.host, told.port), Clock()
    rules = Rules(
        port=listening.getsockname()[1],
        token=told.token,
        read_only=told.read_only,
        seconds=lambda: clock.now() / SECOND,
        names=names,
        secure=tls is not None,
        password=entrance.password,
    )
    return Listening(listening, rules, tls)


def _unnamed(entrance: Entrance) -> str:
    return (
        f"{entrance.host} is no address that a browser can open, and {entrance.certificate} has no "
        "name either (a name with a star is none); get a certificate with the name to be opened, "
        "or --dashboard-host with the address itself"
    )


def _socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ip_address(host).version == IP_6 else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ConfigError(
            f"no dashboard: port {port} of {host} cannot be had ({reason}); "
            "--dashboard-port N takes another one",
            look=LOOK,
        ) from error
