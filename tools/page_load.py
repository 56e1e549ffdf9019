"""What the dashboard's page costs at full load: `python tools/page_load.py`, twelve minutes.

Prints each figure beside its target and fails where one is missed; needs Debian's chromium. The
server is the dashboard's own, over a made-up run (page_run.py).
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from page_watch import HERTZ, Memory, Watched, watched
from rich.console import Console

from polywire.bench.result import Figure, Result, Target, figure, result, yardstick
from polywire.bench.show import show

RUN = Path(__file__).with_name("page_run.py")
VIEWS = ("markets", "market", "overview")
TOUR = ("overview", "market", "orders", "strategies", "health", "backtests", "markets")
STAY_MS = 3_000
SETTLE_MS = 3_000
BUSY = Target("at most", 50.0)
TOLD = Target("at least", 8.0)
"""Fewer would be another load. The server looks ten times a second."""
DROPPED = Target("at most", 5.0)
EMPTY = Target("at most", 0.0)
PASS_S, PASSES = 10.0, 3
HEAP_RISE, PROCESS_RISE = Target("at most", 2.0), Target("at most", 20.0)
"""MB in ten minutes by the straight line through the second half: a hundredth and a tenth of the
process. Chromium compiles as it goes; most of what the heap gains in minutes is code."""
JUDGED_MINUTES = 5
MINUTE_S = 60.0
DEFINITIONS = (
    "main thread busy: time in tasks, by Chromium's own count, waits for a processor included; CPU "
    "of it: the processor's time alone, which is what counts on a machine that does other things",
    f"dropped: of the frames a screen of {HERTZ} Hz could have shown, those for which the page was "
    f"not asked or not ready (gaps between animation frames), while the whole list passes in "
    f"{PASS_S:g} s, {PASSES} times; without their rows: those that showed an empty place",
    "rise: of the least-squares line through the second half of the minutes (what is kept for ten "
    "minutes fills in the first), in ten minutes; judged where "
    f"there are {JUDGED_MINUTES} minutes",
    "each minute all views are visited, and memory is read in the market list after a collection",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30, help="that each view is watched")
    parser.add_argument("--minutes", type=int, default=10, help="that memory is watched")
    parser.add_argument("--markets", type=int, default=2_000)
    parser.add_argument("--rate", type=float, default=5_000, help="changes a second")
    parser.add_argument(
        "--ahead", action="store_true", help="go before all else on a busy machine; needs root"
    )
    parser.add_argument("--json", action="store_true", help="print the result as data")
    asked = parser.parse_args()
    found = measured(asked)
    if asked.json:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        show(found, Console())
    return 0 if found.met else 1


def measured(asked: argparse.Namespace) -> Result:
    """All figures, of one run and one page."""
    rates: list[float] = []
    with made_up_run(asked, rates) as address, watched(address) as page:
        if asked.ahead:
            page.hurry()
        figures = [*working(page, asked.seconds), *scrolling(page)]
        memories = list(minutes(page, asked.minutes))
        figures += remembering(memories)
    each = "; ".join(f"{one.heap:.1f}, {one.process:.0f}, {one.nodes}" for one in memories)
    return result(
        "page",
        f"{asked.markets:,} markets, {rates[0]:,.0f} changes of books a second",
        figures,
        [*DEFINITIONS, f"heap (MB), process (MB) and nodes, minute by minute: {each}"],
    )


@contextmanager
def made_up_run(asked: argparse.Namespace, rates: list[float]) -> Iterator[str]:
    """The address of its page; how many changes a second it made is told behind it."""
    command = [sys.executable, str(RUN), f"--markets={asked.markets}", f"--rate={asked.rate}"]
    command += ["--ahead"] if asked.ahead else []
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as running:
        assert running.stdin is not None, "it is a pipe"
        assert running.stdout is not None, "it is a pipe"
        try:
            yield told(running.stdout.readline())["address"]
        finally:
            running.stdin.close()
            rates.append(told(running.stdout.readline())["changes_a_second"])


def told(line: str) -> dict:  # type: ignore[type-arg]
    """What the run said."""
    assert line, "the run ended before it began; see what it said above"
    return json.loads(line)


def working(page: Watched, seconds: float) -> Iterator[Figure]:
    """What the main thread does while each view is open."""
    for view in VIEWS:
        page.turn_to(view)
        page.page.wait_for_timeout(SETTLE_MS)
        busy = page.busy(seconds)
        yield figure(f"{view}: frames told", busy.frames_a_second, "a second", TOLD)
        yield figure(f"{view}: main thread busy", 100 * busy.tasks, "%", BUSY)
        yield figure(f"{view}: CPU of it", 100 * busy.cpu, "%", BUSY)


def scrolling(page: Watched) -> Iterator[Figure]:
    """What is lost while the list passes."""
    page.turn_to("markets")
    page.page.wait_for_timeout(SETTLE_MS)
    seen = [page.scrolled(PASS_S) for _ in range(PASSES)]
    frames, dropped = sum(one.frames for one in seen), sum(one.dropped for one in seen)
    yield figure("scrolling: lines in each pass", seen[0].lines, "lines")
    yield figure("scrolling: frames judged", frames, "frames")
    yield figure("scrolling: dropped", 100 * dropped / frames, "%", DROPPED)
    yield yardstick("dropped where one word moves", 100 * page.idle(PASS_S), "%")
    yield figure("scrolling: without their rows", sum(one.empty for one in seen), "frames", EMPTY)
    yield figure(
        "scrolling: CPU of the main thread", 100 * sum(one.cpu for one in seen) / PASSES, "%"
    )


def minutes(page: Watched, count: int) -> Iterator[Memory]:
    """Memory once all views were seen, and again each minute."""
    for minute in range(count + 1):
        ends = time.monotonic() + (MINUTE_S if minute else 0)
        for view in TOUR:
            page.turn_to(view)
            page.page.wait_for_timeout(STAY_MS)
        page.page.wait_for_timeout(max(0.0, ends - time.monotonic()) * 1_000)
        yield page.memory()


def remembering(memories: list[Memory]) -> Iterator[Figure]:
    """What became of memory."""
    judged = len(memories) > JUDGED_MINUTES
    heaps = [one.heap for one in memories]
    sizes = [one.process for one in memories]
    for name, values, target in (
        ("heap", heaps, HEAP_RISE),
        ("process", sizes, PROCESS_RISE),
    ):
        yield figure(f"memory: {name} at first", values[0], "MB")
        yield figure(f"memory: {name} at last", values[-1], "MB")
        late = values[len(values) // 2 :]
        limit = target if judged else None
        yield figure(f"memory: {name}'s rise in 10 minutes", rise(late), "MB", limit)


def rise(values: list[float]) -> float:
    """Ten minutes' worth of the slope of values a minute apart."""
    if len(values) < 2:
        return 0.0
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    slope = sum((at - middle) * (one - mean) for at, one in enumerate(values))
    return 10 * slope / sum((at - middle) ** 2 for at in range(len(values)))


if __name__ == "__main__":
    sys.exit(main())
