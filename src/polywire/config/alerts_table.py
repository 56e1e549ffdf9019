"""The table of the configuration file for alerts; where they are sent is a secret and not in it."""

from typing import Annotated, Literal

from polywire.config.table import Table, web
from polywire.core.parameters import DOLLARS, MOST, SECONDS, measure, words
from polywire.core.units import MINUTE, Money

HOURS = r"([01]\d|2[0-3]):[0-5]\d"


class AlertsTable(Table, frozen=True, kw_only=True):
    """Which alerts are sent, and when; where to is a secret, in a file of its own or a variable."""

    urls: (
        Annotated[
            str,
            words(
                "file of Apprise addresses, one a line, that nobody else may read; "
                "POLYWIRE_ALERT_URLS goes over it",
                example="alert-urls.txt",
            ),
        ]
        | None
    ) = None
    severity_min: Annotated[
        Literal["info", "warning", "error", "critical"], words("what matters less is not sent")
    ] = "info"
    quiet: (
        Annotated[
            str,
            words(
                "hours in which only what is critical is sent; the rest waits for their end",
                pattern=rf"^{HOURS}-{HOURS}\Z",
                form='two times such as "22:00-07:00"',
                example="22:00-07:00",
            ),
        ]
        | None
    ) = None
    time_zone: Annotated[
        str, words("of `quiet`, and of times in messages", example="Europe/Berlin")
    ] = "UTC"
    suspect_after: Annotated[
        int, measure("how long a book may be in doubt until that is told", SECONDS, "1", "3600")
    ] = MINUTE
    fill_min: (
        Annotated[
            Money, measure("tell of fills that cost so much", DOLLARS, "0", MOST, example="50")
        ]
        | None
    ) = None
    cash_min: (
        Annotated[Money, measure("tell when less cash is left", DOLLARS, "0", MOST, example="100")]
        | None
    ) = None
    chats: Annotated[
        tuple[str, ...],
        words(
            "numbers of the Telegram users, and of groups of them, whose commands are obeyed",
            example=["123456789"],
        ),
    ] = ()
    telegram: Annotated[str, web("Telegram's Bot API, which brings those commands")] = (
        "https://api.telegram.org"
    )
