"""Who stands in line where account orders rest: orders by name, anonymous size between them.

Prices are the first token's. Owns no ladder and no money; a price without account orders has no
line, all its size is anonymous.
"""

from dataclasses import dataclass

Part = tuple[str | None, int]
"""What was taken from an order, or from anonymous size (None)."""


@dataclass(slots=True)
class Slot:
    """One place in a line."""

    order: str | None
    size: int


class Lines:
    """The lines of one market, each in the order of arrival."""

    def __init__(self) -> None:
        self._lines: dict[tuple[bool, int], list[Slot]] = {}

    def __bool__(self) -> bool:
        return bool(self._lines)

    def holds(self, *, bid: bool, price: int) -> bool:
        """Whether an account order rests there."""
        return (bid, price) in self._lines

    def owned(self, *, bid: bool, price: int) -> int:
        """The size of all account orders there."""
        line = self._lines.get((bid, price), ())
        return sum(slot.size for slot in line if slot.order is not None)

    def best(self, *, bid: bool) -> int | None:
        """The best price at which an account order rests."""
        prices = [price for side, price in self._lines if side == bid]
        if not prices:
            return None
        return max(prices) if bid else min(prices)

    def join(self, order: str, *, bid: bool, price: int, ahead: int, size: int) -> None:
        """Stand behind everything there; `ahead` is the whole size shown so far."""
        line = self._lines.get((bid, price))
        if line is None:
            line = self._lines[bid, price] = [Slot(None, ahead)] if ahead else []
        line.append(Slot(order, size))

    def leave(self, order: str, *, bid: bool, price: int) -> int:
        """Go away; the size that goes with it."""
        line = self._lines[bid, price]
        gone = next(slot for slot in line if slot.order == order)
        line.remove(gone)
        self._prune(bid, price)
        return gone.size

    def resize(self, anonymous: int, *, bid: bool, price: int) -> int:
        """Set the anonymous size; the whole size then. Last in line cancels first."""
        line = self._lines.get((bid, price))
        if line is None:
            return anonymous
        more = anonymous - sum(slot.size for slot in line if slot.order is None)
        if more > 0:
            line.append(Slot(None, more))
        for slot in reversed(line):
            if slot.order is None and more < 0:
                gone = min(slot.size, -more)
                slot.size -= gone
                more += gone
        line[:] = [slot for slot in line if slot.size]
        return sum(slot.size for slot in line)

    def take(self, size: int, *, bid: bool, price: int) -> list[Part]:
        """Take from the front; nobody is passed over."""
        line = self._lines.get((bid, price))
        if line is None:
            return [(None, size)]
        parts: list[Part] = []
        for slot in line:
            taken = min(size, slot.size)
            if taken:
                parts.append((slot.order, taken))
            slot.size -= taken
            size -= taken
        line[:] = [slot for slot in line if slot.size]
        self._prune(bid, price)
        return parts

    def _prune(self, bid: bool, price: int) -> None:
        if all(slot.order is None for slot in self._lines[bid, price]):
            del self._lines[bid, price]
