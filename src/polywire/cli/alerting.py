"""The alerts of a run: where they go, from the variable or the file, and the process that sends."""

import stat
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from polywire.config.alerts_table import AlertsTable
from polywire.config.compose import alert_terms_from, pace_from
from polywire.config.file import File
from polywire.core.errors import ConfigError
from polywire.core.model.control import AlertRaised
from polywire.modes.trading import Trading, TradingSetup
from polywire.runtime.alert_companion import AlertCompanion
from polywire.runtime.alerter import AlertSettings, HandOver
from polywire.runtime.bot_api import token_in

URLS: Final = "POLYWIRE_ALERT_URLS"
LOOK: Final = "alerts"
NO_BOT: Final = (
    "chats under [alerts] are obeyed through a Telegram bot, and no channel is one: add its "
    "address, tgram://TOKEN/CHAT"
)
OTHERS: Final = 0o077
"""What of a file's mode is for others than the user."""


def urls_of(alerts: AlertsTable, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Where alerts go: what the variable says, or else the file; ConfigError names no address."""
    if URLS in environment:
        return tuple(environment[URLS].split())
    if alerts.urls is None:
        return ()
    path = Path(alerts.urls)
    try:
        text, mode = path.read_text(), path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigError(f"cannot read {path}, urls under [alerts]: {why}", look=LOOK) from error
    if stat.S_IMODE(mode) & OTHERS:
        raise ConfigError(f"others may read {path}; type: chmod 600 {path}", look=LOOK)
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def alert_settings(file: File, environment: Mapping[str, str]) -> AlertSettings | None:
    """The alerts that a run sends; None where it sends none."""
    urls = urls_of(file.alerts, environment)
    if not urls and not file.alerts.chats:
        return None
    if file.alerts.chats and token_in(urls) is None:
        raise ConfigError(NO_BOT, look=LOOK)
    return AlertSettings(
        terms=alert_terms_from(file.alerts),
        pace=pace_from(file.alerts),
        urls=urls,
        chats=tuple(map(int, file.alerts.chats)),
        telegram=file.alerts.telegram,
    )


@asynccontextmanager
async def alerting(
    settings: AlertSettings | None, setup: TradingSetup, run: Trading
) -> AsyncIterator[None]:
    """Alerts for as long as the context lives, from a process of their own, if they are wanted."""
    if settings is None:
        yield
        return

    def told(sentence: str) -> None:
        run.loop.put_fact(AlertRaised(setup.clock.now(), "alerts", sentence))

    journal = str(setup.journal.absolute())
    companion = AlertCompanion(HandOver(journal=journal, settings=settings, run=setup.run), told)
    companion.start()
    try:
        yield
    finally:
        await companion.close()
