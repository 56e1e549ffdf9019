"""Messages through Apprise to a server of our own, and what is said where it takes none."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from apprise import Apprise
from apprise.plugins.custom_json import NotifyJSON
from typing_extensions import override

from polywire.observe.alert import Severity
from polywire.observe.alert_pace import Message
from polywire.runtime import apprise_channel as module
from polywire.runtime.apprise_channel import AppriseChannel, meaning
from polywire.venues.secret import Secret

SECRET = "tok3n-that-nobody-may-see"
MESSAGE = Message(Severity.ERROR, "Polywire: error", "2 < 3 & *so* _on_")


@contextmanager
def serving(status: int) -> Iterator[tuple[int, list[dict[str, str]]]]:
    """A server that answers with one status; its port, and what it got."""
    got: list[dict[str, str]] = []

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status, f"no, {SECRET}")
            self.end_headers()

        @override
        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_port, got
        server.shutdown()


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """One service instead of all of them, which take seconds to load."""

    class Light(Apprise):
        def add(self, url: str) -> bool:  # type: ignore[override]
            if not url.startswith("json://"):
                return False
            user, _, place = url.removeprefix("json://").partition("@")
            host, _, port = place.strip("/").partition(":")
            return bool(super().add(NotifyJSON(host=host, port=int(port), user="u", password=user)))

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
    with serving(status) as (port, _):
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
