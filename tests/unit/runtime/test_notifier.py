"""Channels that take, refuse and hang: none delays another, and none is failing in silence."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from polywire.observe.alert import Severity
from polywire.observe.alert_pace import Message
from polywire.runtime import notifier as module
from polywire.runtime.notifier import Notifier

SOON_S = 5.0


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSES_S", (0.001, 0.001, 0.001))
    monkeypatch.setattr(module, "REST_S", 0.001)
    monkeypatch.setattr(module, "GAP_S", 0.001)


def message(text: str, severity: Severity = Severity.INFO) -> Message:
    return Message(severity, "title", text)


class Taking:
    """Takes what it gets, except for the first few tries; waits to be let go if told to."""

    def __init__(self, name: str = "channel 1 (test)", refuses: int = 0) -> None:
        self.name = name
        self.refuses = refuses
        self.taken: list[str] = []
        self.tries = 0
        self.let_go = threading.Event()
        self.let_go.set()
        self._came = threading.Condition()

    def send(self, message: Message) -> str:
        with self._came:
            self.tries += 1
            self._came.notify()
        assert self.let_go.wait(SOON_S)
        with self._came:
            self._came.notify()
            if self.tries <= self.refuses:
                return "it is out"
            self.taken.append(message.body)
            return ""

    def until(self, *, taken: int = 0, tries: int = 0) -> None:
        with self._came:
            done = lambda: len(self.taken) >= taken and self.tries >= tries  # noqa: E731
            assert self._came.wait_for(done, SOON_S)


@contextmanager
def notifying(*channels: Taking) -> Iterator[tuple[Notifier, list[str]]]:
    told: list[str] = []
    made = Notifier(channels, told.append)
    with closing(_Closing(made)):
        yield made, told


class _Closing:
    def __init__(self, made: Notifier) -> None:
        self._made = made

    def close(self) -> None:
        self._made.close(SOON_S)


def test_every_channel_gets_every_message_in_its_order() -> None:
    one, other = Taking(), Taking("channel 2 (test)")
    with notifying(one, other) as (made, told):
        made.send(message("a"))
        made.send(message("b"))
        for each in (one, other):
            each.until(taken=2)
    assert one.taken == other.taken == ["a", "b"]
    assert told == []


def test_one_that_hangs_delays_neither_the_others_nor_who_sends() -> None:
    hangs, other = Taking(), Taking("channel 2 (test)")
    hangs.let_go.clear()
    with notifying(hangs, other) as (made, _):
        for number in range(3):
            made.send(message(str(number)))
        other.until(taken=3)
        assert hangs.taken == []
        hangs.let_go.set()


def test_a_message_is_tried_four_times() -> None:
    channel = Taking(refuses=3)
    with notifying(channel) as (made, told):
        made.send(message("a"))
        channel.until(taken=1)
    assert (channel.tries, channel.taken, told) == (4, ["a"], [])


def test_what_could_not_be_sent_is_told_once_and_said_with_what_can() -> None:
    channel = Taking(refuses=8)
    channel.let_go.clear()
    with notifying(channel) as (made, told):
        for text in "abc":
            made.send(message(text))
        channel.until(tries=1)
        channel.let_go.set()
        channel.until(taken=1)
        made.send(message("d"))
        channel.until(taken=2)
    assert told == ["channel 1 (test) does not take alerts: it is out"]
    assert channel.taken == ["(3 messages before this could not be sent)", "d"]
    assert channel.tries == 10, "four at first, then one at a time"


def test_what_is_critical_is_kept_until_the_channel_takes_it() -> None:
    channel = Taking(refuses=9)
    channel.let_go.clear()
    with notifying(channel) as (made, _):
        made.send(message("old"))
        channel.until(tries=1)
        for number in range(9):
            made.send(message(f"stale {number}"))
        made.send(message("halted", Severity.CRITICAL))
        channel.let_go.set()
        channel.until(taken=1)
    assert channel.taken == ["halted\n(10 messages before this could not be sent)"]


def test_what_is_critical_goes_before_what_waits() -> None:
    channel = Taking()
    channel.let_go.clear()
    with notifying(channel) as (made, _):
        made.send(message("under way"))
        channel.until(tries=1)
        made.send(message("news"))
        made.send(message("halted", Severity.CRITICAL))
        channel.let_go.set()
        channel.until(taken=3)
    assert channel.taken == ["under way", "halted", "news"]


def test_a_recovered_channel_gets_no_burst(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GAP_S", 60.0)
    channel = Taking()
    with notifying(channel) as (made, _):
        made.send(message("first"))
        channel.until(taken=1)
        made.send(message("second"))
        made.send(message("halted", Severity.CRITICAL))
        channel.until(taken=2)
        assert channel.taken == ["first", "halted"]
    assert channel.taken == ["first", "halted", "second"], "at the end nothing waits"


def test_of_too_many_that_wait_those_that_matter_least_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUEUE_MAX", 3)
    channel = Taking()
    channel.let_go.clear()
    with notifying(channel) as (made, _):
        made.send(message("under way"))
        channel.until(tries=1)
        made.send(message("fire", Severity.CRITICAL))
        for number in range(4):
            made.send(message(str(number)))
        for number in range(3):
            made.send(message(f"fire {number}", Severity.CRITICAL))
        channel.let_go.set()
        channel.until(taken=5)
    lost = "\n(4 messages before this could not be sent)"
    assert channel.taken == ["under way", "fire" + lost, "fire 0", "fire 1", "fire 2"]


def test_at_the_end_what_waits_is_sent_once_each_and_not_waited_for_again() -> None:
    channel = Taking(refuses=1)
    channel.let_go.clear()
    told: list[str] = []
    made = Notifier([channel], told.append)
    made.send(message("a"))
    made.send(message("b"))
    channel.until(tries=1)
    threading.Timer(0.02, channel.let_go.set).start()
    made.close(SOON_S)
    assert channel.taken == ["b\n(1 message before this could not be sent)"]
    assert told == ["channel 1 (test) does not take alerts: it is out"]


def test_a_channel_that_hangs_does_not_hold_up_the_end() -> None:
    channel = Taking()
    channel.let_go.clear()
    made = Notifier([channel], lambda _: None)
    made.send(message("a"))
    made.close(0.01)
    channel.let_go.set()
