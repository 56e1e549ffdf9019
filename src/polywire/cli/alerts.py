"""`polywire alerts test`: whether alerts arrive."""

import os
import sys
from collections.abc import Sequence

from cyclopts import App, Parameter

from polywire.cli.alerting import LOOK, NO_BOT, URLS, urls_of
from polywire.cli.configured import ConfigFile
from polywire.config.alerts_table import AlertsTable
from polywire.config.load import load
from polywire.core.errors import ConfigError, TransportError
from polywire.observe.alert import Severity
from polywire.observe.alert_pace import Message
from polywire.runtime.apprise_channel import AppriseChannel
from polywire.runtime.bot_api import BotApi, token_in
from polywire.venues.secret import Secret

alerts_app = App(
    name="alerts",
    help="Alerts: messages about a run to Telegram, Discord, Slack, mail and others.",
    default_parameter=Parameter(negative=()),
)

FAILED = 1


@alerts_app.command
def test(*, config: ConfigFile) -> int:
    """Send one message to every channel; say which failed and what to do. Exit code 1 if any did.

    Where commands by Telegram are obeyed, ask for the bot's name too.

    Parameters
    ----------
    config
        The configuration file, whose [alerts] name the file of addresses.
    """
    table = load(config, os.environ).alerts
    urls = urls_of(table, os.environ)
    if not urls:
        raise ConfigError(
            f"no alerts are sent: set {URLS}, or urls under [alerts] in {config}", look=LOOK
        )
    failed = _try_bot(table, urls)
    message = Message(Severity.INFO, "Polywire: test", "Alerts of Polywire arrive here.")
    for number, url in enumerate(urls, 1):
        channel = AppriseChannel(number, Secret(url))
        why = channel.send(message)
        failed += bool(why)
        sys.stdout.write(f"{channel.name}: {why or 'sent'}\n")
        sys.stdout.flush()
    return FAILED if failed else 0


def _try_bot(table: AlertsTable, urls: Sequence[str]) -> int:
    """Say which bot takes commands, if one is to; how many failed."""
    token = token_in(urls)
    if not table.chats:
        return 0
    if token is None:
        raise ConfigError(NO_BOT, look=LOOK)
    try:
        words = f"heard by @{BotApi(table.telegram, token).name()}"
    except TransportError as error:
        words = f"not heard: {error}"
    sys.stdout.write(f"commands by Telegram: {words}\n")
    return int(not words.startswith("heard"))
