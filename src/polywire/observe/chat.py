"""Commands by chat: who is obeyed, what is too old, and what has to be said twice.

Pure: time is an argument. Carries nothing out.
"""

import re
from typing import Final, Literal

from msgspec import Struct

from polywire.core.model.control import Operation

AGE_S_MAX: Final = 60
"""What waited for longer, while nobody listened, is not what its sender wants now."""
CONFIRM_S: Final = 60
COMMAND: Final = re.compile(r"/([^\s@]*)(?:@(\w+))?(\S*)(.*)", re.DOTALL)
"""The word, the bot that it is for, what does not belong there, and what follows."""
OPERATIONS: Final = {"halt": Operation.HALT, "resume": Operation.RESUME}
LATE: Final = (
    f"not obeyed: it was sent over {AGE_S_MAX} s ago, by the clock of this machine; send it again"
)
SURE: Final = (
    "this sells all that is held, to the bids, and buys nothing more until /resume; to do it, send "
    f"within {CONFIRM_S} s: /flatten yes"
)
LEFT: Final = "nothing is sold; to sell all, send /flatten"
HELP: Final = "/status /positions /halt /resume /flatten"


class Said(Struct, frozen=True):
    """A message of a chat, and when its service says that it was sent."""

    chat: int
    sender: int
    sent_s: int
    text: str


class Heard(Struct, frozen=True):
    """What is made of it: a reply, something to be carried out, or something to be shown."""

    reply: str = ""
    operation: Operation | None = None
    shows: Literal["", "status", "positions"] = ""


class Commands:
    """Obeys those in its list: a person needs to be in it, and so does the group they write in.

    `name`: what the bot is called, once that is known; what names another one is not for it.
    """

    def __init__(self, allowed: tuple[int, ...]) -> None:
        self.name = ""
        self.strangers = 0
        self._allowed = allowed
        self._asked: dict[tuple[int, int], float] = {}
        """Who wants everything sold, and when they said so first."""

    def hear(self, said: Said, now_s: float) -> Heard | None:
        """What to do about a message; None for what is no command, or a stranger's."""
        if said.chat not in self._allowed or said.sender not in self._allowed:
            self.strangers += 1
            return None
        match = COMMAND.fullmatch(said.text.strip())
        if match is None or (match[2] or self.name).lower() != self.name.lower():
            return None
        if now_s - said.sent_s > AGE_S_MAX:
            return Heard(LATE)
        more = match[4].strip().lower()
        match match[1].lower() + match[3]:
            case "flatten":
                heard = self._flatten((said.chat, said.sender), more, now_s)
            case "status" | "positions" as what:
                heard = Heard(shows=what)
            case word:
                operation = OPERATIONS.get(word)
                heard = Heard(operation=operation) if operation is not None else Heard(HELP)
        return heard

    def _flatten(self, who: tuple[int, int], more: str, now_s: float) -> Heard:
        """Only who was asked whether they are sure can be."""
        asked_s = self._asked.pop(who, None)
        if more == "yes" and asked_s is not None and now_s - asked_s <= CONFIRM_S:
            return Heard(operation=Operation.FLATTEN)
        if more not in ("", "yes"):
            return Heard(LEFT)
        self._asked[who] = now_s
        return Heard(SURE)
