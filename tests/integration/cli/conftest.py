"""Running the command line as a process of its own, and seeing what it leaves behind."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PLACE = re.compile(r"\) (\w)")


@dataclass
class Command:
    """A started command; its output is collected in files, so that nothing blocks."""

    process: subprocess.Popen[bytes]
    out: Path
    err: Path
    began: float = field(default_factory=time.monotonic)
    children: dict[int, None] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """Standard output until now."""
        return self.out.read_text()

    @property
    def complained(self) -> str:
        """Standard error until now."""
        return self.err.read_text()

    def until(self, holds: Callable[[], object], within_s: float = 15.0) -> None:
        """Wait until something holds; fails when the command ends before or it takes too long."""
        deadline = time.monotonic() + within_s
        while not holds():
            self.look()
            if self.process.poll() is not None and not holds():
                pytest.fail(f"ended early: {self.said}\n{self.complained}")
            assert time.monotonic() < deadline, f"{self.said}\n{self.complained}"
            time.sleep(0.01)

    def says(self, words: str, within_s: float = 15.0) -> None:
        """Wait until it has said something."""
        self.until(lambda: words in self.said, within_s)

    def trades(self) -> None:
        """Wait until orders are out."""
        self.until(lambda: re.search(r"orders [1-9]\d* sent", self.said))

    def look(self) -> None:
        """Remember its children."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        if path.exists():
            self.children |= dict.fromkeys(map(int, path.read_text().split()))

    def tell(self, number: signal.Signals) -> float:
        """Send a signal; when that was."""
        self.look()
        self.process.send_signal(number)
        return time.monotonic()

    def ends(self, within_s: float) -> int:
        """The exit code, once it and all of its children are gone."""
        code = self.process.wait(within_s)
        deadline = time.monotonic() + 3.0
        while any(map(alive, self.children)):
            assert time.monotonic() < deadline, f"left behind: {self.children}"
            time.sleep(0.01)
        return code


Begin = Callable[..., Command]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """A function that starts `polywire` with arguments; what still runs in the end is killed."""
    begun: list[Command] = []

    def start(*arguments: object) -> Command:
        if arguments[0] == "demo" and not any("dashboard" in str(each) for each in arguments):
            arguments = (*arguments, "--no-dashboard")  # these look at something else
        out, err = (tmp_path / f"{len(begun)}.{name}" for name in ("out", "err"))
        with out.open("wb") as output, err.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "polywire", *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                env=os.environ
                | {"PYTHONUNBUFFERED": "1", "XDG_STATE_HOME": str(tmp_path / "state")},
            )
        begun.append(Command(process, out, err))
        return begun[-1]

    yield start
    for command in begun:
        command.look()
        if command.process.poll() is None:
            command.process.kill()
            command.process.wait()
        for child in filter(alive, command.children):
            os.kill(child, signal.SIGKILL)


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        found = PLACE.search(Path(f"/proc/{pid}/stat").read_text())
    except OSError:
        return False
    return found is not None and found[1] not in "ZX"
