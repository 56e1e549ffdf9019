"""A channel by its Apprise address, which is a secret: only the service's name is ever said of it.

What Apprise logs of a failure may hold anything; only the HTTP status is read there.
"""

import logging
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from polywire.observe.alert import Severity
from polywire.observe.alert_pace import Message
from polywire.venues.secret import Secret

if TYPE_CHECKING:
    from apprise import Apprise

SCHEME: Final = re.compile(r"([a-z][a-z0-9]{1,15})://")
STATUS: Final = re.compile(r"error=(\d{3})\b")
SERVICES: Final = {
    "tgram": "Telegram",
    "discord": "Discord",
    "slack": "Slack",
    "mailto": "mail",
    "mailtos": "mail",
}
KINDS: Final = {
    Severity.INFO: "info",
    Severity.WARNING: "warning",
    Severity.ERROR: "failure",
    Severity.CRITICAL: "failure",
}
NO_ADDRESS: Final = (
    "that is no address Apprise knows; write it as https://appriseit.com/services says"
)
SILENT: Final = ("apprise", "urllib3", "requests")
"""Loggers that may say whole addresses, to standard error where nobody takes them."""


class AppriseChannel:
    """Loads Apprise with its first message, which takes seconds."""

    def __init__(self, number: int, url: Secret) -> None:
        scheme = SCHEME.match(url.reveal())
        service = SERVICES.get(scheme[1], scheme[1]) if scheme is not None else "no address"
        self.name = f"channel {number} ({service})"
        self._url = url
        self._apprise: Apprise | None = None

    def send(self, message: Message) -> str:
        """See Channel."""
        if self._apprise is None:
            self._apprise = _loaded(self._url)
        if not len(self._apprise):
            return NO_ADDRESS
        told = self._apprise.notify(
            title=message.title,
            body=message.body,
            notify_type=KINDS[message.severity],
            body_format="text",
        )
        return "" if told else meaning(_status(entry.message for entry in told.logs()))


def meaning(status: int) -> str:
    """What an HTTP status says of a channel that took nothing, and what to do; 0: there is none."""
    match status:
        case 401 | 403 | 404 | 410:
            words = "it refused: token or address is wrong, or the chat is gone; make the URL anew"
        case 429:
            words = "it wants fewer messages; it is tried again"
        case 0:
            return "it cannot be reached, or refused; check the network and the URL"
        case _ if status >= 500:
            words = "it has trouble of its own; it is tried again"
        case _:
            words = "it did not take the message; check the URL"
    return f"{words} (HTTP {status})"


def _status(said: Iterable[str]) -> int:
    """The last HTTP status in what Apprise says; 0 where there is none."""
    found = [int(match[1]) for match in map(STATUS.search, said) if match is not None]
    return found[-1] if found else 0


def _loaded(url: Secret) -> "Apprise":
    from apprise import Apprise  # noqa: PLC0415  # takes seconds to load

    for name in SILENT:
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False
    made = Apprise()
    made.add(url.reveal())
    return made
