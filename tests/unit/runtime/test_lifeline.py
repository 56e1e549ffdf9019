"""The engine's side of its watchdog, when that dies."""

from types import SimpleNamespace

import pytest
from tests.waiting import until
from typing_extensions import override

from polywire.runtime import lifeline as module
from polywire.runtime.lifeline import Lifeline
from polywire.runtime.watchdog import HandOver

TOLD = HandOver(clob="", address="", api_key="", secret="", passphrase="", journal="", engine=1)


class Pipe:
    """Standard input of a process: open, or closed as uvloop has it."""

    def __init__(self, *, closed: bool = False) -> None:
        self.closed = closed
        self.heard: list[bytes] = []

    def write(self, sign: bytes) -> None:
        if self.closed:
            raise RuntimeError("unable to perform operation on <WriteUnixTransport closed=True>")
        self.heard.append(sign)


class Child:
    """A watchdog of which nobody has noticed yet whether it lives."""

    def __init__(self, tells: Pipe, returncode: int | None = None) -> None:
        self.tells = tells
        self.process = SimpleNamespace(returncode=returncode)


class Reopened(Lifeline):
    """Starts nothing: what it opens is a process that lives."""

    opened = 0

    @override
    async def open(self) -> None:
        self.opened += 1
        self._guard = Child(Pipe())  # type: ignore[assignment]


@pytest.mark.parametrize(
    "dying", [Child(Pipe(closed=True)), Child(Pipe(), returncode=-9)], ids=["pipe", "gone"]
)
async def test_a_watchdog_that_dies_is_replaced_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, dying: Child
) -> None:
    monkeypatch.setattr(module, "BEAT_S", 0.0)
    line = Reopened(TOLD, lambda: True)
    line._guard = dying  # type: ignore[assignment]
    line.start()
    await until(lambda: line.opened)
    assert line.opened == 1
    assert line._task is not None
    assert not line._task.done()
    line._task.cancel()
