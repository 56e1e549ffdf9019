"""What `polywire service` writes and refuses, with a systemctl that notes what it is asked."""

import os
import socket
from pathlib import Path

import pytest
from tests.pages import ROOT

from polywire.cli import service
from polywire.cli.unit import MARK
from polywire.cli.unlock import PASSPHRASE, PASSPHRASE_FILE, _given
from polywire.core.errors import ConfigError
from polywire.runtime.supervisor import NAMED, Supervisor

CONFIG = ROOT / "examples" / "paper.toml"
SYSTEMCTL = """#!/bin/sh
echo "$*" >>"$NOTES"
[ "$2" != is-active ] || { echo "${STATE-inactive}"; exit 3; }
[ "$2" != daemon-reload ] || [ -z "${BUS-}" ] || { echo "$BUS" >&2; exit 1; }
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's settings on a machine of systemd's."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "systemctl").write_text(SYSTEMCTL)
    (tmp_path / "bin" / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(service, "BOOTED", tmp_path)
    return tmp_path


def unit_of(home: Path, name: str = "polywire") -> Path:
    return home / "systemd" / "user" / f"{name}.service"


def test_install_writes_the_unit_tells_systemd_and_says_what_is_left(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert service.install(config=CONFIG) == 0
    written = unit_of(home).read_text()
    assert written.startswith(MARK)
    assert f"WorkingDirectory={Path.cwd()}" in written
    assert f"EnvironmentFile=-{home}/polywire/service.env" in written
    assert (home / "notes").read_text() == "--user daemon-reload\n"
    said = capsys.readouterr().out
    for words in ("systemctl --user enable --now polywire", "loginctl enable-linger", PASSPHRASE):
        assert words in said


def test_a_unit_is_written_anew_but_one_of_somebody_else_s_is_not(home: Path) -> None:
    service.install(config=CONFIG)
    service.install(config=CONFIG, paper=True)
    assert " paper " in unit_of(home).read_text()
    unit_of(home).write_text("[Service]\n")
    with pytest.raises(ConfigError, match="was not written by this"):
        service.install(config=CONFIG)
    service.install(config=CONFIG, name="second")
    assert unit_of(home).read_text() == "[Service]\n"


def test_secrets_that_others_may_read_are_refused_and_a_passphrase_there_is_enough(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = home / "polywire" / "service.env"
    secrets.parent.mkdir()
    secrets.write_text(f"{PASSPHRASE}=correct horse\n")
    secrets.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        service.install(config=CONFIG)
    assert not unit_of(home).exists()
    secrets.chmod(0o600)
    service.install(config=CONFIG)
    assert PASSPHRASE not in capsys.readouterr().out


def test_without_systemd_nothing_is_written_and_show_prints_it_all_the_same(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(service, "BOOTED", home / "nowhere")
    for refused in (lambda: service.install(config=CONFIG), service.remove):
        with pytest.raises(ConfigError, match="not run by systemd"):
            refused()
    assert not unit_of(home).exists()
    assert service.show(config=CONFIG) == 0
    assert capsys.readouterr().out.startswith(MARK)


@pytest.mark.parametrize("state", ["active", "activating", "deactivating", "reloading", "odd"])
def test_remove_leaves_a_run_alone_that_runs_or_is_about_to(
    state: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.install(config=CONFIG)
    monkeypatch.setenv("STATE", state)
    with pytest.raises(ConfigError, match=f"polywire is {state}; stop it first"):
        service.remove()
    assert unit_of(home).exists()


def test_remove_leaves_a_run_alone_of_which_systemd_says_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.install(config=CONFIG)
    monkeypatch.setenv("STATE", "")
    with pytest.raises(ConfigError, match="does not say whether polywire runs"):
        service.remove()
    assert unit_of(home).exists()


@pytest.mark.parametrize("state", ["inactive", "failed"])
def test_remove_deletes_the_unit_of_a_run_that_has_ended(
    state: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.install(config=CONFIG)
    monkeypatch.setenv("STATE", state)
    assert service.remove() == 0
    assert not unit_of(home).exists()
    assert "--user disable --quiet polywire" in (home / "notes").read_text()
    with pytest.raises(ConfigError, match="there is no"):
        service.remove()


def test_a_user_without_a_session_is_told_how_to_get_one(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BUS", "Failed to connect to bus: No medium found")
    assert service.install(config=CONFIG) == 0
    said = capsys.readouterr().out
    assert "No medium found" in said
    assert "log in as this user" in said
    assert unit_of(home).exists()


def test_systemd_hears_of_a_run_only_while_it_decides(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(1)
        told = Supervisor({NAMED: str(tmp_path / "notify")})
        told.ready()
        for decisions in (5, 5, 6):
            told.alive(decisions)
        told.stopping()
        words = [heard.recv(64) for _ in range(4)]
    assert words == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"STOPPING=1"]
    told.alive(7)  # nobody is there any more, which does no harm
    Supervisor({}).ready()


def test_a_passphrase_comes_from_the_first_line_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PASSPHRASE, raising=False)
    (tmp_path / "secret").write_text("correct horse\n")
    monkeypatch.setenv(PASSPHRASE_FILE, str(tmp_path / "secret"))
    given = _given()
    assert given is not None
    assert given.reveal() == "correct horse"
    monkeypatch.setenv(PASSPHRASE, "staple")
    given = _given()
    assert given is not None
    assert given.reveal() == "staple"
    monkeypatch.delenv(PASSPHRASE)
    monkeypatch.setenv(PASSPHRASE_FILE, str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="cannot be read"):
        _given()
