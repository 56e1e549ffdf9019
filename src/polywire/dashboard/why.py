"""Why a market is or is not traded: now from the shadow, before from another that stops there."""

import asyncio
from typing import Final

from litestar.exceptions import ClientException, NotFoundException

from polywire.core.engine.engine import Engine
from polywire.core.errors import JournalError
from polywire.core.ids import MarketId
from polywire.core.model.instrument import Market
from polywire.core.units import MILLISECOND, SECOND, Ns
from polywire.dashboard.scene import Scene
from polywire.observe.shadow import Shadow
from polywire.observe.why import Why, refusals, why

ROWS: Final = 200
PATIENCE_NS: Final = 20 * SECOND
NOW_NS: Final = SECOND
"""A moment so near to now is now."""


async def asked_why(scene: Scene, market: str, at_ms: int) -> Why:
    """The answer; NotFoundException for a market that this run does not know.

    ClientException for a moment that nobody can go back to in time.
    """
    shadow = scene.shadow
    at = Ns(at_ms * MILLISECOND)
    if at_ms and at < shadow.now - NOW_NS:
        shadow = await _back(scene, at)
    engine = shadow.engine
    known = _known(engine, market) if engine is not None else None
    if engine is None or known is None:
        raise NotFoundException("this run did not know that market then")
    found = why(engine, known, shadow.difference or shadow.partial)
    found.refused = refusals(shadow.memory, known)
    return found


def _known(engine: Engine, market: str) -> Market | None:
    tracked = engine.watch.books.get(MarketId(market))
    if tracked is not None:
        return tracked.market
    return next((one for one in engine.ledger.markets.values() if one.id == market), None)


async def _back(scene: Scene, at: Ns) -> Shadow:
    """Another shadow of the same run, as far as that moment; one at a time."""
    begun = scene.clock.now()
    async with scene.going_back:
        past = scene.shadow.again()
        while True:
            if scene.clock.now() - begun > PATIENCE_NS:
                raise ClientException(
                    "that moment is too long ago to be reached here: polywire why, with --at"
                )
            try:
                taken = past.advance(ROWS, at)
            except JournalError as error:
                raise ClientException(str(error)) from error
            if taken < ROWS:
                return past
            await asyncio.sleep(0)
