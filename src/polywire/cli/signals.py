"""Ctrl-C and SIGTERM: the first asks for a clean stop, the second ends the process at once."""

import asyncio
import os
import signal


def stop_on_signals() -> asyncio.Event:
    """An event that the first signal sets; call it inside the running loop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def heard() -> None:
        if stop.is_set():
            os._exit(130)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, heard)
    return stop
