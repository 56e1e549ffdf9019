"""Telegram's Bot API, as far as commands need it: messages that come, and replies.

The token is part of each address, so no error says one, nor what caused it (telegram.md 1).
"""

import re
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from typing import Final, TypeVar
from urllib.parse import unquote

import msgspec
from msgspec import Raw, Struct

from polywire.core.errors import TransportError
from polywire.observe.chat import Said
from polywire.venues.secret import Secret

ANSWER_S: Final = 10
TEXT_MAX: Final = 4_096
BYTES_MAX: Final = 4 << 20
TOKEN: Final = re.compile(r"tgram://(?:bot)?(\d{1,20}:[\w-]+)")


UNREADABLE: Final = (ValueError, RecursionError)
"""What decoding may raise of bytes that are no answer."""

Wire = TypeVar("Wire")


class _Parameters(Struct, frozen=True):
    retry_after: int = 0


class _Answer(Struct):
    ok: bool = False
    result: Raw = Raw(b"null")
    description: str = ""
    parameters: _Parameters = _Parameters()


class _Update(Struct):
    update_id: int
    message: Raw = Raw(b"null")


class _Bot(Struct):
    username: str


class _Id(Struct):
    id: int


class _Message(Struct, rename={"sender": "from"}):
    date: int
    chat: _Id
    sender: _Id
    text: str


def token_in(urls: Sequence[str]) -> Secret | None:
    """The token of the first Telegram channel; None where there is no such channel."""
    found = (TOKEN.match(unquote(url)) for url in urls)
    return next((Secret(match[1]) for match in found if match is not None), None)


class BotApi:
    """One bot. Each method blocks, and raises TransportError."""

    def __init__(self, base: str, token: Secret) -> None:
        self._base = base
        self._token = token

    def name(self) -> str:
        """What the bot is called; whoever else listens to it is not disturbed."""
        return _decoded(self._call("getMe", {}, ANSWER_S), _Bot).username

    def updates(self, offset: int, wait_s: int) -> tuple[int, list[Said]]:
        """What was said from this number on, after `wait_s` if nothing was; and the next number.

        What is no text of a person in a chat is passed over.
        """
        fields = {"offset": offset, "timeout": wait_s, "allowed_updates": ["message"]}
        result = self._call("getUpdates", fields, wait_s + ANSWER_S)
        said = []
        for update in _decoded(result, list[_Update]):
            offset = max(offset, update.update_id + 1)
            try:
                message = msgspec.json.decode(update.message, type=_Message)
            except UNREADABLE:
                continue
            said.append(Said(message.chat.id, message.sender.id, message.date, message.text))
        return offset, said

    def say(self, chat: int, text: str) -> None:
        """Write to a chat, plainly."""
        fields = {"chat_id": chat, "text": text[:TEXT_MAX] or "-"}
        self._call("sendMessage", fields, ANSWER_S)

    def _call(self, method: str, fields: dict[str, object], within_s: int) -> Raw:
        request = urllib.request.Request(
            f"{self._base}/bot{self._token.reveal()}/{method}",
            data=msgspec.json.encode(fields),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=within_s) as reply:
                return _decoded(reply.read(BYTES_MAX), _Answer).result
        except urllib.error.HTTPError as error:
            with error:
                raise _refused(error.code, _body(error)) from None
        except (OSError, HTTPException, ValueError):
            raise TransportError("Telegram cannot be reached") from None


def _body(refused: urllib.error.HTTPError) -> bytes:
    """What it says; nothing where the connection breaks in the middle."""
    try:
        return refused.read(BYTES_MAX)
    except (OSError, HTTPException):
        return b""


def _refused(status: int, body: bytes) -> TransportError:
    try:
        told = msgspec.json.decode(body, type=_Answer)
    except UNREADABLE:
        told = _Answer()
    return TransportError(
        f"Telegram says no: HTTP {status}", status=status, wait_s=told.parameters.retry_after
    )


def _decoded(body: bytes | Raw, kind: type[Wire]) -> Wire:
    try:
        return msgspec.json.decode(body, type=kind)
    except UNREADABLE:
        raise TransportError("Telegram answered with what is no answer of its") from None
