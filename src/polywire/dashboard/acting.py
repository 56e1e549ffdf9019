"""What a person does on the page: put to the operator's socket of the run, as from the terminal."""

import asyncio
from typing import Final

import msgspec
from msgspec import Struct

from polywire.core.errors import ConfigError
from polywire.core.model.control import Operation
from polywire.dashboard.scene import Scene
from polywire.dashboard.tally import Tally
from polywire.runtime.operator_door import Answer, Asked, ask

OPERATIONS: Final = {
    "halt": Operation.HALT,
    "resume": Operation.RESUME,
    "flatten": Operation.FLATTEN,
    "cancel_all": Operation.CANCEL_ALL,
    "cancel_market": Operation.CANCEL_MARKET,
    "cancel_order": Operation.CANCEL_ORDER,
    "disable": Operation.DISABLE,
    "enable": Operation.ENABLE,
    "retire": Operation.RETIRE,
    "set": Operation.SET,
}
"""By the page's word."""
STOPS: Final = (Operation.HALT, Operation.CANCEL_ALL, Operation.FLATTEN)
"""These never wait, however much was clicked before."""
ACTIONS_MAX: Final = 20
TOO_OFTEN: Final = f"more than {ACTIONS_MAX} actions in a minute: wait; what stops the run does not"
WORDS_MAX: Final = 200


class Wish(Struct, frozen=True, forbid_unknown_fields=True):
    """What the page asks for; `subject` is what it is about, where it is about something."""

    operation: str
    subject: str = ""
    reason: str = ""
    value: object = None


class Told(Struct, frozen=True):
    """What was done, in sentences."""

    done: bool
    said: list[str]


async def act(scene: Scene, wish: Wish, actions: Tally) -> Told:
    """Have the running engine do it; what keeps it from that is told like all else."""
    operation = OPERATIONS.get(wish.operation)
    if operation is None:
        return Told(False, [f"there is no operation {wish.operation[:WORDS_MAX]!r}"])
    if operation not in STOPS and not actions.spend():
        return Told(False, [TOO_OFTEN])
    reason = f"{wish.reason[:WORDS_MAX]} (dashboard)" if wish.reason else "from the dashboard"
    value = msgspec.json.encode(wish.value).decode() if operation is Operation.SET else ""
    asked = Asked(operation, reason, subject=wish.subject, value=value)
    try:
        answer: Answer = await asyncio.to_thread(ask, scene.journal, asked, lambda _: None)
    except ConfigError as error:
        return Told(False, [str(error)])
    return Told(answer.done, answer.said)
