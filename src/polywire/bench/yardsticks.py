"""Two common ways to keep books in a bot, written well, as the measure for ours.

Each keeps one book per token, as such bots do, and calls back once a frame.
"""

import json
from collections.abc import Callable
from decimal import Decimal

from sortedcontainers import SortedDict  # type: ignore[import-untyped]  # it carries no types

Callback = Callable[[object], None]


class FloatLists:
    """json, floats, and a list of levels that is sorted again after each change."""

    def __init__(self, callback: Callback) -> None:
        self._callback = callback
        self.books: dict[str, dict[str, list[tuple[float, float]]]] = {}

    def open(self, frame: bytes) -> None:
        """Take a whole book."""
        book = json.loads(frame)
        self.books[book["asset_id"]] = {
            side: [(float(level["price"]), float(level["size"])) for level in book[key]]
            for side, key in (("BUY", "bids"), ("SELL", "asks"))
        }

    def receive(self, frame: bytes) -> None:
        """Apply one frame and call back."""
        message = json.loads(frame)
        for change in message["price_changes"]:
            book = self.books[change["asset_id"]]
            side = change["side"]
            price, size = float(change["price"]), float(change["size"])
            levels = [level for level in book[side] if level[0] != price]
            if size > 0:
                levels.append((price, size))
            levels.sort(key=lambda level: level[0], reverse=side == "BUY")
            book[side] = levels
        self._callback(message)


class SortedDecimals:
    """json, Decimal, and the sorted dictionary that most bots use."""

    def __init__(self, callback: Callback) -> None:
        self._callback = callback
        self.books: dict[str, dict[str, SortedDict[Decimal, Decimal]]] = {}

    def open(self, frame: bytes) -> None:
        """Take a whole book."""
        book = json.loads(frame)
        self.books[book["asset_id"]] = {
            side: SortedDict((Decimal(one["price"]), Decimal(one["size"])) for one in book[key])
            for side, key in (("BUY", "bids"), ("SELL", "asks"))
        }

    def receive(self, frame: bytes) -> None:
        """Apply one frame and call back."""
        message = json.loads(frame)
        for change in message["price_changes"]:
            levels = self.books[change["asset_id"]][change["side"]]
            price, size = Decimal(change["price"]), Decimal(change["size"])
            if size:
                levels[price] = size
            else:
                levels.pop(price, None)
        self._callback(message)
