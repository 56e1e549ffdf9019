"""`polywire alerts test`: each channel by itself, and what to do about the one that fails."""

from pathlib import Path

import pytest
from tests.sink import Light, serving
from tests.unit.runtime.bot_server import TOKEN
from tests.unit.runtime.bot_server import serving as bot_serving

from polywire.cli.alerts import test as try_alerts
from polywire.core.errors import ConfigError

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "paper.toml"
SECRET = "tok3n"


def test_each_channel_gets_a_message_and_the_failing_one_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("apprise.Apprise", Light)
    with serving() as (port, got), serving(404) as (gone, _):
        urls = f"json://{SECRET}@127.0.0.1:{gone}/ json://{SECRET}@127.0.0.1:{port}/ {SECRET}"
        monkeypatch.setenv("POLYWIRE_ALERT_URLS", urls)
        assert try_alerts(config=EXAMPLE) == 1
        said = capsys.readouterr()
        monkeypatch.setenv("POLYWIRE_ALERT_URLS", urls.split()[1])
        assert try_alerts(config=EXAMPLE) == 0
    one, other, third = said.out.splitlines()
    assert one.startswith("channel 1 (json): it refused")
    assert other == "channel 2 (json): sent"
    assert third.startswith("channel 3 (no address): that is no address Apprise knows")
    assert len(got) == 2
    assert SECRET not in said.out + said.err


@pytest.mark.parametrize(
    ("token", "code", "said"),
    [
        (TOKEN, 0, "commands by Telegram: heard by @our_bot"),
        ("1:wrong", 1, "commands by Telegram: not heard: Telegram says no: HTTP 404"),
    ],
)
def test_who_takes_commands_is_named(
    token: str,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Silent(Light):
        def __len__(self) -> int:
            return 1

        def notify(self, **_: object) -> bool:  # type: ignore[override]
            return True

    monkeypatch.setattr("apprise.Apprise", Silent)
    with bot_serving() as (base, _):
        monkeypatch.setenv("POLYWIRE_ALERT_URLS", f"tgram://{token}/7")
        monkeypatch.setenv("POLYWIRE_ALERTS__CHATS", "7")
        monkeypatch.setenv("POLYWIRE_ALERTS__TELEGRAM", base)
        assert try_alerts(config=EXAMPLE) == code
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [said, "channel 1 (Telegram): sent"]
    assert token not in printed.out + printed.err


def test_without_a_channel_it_says_where_to_write_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POLYWIRE_ALERT_URLS", raising=False)
    with pytest.raises(ConfigError, match="set POLYWIRE_ALERT_URLS, or urls under"):
        try_alerts(config=EXAMPLE)
