"""Messages through Apprise to a server of our own, and what is said where it takes none."""

import pytest
from tests.sink import Light, serving

from polywire.observe.alert import Severity
from polywire.observe.alert_pace import Message
from polywire.runtime import apprise_channel as module
from polywire.runtime.apprise_channel import AppriseChannel, meaning
from polywire.venues.secret import Secret

SECRET = "tok3n-that-nobody-may-see"
MESSAGE = Message(Severity.ERROR, "Polywire: error", "2 < 3 & *so* _on_")


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """One service instead of all of them."""
    monkeypatch.setattr("apprise.Apprise", Light)


def channel(port: int) -> AppriseChannel:
    return AppriseChannel(2, Secret(f"json://{SECRET}@127.0.0.1:{port}/"))


@pytest.mark.usefixtures("light")
def test_a_message_arrives_as_it_was_written() -> None:
    with serving(200) as (port, got):
        assert channel(port).send(MESSAGE) == ""
    (told,) = got
    assert (told["title"], told["message"]) == ("Polywire: error", "2 < 3 & *so* _on_")
    assert told["type"] == "failure"


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "it refused"), (404, "it refused"), (429, "fewer"), (503, "trouble of its own")],
)
@pytest.mark.usefixtures("light")
def test_what_a_channel_refuses_is_said_by_its_status_and_nothing_secret(
    status: int, words: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with serving(status, f"no, {SECRET}") as (port, _):
        told = channel(port).send(MESSAGE)
    assert words in told
    assert told.endswith(f"(HTTP {status})")
    said = capfd.readouterr()
    assert SECRET not in told + said.out + said.err + caplog.text


@pytest.mark.usefixtures("light")
def test_a_channel_that_is_not_there_is_said_to_be_out_of_reach(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with serving(200) as (port, _):
        pass
    told = channel(port).send(MESSAGE)
    assert told == "it cannot be reached, or refused; check the network and the URL"
    said = capfd.readouterr()
    assert SECRET not in said.out + said.err


@pytest.mark.usefixtures("light")
def test_what_is_no_address_is_said_to_be_none() -> None:
    made = AppriseChannel(1, Secret(SECRET))
    assert made.send(MESSAGE) == module.NO_ADDRESS
    assert made.name == "channel 1 (no address)"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (f"tgram://{SECRET}/1", "channel 7 (Telegram)"),
        (f"discord://1/{SECRET}", "channel 7 (Discord)"),
        (f"slack://{SECRET}", "channel 7 (Slack)"),
        (f"mailtos://a:{SECRET}@b", "channel 7 (mail)"),
        (f"https://x/{SECRET}", "channel 7 (https)"),
        (f"{SECRET}://x", "channel 7 (no address)"),
    ],
)
def test_a_channel_is_called_by_its_service_alone(url: str, name: str) -> None:
    assert AppriseChannel(7, Secret(url)).name == name


def test_every_status_has_words() -> None:
    assert "check the URL" in meaning(400)
    assert "check the network" in meaning(0)
