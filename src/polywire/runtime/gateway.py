"""Requests of one account, signed over the bytes that leave, in the call that sends them."""

from collections.abc import Awaitable

from polywire.core.units import Ns
from polywire.net.line import Reply
from polywire.net.lines import Lines
from polywire.runtime.signer import Signer


class Gateway:
    """An account's way to the venue; whoever asks owns what the answer means."""

    def __init__(self, signer: Signer, lines: Lines) -> None:
        self.signer = signer
        self.lines = lines

    def request(self, method: str, path: str, body: bytes, now: Ns) -> Awaitable[Reply]:
        """The answer; the request has left when this returns, unless no line was ready.

        Awaiting raises UnsentError if it did not leave at all, BrokenError if no answer came.
        """
        headers = self.signer.headers(method, path, body, now)
        answer = self.lines.try_request(method, path, headers, body)
        return answer or self.lines.request(method, path, headers, body)
