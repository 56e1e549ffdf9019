"""Keeps the shadow up to date beside the sockets: a little at a time, so that none waits long."""

import asyncio
from typing import Final

import structlog

from polywire.core.errors import ConfigError, JournalError
from polywire.dashboard.scene import Scene
from polywire.net.clock import Clock

ROWS: Final = 100
"""Taken in at once: about ten milliseconds."""
LOOK_S: Final = 0.05
AGAIN_S: Final = 5.0

log = structlog.get_logger()


async def follow(scene: Scene) -> None:
    """For as long as the dashboard runs; what keeps it from following is told in the scene."""
    while True:
        try:
            taken = scene.shadow.advance(ROWS)
        except (JournalError, OSError) as error:
            scene.trouble = f"the journal cannot be read: {error}"
            log.warning("shadow_stopped", error=str(error))
            await asyncio.sleep(AGAIN_S)
        except (AssertionError, ConfigError) as error:
            scene.trouble = f"this run cannot be followed: {error}"
            log.warning("shadow_stopped", error=str(error))
            return
        else:
            scene.trouble = ""
            await _breathe(scene, scene.clock, taken)


async def _breathe(scene: Scene, clock: Clock, taken: int) -> None:
    """Let others have their turn; measure how far behind the last row is."""
    if taken:
        scene.heard_ns = clock.now()
    if taken >= ROWS:
        scene.behind_ns = max(0, clock.now() - scene.shadow.now) if scene.shadow.now else 0
        await asyncio.sleep(0)
        return
    scene.behind_ns = 0
    await asyncio.sleep(LOOK_S)
