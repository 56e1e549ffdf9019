"""A secret does not show itself, however it is printed or written."""

import copy
import pickle

import msgspec
import pytest

from polywire.venues.secret import Secret

SECRET = Secret("hunter2")


def test_every_way_to_print_it_shows_stars() -> None:
    for text in (str(SECRET), repr(SECRET), f"{SECRET}", f"{SECRET!r:>5}".strip(), repr([SECRET])):
        assert "hunter2" not in text
        assert "***" in text
    assert SECRET.reveal() == "hunter2"


def test_it_is_neither_pickled_nor_written_as_json() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(SECRET)
    with pytest.raises(TypeError):
        copy.copy(SECRET)
    with pytest.raises(TypeError):
        msgspec.json.encode({"key": SECRET})
    assert not hasattr(SECRET, "__dict__")
