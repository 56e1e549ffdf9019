"""Where alerts go: from the variable or the file, and nowhere that others can read it."""

from pathlib import Path

import pytest

from polywire.cli.alerting import alert_settings, urls_of
from polywire.config.alerts_table import AlertsTable
from polywire.config.load import load
from polywire.core.errors import ConfigError
from polywire.observe.alert import AlertTerms, Severity
from polywire.observe.alert_pace import PaceTerms

ROOT = Path(__file__).resolve().parents[3]
SECRET = "tgram://123:tok3n/7"


def written(folder: Path, text: str, mode: int = 0o600) -> AlertsTable:
    path = folder / "urls"
    path.write_text(text)
    path.chmod(mode)
    return AlertsTable(urls=str(path))


def test_the_file_has_an_address_a_line_and_comments(tmp_path: Path) -> None:
    table = written(tmp_path, f"# mine\n\n  {SECRET}  \ndiscord://1/2\n")
    assert urls_of(table, {}) == (SECRET, "discord://1/2")


def test_the_variable_goes_over_the_file(tmp_path: Path) -> None:
    table = written(tmp_path, SECRET)
    assert urls_of(table, {"POLYWIRE_ALERT_URLS": "a://1  b://2"}) == ("a://1", "b://2")
    assert urls_of(table, {"POLYWIRE_ALERT_URLS": ""}) == (), "none, for this once"


def test_without_either_there_are_none() -> None:
    assert urls_of(AlertsTable(), {}) == ()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ConfigError, match="chmod 600") as refused:
        urls_of(written(tmp_path, SECRET, mode), {})
    assert "tok3n" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read .*nowhere"):
        urls_of(AlertsTable(urls=str(tmp_path / "nowhere")), {})


def test_commands_need_a_telegram_bot() -> None:
    file = load(ROOT / "examples" / "paper.toml", {"POLYWIRE_ALERTS__CHATS": "7,-100"})
    with pytest.raises(ConfigError, match="no channel is one"):
        alert_settings(file, {"POLYWIRE_ALERT_URLS": "discord://1/2"})
    made = alert_settings(file, {"POLYWIRE_ALERT_URLS": f"discord://1/2 {SECRET}"})
    assert made is not None
    assert (made.chats, made.telegram) == ((7, -100), "https://api.telegram.org")


def test_a_run_without_addresses_sends_nothing_and_one_with_them_what_was_configured() -> None:
    told = {
        "POLYWIRE_ALERTS__QUIET": "22:30-07:05",
        "POLYWIRE_ALERTS__SEVERITY_MIN": "error",
        "POLYWIRE_ALERTS__TIME_ZONE": "Europe/Berlin",
        "POLYWIRE_ALERTS__FILL_MIN": "5",
    }
    file = load(ROOT / "examples" / "paper.toml", told)
    assert alert_settings(file, {}) is None
    made = alert_settings(file, {"POLYWIRE_ALERT_URLS": SECRET})
    assert made is not None
    assert made.urls == (SECRET,)
    assert made.terms == AlertTerms(suspect_ns=60_000_000_000, fill_min=5_000_000)  # type: ignore[arg-type]
    assert made.pace == PaceTerms(
        severity_min=Severity.ERROR, quiet=(1_350, 425), zone="Europe/Berlin"
    )
