"""Tasks beside the engine's loop: a bug in one is told to the event loop at once.

Asyncio itself keeps a task's exception until somebody asks, and nobody asks a task that never ends.
"""

import asyncio
from collections.abc import Coroutine

Task = asyncio.Task[None]
AGAIN_S = 1.0


def spawn(work: Coroutine[object, object, None]) -> Task:
    """Run it beside everything else; what it raises goes to the loop's exception handler."""
    task = asyncio.get_running_loop().create_task(work)
    task.add_done_callback(_tell)
    return task


async def end(*tasks: Task | None) -> None:
    """Cancel these tasks and wait until they are gone.

    Asked again each second: before Python 3.12 `asyncio.wait_for` loses a cancellation that comes
    in the moment in which its own waiting ends.
    """
    running = {task for task in tasks if task is not None}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=AGAIN_S)


def _tell(task: Task) -> None:
    error = None if task.cancelled() else task.exception()
    if isinstance(error, OSError):  # by itself the trouble of some connection, which ends nothing
        bug = AssertionError(f"a task ended by {type(error).__name__}: {error}")
        bug.__cause__, error = error, bug
    if error is not None:
        context = {"message": "a task failed", "exception": error, "task": task}
        task.get_loop().call_exception_handler(context)
