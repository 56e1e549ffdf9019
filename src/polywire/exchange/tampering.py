"""What a fault makes of one text of the wire; pure, and the same for the same text."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator
from typing import Any

from polywire.exchange.frames import compact

Event = dict[str, Any]
Edit = Callable[[Event], None]


def with_wrong_hashes(text: str, assets: Collection[str]) -> str:
    """The text with the hashes of some assets (none named: all) by another recipe."""

    def spoil(entry: Event) -> None:
        if entry.get("hash") and (not assets or entry.get("asset_id") in assets):
            entry["hash"] = other_hash(entry["hash"])

    return _edited(text, spoil)


def other_hash(digest: str) -> str:
    """What a venue with another recipe would send where this one is right."""
    return hashlib.sha1(digest.encode(), usedforsecurity=False).hexdigest()


def with_wrong_touch(text: str, is_second: Callable[[str], bool], assets: Collection[str]) -> str:
    """The text with best prices as if the first outcome of its market had no bid.

    To the token of a second outcome, that is no ask.
    """

    def spoil(entry: Event) -> None:
        token = entry.get("asset_id")
        if "best_bid" in entry and (not assets or token in assets):
            side, none = ("best_ask", "1") if is_second(token or "") else ("best_bid", "0")
            entry[side] = none

    return _edited(text, spoil)


def truncated(text: str) -> str:
    """Its first half."""
    return text[: len(text) // 2]


def padded(text: str, size: int) -> str:
    """The same JSON, with so many bytes of it blank that it has the size."""
    return text + " " * max(0, size - len(text.encode()))


def _edited(text: str, edit: Edit) -> str:
    """The text with each event and each entry of one edited; as it was where that changed nothing.

    What an earlier fault has made unreadable stays as it is.
    """
    try:
        told = json.loads(text)
    except ValueError:
        return text
    before = compact(told)
    for entry in _entries(told):
        edit(entry)
    after = compact(told)
    return text if after == before else after


def _entries(told: Any) -> Iterator[Event]:  # noqa: ANN401 - JSON of any shape
    for event in told if isinstance(told, list) else [told]:
        yield event
        yield from event.get("price_changes", ())
