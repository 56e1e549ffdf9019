"""Who is obeyed by chat, what is too old, and what has to be said twice."""

import pytest

from polywire.core.model.control import Operation
from polywire.observe.chat import HELP, LATE, LEFT, SURE, Commands, Heard, Said

ANN, BOB, GROUP, STRANGER = 7, 8, -100, 9
NOW = 1_785_000_000


def said(text: str, chat: int = ANN, sender: int = ANN, age_s: int = 1) -> Said:
    return Said(chat, sender, NOW - age_s, text)


def heard(text: str, **how: int) -> Heard | None:
    commands = Commands((ANN, GROUP))
    commands.name = "our_bot"
    return commands.hear(said(text, **how), NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/status", Heard(shows="status")),
        ("/positions", Heard(shows="positions")),
        ("/halt", Heard(operation=Operation.HALT)),
        ("/resume", Heard(operation=Operation.RESUME)),
        (" /Halt@Our_Bot now ", Heard(operation=Operation.HALT)),
        ("/halt@paper_bot", None),
        ("/halt@paper_bot!", None),
        ("/flatten@our_bot", Heard(SURE)),
        ("/flatten@paper_bot yes", None),
        ("/flatten", Heard(SURE)),
        ("/start", Heard(HELP)),
        ("/halt!", Heard(HELP)),
        ("/halt.", Heard(HELP)),
        ("/halt@", Heard(HELP)),
        ("/halt@our_bot!", Heard(HELP)),
        ("/hält", Heard(HELP)),
        ("/", Heard(HELP)),
        ("halt", None),
        ("I said /halt", None),
        ("", None),
    ],
)
def test_a_command_is_what_stands_at_the_beginning(text: str, expected: Heard | None) -> None:
    assert heard(text) == expected


@pytest.mark.parametrize(
    ("chat", "sender"),
    [(STRANGER, STRANGER), (GROUP, STRANGER), (STRANGER, ANN), (BOB, BOB)],
)
def test_strangers_are_ignored_and_counted(chat: int, sender: int) -> None:
    commands = Commands((ANN, GROUP))
    for text in ("/halt", "/status", "hello"):
        assert commands.hear(said(text, chat, sender), NOW) is None
    assert commands.strangers == 3


def test_until_its_name_is_known_a_bot_obeys_only_what_names_none() -> None:
    commands = Commands((ANN,))
    assert commands.hear(said("/halt@our_bot"), NOW) is None
    assert commands.hear(said("/halt"), NOW) == Heard(operation=Operation.HALT)


def test_one_of_the_list_is_obeyed_in_a_group_of_the_list() -> None:
    assert heard("/halt", chat=GROUP, sender=ANN) == Heard(operation=Operation.HALT)


@pytest.mark.parametrize("text", ["/halt", "/resume", "/flatten", "/flatten yes", "/status"])
def test_what_waited_for_over_a_minute_is_not_obeyed(text: str) -> None:
    assert heard(text, age_s=61) == Heard(LATE)
    assert heard(text, age_s=60) != Heard(LATE)


def test_nothing_is_sold_by_one_word() -> None:
    assert heard("/flatten yes") == Heard(SURE), "nobody was asked before"


def test_who_was_asked_and_says_yes_is_obeyed_once() -> None:
    commands = Commands((ANN, GROUP))
    assert commands.hear(said("/flatten"), NOW) == Heard(SURE)
    assert commands.hear(said("/flatten YES"), NOW) == Heard(operation=Operation.FLATTEN)
    assert commands.hear(said("/flatten yes"), NOW) == Heard(SURE)


def test_a_yes_has_to_come_within_a_minute() -> None:
    commands = Commands((ANN,))
    commands.hear(said("/flatten", age_s=0), NOW)
    assert commands.hear(said("/flatten yes", age_s=-61), NOW + 61) == Heard(SURE)


def test_nobody_says_yes_for_another_or_from_another_chat() -> None:
    commands = Commands((ANN, BOB, GROUP))
    commands.hear(said("/flatten", GROUP, ANN), NOW)
    assert commands.hear(said("/flatten yes", GROUP, BOB), NOW) == Heard(SURE)
    assert commands.hear(said("/flatten yes", ANN, ANN), NOW) == Heard(SURE)
    assert commands.hear(said("/flatten yes", GROUP, ANN), NOW) == Heard(
        operation=Operation.FLATTEN
    )


def test_what_is_said_to_a_flatten_but_yes_is_no() -> None:
    for answer in ("no", "yes?", "1"):
        commands = Commands((1,))
        said = [f"/flatten{more}" for more in ("", f" {answer}", " yes")]
        heard = [commands.hear(Said(1, 1, 0, text), 0.0) for text in said]
        assert heard == [Heard(SURE), Heard(LEFT), Heard(SURE)]
