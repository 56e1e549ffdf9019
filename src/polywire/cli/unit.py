"""The systemd unit of a run, as text. deploy/systemd has the same for a whole machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MARK: Final = "# Written by `polywire service install`, which writes over it."

STAYS: Final = """\
Type=notify
NotifyAccess=main
# 1: it ran and failed, so it is started again. 2 is wrong input, 130 a person's second Ctrl-C.
# However often: a venue may be away for hours. Alerts tell of each start that failed.
Restart=on-failure
RestartSec=30
RestartPreventExitStatus=2 130
SuccessExitStatus=143
# Polywire's own watchdog outlives an engine that died, to cancel what it left open.
KillMode=process
TimeoutStartSec=180
TimeoutStopSec=60
# An engine that decides nothing for a minute is started anew; orders were cancelled long before.
WatchdogSec=60
WatchdogSignal=SIGKILL
# A dump of its memory would hold the private key.
LimitCORE=0
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
"""
"""What holds for every unit; all of it works without rights of the system's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What is to be started, where, and by which file. All paths are absolute."""

    python: Path
    folder: Path
    config: Path
    secrets: Path
    paper: bool
    dashboard: Sequence[str]
    """The words of its command that are about that."""

    @property
    def command(self) -> list[str]:
        """What is started."""
        mode = ["paper"] if self.paper else ["run", "--yes"]
        return [
            str(self.python), "-m", "polywire", *mode, "--config", str(self.config), "--quiet",
            *self.dashboard,
        ]  # fmt: skip


def unit(service: Service) -> str:
    """The unit of a user."""
    what = "paper trading" if service.paper else "trading"
    return f"""\
{MARK}
[Unit]
Description=Polywire, {what} by {_plain(service.config)}

[Service]
WorkingDirectory={_plain(service.folder)}
EnvironmentFile=-{_plain(service.secrets)}
ExecStart={" ".join(map(_quoted, service.command))}
{STAYS}
[Install]
WantedBy=default.target
"""


def _plain(path: Path) -> str:
    """As a setting that is one path: only specifiers mean something there."""
    return str(path).replace("%", "%%")


def _quoted(word: str) -> str:
    """As one word of a command line."""
    safe = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return safe if safe == word and " " not in word else f'"{safe}"'
