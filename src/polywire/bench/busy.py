"""`python -m polywire.bench.busy`: a process that counts, and gives way as a dashboard does.

It has nothing to do with the engine: what that loses to it, it loses to any other busy process on
this machine. Prints a line when it has begun; ends with standard input.
"""

import os
import sys
import threading
from contextlib import suppress

from polywire.runtime.beside import give_way


def main() -> None:
    """Count until nobody listens."""
    with suppress(PermissionError):  # a shell that made it a group of its own
        os.setsid()  # beside.begin does so for a dashboard
    give_way()
    ended = threading.Thread(target=sys.stdin.read)
    ended.start()
    sys.stdout.write("{}\n")
    sys.stdout.flush()
    while ended.is_alive():
        pass


if __name__ == "__main__":
    main()
