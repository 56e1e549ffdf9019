"""One combination of a sweep, whole: what any process can run from texts and paths alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import structs

from polywire.config.backtest_plan import plan_from
from polywire.config.load import LOOK, read
from polywire.core.errors import ConfigError
from polywire.history.column_file import columns_of
from polywire.history.provenance import Provenance
from polywire.modes.backtest_result import BacktestReport
from polywire.modes.backtesting import backtest
from polywire.modes.part import WHOLE, Part
from polywire.modes.plan import Plan
from polywire.modes.sweep_choices import Changes
from polywire.modes.sweeping import Tried, without_curves


@dataclass(frozen=True, slots=True)
class Source:
    """A configuration with its environment, and the recordings it is run on."""

    text: str
    environment: Mapping[str, str]
    recordings: Path
    queues: tuple[str, ...]
    cache: Path | None
    """Where the recordings lie decoded; None has each run decode them."""

    def plan(self, changes: Changes, part: Part = WHOLE) -> Plan:
        """What to run; ConfigError with the first mistake."""
        reading = read(self.text, self.environment, changes)
        if reading.file is None:
            raise ConfigError(f"{_told(changes)}{reading.mistakes[0]}", look=LOOK)
        plan = plan_from(reading.file, self.recordings, self.queues, part=part)
        return replace(plan, cache=self.cache)

    def decode(self) -> tuple[Provenance, ...]:
        """Have the recordings lie decoded in `cache`, and say what they are."""
        assert self.cache is not None, "decoded for nobody"
        plan = self.plan({})
        return columns_of(plan.recordings, plan.given, plan.feed_delay_ns, self.cache).provenance


def run_one(source: Source, changes: Changes, part: Part) -> Tried:
    """Run one combination, its curves left out; one that the configuration refuses is told so."""
    try:
        plan = source.plan(changes, part)
    except ConfigError as error:
        return Tried(None, str(error))
    report = backtest(plan)
    results = [without_curves(one) for one in report.results]
    return Tried(structs.replace(report, results=results))


def run_whole(source: Source, changes: Changes, part: Part) -> BacktestReport:
    """Run one combination with its curves."""
    return backtest(source.plan(changes, part))


def _told(changes: Changes) -> str:
    values = ", ".join(f"{path}={text}" for path, text in changes.items())
    return f"with {values}: " if values else ""
