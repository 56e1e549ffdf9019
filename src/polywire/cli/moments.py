"""A moment as people type it: `14:05:30`, `2026-06-07 14:05`, with an offset, or `5m` ago."""

import re
from datetime import UTC, datetime, time
from typing import Final

from polywire.core.errors import ConfigError
from polywire.core.units import HOUR, MICROSECOND, MINUTE, SECOND, Ns

UNITS: Final = {"s": SECOND, "m": MINUTE, "h": HOUR}
AGO: Final = re.compile(r"(\d+(?:\.\d+)?)([smh])")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment(words: str, newest: Ns) -> Ns:
    """The time that is meant, UTC unless an offset says otherwise; ConfigError for other words.

    An hour alone is the last such before `newest`, which `5m` counts back from. A time without
    parts of a second includes the whole second, and one without seconds the whole minute.
    """
    ago = AGO.fullmatch(words.strip())
    if ago is not None:
        return Ns(newest - int(float(ago[1]) * UNITS[ago[2]]))
    end = datetime.fromtimestamp(newest // SECOND, UTC)
    text = words.strip().upper().removesuffix("Z").strip()
    try:
        if re.match(r"\d{1,2}:", text):
            said = datetime.combine(end.date(), time.fromisoformat(text.zfill(5)), UTC)
            at = _ns(said)
            return _whole(Ns(at - 24 * HOUR if at > newest + MINUTE else at), text)
        said = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f'"{words}" is no time: write 14:05:30, 2026-06-07 14:05:30 (UTC), or 5m for five '
            "minutes before the end"
        ) from error
    return _whole(_ns(said if said.tzinfo is not None else said.replace(tzinfo=UTC)), text)


def _ns(at: datetime) -> Ns:
    passed = at - EPOCH
    return Ns((passed.days * 86_400 + passed.seconds) * SECOND + passed.microseconds * MICROSECOND)


def _whole(at: Ns, text: str) -> Ns:
    """The last moment that is still called so."""
    clock = re.sub(r"[+-]\d\d:?\d\d$", "", text).split("T")[-1].split(" ")[-1]
    if "." in clock or ":" not in clock:
        return at
    return Ns(at + (SECOND if clock.count(":") == 2 else MINUTE) - 1)
