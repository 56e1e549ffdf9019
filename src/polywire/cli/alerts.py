"""`polywire alerts test`: whether alerts arrive."""

import os
import sys

from cyclopts import App, Parameter

from polywire.cli.alerting import LOOK, URLS, urls_of
from polywire.cli.configured import ConfigFile
from polywire.config.load import load
from polywire.core.errors import ConfigError
from polywire.observe.alert import Severity
from polywire.observe.alert_pace import Message
from polywire.runtime.apprise_channel import AppriseChannel
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
    message = Message(Severity.INFO, "Polywire: test", "Alerts of Polywire arrive here.")
    failed = 0
    for number, url in enumerate(urls, 1):
        channel = AppriseChannel(number, Secret(url))
        why = channel.send(message)
        failed += bool(why)
        sys.stdout.write(f"{channel.name}: {why or 'sent'}\n")
        sys.stdout.flush()
    return FAILED if failed else 0
