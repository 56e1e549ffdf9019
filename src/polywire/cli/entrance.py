"""How a dashboard may be reached, from what was said: beyond loopback by password and TLS alone.

The password comes from the environment or a file, never from the arguments, which others can read.
"""

import os
import stat
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from polywire.core.errors import ConfigError
from polywire.runtime.companion import LOOPBACK, Entrance

PASSWORD: Final = "POLYWIRE_DASHBOARD_PASSWORD"
PASSWORD_MIN: Final = 12
OTHERS: Final = 0o077
LOOK: Final = "dashboard"


def entrance(
    environment: Mapping[str, str],
    *,
    host: str | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
    password_file: Path | None = None,
) -> Entrance:
    """What was said, whole; ConfigError says what lacks where it must not be opened so."""
    if (certificate is None) != (key is None):
        raise ConfigError("--dashboard-cert and --dashboard-key need each other", look=LOOK)
    password = environment.get(PASSWORD, "") if password_file is None else _kept(password_file)
    if password_file is not None or password:
        _check(password)
    told = Entrance(
        host=_address(host) if host is not None else LOOPBACK,
        certificate=str(certificate.absolute()) if certificate is not None else "",
        key=str(key.absolute()) if key is not None else "",
        password=password,
    )
    if not told.is_guarded:
        raise ConfigError(_lacks(told), look=LOOK)
    return told


def _address(host: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError as error:
        raise ConfigError(
            f'--dashboard-host is an IP address of this machine, not "{host}"; 0.0.0.0 is all',
            look=LOOK,
        ) from error


def _lacks(told: Entrance) -> str:
    wanted = {
        f"a password ({PASSWORD}, or --dashboard-password-file FILE)": told.password,
        "TLS (--dashboard-cert FILE and --dashboard-key FILE)": told.certificate,
    }
    lacking = " and ".join(what for what, there in wanted.items() if not there)
    return (
        f"{told.host} can be reached by other machines, so a dashboard there needs {lacking}; "
        "or leave out --dashboard-host and come to this machine's loopback, as by ssh -L"
    )


def _check(password: str) -> None:
    if len(password) < PASSWORD_MIN:
        raise ConfigError(
            f"the dashboard's password has at least {PASSWORD_MIN} characters", look=LOOK
        )
    try:
        password.encode()
    except UnicodeEncodeError:  # which would show it
        raise ConfigError("the dashboard's password is not UTF-8", look=LOOK) from None


def _kept(path: Path) -> str:
    """The first line of a file that is its owner's alone."""
    try:
        with path.open(encoding="utf-8") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & OTHERS:
                said = f"others may read {path}; type: chmod 600 {path}"
                raise ConfigError(said, look=LOOK)
            return file.readline().rstrip("\r\n")
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}", look=LOOK) from error
    except UnicodeDecodeError:  # which would show it
        raise ConfigError(f"cannot read {path}: it is not UTF-8", look=LOOK) from None
