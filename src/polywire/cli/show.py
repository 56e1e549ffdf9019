"""Where a run is shown: a live page on a terminal, plain lines anywhere else."""

import logging
import sys
from dataclasses import dataclass
from typing import Protocol

import structlog
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.live import Live
from rich.text import Text
from typing_extensions import override

from polywire.cli.output import PIPE_WIDTH
from polywire.cli.screen import page, plain_line, summary
from polywire.observe.run_status import RunStatus


@dataclass(frozen=True, slots=True)
class Under:
    """A page under lines of words, in the same height."""

    words: tuple[str, ...]
    page: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self.words:
            yield self.page
            return
        for line in self.words:
            yield Text(line, style="dim", no_wrap=True, overflow="ellipsis")
        height = (options.height or options.max_height) - len(self.words)
        yield from console.render(self.page, options.update(height=height))


class Show(Protocol):
    """Takes the run's status as often as `every_s` and shows it."""

    every_s: float

    def say(self, words: str) -> None:
        """Say what happens now."""

    def pin(self, words: str) -> None:
        """Say it, and keep it in sight."""

    def update(self, status: RunStatus) -> None:
        """Show the run as it stands."""

    def close(self) -> None:
        """Stop showing; the summary may follow."""

    def summary(self, status: RunStatus) -> None:
        """Say what the run did."""


class PlainShow:
    """One line a second on standard output."""

    every_s = 1.0

    def __init__(self) -> None:
        self._console = Console(soft_wrap=True, highlight=False, markup=False)
        self._before: RunStatus | None = None

    def say(self, words: str) -> None:
        """See Show."""
        self._console.print(words)

    def pin(self, words: str) -> None:
        """See Show."""
        self.say(words)

    def update(self, status: RunStatus) -> None:
        """See Show."""
        self._console.print(plain_line(status, self._before))
        self._before = status

    def close(self) -> None:
        """See Show."""

    def summary(self, status: RunStatus) -> None:
        """See Show."""
        width = None if self._console.is_terminal else PIPE_WIDTH
        Console(width=width).print(summary(status))


class LiveShow:
    """A page that redraws itself four times a second."""

    every_s = 0.25

    def __init__(self) -> None:
        self._console = Console()
        self._live: Live | None = None
        self._moments: list[RunStatus] = []
        self._pinned: tuple[str, ...] = ()

    def say(self, words: str) -> None:
        """See Show."""
        self._console.print(words, style="dim")

    def pin(self, words: str) -> None:
        """See Show."""
        self.say(words)
        self._pinned = (*self._pinned, words)

    def update(self, status: RunStatus) -> None:
        """See Show; rates are taken over the last two seconds."""
        if self._live is None:
            self._live = Live(console=self._console, screen=True, auto_refresh=False)
            self._live.start()
        self._moments = [*self._moments[-8:], status]
        shown = Under(self._pinned, page(status, self._moments[0]))
        self._live.update(shown, refresh=True)

    def close(self) -> None:
        """See Show."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def summary(self, status: RunStatus) -> None:
        """See Show."""
        self._console.print(summary(status))


class QuietShow(PlainShow):
    """The beginning, the end, and what is said between them."""

    @override
    def update(self, status: RunStatus) -> None:
        """Nothing: `polywire status` says it to who asks."""


def show_for(*, plain: bool, quiet: bool = False) -> Show:
    """A live page where there is a terminal to draw on and it was not declined."""
    live = not (plain or quiet) and sys.stdout.isatty()
    log_to_stderr(quiet=live)
    if quiet:
        return QuietShow()
    return LiveShow() if live else PlainShow()


def log_to_stderr(*, quiet: bool) -> None:
    """Log lines as JSON on standard error; only what must be seen while a page is drawn."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.CRITICAL if quiet else logging.INFO
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
