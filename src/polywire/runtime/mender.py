"""Carries out what the engine asks about its feeds: books by REST, and sockets mended."""

from polywire.core.model.healing import FeedOrder, ProveBook, ReplaceSocket, Resubscribe
from polywire.runtime.pool import FeedPool
from polywire.runtime.prover import BookProver


class Mender:
    """The loop's edge for feeds over sockets; polling does all of it in poll.py."""

    def __init__(self, prover: BookProver, pool: FeedPool) -> None:
        self._prover = prover
        self._pool = pool

    def ask(self, command: FeedOrder) -> None:
        """Do it soon; what comes of it are events."""
        match command:
            case ProveBook():
                self._prover.ask(command)
            case Resubscribe():
                self._pool.resubscribe(command)
            case ReplaceSocket():
                self._pool.replace(command)
