"""The faults the exchange commits on demand: their kinds, parameters and the file they come from.

Owns what can be asked for. What is in force, and since when, is in force.py.
"""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal, get_type_hints

import msgspec
from msgspec import Meta, Struct

from polywire.core.errors import ConfigError

LOOK: Final = "wrong-input"
SECONDS: Final = 10.0
"""How long a fault lasts that says neither how long, nor how often, nor until what."""


class Kind(StrEnum):
    """What can go wrong."""

    FREEZE = "freeze"
    MISSING_BOOK = "missing_book"
    DROP = "drop"
    HALF_OPEN = "half_open"
    SLOW = "slow"
    REFUSE_UPGRADES = "refuse_upgrades"
    REFUSE_REQUESTS = "refuse_requests"
    WRONG_HASH = "wrong_hash"
    WRONG_TOUCH = "wrong_touch"
    REORDER = "reorder"
    REPEAT = "repeat"
    TRUNCATE = "truncate"
    OVERSIZE = "oversize"
    BINARY = "binary"
    SKEW = "skew"
    RESTART = "restart"
    DISABLED = "disabled"
    CANCEL_ONLY = "cancel_only"
    POST_ONLY = "post_only"
    LATE_REPLIES = "late_replies"
    LOST_REPLIES = "lost_replies"
    LOST_REQUESTS = "lost_requests"
    USER_REPEAT = "user_repeat"
    USER_REORDER = "user_reorder"
    USER_FREEZE = "user_freeze"
    USER_DROP = "user_drop"


_FRAMES: Final = ("seconds", "count", "asset", "socket")
TAKES: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.FREEZE: ("seconds", "until", "asset", "socket"),
    Kind.MISSING_BOOK: ("seconds", "until", "asset", "socket", "changes"),
    Kind.DROP: ("code", "socket"),
    Kind.HALF_OPEN: ("seconds", "until", "socket"),
    Kind.SLOW: ("seconds", "bytes_a_second", "socket"),
    Kind.REFUSE_UPGRADES: ("seconds", "count", "status"),
    Kind.REFUSE_REQUESTS: ("seconds", "count", "status"),
    Kind.WRONG_HASH: _FRAMES,
    Kind.WRONG_TOUCH: _FRAMES,
    Kind.REORDER: _FRAMES,
    Kind.REPEAT: _FRAMES,
    Kind.TRUNCATE: _FRAMES,
    Kind.OVERSIZE: (*_FRAMES, "bytes"),
    Kind.BINARY: _FRAMES,
    Kind.SKEW: ("seconds", "milliseconds"),
    Kind.RESTART: ("seconds",),
    Kind.DISABLED: ("seconds",),
    Kind.CANCEL_ONLY: ("seconds",),
    Kind.POST_ONLY: ("seconds",),
    Kind.LATE_REPLIES: ("seconds", "count", "method", "milliseconds"),
    Kind.LOST_REPLIES: ("seconds", "count", "method", "status"),
    Kind.LOST_REQUESTS: ("seconds", "count", "method", "status"),
    Kind.USER_REPEAT: ("seconds", "count"),
    Kind.USER_REORDER: ("seconds", "count"),
    Kind.USER_FREEZE: ("seconds", "count"),
    Kind.USER_DROP: ("code",),
}
"""Besides `kind` and `at`."""

TRADING: Final = frozenset([*Kind][[*Kind].index(Kind.RESTART) :])
"""The kinds that concern accounts, not market data."""

STATUS: Final = {Kind.REFUSE_UPGRADES: 429, Kind.REFUSE_REQUESTS: 425}


class Fault(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fault as asked for; what it does not say has its kind's default."""

    kind: Kind
    at: Annotated[float, Meta(ge=0, le=86_400, description="seconds, 0 to 86400")] = 0.0
    seconds: Annotated[
        Annotated[float, Meta(gt=0, le=86_400)] | None,
        Meta(description="seconds above 0, at most 86400"),
    ] = None
    until: Annotated[
        Literal["resubscribe", "reconnect"] | None,
        Meta(description='"resubscribe" or "reconnect"'),
    ] = None
    asset: Annotated[
        str, Meta(description="a token, or the id, slug or condition id of a market")
    ] = ""
    socket: Annotated[int, Meta(ge=1, description="a socket's number, from 1")] = 0
    count: Annotated[int, Meta(ge=1, description="a whole number above 0")] = 0
    changes: Annotated[bool, Meta(description="true or false")] = True
    code: Annotated[int, Meta(ge=1000, le=4999, description="a close code, 1000 to 4999")] = 1001
    status: Annotated[int, Meta(ge=400, le=599, description="an HTTP status, 400 to 599")] = 0
    bytes_a_second: Annotated[
        int, Meta(ge=100, le=100_000_000, description="bytes, 100 to 100000000")
    ] = 5_000
    bytes: Annotated[int, Meta(ge=1_000, le=12_000_000, description="bytes, 1000 to 12000000")] = (
        5_000_000
    )
    milliseconds: Annotated[
        int,
        Meta(ge=-86_400_000, le=86_400_000, description="milliseconds, -86400000 to 86400000"),
    ] = 5_000
    method: Annotated[Literal["POST", "DELETE"] | None, Meta(description='"POST" or "DELETE"')] = (
        None
    )

    @property
    def lasts_s(self) -> float | None:
        """For how long; None is until it has done its count, or is cured."""
        if self.kind in (Kind.DROP, Kind.USER_DROP):
            return 0.0
        if self.seconds is not None:
            return self.seconds
        return None if self.until or self.count else SECONDS


def fault_of(told: Mapping[str, object]) -> Fault:
    """The fault that a table asks for; ValueError names the key and what it takes."""
    found = told.get("kind")
    if str(found) not in set(Kind):
        raise ValueError(f"kind takes one of {', '.join(Kind)}; found {found!r}")
    kind = Kind(str(found))
    takes = ("kind", "at", *TAKES[kind])
    for key, value in told.items():
        if key not in takes:
            raise ValueError(f"{key} is no key of {kind}, which takes {', '.join(takes)}")
        _check(key, value)
    return msgspec.convert(told, Fault)


def read_faults(path: Path) -> list[Fault]:
    """The faults of a file; ConfigError names the fault, its key and what that takes."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read {path}: {error}", look=LOOK) from error
    tables = told.get("faults")
    if len(told) != 1 or not isinstance(tables, list) or not all(map(_is_table, tables)):
        found = ", ".join(told) or "nothing"
        raise ConfigError(f"{path}: expected [[faults]] tables alone, found {found}", look=LOOK)
    faults = []
    for number, table in enumerate(tables, 1):
        try:
            faults.append(fault_of(table))
        except ValueError as error:
            raise ConfigError(f"{path}: fault {number}: {error}", look=LOOK) from error
    return faults


def _is_table(one: object) -> bool:
    return isinstance(one, dict)


def _check(key: str, value: object) -> None:
    try:
        msgspec.convert(value, _TYPES[key])
    except msgspec.ValidationError:
        raise ValueError(f"{key} takes {_MEANS[key]}; found {value!r}") from None


_TYPES: Final = get_type_hints(Fault, include_extras=True)
_MEANS: Final = {
    key: next((one.description for one in getattr(kind, "__metadata__", ())), "")
    for key, kind in _TYPES.items()
}
