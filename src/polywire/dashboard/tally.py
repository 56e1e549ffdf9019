"""How often something may be done in a minute."""

from collections import deque
from collections.abc import Callable
from typing import Final

MINUTE_S: Final = 60.0


class Tally:
    """`spend` one of so many; `seconds` is a clock that only grows."""

    def __init__(self, most: int, seconds: Callable[[], float]) -> None:
        self._most = most
        self._seconds = seconds
        self._spent: deque[float] = deque()

    def spend(self) -> bool:
        """Whether one was left."""
        now = self._seconds()
        while self._spent and now - self._spent[0] >= MINUTE_S:
            self._spent.popleft()
        if len(self._spent) >= self._most:
            return False
        self._spent.append(now)
        return True
