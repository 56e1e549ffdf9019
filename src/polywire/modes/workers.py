"""What makes a worker process end with its parent, however that ended."""

import os
import signal
from multiprocessing import parent_process
from threading import Thread


def mortal() -> None:
    """A pool's initializer. Ctrl-C ends a worker without a word; its parent says what there is."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = parent_process()
    assert parent is not None, "a worker has one"
    parent.join()
    os._exit(1)
