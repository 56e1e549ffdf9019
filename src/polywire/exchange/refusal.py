"""Answers as JSON, and the refusal that any part of the exchange raises with the venue's words."""

from collections.abc import Mapping

from aiohttp import web

from polywire.exchange.frames import compact


class RefusedError(Exception):
    """A request the exchange answers with an error text, or with a body and headers of its own."""

    def __init__(
        self,
        status: int,
        reason: str,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.body = {"error": reason} if body is None else dict(body)
        self.headers = dict(headers or {})

    def answer(self) -> web.Response:
        """What the client gets."""
        response = answer(self.body, self.status)
        response.headers.update(self.headers)
        return response


def answer(value: object, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(text=compact(value), status=status, content_type="application/json")
