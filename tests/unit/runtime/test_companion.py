"""The engine's side of its dashboard, when that cannot be started."""

import asyncio
from collections.abc import Callable

import msgspec
import pytest
from msgspec import Struct

from polywire.runtime import companion as module
from polywire.runtime.beside import Beside
from polywire.runtime.companion import Companion, HandOver, Listens

TOLD = HandOver(journal="j", run="one", port=0, mode="paper", venue="v", version="1")


class Gone:
    """A process that has ended."""

    async def wait(self) -> int:
        return 1


class Mouth:
    """Where it would be told something."""

    def close(self) -> None:
        raise RuntimeError("the pipe is closed")


def ended(answer: bytes) -> Beside:
    """A process that has said one line."""
    hears = asyncio.StreamReader()
    hears.feed_data(answer)
    hears.feed_eof()
    return Beside(Gone(), Mouth(), hears)  # type: ignore[arg-type]  # all that is asked of them


def starting(*outcomes: Exception | bytes) -> tuple[Callable[[str, Struct], object], asyncio.Event]:
    """What `begin` comes to, one after the other; the event is set by the last."""
    left, done = list(outcomes), asyncio.Event()

    async def begin(_module: str, _told: Struct) -> Beside:
        outcome = left.pop(0) if left else outcomes[-1]
        if not left:
            done.set()
        if isinstance(outcome, Exception):
            raise outcome
        return ended(outcome)

    return begin, done


LISTENS = msgspec.json.encode(Listens("http://127.0.0.1:5000/", 5000)) + b"\n"


@pytest.mark.parametrize("error", [OSError(12, "Cannot allocate memory"), RuntimeError("closed")])
async def test_one_that_cannot_be_started_again_ends_nothing_and_is_tried_again(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    bugs: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: bugs.append(context))
    begin, tried = starting(LISTENS, error, error, LISTENS)
    monkeypatch.setattr(module, "begin", begin)
    monkeypatch.setattr(module, "AGAIN_S", 0.0)
    companion = Companion(TOLD, port=0, read_only=False)
    assert (await companion.open()).port == 5000
    await asyncio.wait_for(tried.wait(), 5)
    await companion.close()
    assert bugs == []


async def test_why_it_cannot_be_started_at_all_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begin, _ = starting(OSError(2, "No such file"))
    monkeypatch.setattr(module, "begin", begin)
    companion = Companion(TOLD, port=0, read_only=False)
    listens = await companion.open()
    assert "No such file" in listens.refused
    await companion.close()
