"""Recording raw frames: the same feeds and scanner as trading, without an engine."""

import random
from collections.abc import Iterable
from pathlib import Path

from polywire.core.model.event import Event
from polywire.net.clock import Clock
from polywire.net.http import Http
from polywire.runtime.catalogue import CatalogueReader
from polywire.runtime.endpoints import Endpoints
from polywire.runtime.pool import FeedPool
from polywire.runtime.recorder import Recorder
from polywire.runtime.scanner import Scanner
from polywire.runtime.watch_list import Watch


class Recording:
    """Frames of the watched markets into a folder; `start`, `flush` each second, `close`."""

    def __init__(self, folder: Path, endpoints: Endpoints, watch: Watch, seed: int) -> None:
        description = {"venue": "polymarket", "market_ws": endpoints.market_ws}
        self.recorder = Recorder(folder, description)
        self._clock = Clock()
        self._http = Http()
        self.pool = FeedPool(
            endpoints.market_ws,
            self._clock,
            self._put,
            random.Random(seed).random,
            self.recorder.frame,
        )
        self.scanner = Scanner(
            CatalogueReader(self._http, endpoints.gamma, watch.pages_max),
            self._clock,
            watch,
            self._put,
            self.pool,
            must_watch=tuple,
        )

    async def start(self) -> None:
        """Find markets and connect; TransportError if the catalogue cannot be read."""
        await self.scanner.start()

    async def close(self) -> None:
        """Stop, finish the file and the manifest."""
        await self.scanner.close()
        await self.pool.close()
        await self._http.close()
        self.recorder.close(self._clock.now())

    def _put(self, events: Iterable[Event]) -> None:
        for event in events:
            self.recorder.event(event)
