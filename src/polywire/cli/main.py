"""The command line: one function a command, each composed of the parts it needs.

Wrong input gets one sentence on standard error and exit code 2; Ctrl-C is never a traceback.
"""

import os
import re
import signal
import sys
from difflib import get_close_matches
from typing import Final

from cyclopts import (
    App,
    CycloptsError,
    MissingArgumentError,
    Parameter,
    UnknownCommandError,
)

from polywire import __version__
from polywire.core.errors import PolywireError, ReplayMismatch, VenueError

app = App(
    name="polywire",
    version=__version__,
    default_parameter=Parameter(negative=()),
    help="A real-time, event-driven trading engine for prediction markets.\n\n"
    "In a checkout there are also: test, check [--long].",
)
WHERE: Final = {
    "demo": "demo:demo",
    "paper": "paper:paper",
    "run": "run:run",
    "backtest": "backtest:backtest",
    "sweep": "sweep:sweep",
    "doctor": "doctor:doctor",
    "exchange": "exchange:exchange",
    "record": "record:record",
    "replay": "replay:replay",
    "parity": "parity:parity",
    "scan": "scan:scan",
    "simulate": "simulate:simulate",
    "status": "status:status",
    "orders": "status:orders",
    "positions": "status:positions",
    "why": "why:why",
    "halt": "operate:halt",
    "resume": "operate:resume",
    "cancel-all": "operate:cancel_all",
    "flatten": "operate:flatten",
    "config": "config:config_app",
    "feed": "feed:feed_app",
    "keys": "keys:keys_app",
    "account": "account:account_app",
    "alerts": "alerts:alerts_app",
    "export": "export:export_app",
    "strategies": "strategies:strategies_app",
    "service": "service:service_app",
}
"""Loaded when it is called: all of them together take longer than most take to answer."""
for name, place in WHERE.items():
    app.command(f"polywire.cli.{place}", name=name)
BENCH_HELP = """Measure the engine on this machine, beside stated targets.

The exit code is 0 whether they are met or not, as machines differ.
"""
app.command("polywire.cli.bench:bench_app", name="bench", help=BENCH_HELP)  # needs what tests need
app.register_install_completion_command()

WRONG_INPUT = 2
KEY_LIKE = re.compile("[0-9a-fA-F]{64}")
"""What may be a private key is not repeated, even to whoever typed it where it does not belong."""
FAILED = 1
TERMINATED = 143
TROUBLE = "docs/how-to/troubleshooting.md"  # each error's `look` is a section of it


def main() -> None:
    """Run the command that the arguments name and exit with its code."""
    if not __debug__:
        sys.exit("polywire: run it without -O; its assertions guard money")
    sys.path.append("")  # strategies of one's own lie where one works
    signal.signal(signal.SIGTERM, _ended)  # runs of the engine hear of it themselves
    if _asks_for_all(sys.argv[1:]):
        for word in WHERE:
            app[word]  # what it does is told by itself
    try:
        code = app(sys.argv[1:], exit_on_error=False, print_error=False)
    except UnknownCommandError as error:
        sys.exit(complain(_unknown(error), _help(error)))
    except CycloptsError as error:
        sys.exit(complain(_wrong(error), _help(error)))
    except PolywireError as error:
        failed = isinstance(error, VenueError | ReplayMismatch)
        where = f"{TROUBLE}#{error.look}" if error.look else TROUBLE
        sys.exit(complain(str(error), where, FAILED if failed else WRONG_INPUT))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # whoever read our output has gone; Python would complain at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    sys.exit(code if isinstance(code, int) else 0)


def _asks_for_all(words: list[str]) -> bool:
    """Whether the overview is shown: to no command's name, and where no name stands before help."""
    helps = "--help" in words or "-h" in words
    return not words or (words[0].startswith("-") and helps)


def _ended(_number: int, _frame: object) -> None:
    sys.stderr.write("polywire: ended by SIGTERM, without a result\n")
    sys.exit(TERMINATED)


def _unknown(error: UnknownCommandError) -> str:
    """Cyclopts would import every command to name them all, and bench needs what tests need."""
    word = (error.unused_tokens or [""])[0]
    names = [name for name in error.app or () if not name.startswith("-")]
    near = "".join(f' Did you mean "{name}"?' for name in get_close_matches(word, names, 1))
    return f'Unknown command "{word}".{near} Available commands: {", ".join(names)}.'


def _help(error: CycloptsError) -> str:
    """What tells of the command that was meant."""
    return " ".join(("./polywire", *(error.command_chain or ()), "--help"))


def _wrong(error: CycloptsError) -> str:
    lacks = (
        error.argument.name if isinstance(error, MissingArgumentError) and error.argument else ""
    )
    if lacks == "--config":
        return "--config FILE is missing; examples/paper.toml is one to start from"
    return KEY_LIKE.sub("***", " ".join(str(error).split()))


def complain(sentence: str, look: str, code: int = WRONG_INPUT) -> int:
    """Say what is wrong and where to look; the exit code."""
    sys.stderr.write(f"polywire: {sentence}\nSee: {look}\n")
    return code
