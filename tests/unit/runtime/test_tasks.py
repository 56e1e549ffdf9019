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


@pytest.mark.parametrize("error", [TimeoutError(), OSError("gone"), ValueError("odd")])
async def test_whatever_ends_a_task_is_told_as_a_bug(error: Exception) -> None:
    told: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))

    async def fails() -> None:
        raise error

    task = tasks.spawn(fails())
    await asyncio.wait({task})
    await asyncio.sleep(0)
    (bug,) = told
    assert isinstance(bug, AssertionError | ValueError)
    assert error in (bug, bug.__cause__)
