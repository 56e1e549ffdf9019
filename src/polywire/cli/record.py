"""`polywire record`: raw frames with receive times, for tests of codecs and for backtests."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import uvloop
from cyclopts import Parameter, validators
from rich.console import Console

from polywire.cli.criteria import MarketOptions
from polywire.cli.show import log_to_stderr
from polywire.cli.showing import Seconds
from polywire.cli.signals import Stop
from polywire.core.units import SECOND
from polywire.modes.record import Recording
from polywire.runtime.watch_list import Watch

Folder = Annotated[Path, Parameter(validator=validators.Path(file_okay=False))]

SCAN_NS = 60 * SECOND


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Ending:
    """When to stop."""

    seconds: Seconds = None
    """Stop after this long; without it, at Ctrl-C."""


MARKETS, ENDING = MarketOptions(), Ending()


def record(folder: Folder, /, *, options: MarketOptions = MARKETS, ending: Ending = ENDING) -> int:
    """Record every frame of the chosen markets with its receive time, as compressed JSON lines.

    Files rotate each hour; manifest.json lists them with their digests and every gap.
    `polywire exchange --recording FILE` and `polywire demo --recording FILE` play a file back.

    Parameters
    ----------
    folder
        Where the files go; an earlier recording there is continued.
    """
    log_to_stderr(quiet=False)
    return uvloop.run(_record(folder, options, ending.seconds))


async def _record(folder: Path, options: MarketOptions, seconds: float | None) -> int:
    stop = Stop()
    watch = Watch(criteria=options.criteria, every_ns=SCAN_NS, pages_max=options.pages)
    recording = Recording(folder, options.endpoints, watch, seed=0)
    try:
        await stop.unless(recording.start())
        if not stop.asked.is_set():
            Console(stderr=True, soft_wrap=True).print(f"recording into {folder}; Ctrl-C stops")
        await _until(stop.asked, seconds, recording)
    finally:
        await recording.close()
    if stop.bug is not None:
        raise stop.bug
    recorder = recording.recorder
    Console().print(
        f"{recorder.frames:,} frames of {len(recording.scanner.watched)} markets, "
        f"{recorder.bytes:,} bytes before compression, {recorder.gaps} gaps, in {folder}"
    )
    return 0


async def _until(stop: asyncio.Event, seconds: float | None, recording: Recording) -> None:
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds if seconds is not None else float("inf")
    while not stop.is_set() and loop.time() < ends:
        try:
            await asyncio.wait_for(stop.wait(), min(1.0, max(0.0, ends - loop.time())))
        except TimeoutError:
            recording.recorder.flush()
