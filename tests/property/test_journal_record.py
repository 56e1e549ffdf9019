"""Every record that can exist survives its journal row unchanged, and no other bytes become one."""

from contextlib import suppress
from types import NoneType, UnionType
from typing import NewType, Union, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import fields

from polywire.core.errors import JournalError
from polywire.core.model.event import Record
from polywire.journal.record import Entry, LedgerSnapshot, decode, encode

KINDS: list[type[Entry]] = [*get_args(Record), LedgerSnapshot]
PLAIN: dict[object, st.SearchStrategy[object]] = {
    int: st.integers(-(2**63), 2**63 - 1),
    str: st.text(max_size=20),
    bytes: st.binary(max_size=20),
    bool: st.booleans(),
    NoneType: st.none(),
}


def values(kind: object) -> st.SearchStrategy:
    """Every value a field of this type can have."""
    if isinstance(kind, NewType):
        return values(kind.__supertype__)
    if kind in PLAIN:
        return PLAIN[kind]
    if get_origin(kind) in (Union, UnionType):
        return st.one_of([values(part) for part in get_args(kind)])
    if get_origin(kind) is tuple:
        return tuples(get_args(kind))
    assert isinstance(kind, type), f"no strategy for {kind}"
    if issubclass(kind, Struct):
        return st.builds(kind, **{field.name: values(field.type) for field in fields(kind)})
    return st.sampled_from(kind)


def tuples(parts: tuple[object, ...]) -> st.SearchStrategy:
    if parts[-1] is Ellipsis:
        return st.lists(values(parts[0]), max_size=3).map(tuple)
    return st.tuples(*[values(part) for part in parts])


def entries() -> st.SearchStrategy:
    return st.sampled_from(KINDS).flatmap(values)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_round_trips(kind: type[Entry]) -> None:
    @given(values(kind))
    def round_trip(entry: Entry) -> None:
        name, payload = encode(entry)
        back = decode(name, payload)
        assert name == kind.__name__
        assert type(back) is kind
        assert back == entry
        assert encode(back) == (name, payload)

    round_trip()


@given(entries(), st.sampled_from(KINDS))
def test_a_payload_is_read_as_no_other_kind(entry: Entry, other: type[Entry]) -> None:
    _, payload = encode(entry)
    if type(entry) is not other:
        with pytest.raises(JournalError):
            decode(other.__name__, payload)


@given(entries(), st.data())
def test_altered_payloads_give_a_record_or_a_journal_error(
    entry: Entry, data: st.DataObject
) -> None:
    name, payload = encode(entry)
    at = data.draw(st.integers(0, len(payload) - 1))
    altered = payload[:at] + data.draw(st.binary(max_size=3)) + payload[at + 1 :]
    with suppress(JournalError):
        assert type(decode(name, altered)) is type(entry)


@given(st.sampled_from(KINDS), st.binary(max_size=40))
def test_garbage_is_a_journal_error(kind: type[Entry], payload: bytes) -> None:
    if not payload.startswith(bytes([0x90 + len(kind.__struct_fields__) + 1])):
        with pytest.raises(JournalError):
            decode(kind.__name__, payload)
