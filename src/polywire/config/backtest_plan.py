"""From the configuration file to what a backtest runs."""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from polywire import __version__
from polywire.config.build import engine_from
from polywire.config.compose import latency_from, settings_from
from polywire.config.file import File
from polywire.config.schema import dump
from polywire.core.errors import ConfigError
from polywire.core.units import SECOND, Ns
from polywire.history.journals import trips_of
from polywire.history.terms import Given, given_by
from polywire.modes.part import WHOLE, Part
from polywire.modes.plan import Plan

LOOK: Final = "configuration"
RESTART: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) ([1-9]\d{0,5})")


def plan_from(
    file: File,
    recordings: Path,
    queues: Sequence[str],
    journal: Path | None = None,
    *,
    part: Part = WHOLE,
) -> Plan:
    """A backtest of a file; ConfigError for files it names that cannot be read."""
    settings = settings_from(file)
    told = file.backtest
    return Plan(
        engine=lambda: engine_from(settings),
        configuration=dump(settings),
        build=__version__,
        recordings=recordings,
        given=given_by(Path(told.markets)) if told.markets is not None else Given(),
        queues=queues,
        cash=file.paper.cash,
        usual=latency_from(file),
        seed=file.paper.seed if told.latency == "drawn" else None,
        trips=_trips(file),
        feed_delay_ns=told.feed_delay,
        taker_wait_ns=told.taker_delay,
        away=tuple(map(away, told.restarts)),
        decide_every_ns=told.decide_every,
        rebates=told.rebates,
        journal=journal,
        part=part,
    )


def away(text: str) -> tuple[Ns, Ns]:
    """From when to when the venue is away, from "2026-06-07T01:35:00Z 90"; ConfigError."""
    found = RESTART.fullmatch(text)
    try:
        since = datetime.fromisoformat(found[1]) if found else None
    except ValueError:
        since = None
    if found is None or since is None:
        raise ConfigError(
            f"backtest.restarts: expected a UTC time and seconds, found {text!r}; write "
            'restarts = ["2026-06-07T01:35:00Z 90"]',
            look=LOOK,
        )
    begun = int(since.timestamp()) * SECOND
    return Ns(begun), Ns(begun + int(found[2]) * SECOND)


def _trips(file: File) -> tuple[Ns, ...]:
    told = file.backtest
    if told.latency != "recorded":
        return ()
    if told.latencies is None:
        raise ConfigError(
            'backtest.latencies: missing, latency = "recorded" needs it; write the folder of a '
            "journal",
            look=LOOK,
        )
    return trips_of(Path(told.latencies))
