"""What no answer of the venue may do: end the engine, or tell a log what it should not."""

import pytest
from msgspec import Struct

from polywire.core.errors import DecodeError
from polywire.venues.polymarket.answers import decode


class Beat(Struct):
    """A shape to read."""

    heartbeat_id: str


def test_an_answer_is_read_by_its_shape() -> None:
    assert decode(b'{"heartbeat_id":"a","more":[1]}', Beat, "a beat") == Beat("a")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        b'{"heartbeat_id":7}',
        b'{"heartbeat_id":"a","heartbeat_id":"b"}',
        b'{"heartbeat_id":"a","more":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"[" * 100_000,
        b'{"heartbeat_id":"a","more":' + b"9" * 5_000 + b"}",
    ],
)
def test_whatever_else_it_is_is_one_error_that_repeats_nothing(body: bytes) -> None:
    with pytest.raises(DecodeError) as found:
        decode(body, Beat, "a beat")
    assert str(found.value) == "expected a beat, found something else in the answer"
    assert found.value.__cause__ is None
