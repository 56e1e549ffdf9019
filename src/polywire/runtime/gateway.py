"""Requests of one account, signed over the bytes that leave, in the call that sends them.

Orders and cancels have lines of their own: whatever is read, they find one. Headers bear the wall
clock's time, for the venue compares it with its own, and the engine's stands still in a sleep.
"""

from collections.abc import Awaitable

from polywire.net.clock import Clock
from polywire.net.line import Reply
from polywire.net.lines import Lines
from polywire.runtime.signer import Signer


class Gateway:
    """An account's way to the venue; whoever asks owns what the answer means.

    Awaiting raises UnsentError if a request did not leave at all, BrokenError if no answer came.
    """

    def __init__(self, signer: Signer, clock: Clock, *, lines: Lines, reads: Lines) -> None:
        self.signer = signer
        self.clock = clock
        self._lines = lines
        self._reads = reads

    def order(self, path: str, body: bytes) -> Awaitable[Reply] | None:
        """The answer to new orders, which have left; None, and nothing ever leaves, without a line.

        What waited for one would leave at prices of another time.
        """
        headers = self._headers("POST", path, body)
        return self._lines.try_request("POST", path, headers, body)

    def cancel(self, method: str, path: str, body: bytes) -> Awaitable[Reply]:
        """The answer to a cancel, which has left, or does as soon as there is a line."""
        return self._lines.request(method, path, self._headers(method, path, body), body)

    def ask(self, method: str, path: str, body: bytes = b"") -> Awaitable[Reply]:
        """The answer to what neither creates nor cancels an order."""
        return self._reads.request(method, path, self._headers(method, path, body), body)

    def _headers(self, method: str, path: str, body: bytes) -> dict[str, str]:
        return self.signer.headers(method, path, body, self.clock.wall())
