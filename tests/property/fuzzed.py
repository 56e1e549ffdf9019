"""Bytes that a coverage-guided fuzzer makes, through every door of the decoders; run by a test.

Ends with a failure as soon as a door does anything but decode or raise DecodeError. The first byte
chooses the door. Usage: python tests/property/fuzzed.py SECONDS FOLDER
"""

import contextlib
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import atheris

ours = ModuleType("tests")  # a package of the official clients bears the same name
ours.__path__ = [str(Path(__file__).parents[1])]
sys.modules["tests"] = ours

with atheris.instrument_imports(include=["polywire.venues"]):
    from tests.unit.venues import account_doors
    from tests.unit.venues.building import NOW, change, entry, frame, mirror, session
    from tests.unit.venues.polymarket import test_market_bad_input as market_doors

    from polywire.core.errors import DecodeError
    from polywire.venues.polymarket.cancels import cancel_reply

MEMORY_MAX = 2 << 30
"""Bytes; a door that wants more ends the process with a MemoryError, which is a finding."""

Door = Callable[[bytes], object]


def channel(body: bytes) -> object:
    """The market channel with one market on it."""
    return session(1).receive(body, NOW)


DOORS: list[tuple[Door, tuple[bytes, ...]]] = [
    *(
        (lambda body, name=name: account_doors.enter(name, body), account_doors.GOOD[name])
        for name in account_doors.DOORS
    ),
    *((door, (market_doors.GOOD[name],)) for name, door in market_doors.DOORS.items()),
    (channel, (frame(change(entry(), mirror())),)),
    (lambda body: cancel_reply(200, body), (b'{"canceled":["0x1"],"not_canceled":{}}',)),
]


def one(fuzzed: bytes) -> None:
    """One body through the door that its first byte names."""
    if fuzzed:
        door, _ = DOORS[fuzzed[0] % len(DOORS)]
        with contextlib.suppress(DecodeError):
            door(fuzzed[1:])


def main() -> None:
    """Fuzz for so many seconds, from what each door takes."""
    seconds, folder = int(sys.argv[1]), Path(sys.argv[2])
    for number, (_, bodies) in enumerate(DOORS):
        for at, body in enumerate(bodies):
            (folder / f"{number}-{at}").write_bytes(bytes([number]) + body)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    options = [f"-max_total_time={seconds}", "-seed=1", "-max_len=4096", "-timeout=10"]
    options.append("-rss_limit_mb=0")  # it counts the peak of whoever started this process, too
    atheris.Setup([sys.argv[0], str(folder), *options, f"-artifact_prefix={folder}/"], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
