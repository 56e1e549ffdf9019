"""Tasks are ended for good, also those that miss the first word of it."""

import asyncio

import pytest

from polywire.runtime import tasks


async def test_a_task_that_loses_a_cancellation_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "AGAIN_S", 0.01)
    lost = 0

    async def deaf() -> None:
        nonlocal lost
        for _ in range(3):
            try:
                await asyncio.sleep(0.5)
            except asyncio.CancelledError:
                lost += 1
        await asyncio.sleep(0.5)

    task = tasks.spawn(deaf())
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await tasks.end(task, None)
    assert lost == 3
    assert task.cancelled()


async def test_nothing_is_waited_for_where_there_is_nothing() -> None:
    await tasks.end()
    await tasks.end(None)
