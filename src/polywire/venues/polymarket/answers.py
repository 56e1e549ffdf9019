"""The venue's answer to a question as a shape that the caller names; any other is one error.

For whoever asks: the readers of books, orders and trades have shapes and limits of their own.
"""

from typing import Final, TypeVar

import msgspec

from polywire.core.errors import DecodeError
from polywire.venues.polymarket.user_wire import read

UNREADABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError)
T = TypeVar("T")


def decode(body: bytes, shape: type[T], what: str) -> T:
    """An answer of this shape; DecodeError, which repeats nothing of it, for any other."""
    try:
        return read(body, shape)
    except UNREADABLE:
        raise DecodeError(f"expected {what}, found something else in the answer") from None
