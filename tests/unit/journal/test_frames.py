"""Raw frame recordings: what is in the files, when they turn, and what a crash leaves."""

import hashlib
import io
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zstandard

from polywire.core.errors import JournalError
from polywire.core.units import Ns
from polywire.journal.frames import FrameLine, FrameWriter, read_frames
from polywire.journal.manifest import Gap

TEN = Ns(1_732_701_600_000_000_000)
"""2024-11-27 10:00:00 UTC."""
SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
FIRST = "2024-11-27T10.001.jsonl.zst"
ABOUT = {"venue": "polymarket"}


def texts(path: Path) -> list[str]:
    """The lines of a file as any other program would read them."""
    with path.open("rb") as file:
        reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        return io.TextIOWrapper(reader, encoding="utf-8").read().splitlines()


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """The system lets no file grow beyond this many bytes, as a full disk would not."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def listing(folder: Path) -> dict[str, object]:
    loaded: dict[str, object] = json.loads((folder / "manifest.json").read_text())
    return loaded


def test_lines_are_plain_json_behind_one_that_describes_them(tmp_path: Path) -> None:
    writer = FrameWriter(tmp_path, ABOUT)
    writer.write(TEN, "ws-1", '[{"event_type":"book"}]')
    writer.write(Ns(TEN + 1), "ws-2", 'P\u00f6NG\n"')
    writer.close()
    assert texts(tmp_path / FIRST) == [
        '{"polywire":"frames","version":1,"recv_ns":1732701600000000000,"venue":"polymarket"}',
        '{"recv_ns":1732701600000000000,"feed":"ws-1","frame":"[{\\"event_type\\":\\"book\\"}]"}',
        '{"recv_ns":1732701600000000001,"feed":"ws-2","frame":"P\u00f6NG\\n\\""}',
    ]
    assert list(read_frames(tmp_path)) == [
        FrameLine(TEN, "ws-1", '[{"event_type":"book"}]'),
        FrameLine(Ns(TEN + 1), "ws-2", 'P\u00f6NG\n"'),
    ]


def test_the_manifest_lists_files_and_gaps(tmp_path: Path) -> None:
    writer = FrameWriter(tmp_path, ABOUT)
    writer.write(TEN, "ws-1", "a")
    writer.gap(Gap("ws-1", TEN, Ns(TEN + 5), "no route"))
    assert listing(tmp_path)["gaps"] == [
        {"feed": "ws-1", "opened_ns": TEN, "closed_ns": TEN + 5, "cause": "no route"}
    ]
    writer.write(Ns(TEN + 7), "ws-1", "b")
    writer.write(Ns(TEN + HOUR), "ws-1", "c")
    writer.close()
    content = (tmp_path / FIRST).read_bytes()
    files = listing(tmp_path)["files"]
    assert isinstance(files, list)
    assert [file["name"] for file in files] == [FIRST, "2024-11-27T11.001.jsonl.zst"]
    assert files[0] == {
        "name": FIRST,
        "frames": 2,
        "bytes": len(content),
        "first_recv_ns": TEN,
        "last_recv_ns": TEN + 7,
        "sha256": hashlib.sha256(content).hexdigest(),
        "torn": False,
    }


def test_a_file_turns_at_its_size_and_time_going_back_does_not_turn_it(tmp_path: Path) -> None:
    writer = FrameWriter(tmp_path, ABOUT, file_bytes_max=250)
    for second in (0, -5_000, 2, 3, 4, 5, 6):
        writer.write(Ns(TEN + second * SECOND), "ws-1", f"frame {second}")
    writer.close()
    names = sorted(path.name for path in tmp_path.glob("*.zst"))
    assert names[:2] == [FIRST, FIRST.replace("001", "002")]
    assert [line.frame for line in read_frames(tmp_path)][:2] == ["frame 0", "frame -5000"]
    assert len(list(read_frames(tmp_path))) == 7


def test_each_second_is_out_of_reach_of_a_kill(tmp_path: Path) -> None:
    writer = FrameWriter(tmp_path, ABOUT)
    for tenth in range(21):
        writer.write(Ns(TEN + tenth * SECOND // 10), "ws-1", f"{tenth}")
    assert [line.frame for line in read_frames(tmp_path)] == [f"{n}" for n in range(20)]
    writer.flush()
    assert [line.frame for line in read_frames(tmp_path)] == [f"{n}" for n in range(21)]
    writer.close()


def test_much_in_one_second_is_flushed_early(tmp_path: Path) -> None:
    writer = FrameWriter(tmp_path, ABOUT)
    for _ in range(3):
        writer.write(TEN, "ws-1", "x" * 600_000)
    assert len(list(read_frames(tmp_path))) == 2
    writer.close()


def test_a_block_that_the_disk_took_in_part_is_taken_back_and_written_again(tmp_path: Path) -> None:
    writer = FrameWriter(tmp_path, ABOUT)
    writer.write(TEN, "ws-1", "a")
    writer.flush()
    whole = (tmp_path / FIRST).stat().st_size
    writer.write(TEN, "ws-1", "b")
    with files_up_to(whole + 9), pytest.raises(JournalError, match="cannot be written"):
        writer.flush()
    assert (tmp_path / FIRST).stat().st_size == whole
    writer.close()
    assert [line.frame for line in read_frames(tmp_path)] == ["a", "b"]


def test_a_crashed_recording_is_entered_by_the_next_one(tmp_path: Path) -> None:
    crashed = FrameWriter(tmp_path, ABOUT)
    crashed.write(TEN, "ws-1", "a")
    crashed.write(Ns(TEN + 2 * SECOND), "ws-1", "b" * 500)
    crashed.flush()
    assert crashed._file is not None
    crashed._file._file.close()
    path = tmp_path / FIRST
    path.write_bytes(path.read_bytes()[:-10])
    writer = FrameWriter(tmp_path, ABOUT)
    writer.write(Ns(TEN + 3 * SECOND), "ws-1", "c")
    writer.close()
    assert [line.frame for line in read_frames(tmp_path)] == ["a", "c"]
    files = listing(tmp_path)["files"]
    assert isinstance(files, list)
    assert files[0] == {
        "name": FIRST,
        "frames": 1,
        "bytes": path.stat().st_size,
        "first_recv_ns": TEN,
        "last_recv_ns": TEN,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "torn": True,
    }
    assert [file["torn"] for file in files] == [True, False]


def test_a_recording_torn_anywhere_gives_a_clean_beginning(tmp_path: Path) -> None:
    writer = FrameWriter(tmp_path, ABOUT)
    for second in range(12):
        writer.write(Ns(TEN + second * SECOND), "ws-1", f"{second}")
    writer.close()
    content = (tmp_path / FIRST).read_bytes()
    torn = tmp_path / "torn.jsonl.zst"
    lengths = set()
    for size in range(len(content)):
        torn.write_bytes(content[:size])
        found = [line.frame for line in read_frames(torn)]
        assert found == [f"{second}" for second in range(len(found))]
        lengths.add(len(found))
    assert lengths == set(range(13))


def test_damage_before_the_end_is_refused(tmp_path: Path) -> None:
    writer = FrameWriter(tmp_path, ABOUT)
    for second in range(5):
        writer.write(Ns(TEN + second * SECOND), "ws-1", f"frame {second}")
    writer.close()
    path = tmp_path / FIRST
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x01
    path.write_bytes(content)
    with pytest.raises(JournalError, match=f"{FIRST} cannot be read"):
        list(read_frames(path))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('{"polywire":"frames","version":9}\n', "of version 9"),
        ('{"polywire":"bets","version":1}\n', "is 'bets'"),
        ('{"recv_ns":1,"feed":"a","frame":"b"}\n', "line of another shape"),
        ('{"polywire":"frames","version":1}\n{"recv_ns":1}\n', "line of another shape"),
    ],
)
def test_other_formats_are_refused(tmp_path: Path, lines: str, message: str) -> None:
    path = tmp_path / FIRST
    path.write_bytes(zstandard.ZstdCompressor().compress(lines.encode()))
    with pytest.raises(JournalError, match=message):
        list(read_frames(path))


def test_another_version_of_the_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"polywire":"manifest","version":2}')
    with pytest.raises(JournalError, match="has version 2, this build reads 1"):
        FrameWriter(tmp_path, ABOUT)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(JournalError, match="cannot be read"):
        FrameWriter(tmp_path, ABOUT)
