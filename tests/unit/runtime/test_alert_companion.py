"""The engine's side of its alerter, when that dies and when it speaks."""

import asyncio

import pytest
from typing_extensions import override

from polywire.observe.alert import AlertTerms, Severity
from polywire.observe.alert_pace import PaceTerms
from polywire.runtime import alert_companion as module
from polywire.runtime.alert_companion import AlertCompanion
from polywire.runtime.alerter import AlertSettings, HandOver

TOLD = HandOver(
    journal="j",
    run="one",
    settings=AlertSettings(
        terms=AlertTerms(suspect_ns=1), pace=PaceTerms(severity_min=Severity.INFO), urls=()
    ),
)


class Dying(AlertCompanion):
    """Starts nothing: what it starts ends at once, or fails to start, until the third lives."""

    def __init__(self) -> None:
        super().__init__(TOLD, lambda _: None)
        self.runs: list[str] = []
        self.lives = asyncio.Event()

    @override
    async def _run(self) -> None:
        self.runs.append(self._hand_over.run)
        if len(self.runs) == 2:
            raise OSError("too many processes")
        if len(self.runs) == 3:
            self.lives.set()
            await asyncio.Event().wait()


async def test_one_that_dies_is_replaced_by_one_that_begins_with_what_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "AGAIN_S", 0.0)
    monkeypatch.setattr(module, "STOP_S", 0.0)
    companion = Dying()
    companion.start()
    await asyncio.wait_for(companion.lives.wait(), 5)
    await companion.close()
    assert companion.runs == ["one", "", ""]
    assert companion._task is not None
    assert companion._task.done()


async def test_one_that_was_never_started_is_closed() -> None:
    await AlertCompanion(TOLD, lambda _: None).close()
