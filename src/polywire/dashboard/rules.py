"""What the dashboard's door goes by: the names it is asked by, and what lets somebody in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final

IP_6: Final = 6
LOCAL: Final = "localhost"
LOOPBACK: Final = ("127.0.0.1", LOCAL)
USUAL_PORTS: Final = {"http": 80, "https": 443}
"""Which browsers leave out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a gate goes by: the port that is listened on, the token, and whether anything may act.

    `seconds` is a clock that only grows. `secure` is whether all goes through TLS. With a
    `password` the token stands in the cookie alone, and who types the password gets that.
    """

    port: int
    token: str = field(repr=False)
    read_only: bool
    seconds: Callable[[], float]
    names: tuple[str, ...] = LOOPBACK
    secure: bool = False
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        assert self.token, "who has no cookie would have the right one"

    @property
    def scheme(self) -> str:
        """What stands before the address."""
        return "https" if self.secure else "http"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names by which this machine may be asked."""
        port = "" if self.port == USUAL_PORTS[self.scheme] else f":{self.port}"
        return tuple(f"{name}{port}" for name in self.names)

    @property
    def address(self) -> str:
        """What a person opens; with the token only where there is no password."""
        token = "" if self.password else f"?token={self.token}"
        return f"{self.scheme}://{self.hosts[0]}/{token}"

    @property
    def cookie(self) -> str:
        """Cookies do not know ports, so the name does; TLS of this host alone sets `__Host-`."""
        return f"{'__Host-' if self.secure else ''}polywire-{self.port}"

    @property
    def ticket(self) -> str:
        """The cookie as it is set: for no script and for no other site."""
        secure = "; Secure" if self.secure else ""
        return f"{self.cookie}={self.token}; Path=/; HttpOnly; SameSite=Strict{secure}"


def names_of(host: str, certified: tuple[str, ...]) -> tuple[str, ...]:
    """By which names who listens there may be asked: the address, and those of its certificate.

    An address that stands for all of a machine's is none to be asked by.
    """
    address = ip_address(host)
    own = [] if address.is_unspecified else [as_asked(host)]
    local = [LOCAL] if address.is_loopback else []
    return tuple(dict.fromkeys([*own, *local, *certified]))


def as_asked(host: str) -> str:
    """An IP address as it stands in an address that a browser shows."""
    address = ip_address(host)
    return f"[{address.compressed}]" if address.version == IP_6 else address.compressed
