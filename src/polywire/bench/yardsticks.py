"""Two common ways to keep books in a bot, written well, as the measure for ours.

Each keeps one book per token, as such bots do, and calls back once a frame.
"""

import json
from bisect import bisect_left, insort
from collections.abc import Callable
from decimal import Decimal

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
    """json, Decimal, and a dictionary beside a sorted list of its keys, kept by bisection.

    That is what a sorted dictionary does inside, without the cost of its generality.
    """

    def __init__(self, callback: Callback) -> None:
        self._callback = callback
        self.books: dict[str, dict[str, tuple[list[Decimal], dict[Decimal, Decimal]]]] = {}

    def open(self, frame: bytes) -> None:
        """Take a whole book."""
        book = json.loads(frame)
        self.books[book["asset_id"]] = {}
        for side, key in (("BUY", "bids"), ("SELL", "asks")):
            sizes = {Decimal(level["price"]): Decimal(level["size"]) for level in book[key]}
            self.books[book["asset_id"]][side] = (sorted(sizes), sizes)

    def receive(self, frame: bytes) -> None:
        """Apply one frame and call back."""
        message = json.loads(frame)
        for change in message["price_changes"]:
            prices, sizes = self.books[change["asset_id"]][change["side"]]
            price, size = Decimal(change["price"]), Decimal(change["size"])
            if size:
                if price not in sizes:
                    insort(prices, price)
                sizes[price] = size
            elif price in sizes:
                del sizes[price]
                del prices[bisect_left(prices, price)]
        self._callback(message)
