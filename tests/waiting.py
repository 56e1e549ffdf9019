"""Waiting for what has no event: a busy machine may take its time."""

import asyncio
from collections.abc import Callable


async def until(holds: Callable[[], object], within_s: float = 15.0) -> None:
    """Return once it holds; TimeoutError where it never does."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.001)
