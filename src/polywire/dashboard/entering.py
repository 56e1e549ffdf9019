"""How a stranger gets in: by the token in the printed address, or by a password where one is set.

Either way a cookie follows, which the gate looks for.
"""

import base64
import hashlib
from typing import Final, Protocol
from urllib.parse import parse_qsl

from litestar.types import Receive, Send

from polywire.dashboard.asked import (
    CSP,
    HEADERS,
    REFERRER,
    Asked,
    Refusal,
    answer,
    lead_to,
    refuse,
    same,
    whole_body,
)
from polywire.dashboard.rules import Rules
from polywire.dashboard.tally import Tally

PAGE: Final = "/"
LOGIN: Final = "/login"
FORM: Final = "application/x-www-form-urlencoded"
FORM_MAX: Final = 4_096
TRIES_MAX: Final = 5
"""A minute, whoever tries: a password of twelve characters outlasts that."""
WRONG: Final = "That is not the password."
TOO_OFTEN: Final = f"More than {TRIES_MAX} tries in a minute: wait for one."
STYLE: Final = (
    "body{font:16px system-ui,sans-serif;max-width:20rem;margin:20vh auto;padding:0 1rem;"
    "color-scheme:light dark}input,button{font:inherit;width:100%;box-sizing:border-box;"
    "margin-top:.5rem;padding:.5rem}"
)
PAGE_TEXT: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1">'
    f"<title>Polywire</title><style>{STYLE}</style><h1>Polywire</h1>"
    '<p role="alert">{}</p><form method="post" action="' + LOGIN + '">'
    '<label>Password<input type="password" name="password" autocomplete="current-password" '
    "required autofocus></label><button>Sign in</button></form></html>"
)
STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
FORM_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; img-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
FORM_HEADERS: Final = (
    (b"content-type", b"text/html; charset=utf-8"),
    (CSP, FORM_POLICY.encode()),
    (REFERRER, b"same-origin"),  # by no-referrer a form says that its origin is null
    *HEADERS,
)


class Entering(Protocol):
    """What is asked of those who have no cookie of this start."""

    def knocks(self, asked: Asked) -> bool:
        """Whether somebody wants to be let in, with a cookie or without one."""

    async def answer(self, asked: Asked, receive: Receive, send: Send) -> None:
        """Let them in, or say what it takes."""


def entering(rules: Rules) -> Entering:
    """The way in that there is."""
    return ByPassword(rules) if rules.password else ByToken(rules)


class ByToken:
    """Whoever opens the printed address has the token."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def knocks(self, asked: Asked) -> bool:
        """See Entering."""
        return asked.token() is not None

    async def answer(self, asked: Asked, receive: Receive, send: Send) -> None:
        """See Entering."""
        del receive  # nothing is read of strangers
        token = asked.token()
        if token is None:
            said = "open the address that the terminal printed; it has this start's token"
            await refuse(send, Refusal(401, said))
        elif not same(token.encode(), self._rules.token.encode()):
            await refuse(send, Refusal(401, "that is the token of another start"))
        else:
            await lead_to(send, PAGE, self._rules.ticket)


class ByPassword:
    """Whoever knows the password; the address has no token, for it may pass through many hands."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._tries = Tally(TRIES_MAX, rules.seconds)

    def knocks(self, asked: Asked) -> bool:
        """See Entering."""
        return asked.path == LOGIN

    async def answer(self, asked: Asked, receive: Receive, send: Send) -> None:
        """See Entering."""
        if asked.path == LOGIN and asked.method == "POST":
            await self._try(asked, receive, send)
        elif asked.method not in ("GET", "HEAD") or asked.path not in (PAGE, LOGIN):
            await refuse(send, Refusal(401, "sign in on the dashboard's first page"))
        elif asked.path == LOGIN:
            await lead_to(send, PAGE)
        else:
            await _form(send, 401, "")

    async def _try(self, asked: Asked, receive: Receive, send: Send) -> None:
        if len(asked.all("origin")) != 1:
            await refuse(send, Refusal(403, "this did not come from the dashboard's page"))
        elif asked.kind() != [FORM]:
            await refuse(send, Refusal(415, "expected the form of the dashboard's page"))
        elif not self._tries.spend():
            await _form(send, 429, TOO_OFTEN)
        elif not self._knows(await whole_body(receive, FORM_MAX)):
            await _form(send, 401, WRONG)
        else:
            await lead_to(send, PAGE, self._rules.ticket)

    def _knows(self, body: bytes | None) -> bool:
        try:
            told = dict(parse_qsl((body or b"").decode("latin-1"), max_num_fields=2))
        except ValueError:
            return False
        return same(_digest(told.get("password", "")), _digest(self._rules.password))


def _digest(text: str) -> bytes:
    """As long for every text."""
    return hashlib.sha256(text.encode()).digest()


async def _form(send: Send, status: int, said: str) -> None:
    body = PAGE_TEXT.replace("{}", said).encode()
    length = (b"content-length", str(len(body)).encode())
    await answer(send, status, [*FORM_HEADERS, length], body)
