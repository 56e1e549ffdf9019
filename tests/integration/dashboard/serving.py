"""The dashboard's application on a real server, in a thread with a loop of its own."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import structs
from tests.unit.dashboard.asking import TOKEN
from tests.unit.dashboard.test_views import ABOUT, scene_of

from polywire.dashboard.app import application
from polywire.dashboard.rules import Rules
from polywire.dashboard.server import reception
from polywire.journal.lock import FolderLock
from polywire.runtime.operator_door import Answer, Asked, OperatorDoor


class Minutes:
    """A clock that is a minute on each time, so that nothing is too often."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 60.0
        return self.now


async def done(asked: Asked, _who: str) -> Answer:
    """An engine that does whatever it is asked for."""
    return Answer(True, [f"{asked.operation} was done"])


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Its address; what it shows is a run that is over, and what is asked of it is done."""
    scene, _ = scene_of(folder)
    reports = folder / "reports"
    reports.mkdir()
    (reports / "maker.html").write_text("<!doctype html><title>A backtest</title>")
    scene.about = structs.replace(ABOUT, journal=str(folder), backtests=str(reports))
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    rules = Rules(port=port, token=TOKEN, read_only=False, seconds=Minutes())
    server = reception(application(scene, rules))

    async def serve() -> None:
        door = OperatorDoor(folder, done)
        await door.open()
        await server.serve(sockets=[listening])
        await door.close()

    serving = threading.Thread(target=asyncio.run, args=[serve()])
    with closing(FolderLock(folder)):
        serving.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            serving.join()
