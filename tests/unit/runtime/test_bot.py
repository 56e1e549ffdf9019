"""Commands by Telegram: obeyed through the operator's socket, and nobody else's."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from tests.unit.core.building import engine
from tests.unit.runtime.bot_server import TOKEN, BotServer, serving

from polywire.core.errors import ConfigError, TransportError
from polywire.core.ids import RunId
from polywire.core.model.control import Operation
from polywire.core.units import Ns
from polywire.journal.lock import FolderLock
from polywire.observe.chat import LATE, SURE, Commands, Heard, Said
from polywire.observe.glance import Glance
from polywire.observe.status import engine_status
from polywire.runtime import bot as module
from polywire.runtime.bot import Bot
from polywire.runtime.bot_api import BotApi, token_in
from polywire.runtime.operator_door import Answer, Asked, OperatorDoor, Question, ask
from polywire.venues.secret import Secret

ANN = 7


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_S", 0.001)
    monkeypatch.setattr(module, "AGAIN_S", 0.001)


@dataclass
class Engine:
    """What the engine was asked, and what it answers."""

    asked: list[Asked] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if asked.question is Question.STATUS:
            return Answer(True, [], glance=glance())
        return Answer(True, [f"{asked.operation} was done"])


def glance() -> Glance:
    return Glance(
        journal="j", run=RunId("one"), account="paper orders", process=1, began_ns=Ns(0),
        at_ns=Ns(0), guards={"watchdog": "on"}, engine=engine_status(engine(), ""), open_orders=[],
    )  # fmt: skip


@dataclass
class Listening:
    """A bot that listens to a server, and what it told whoever runs it."""

    server: BotServer
    engine: Engine
    told: list[str]
    thread: threading.Thread


@contextmanager
def listening(
    engine: Engine | None = None, token: str = TOKEN, waits: tuple[str, ...] = ()
) -> Iterator[Listening]:
    engine, told, stop = engine or Engine(), list[str](), threading.Event()
    with serving() as (base, server):
        for text in waits:
            server.write(text, age_s=61)
        bot = Bot(BotApi(base, Secret(token)), Commands((ANN,)), engine, told.append)
        thread = threading.Thread(target=bot.listen, args=(stop,), daemon=True)
        thread.start()
        yield Listening(server, engine, told, thread)
        stop.set()
        thread.join(5)
    assert TOKEN not in "".join(told)


def test_the_bot_knows_its_name_in_a_group() -> None:
    with listening() as one:
        one.server.write("/halt@paper_bot")
        one.server.write("/flatten@paper_bot")
        one.server.write("/resume@Our_Bot")
        assert one.server.until(1) == [(ANN, "resume was done")]
    assert [each.operation for each in one.engine.asked] == [Operation.RESUME]


def test_an_answer_that_breaks_in_the_middle_ends_nothing() -> None:
    with listening() as one:
        one.server.breaks = 3
        one.server.until_asked(len(one.server.offsets) + 5)
        one.server.write("/halt")
        assert one.server.until(1) == [(ANN, "halt was done")]


def test_a_bug_does_not_end_the_listening_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    failed: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda one: failed.append(one.exc_type.__name__))
    hear = Commands.hear

    def broken(self: Commands, said: Said, now_s: float) -> Heard | None:
        if said.text == "/bug":
            raise KeyError(said.text)
        return hear(self, said, now_s)

    monkeypatch.setattr(Commands, "hear", broken)
    with listening() as one:
        one.server.write("/bug")
        one.server.until_asked(len(one.server.offsets) + 3)
        one.server.write("/halt")
        assert one.server.until(1) == [(ANN, "halt was done")]
    assert failed == ["KeyError"]


def test_an_operation_is_asked_of_the_engine_with_who_wants_it() -> None:
    with listening() as one:
        one.server.write("/halt")
        assert one.server.until(1) == [(ANN, "halt was done")]
        one.server.write("/resume")
        one.server.until(2)
    assert [(each.operation, each.reason) for each in one.engine.asked] == [
        (Operation.HALT, "halt by Telegram user 7"),
        (Operation.RESUME, "resume by Telegram user 7"),
    ]


def test_status_and_positions_are_shown() -> None:
    with listening() as one:
        one.server.write("/status")
        ((_, status),) = one.server.until(1)
        one.server.write("/positions")
        (_, (_, positions)) = one.server.until(2)
    assert status.splitlines()[:2] == ["trading", "paper orders"]
    assert status.splitlines()[-1] == "watchdog: on"
    assert positions == "nothing is held"


def test_flatten_asks_first() -> None:
    with listening() as one:
        one.server.write("/flatten")
        assert one.server.until(1) == [(ANN, SURE)]
        assert one.engine.asked == []
        one.server.write("/flatten yes")
        one.server.until(2)
    assert [each.operation for each in one.engine.asked] == [Operation.FLATTEN]


def test_strangers_get_no_answer_and_are_told_of_now_and_then() -> None:
    with listening() as one:
        for _ in range(12):
            one.server.write("/halt", chat=9, sender=9)
        one.server.write("/status")
        ((chat, words),) = one.server.until(1)
    assert [each.operation for each in one.engine.asked] == [None]
    assert chat == ANN
    assert words.endswith("12 messages of strangers ignored")
    assert one.told == [
        "Telegram: 1 message of a stranger ignored; see chats under [alerts]",
        "Telegram: 10 messages of strangers ignored; see chats under [alerts]",
    ]


def test_a_backlog_is_not_obeyed_and_that_is_said_once() -> None:
    with listening(waits=("/halt", "/resume", "/flatten", "/flatten yes")) as one:
        one.server.until(1)
        one.server.write("/status")
        sent = one.server.until(2)
    assert sent[0] == (ANN, LATE)
    assert len(sent) == 2
    assert [each.operation for each in one.engine.asked] == [None]


def test_what_was_obeyed_is_confirmed_and_not_obeyed_again() -> None:
    with listening() as one:
        one.server.write("/halt")
        one.server.until(1)
        one.server.until_asked(len(one.server.offsets) + 3)
    assert one.server.offsets[-1] == 102
    assert len(one.engine.asked) == 1


def test_what_is_no_text_of_a_person_is_passed_over() -> None:
    with listening() as one:
        one.server.update({"message": {"chat": {"id": ANN}}})
        one.server.update({"edited_message": {}})
        one.server.update({"message": "odd"})
        one.server.write("/halt")
        one.server.until(1)
    assert [each.operation for each in one.engine.asked] == [Operation.HALT]
    assert one.told == []


def test_a_wrong_token_is_told_and_nobody_listens_any_more() -> None:
    with listening(token="1:wrong") as one:
        one.thread.join(5)
        assert not one.thread.is_alive()
    assert one.told == [
        "commands by Telegram are not heard: Telegram says no: HTTP 404: a wrong token?"
    ]


def test_trouble_passes_and_two_who_listen_are_told_of() -> None:
    with listening() as one:
        one.server.refuses += [(409, {}), (500, {}), (429, {"parameters": {"retry_after": 0}})]
        one.server.until_asked(len(one.server.offsets) + 5)
        one.server.write("/halt")
        one.server.until(1)
    assert one.told == ["commands by Telegram are not heard: somebody else listens to this bot"]


def test_an_engine_that_does_not_answer_is_said_in_the_chat() -> None:
    class Gone(Engine):
        def __call__(self, asked: Asked) -> Answer:
            raise ConfigError(f"nothing runs that could {asked.operation}")

    with listening(Gone()) as one:
        one.server.write("/halt")
        assert one.server.until(1) == [(ANN, "nothing runs that could halt")]


def test_a_bug_is_said_in_the_chat_and_told_without_its_words_and_the_bot_lives_on() -> None:
    class Broken(Engine):
        def __call__(self, asked: Asked) -> Answer:
            if asked.operation is Operation.HALT:
                raise KeyError(f"no such token: {TOKEN}")
            return super().__call__(asked)

    with listening(Broken()) as one:
        one.server.write("/halt")
        one.server.until(1)
        one.server.write("/resume")
        said = [words for _, words in one.server.until(2)]
    assert said == [
        "halt failed, by a bug (KeyError). "
        "What came of it is not known here: look at /status, or at the run itself.",
        "resume was done",
    ]
    assert one.told == ["halt by Telegram failed: KeyError, a bug"]


def test_no_error_says_the_address_or_what_caused_it() -> None:
    api = BotApi("http://127.0.0.1:1", Secret(TOKEN))
    with pytest.raises(TransportError, match="cannot be reached") as failed:
        api.say(ANN, "x")
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__


@pytest.mark.parametrize(
    ("urls", "token"),
    [
        (["discord://1/2", f"tgram://{TOKEN}/7"], TOKEN),
        ([f"tgram://bot{TOKEN}/7/8?format=text"], TOKEN),
        ([f"tgram://{TOKEN.replace(':', '%3A')}/7"], TOKEN),
        (["discord://1/2"], None),
    ],
)
def test_the_token_is_that_of_the_telegram_channel(urls: list[str], token: str | None) -> None:
    found = token_in(urls)
    assert (found.reveal() if found is not None else None) == token


async def test_a_command_goes_through_the_operators_socket(tmp_path: Path) -> None:
    obeyed: list[tuple[Asked, str]] = []

    async def obey(asked: Asked, who: str) -> Answer:
        obeyed.append((asked, who))
        return Answer(True, ["trading is halted"])

    with closing(FolderLock(tmp_path)):
        door = OperatorDoor(tmp_path, obey)
        await door.open()

        def command() -> list[tuple[int, str]]:
            told: list[str] = []
            with serving() as (base, server):
                engine = partial(ask, tmp_path, tell=told.append)
                bot = Bot(BotApi(base, Secret(TOKEN)), Commands((ANN,)), engine, told.append)
                stop = threading.Event()
                thread = threading.Thread(target=bot.listen, args=(stop,), daemon=True)
                thread.start()
                server.write("/halt")
                sent = server.until(1)
                stop.set()
                thread.join(5)
            assert told == []
            return sent

        assert await asyncio.to_thread(command) == [(ANN, "trading is halted")]
        await door.close()
    ((asked, who),) = obeyed
    assert (asked.operation, asked.reason) == (Operation.HALT, "halt by Telegram user 7")
    assert "uid" in who
