"""A recording kept as columns: the same events, decoded once, and anew when anything differs."""

import pytest
from tests.unit.history.recording import NO, YES, book, change, channel_file, ticks_file, trade

from polywire.core.errors import ConfigError
from polywire.history.column_file import columns_of
from polywire.history.opening import histories, merged
from polywire.history.terms import Given

MS = 1_000_000
ROWS = [
    "0,change,0,BUY,0.40,100,0.40,1",
    "5,change,0,SELL,0.45,80,0.40,0.45",
    "5,change,1,BUY,0.55,80,0.55,0.60",
    "9,change,0,BUY,0.41,7,0.41,0.45",
    "20,trade,0,BUY,0.45,3,0.41,0.45",
    "30,change,0,BUY,0.40,90,0.41,0.45",
]


def frames():
    yield 0, book(YES, [("0.40", "100")], [("0.45", "80")])
    for at in range(1, 40):
        price = f"0.{30 + at % 9}"
        yield at * 20, change(price, str(at), "BUY", ("0.40", "0.45"), 1_785_000_000_000 + at * 20)
    yield 900, trade("0.45", "3", "BUY", 1_785_000_000_900, asset=NO)


def ticks(tmp_path):
    return ticks_file(tmp_path / "ticks_1.csv", ROWS)


def channel(tmp_path):
    return channel_file(tmp_path / "a.jsonl.zst", [*frames()])


@pytest.mark.parametrize("shape", [ticks, channel])
def test_columns_hold_the_events_and_their_provenance_as_a_reader_has_them(tmp_path, shape):
    path = shape(tmp_path)
    for _ in range(2):  # the second time it is there already
        columns = columns_of(path, Given(), 50 * MS, tmp_path / "kept")
        opened = histories(path, Given(), 50 * MS)
        assert [*columns.events()] == [*merged(opened)]
        assert columns.provenance == tuple(one.provenance for one in opened)
    assert len([*(tmp_path / "kept").iterdir()]) == 1


def test_nothing_is_decoded_again_unless_what_it_is_made_of_differs(tmp_path):
    path, kept = ticks(tmp_path), tmp_path / "kept"
    decoded = []

    def watch(events):
        decoded.append(1)
        yield from events

    def times(delay_ns=50 * MS):
        decoded.clear()
        columns_of(path, Given(), delay_ns, kept, watch)
        return len(decoded)

    assert [times(), times(), times(70 * MS), times()] == [1, 0, 1, 0]
    path.write_text(path.read_text() + ROWS[-1].replace("30,", "1785000000040,", 1) + "\n")
    assert times() == 1
    beside = path.with_name("ticks_1_tokens.json")
    beside.write_text(beside.read_text().replace("1" * 70, "3" * 70))
    assert times() == 1


def test_a_recording_that_breaks_off_leaves_no_columns(tmp_path):
    path = ticks_file(tmp_path / "ticks_1.csv", [*ROWS, "40,change,0,BUY"])
    with pytest.raises(ConfigError, match="line 8"):
        columns_of(path, Given(), 0, tmp_path / "kept")
    assert not [*(tmp_path / "kept").iterdir()]


def test_damaged_columns_are_refused_with_a_way_out(tmp_path):
    path = ticks(tmp_path)
    columns_of(path, Given(), 0, tmp_path)
    (kept,) = tmp_path.glob("*.columns")
    whole = kept.read_bytes()
    for damaged in (b"", whole[:40], b"\0" * 20 + whole[20:]):
        kept.write_bytes(damaged)
        with pytest.raises(ConfigError, match="delete it"):
            [*columns_of(path, Given(), 0, tmp_path).events()]
