"""Bodies that are no JSON of the right shape, made from one that is; texts that are no number."""

import re
from collections.abc import Iterator

NUMBERS = (
    *("-1", "+1", "1e3", "1E-2", "0x10", "NaN", "Infinity", "-inf", "1,000", "1_000", "5 ", " 5"),
    *("5.", ".", "5.0000001", "0.5.0", "\u0665", "\uff15", "five", "1/2", "$5", "\x005", "9" * 100),
    *("9" * 101, "9" * 5_000),
)
"""Texts that are no amount of anything; a venue's number is plain digits with a point."""
NOT_TEXT = (5, 5.0, True, [], ["5"], {}, {"value": "5"})


def broken(good: bytes) -> Iterator[tuple[str, bytes]]:
    """A good body cut, damaged, or replaced by something else altogether, each with a name."""
    for cut in range(0, len(good) - 1, len(good) // 6):
        yield f"cut at {cut}", good[:cut]
    yield "null", b"null"
    yield "a number", b"5"
    yield "a text", b'"order"'
    yield "true", b"true"
    yield "an array of arrays", b"[[]]"
    yield "an array of numbers", b"[1]"
    yield "no UTF-8", re.sub(rb'(": ?")', b"\\1\xff", good)
    yield "a byte order mark", b"\xef\xbb\xbf" + good
    yield "UTF-16", good.decode().encode("utf-16")
    yield "half a surrogate", good.replace(b'"', b'"\\ud800', 1)
    yield "two bodies", good + good
    yield "a tail", good + b"]"
    yield "a head", b"," + good
    yield "deep arrays", b'{"data":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    yield "deep objects", b'{"a":' * 50_000 + b"1" + b"}" * 50_000
    yield "an infinity", good.replace(b":", b":Infinity,", 1)
    yield "a page", b"<html><body>502 Bad Gateway</body></html>"
