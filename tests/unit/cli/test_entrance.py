"""Beyond loopback a dashboard needs a password and TLS; whatever lacks is named."""

from pathlib import Path

import pytest

from polywire.cli.beside import DashboardOptions
from polywire.cli.entrance import PASSWORD, entrance
from polywire.core.errors import ConfigError

SECRET = "correct horse battery"
CERT, KEY = Path("cert.pem"), Path("key.pem")
WITH = {PASSWORD: SECRET}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "2001:db8::7", "10.0.0.1"])
def test_beyond_loopback_nothing_less_than_a_password_and_tls_will_do(host: str) -> None:
    whole = entrance(WITH, host=host, certificate=CERT, key=KEY)
    assert (whole.host, whole.password) == (host, SECRET)
    assert (whole.certificate, whole.key) == (str(CERT.absolute()), str(KEY.absolute()))
    with pytest.raises(ConfigError, match=r"needs a password \(POLY\S+, or --\S+ FILE\); or leave"):
        entrance({}, host=host, certificate=CERT, key=KEY)
    with pytest.raises(ConfigError, match=r"needs TLS \(--dashboard-cert FILE and --\S+ FILE\);"):
        entrance(WITH, host=host)
    with pytest.raises(ConfigError, match=r"needs a password .* and TLS .* ssh -L"):
        entrance({}, host=host)


@pytest.mark.parametrize("host", [None, "127.0.0.1", "127.0.0.2", "::1"])
def test_on_loopback_neither_is_needed_and_either_is_taken(host: str | None) -> None:
    assert entrance({}, host=host).password == ""
    assert entrance({}, host=host).host == (host or "127.0.0.1")
    assert entrance(WITH, host=host).password == SECRET
    assert entrance({}, host=host, certificate=CERT, key=KEY).certificate.endswith("/cert.pem")


@pytest.mark.parametrize("host", ["localhost", "trade.example", "", "127.0.0.1:5000", "0"])
def test_it_listens_on_an_address_not_a_name(host: str) -> None:
    with pytest.raises(ConfigError, match="is an IP address of this machine"):
        entrance(WITH, host=host, certificate=CERT, key=KEY)


def test_a_certificate_and_its_key_need_each_other() -> None:
    for one in ({"certificate": CERT}, {"key": KEY}):
        with pytest.raises(ConfigError, match="need each other"):
            entrance(WITH, **one)


def test_a_short_password_is_refused_wherever_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.touch(0o600)
    for text in ("", "elevenchars"):
        file.write_text(text + "\nmore that is not of it")
        with pytest.raises(ConfigError, match="at least 12 characters"):
            entrance({}, password_file=file)
    with pytest.raises(ConfigError, match="at least 12 characters") as refused:
        entrance({PASSWORD: "elevenchars"})
    assert "elevenchars" not in str(refused.value)
    assert entrance({PASSWORD: "twelve chars"}).password == "twelve chars"


def test_the_password_is_the_first_line_of_a_file_that_nobody_else_reads(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(SECRET + "\r\nanother line\n")
    for mode in (0o640, 0o604, 0o620):
        file.chmod(mode)
        with pytest.raises(ConfigError, match=r"others may read .*; type: chmod 600 "):
            entrance({}, password_file=file)
    file.chmod(0o600)
    assert entrance({PASSWORD: "of the environment"}, password_file=file).password == SECRET


def test_a_file_that_cannot_be_read_is_said_without_what_is_in_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        entrance({}, password_file=tmp_path / "none")
    file = tmp_path / "latin"
    file.touch(0o600)
    file.write_bytes(b"p\xe4ssword that is no UTF-8")
    with pytest.raises(ConfigError, match="is not UTF-8") as refused:
        entrance({}, password_file=file)
    assert "ssword that" not in str(refused.value)
    assert refused.value.__cause__ is None
    with pytest.raises(ConfigError, match="is not UTF-8"):
        entrance({PASSWORD: "p\udce4ssword of twelve"})


def test_whoever_says_where_it_listens_wants_one() -> None:
    assert not DashboardOptions().asked
    assert DashboardOptions(dashboard_host="127.0.0.1").asked
    assert DashboardOptions(dashboard_password_file=Path("p")).asked
    assert DashboardOptions(dashboard_port=0).asked
    assert not DashboardOptions(dashboard=False, dashboard_host="127.0.0.1").asked


def test_a_service_is_told_the_same_wherever_it_starts() -> None:
    said = DashboardOptions(
        dashboard_host="0.0.0.0", dashboard_cert=CERT, dashboard_key=KEY, dashboard_port=0
    )
    assert said.words == [
        "--dashboard",
        *("--dashboard-port", "0", "--dashboard-host", "0.0.0.0"),
        *("--dashboard-cert", str(Path.cwd() / "cert.pem")),
        *("--dashboard-key", str(Path.cwd() / "key.pem")),
    ]
    assert DashboardOptions(dashboard=True).words == ["--dashboard"]
    assert DashboardOptions(dashboard=True, dashboard_read_only=True).words[1:] == [
        "--dashboard-read-only"
    ]
    assert DashboardOptions().words == []
