"""Waiting changes of one market as one change. Levels are absolute, so the later wins."""

from polywire.core.model.market import BookDelta, Level, Proof
from polywire.core.units import Price


class Merge:
    """Takes changes in as they come and keeps only what lasts, so memory is bounded by the book.

    The venue's own time says which of two is later. A change of nothing but the touch has no
    hash: the last hash before it stands, at its time.
    """

    __slots__ = (
        "_entries",
        "_first_ns",
        "_last",
        "_levels",
        "_touches",
        "frames",
        "proofs",
        "venue_ns",
    )

    def __init__(self, first: BookDelta) -> None:
        self.frames = 0
        self._first_ns = first.first_ns
        self._last = first
        self.venue_ns = first.venue_ns
        self._levels: dict[tuple[int, Price], Level] = {}
        self.proofs: tuple[Proof, ...] = ()
        self._touches: dict[int, Proof] = {}
        self._entries = [0, 0]
        self.add(first)

    def add(self, delta: BookDelta) -> None:
        """Take in a later change: its sizes, its proofs and its time win."""
        self.frames += delta.frames
        self._last = delta
        levels = self._levels
        if delta.venue_ns < self.venue_ns:
            self._add_overtaken(delta)
            return
        for level in delta.levels:
            levels[level[:2]] = level
        proofs = delta.proofs
        if len(proofs) != 2 or not proofs[0].hash:
            for proof in proofs:
                self._touches[proof.outcome] = proof
            return
        self.venue_ns = delta.venue_ns
        self.proofs = first, second = proofs
        self._entries[first.outcome] += first.entries
        self._entries[second.outcome] += second.entries
        if self._touches:
            self._touches.clear()

    def _add_overtaken(self, delta: BookDelta) -> None:
        """A change older than the newest came late: what is newer stays, and so does its hash."""
        for level in delta.levels:
            self._levels.setdefault(level[:2], level)
        for proof in delta.proofs:
            if proof.hash:
                self._entries[proof.outcome] += proof.entries

    def delta(self) -> BookDelta:
        """One change that leaves a book as all of them in order would, with the last proofs."""
        last = self._last
        return BookDelta(
            last.recv_ns,
            self.venue_ns,
            last.market,
            tuple(self._levels.values()),
            tuple(self._joined(proof) for proof in self.proofs) or tuple(self._touches.values()),
            last.feed,
            self._first_ns,
            self.frames,
        )

    def _joined(self, proof: Proof) -> Proof:
        """The last hash with all its entries, and the touch that was told last."""
        outcome = proof.outcome
        told = self._touches.get(outcome, proof)
        entries = self._entries[outcome]
        return Proof(outcome, proof.hash, told.best_bid, told.best_ask, told.touch, entries)
