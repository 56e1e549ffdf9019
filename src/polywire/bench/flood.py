"""As many frames as the socket takes, through the whole engine, with and without merging."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic_ns, process_time

import uvloop

from polywire.bench.reel import reel, shards
from polywire.bench.result import Figure, Result, Target, figure, memory_mb_max, result, yardstick
from polywire.bench.rig import Rig
from polywire.bench.sending import sending
from polywire.bench.tape import Tape, record
from polywire.core.engine.engine import Engine
from polywire.core.ids import StrategyId
from polywire.core.model.instrument import Market
from polywire.core.model.intent import Quote
from polywire.core.strategy import Wake
from polywire.core.units import SECOND
from polywire.core.view import MarketView

MERGED_MIN = 150_000.0
UNMERGED_MIN = 30_000.0
MEMORY_MB_MAX = 1_000.0
WORD = 1024


WATCHER = StrategyId("watcher")


@dataclass(slots=True)
class Watcher:
    """Looks at each touch it is shown and wants nothing."""

    name: StrategyId = WATCHER
    wake: Wake = Wake.TOUCH
    looks: int = 0

    def follows(self, _: Market) -> bool:
        """Every market."""
        return True

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:
        """Look."""
        view.touch(0)
        self.looks += 1
        return ()


@dataclass(frozen=True, slots=True)
class Run:
    """One flood, in numbers a second where the name says so."""

    frames: int
    frames_s: float
    applied_s: float
    verified_s: float
    cuts_s: float
    merge: float
    cpu_us: float
    waited_max: int
    memory_mb: float


def run(*, seconds: float = 3.0, runs: int = 5, tokens: int = 200, frames: int = 40_000) -> Result:
    """Median rates with and without merging, and what the sender could do."""
    tape = record(markets=tokens // 2, count=frames)
    with TemporaryDirectory(prefix="polywire-bench-") as name:
        folder = Path(name)
        reel(tape).write(folder)
        possible = uvloop.run(_discard(folder, len(shards(tape)), min(1.0, seconds)))
        found = {
            merge: [uvloop.run(flood_once(tape, folder, seconds, merge=merge)) for _ in range(runs)]
            for merge in (True, False)
        }
    return result(
        "flood",
        f"frames as fast as the socket takes them, {tokens} tokens, journal and verification on",
        [
            yardstick("sender into a reader that discards", possible, "frames/s"),
            *_figures("merged", found[True], MERGED_MIN),
            *_figures("unmerged", found[False], UNMERGED_MIN),
        ],
        [
            f"a cycle of {len(tape.opening)} books and {len(tape.frames)} frames of "
            f"{tape.bytes_mean:.0f} bytes, repeated for {seconds:g} s; median of {runs} runs",
            "every frame decoded and counted, final books equal the exchange's, no hash wrong",
        ],
    )


def _figures(name: str, runs: list[Run], frames_s_min: float) -> list[Figure]:
    def middle(field: str) -> float:
        return median(float(getattr(run, field)) for run in runs)

    return [
        figure(f"{name}: read", middle("frames_s"), "frames/s", Target("at least", frames_s_min)),
        figure(f"{name}: applied", middle("applied_s"), "events/s"),
        figure(f"{name}: verified", middle("verified_s"), "entries/s"),
        figure(f"{name}: cuts", middle("cuts_s"), "cuts/s"),
        figure(f"{name}: merge ratio", middle("merge"), "frames/event"),
        figure(f"{name}: CPU", middle("cpu_us"), "us/frame"),
        figure(f"{name}: most events waiting", middle("waited_max"), "events"),
        figure(f"{name}: memory", middle("memory_mb"), "MB", Target("at most", MEMORY_MB_MAX)),
    ]


async def flood_once(
    tape: Tape,
    folder: Path,
    seconds: float,
    *,
    merge: bool,
    prepare: Callable[[Rig], None] | None = None,
) -> Run:
    """One flood of the reel in a folder; `prepare` may change the rig once every book is proven."""
    sockets = shards(tape)
    arguments = ["--sockets", str(len(sockets)), "--seconds", str(seconds)]
    with TemporaryDirectory(prefix="polywire-bench-") as journal:
        rig = Rig(tape, watcher, Path(journal), merge=merge)
        async with sending(folder, arguments) as sender:
            await rig.start(sender.url, sockets)
            if prepare is not None:
                prepare(rig)
            before, cpu = _counts(rig), process_time()
            sent = await sender.replay()
            await rig.settle(len(tape.opening) + sent.frames)
            cpu = process_time() - cpu
            took = (monotonic_ns() - sent.start_ns) / SECOND
            after = _counts(rig)
            await rig.stop()
    rig.check()
    events, verified, cuts = (b - a for a, b in zip(before, after, strict=True))
    return Run(
        frames=sent.frames,
        frames_s=sent.frames / took,
        applied_s=events / took,
        verified_s=verified / took,
        cuts_s=cuts / took,
        merge=sent.frames / events,
        cpu_us=cpu / sent.frames * 1e6,
        waited_max=rig.inbox.waited_max,
        memory_mb=memory_mb_max(),
    )


def watcher(_: Engine) -> Watcher:
    """For a rig."""
    return Watcher()


def _counts(rig: Rig) -> tuple[int, int, int]:
    tally = rig.tally
    return rig.loop.events, tally.agreed + tally.late, rig.loop.cuts


async def _discard(folder: Path, sockets: int, seconds: float) -> float:
    """Frames a second that the sender can give to readers that look at nothing."""
    arguments = ["--sockets", str(sockets), "--seconds", str(seconds)]
    async with sending(folder, arguments) as sender:
        readers = [asyncio.to_thread(_drain, sender.port, number) for number in range(sockets)]
        reading = asyncio.gather(*readers)
        sent = await sender.replay()
    await reading
    return sent.frames / (sent.end_ns - sent.start_ns) * SECOND


def _drain(port: int, number: int) -> None:
    into = bytearray(1 << 20)
    with socket.create_connection(("127.0.0.1", port)) as reader:
        reader.sendall(f"GET /{number} HTTP/1.1\r\nSec-WebSocket-Key: bench\r\n\r\n".encode())
        reader.recv(WORD)
        reader.sendall(b"subscribe")
        while reader.recv_into(into):
            pass
