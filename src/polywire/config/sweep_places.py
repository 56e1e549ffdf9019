"""Where combinations of a sweep are run: here, in a pool of processes, or on a Dask cluster."""

from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from typing_extensions import override

from polywire.config.sweep_task import Source, run_one, run_whole
from polywire.core.errors import ConfigError, needs_package
from polywire.modes.backtest_result import BacktestReport
from polywire.modes.part import Part
from polywire.modes.sweep_choices import Changes
from polywire.modes.sweeping import Tried
from polywire.modes.workers import mortal

CONNECT_S: Final = 10


class Here:
    """Fulfils sweeping.Runs: one after the other, in this process."""

    workers = 1

    def __init__(self, source: Source) -> None:
        self._source = source

    def run(self, asked: Sequence[Changes], part: Part) -> Iterator[Tried]:
        """See Runs."""
        return (run_one(self._source, changes, part) for changes in asked)

    def whole(self, asked: Changes, part: Part) -> BacktestReport:
        """See Runs."""
        return run_whole(self._source, asked, part)


class Elsewhere(Here):
    """Fulfils sweeping.Runs over an executor, which gets `sent`; `whole` still runs here."""

    def __init__(self, source: Source, executor: Executor, workers: int, sent: Source) -> None:
        super().__init__(source)
        self.workers = workers
        self._executor = executor
        self._sent = sent

    @override
    def run(self, asked: Sequence[Changes], part: Part) -> Iterator[Tried]:
        futures = [self._executor.submit(run_one, self._sent, one, part) for one in asked]
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


@contextmanager
def pool(source: Source, workers: int) -> Iterator[Here]:
    """Processes on this machine, begun afresh: a fork would take a drawn progress bar along."""
    if workers == 1:
        yield Here(source)
        return
    executor = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=mortal)
    try:
        yield Elsewhere(source, executor, workers, source)
    except BrokenExecutor as error:
        raise ConfigError(
            "a worker of the sweep died, most often for want of memory: try fewer --workers"
        ) from error
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


@contextmanager
def cluster(source: Source, scheduler: str, cache: Path | None) -> Iterator[Here]:
    """A Dask cluster, whose workers have this build, and the files at the same absolute paths.

    `cache`: where they find the recordings decoded, if anywhere.
    """
    try:
        import distributed  # noqa: PLC0415  # an extra, and slow to load
    except ModuleNotFoundError as error:
        raise needs_package("--scheduler", "distributed") from error
    try:
        client = distributed.Client(scheduler, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"no Dask scheduler answers at {scheduler}: expected HOST:PORT of `dask scheduler`"
        ) from error
    try:
        workers = sum(client.nthreads().values())
        if not workers:
            raise ConfigError(f"the scheduler at {scheduler} has no workers: start `dask worker`")
        sent = replace(source, cache=cache)
        yield Elsewhere(source, client.get_executor(pure=False), workers, sent)
    except distributed.KilledWorker as error:
        raise ConfigError(f"workers of {scheduler} died, most often for want of memory") from error
    finally:
        client.close()
