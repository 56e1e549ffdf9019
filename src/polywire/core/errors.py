"""The exception tree. A business "no" is a value, not an exception; a bug is an AssertionError."""

import sys


class PolywireError(Exception):
    """Whatever the program can name; its text is one sentence a person can act on.

    `look` names a section of docs/how-to/troubleshooting.md.
    """

    look = ""

    def __init__(self, text: str, *, look: str = "") -> None:
        super().__init__(text)
        self.look = look or self.look


class ConfigError(PolywireError):
    """The operator can fix it; the command line prints it and exits with code 2."""

    look = "wrong-input"


def needs_package(wanted: str, package: str) -> ConfigError:
    """What to do where an extra package is not installed."""
    return ConfigError(
        f"{wanted} needs {package}; to install it: {sys.executable} -m pip install {package}"
    )


class VenueError(PolywireError):
    """Something a venue did."""


class DecodeError(VenueError):
    """The venue broke its own protocol: count it, keep it, drop the frame, resync the book."""


class TransportError(VenueError):
    """Connection, name look-up, TLS or a read that took too long: retried with backoff.

    `status` is that of an HTTP answer that said no; 0 where there was no answer. `wait_s`: how
    many seconds it asked to be left alone; 0 where it did not.
    """

    look = "cannot-connect"

    def __init__(self, text: str, *, status: int = 0, wait_s: int = 0) -> None:
        super().__init__(text)
        self.status = status
        self.wait_s = wait_s


class JournalError(PolywireError):
    """The journal cannot be written or read: disk full, damaged, unknown version."""

    look = "journal-damaged"


class ReplayMismatch(PolywireError):
    """A replayed command differs from the recorded one: a bug, or another build."""

    look = "replay-mismatch"
