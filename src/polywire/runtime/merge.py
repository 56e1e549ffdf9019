"""Waiting changes of one market as one change. Levels are absolute, so the later wins."""

from polywire.core.model.market import BookDelta, Proof
from polywire.core.units import Price, Quantity


class Merge:
    """Takes changes in as they come and keeps only what lasts, so memory is bounded by the book.

    A change of nothing but the touch has no hash: the last hash before it stands, at its time.
    """

    __slots__ = (
        "_entries",
        "_first_ns",
        "_hashes",
        "_last",
        "_levels",
        "_touches",
        "_venue_ns",
        "frames",
    )

    def __init__(self, first: BookDelta) -> None:
        self.frames = 0
        self._first_ns = first.first_ns
        self._last = first
        self._venue_ns = first.venue_ns
        self._levels: dict[tuple[int, Price], Quantity] = {}
        self._touches: list[Proof | None] = [None, None]
        self._hashes = ["", ""]
        self._entries = [0, 0]
        self.add(first)

    def add(self, delta: BookDelta) -> None:
        """Take in a later change: its sizes, its proofs and its time win."""
        self.frames += delta.frames
        self._last = delta
        if delta.levels:
            levels = self._levels
            for side, price, size in delta.levels:
                levels[side, price] = size
            self._venue_ns = delta.venue_ns
        for proof in delta.proofs:
            outcome = proof.outcome
            self._touches[outcome] = proof
            if proof.hash:
                self._hashes[outcome] = proof.hash
                self._entries[outcome] += proof.entries

    def delta(self) -> BookDelta:
        """One change that leaves a book as all of them in order would, with the last proofs."""
        last = self._last
        return BookDelta(
            last.recv_ns,
            self._venue_ns,
            last.market,
            tuple((side, price, size) for (side, price), size in self._levels.items()),
            tuple(self._proof(touch) for touch in self._touches if touch is not None),
            last.feed,
            self._first_ns,
            self.frames,
        )

    def _proof(self, touch: Proof) -> Proof:
        outcome = touch.outcome
        digest, entries = self._hashes[outcome], self._entries[outcome]
        return Proof(outcome, digest, touch.best_bid, touch.best_ask, touch.touch, entries)
