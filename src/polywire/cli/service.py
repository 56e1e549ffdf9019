"""`polywire service install|remove|show`: a run that systemd starts, and starts again."""

import getpass
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter, validators

from polywire.cli.beside import NOT_SAID, DashboardOptions
from polywire.cli.configured import ConfigFile
from polywire.cli.unit import MARK, Service, unit
from polywire.cli.unlock import PASSPHRASE, PASSPHRASE_FILE, PRIVATE_KEY
from polywire.config.load import load
from polywire.core.errors import ConfigError

service_app = App(
    name="service",
    help="Have systemd keep a run going.",
    default_parameter=Parameter(negative=()),
)

BOOTED: Final = Path("/run/systemd/system")
"""There while systemd runs the machine (sd_booted)."""
LOOK: Final = "no-systemd"
WAIT_S: Final = 30
OTHERS: Final = 0o077
ENDED: Final = ("inactive", "failed")
"""Of systemd's states those in which nothing of a unit runs, or is about to."""

Name = Annotated[str, Parameter(validator=lambda _, name: _check(name))]
Config = Annotated[Path | None, Parameter(validator=validators.Path(exists=True, dir_okay=False))]


@service_app.command
def install(
    *,
    config: ConfigFile,
    paper: bool = False,
    beside: DashboardOptions = NOT_SAID,
    name: Name = "polywire",
) -> int:
    """Write the unit of a run for the user who asks, and say how to start it.

    It runs from the folder that one is in. Written again, it replaces what it wrote before.

    Parameters
    ----------
    config
        The configuration it runs by.
    paper
        Trade on paper, instead of for real.
    beside
        Its dashboard; the address is in the log.
    name
        What the unit is called, where there are several.
    """
    load(config, os.environ)
    _require_systemd()
    told, path = _service(config, paper=paper, beside=beside), _path(name)
    if path.exists() and not path.read_text(encoding="utf-8").startswith(MARK):
        raise ConfigError(
            f"{path} is there and was not written by this; move it, or --name another"
        )
    _check_private(told.secrets)
    _write(path, unit(told))
    _say(f"wrote {path}", *_reloaded(), *_needs(told), *_next(name))
    return 0


@service_app.command
def remove(*, name: Name = "polywire") -> int:
    """Delete the unit, unless it runs; the journal, the keys and all settings stay.

    Parameters
    ----------
    name
        What the unit is called.
    """
    _require_systemd()
    path = _path(name)
    if not path.exists():
        raise ConfigError(f"there is no {path}; systemctl --user list-unit-files names what is")
    state = _state(name)
    if state not in ENDED:
        raise ConfigError(f"{name} is {state}; stop it first: systemctl --user stop {name}")
    _systemctl("disable", "--quiet", name)
    path.unlink()
    _say(f"deleted {path}", *_reloaded())
    return 0


@service_app.command
def show(
    *,
    config: Config = None,
    paper: bool = False,
    beside: DashboardOptions = NOT_SAID,
    name: Name = "polywire",
) -> int:
    """Print the unit that is installed, or the one that `install` would write for a configuration.

    Parameters
    ----------
    config
        The configuration; nothing is written, and no systemd is needed.
    paper
        As of `install`.
    beside
        As of `install`.
    name
        What the unit is called.
    """
    if config is not None:
        load(config, os.environ)
        sys.stdout.write(unit(_service(config, paper=paper, beside=beside)))
        return 0
    path = _path(name)
    if not path.exists():
        raise ConfigError(f"there is no {path}; --config FILE shows what install would write")
    sys.stdout.write(f"# {path}\n{path.read_text(encoding='utf-8')}")
    return 0


def _service(config: Path, *, paper: bool, beside: DashboardOptions) -> Service:
    return Service(
        python=Path(sys.executable),
        folder=Path.cwd(),
        config=config.absolute(),
        secrets=_home() / "polywire" / "service.env",
        paper=paper,
        dashboard=beside.words,
    )


def _home() -> Path:
    """Where a user's settings are."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def _path(name: str) -> Path:
    return _home() / "systemd" / "user" / f"{name}.service"


def _require_systemd() -> None:
    if not BOOTED.is_dir() or shutil.which("systemctl") is None:
        raise ConfigError(
            "this machine is not run by systemd; polywire service show --config FILE prints the "
            "unit all the same, and a container is another way",
            look=LOOK,
        )


def _check(name: str) -> None:
    if not name.replace("-", "").replace("_", "").isalnum():
        raise ValueError(f'a unit is called by letters, digits, "-" and "_", not "{name}"')


def _check_private(secrets: Path) -> None:
    if secrets.exists() and secrets.stat().st_mode & OTHERS:
        raise ConfigError(f"others may read {secrets}, which is for secrets: chmod 600 {secrets}")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error


def _systemctl(*words: str) -> subprocess.CompletedProcess[str]:
    command = ["systemctl", "--user", *words]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError(f"systemctl does not answer: {error}", look=LOOK) from error


def _state(name: str) -> str:
    """What systemd says of a unit in a word."""
    done = _systemctl("is-active", name)
    if not done.stdout.strip():
        raise ConfigError(f"systemd does not say whether {name} runs: {done.stderr.strip()}")
    return done.stdout.strip()


def _reloaded() -> list[str]:
    done = _systemctl("daemon-reload")
    if done.returncode == 0:
        return []
    why = done.stderr.strip().splitlines()[-1:] or ["it does not say why"]
    return [
        f"systemd did not take notice of it: {why[0]}",
        "log in as this user, not by su or sudo, and: systemctl --user daemon-reload",
    ]


def _needs(service: Service) -> list[str]:
    """What a run for real asks a person for, and no service can."""
    if service.paper:
        return []
    lines = service.secrets.read_text("utf-8").splitlines() if service.secrets.exists() else []
    given = {line.partition("=")[0].strip() for line in lines}
    if given & {PASSPHRASE, PASSPHRASE_FILE, PRIVATE_KEY}:
        return []
    return [
        f"write the passphrase of the key, for you alone: {service.secrets} with {PASSPHRASE}=..."
    ]


def _next(name: str) -> list[str]:
    return [
        f"start it, now and at each login: systemctl --user enable --now {name}",
        f"let it run when you are logged out: loginctl enable-linger {getpass.getuser()}",
        f"read its log: journalctl --user -u {name} -f",
    ]


def _say(*sentences: str) -> None:
    sys.stdout.write("".join(f"{sentence}\n" for sentence in sentences))
