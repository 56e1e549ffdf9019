"""Who asks something of an engine that stands still: told so, and not obeyed long after."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from polywire.core.errors import ConfigError
from polywire.core.model.control import Operation
from polywire.core.units import SECOND, Ns
from polywire.journal.lock import FolderLock
from polywire.net.clock import Clock
from polywire.runtime import operator_door
from polywire.runtime.operator_door import Answer, Asked, Obey, OperatorDoor, _address, ask

SOON = Ns(Clock().wall() + 3_600 * SECOND)


class Obeyed:
    """What was carried out, each in `takes_s`."""

    def __init__(self, takes_s: float = 0.0) -> None:
        self.operations: list[Operation] = []
        self.asked: list[Asked] = []
        self.ended = 0
        self._takes_s = takes_s

    async def until(self, begun: int) -> None:
        for _ in range(500):
            if len(self.operations) >= begun:
                return
            await asyncio.sleep(0.01)

    async def __call__(self, asked: Asked, _who: str) -> Answer:
        self.operations.append(asked.operation)
        self.asked.append(asked)
        await asyncio.sleep(self._takes_s)
        self.ended += 1
        return Answer(True, [f"{asked.operation} was done"])


@asynccontextmanager
async def opened(folder: Path, obey: Obey) -> AsyncIterator[None]:
    door = OperatorDoor(folder, obey)
    await door.open()
    yield
    await door.close()


@contextmanager
def asks(folder: Path, operation: Operation) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as asker, _address(folder) as address:
        asker.connect(address)
        asker.sendall(msgspec.json.encode(Asked(operation, "", SOON)) + b"\n")
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with closing(FolderLock(tmp_path)):
        yield tmp_path


async def test_who_went_before_the_engine_came_to_it_is_not_obeyed(folder: Path) -> None:
    obeyed = Obeyed()
    async with opened(folder, obeyed):
        with asks(folder, Operation.FLATTEN):  # while the loop stands still
            pass
        with asks(folder, Operation.HALT):
            await obeyed.until(1)
    assert obeyed.operations == [Operation.HALT], "only of the one who stayed"


async def test_what_comes_after_its_time_is_dropped(folder: Path) -> None:
    obeyed = Obeyed()
    async with opened(folder, obeyed):
        for until in (Ns(0), Ns(Clock().wall() - SECOND)):
            with _address(folder) as address:
                reader, writer = await asyncio.open_unix_connection(address)
            writer.write(msgspec.json.encode(Asked(Operation.HALT, "", until)) + b"\n")
            assert await reader.read() == b""
            writer.close()
    assert obeyed.operations == []


async def test_a_bug_in_an_answer_ends_neither_the_run_nor_the_door(folder: Path) -> None:
    obeyed = Obeyed()
    bugs: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, bug: bugs.append(bug))

    async def breaks(asked: Asked, who: str) -> Answer:
        if asked.operation is Operation.FLATTEN:
            raise KeyError("a position that is put away")
        return await obeyed(asked, who)

    async with opened(folder, breaks):
        answer = await asyncio.to_thread(ask, folder, Asked(Operation.FLATTEN), print)
        assert not answer.done
        assert answer.said[0].startswith("a bug (KeyError) kept this from being answered")
        answer = await asyncio.to_thread(ask, folder, Asked(Operation.HALT), print)
        assert answer.done
    assert bugs == []


async def test_one_is_told_that_the_engine_takes_its_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operator_door, "PATIENCE_S", 0.05)
    told: list[str] = []
    async with opened(folder, Obeyed(takes_s=0.2)):
        answer = await asyncio.to_thread(ask, folder, Asked(Operation.FLATTEN), told.append)
    assert answer == Answer(True, ["flatten was done"])
    assert len(told) == 1
    assert told[0].endswith("is at it ...")


async def test_halt_does_not_wait_for_a_flatten_to_end(folder: Path) -> None:
    obeyed = Obeyed(takes_s=0.5)
    async with opened(folder, obeyed):
        asks = [
            asyncio.to_thread(ask, folder, Asked(one), lambda _: None)
            for one in (Operation.FLATTEN, Operation.HALT)
        ]
        both = asyncio.gather(*asks)
        await obeyed.until(2)
        assert obeyed.ended == 0
        await both


def test_an_engine_that_stands_still_is_named_and_what_was_asked_will_not_be(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operator_door, "BEGIN_S", 0.1)
    monkeypatch.setattr(operator_door, "GRACE_S", 0.05)
    monkeypatch.setattr(operator_door, "PATIENCE_S", 0.02)
    told: list[str] = []
    with socket.socket(socket.AF_UNIX) as still, _address(folder) as address:
        still.bind(address)
        still.listen()
        with pytest.raises(ConfigError, match="was not carried out, and will not be"):
            ask(folder, Asked(Operation.FLATTEN), told.append)
    assert [one.partition(" has ")[2] for one in told] == ["not answered yet; waiting ..."]


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("\x1b[2Jall is well\x07", "[2Jall is well"),
        ("enough\nhalted: by nobody", "enough halted: by nobody"),
        ("a\r\x9bb\x7f\u202ec\u2066d", "a  b  c d"),
        ("genug für heute — 10 %", "genug für heute — 10 %"),
        ("\x1b", ""),
    ],
)
async def test_a_reason_is_kept_without_what_steers_a_terminal(
    folder: Path, told: str, kept: str
) -> None:
    obeyed = Obeyed()
    async with opened(folder, obeyed):
        answer = await asyncio.to_thread(ask, folder, Asked(Operation.HALT, told), lambda _: None)
    assert answer.done, "a halt is not refused for its words"
    assert [one.reason for one in obeyed.asked] == [kept]


@pytest.mark.parametrize(
    ("subject", "value"),
    [
        ("touch\x1b[31m", ""),
        ("touch\n", ""),
        ("touch", "\x00"),
        ("touch", "\u202e"),
        ('{"name": "\\u001b[2J"}', ""),
        ("touch", '{"name": "\\u009B"}'),
        ("touch", '{"name": "\\r"}'),
        ("touch", '{"name": "\\u202E"}'),
    ],
)
async def test_what_it_is_about_has_no_such_characters_either(
    folder: Path, subject: str, value: str
) -> None:
    obeyed = Obeyed()
    asked = Asked(Operation.SET, "", subject=subject, value=value)
    async with opened(folder, obeyed):
        answer = await asyncio.to_thread(ask, folder, asked, lambda _: None)
    assert not answer.done
    assert answer.said == ["that is no operation: what it is about has control characters"]
    assert obeyed.operations == []


async def test_what_is_told_of_a_strategy_as_json_comes_through(folder: Path) -> None:
    obeyed = Obeyed()
    told = msgspec.json.encode({"name": 'Zürich "2"', "path": "a\\b\\u001b\n", "q": "p"}).decode()
    async with opened(folder, obeyed):
        asked = Asked(Operation.ADD, "", subject=told)
        assert (await asyncio.to_thread(ask, folder, asked, lambda _: None)).done
    assert obeyed.asked[0].subject == told
