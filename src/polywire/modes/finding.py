"""What one check of a diagnosis says, and what the kinds of trouble with an address call for."""

import socket
import ssl
from collections.abc import Iterator, Mapping
from enum import StrEnum
from http import HTTPStatus

from msgspec import Struct

from polywire.core.errors import DecodeError, TransportError


class State(StrEnum):
    """How a check ended; only `failed` makes the diagnosis one."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


class Finding(Struct, frozen=True, kw_only=True):
    """One line: what was seen, in words and figures, and what to do unless it is as it should be.

    `look` names a section of docs/how-to/troubleshooting.md.
    """

    name: str
    state: State
    seen: str
    figures: Mapping[str, int | float] = {}
    remedy: str = ""
    look: str = ""


class Trouble(StrEnum):
    """Why an address gives no answer that can be used."""

    BLOCKED = "the venue refuses this region or network"
    BUSY = "too many requests"
    VENUE = "trouble at the venue"
    WRONG_ADDRESS = "not what was asked for"
    NAME = "no such name"
    CERTIFICATE = "no trusted certificate"
    SILENT = "no answer in time"
    UNREACHABLE = "no connection"
    GARBAGE = "cannot be read"


REMEDIES: Mapping[Trouble, str] = {
    Trouble.BLOCKED: "The venue refuses your region or your network, and Polywire does nothing "
    "about that. If it should not, ask whoever runs the network.",
    Trouble.BUSY: "Stop other programs that ask this venue from your address, wait a minute.",
    Trouble.VENUE: "The venue has trouble or restarts: look at its status page and wait.",
    Trouble.WRONG_ADDRESS: "Is the address right? Something else answers there.",
    Trouble.NAME: "Is the network up, and the name right? Try `getent hosts` with the host's name.",
    Trouble.CERTIFICATE: "Compare the clock with `date -u`; install the certificate of a proxy in "
    "between into the system.",
    Trouble.SILENT: "A firewall, or the venue is down: try the address with `curl -v`, look at the "
    "venue's status page.",
    Trouble.UNREACHABLE: "Nothing listens there: is the address right, and what should listen "
    "running? Is there a network?",
    Trouble.GARBAGE: "Is the address right? A proxy or a log-in page may stand in between; try it "
    "with `curl -v`. If it is the venue that answers, look for a newer Polywire.",
}


def unreachable(name: str, error: Exception) -> Finding:
    """An address that gave no answer, or none that can be used."""
    trouble = trouble_of(error)
    return Finding(
        name=name,
        state=State.FAILED,
        seen=f"{trouble}: {error}" if str(error) else trouble,
        remedy=REMEDIES[trouble],
        look="cannot-connect",
    )


def failed(name: str, sentence: str, look: str) -> Finding:
    """A check that found what an error says: what is wrong and, behind `; `, what to do."""
    seen, _, remedy = sentence.rpartition("; ")
    copied = ": " in remedy  # a command, and a full stop would be copied with it
    stop = "" if copied or remedy.endswith("?") else "."
    return Finding(
        name=name,
        state=State.FAILED,
        seen=seen or sentence,
        remedy=f"{remedy[:1].upper()}{remedy[1:]}{stop}" if seen else "",
        look=look,
    )


def skipped(name: str, reason: str) -> Finding:
    """A check that another one's failure, or the lack of what it needs, made pointless."""
    return Finding(name=name, state=State.SKIPPED, seen=reason)


def trouble_of(error: Exception) -> Trouble:
    """The kind of trouble, by the status that came or by what is behind the error."""
    if isinstance(error, DecodeError):
        return Trouble.GARBAGE
    if isinstance(error, TransportError) and error.status:
        return _refusal(error.status)
    causes = list(_causes(error))
    kinds: tuple[tuple[type[BaseException], Trouble], ...] = (
        (socket.gaierror, Trouble.NAME),
        (ssl.SSLError, Trouble.CERTIFICATE),
        (TimeoutError, Trouble.SILENT),
        (OSError, Trouble.UNREACHABLE),
    )
    for kind, trouble in kinds:
        if any(isinstance(cause, kind) for cause in causes):
            return trouble
    return Trouble.GARBAGE


def _refusal(status: int) -> Trouble:
    if status in {HTTPStatus.FORBIDDEN, HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS}:
        return Trouble.BLOCKED
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Trouble.BUSY
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_EARLY:
        return Trouble.VENUE
    return Trouble.WRONG_ADDRESS


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
