"""What one socket's frames were, counted; read by whoever shows it, decided on by nobody.

Bytes are counted where they are read: here they would cost a thirtieth of the usual frame's path.
"""

from typing import Final

KINDS_MAX: Final = 100
KIND_LENGTH_MAX: Final = 64


class Stats:
    """Counters since the session began; `pairs` are the two-entry changes read on the fast path."""

    __slots__ = (
        "empty",
        "invalid_operations",
        "other_entries",
        "other_frames",
        "other_messages",
        "pair_mismatches",
        "pairs",
        "pongs",
        "repeated",
        "undecodable",
        "unknown",
        "unwatched",
    )

    def __init__(self) -> None:
        self.pairs = 0
        self.other_frames = 0
        self.other_entries = 0
        self.other_messages: dict[str, int] = {}
        self.unknown: dict[str, int] = {}
        self.undecodable = 0
        self.pair_mismatches = 0
        self.unwatched = 0
        self.empty = 0
        self.pongs = 0
        self.repeated = 0
        self.invalid_operations = 0

    @property
    def frames(self) -> int:
        """All frames received, those that a twin had brought before among them."""
        return self.pairs + self.other_frames + self.repeated

    @property
    def entries(self) -> int:
        """Entries of `price_change`, each one token's level."""
        return 2 * self.pairs + self.other_entries

    @property
    def messages(self) -> dict[str, int]:
        """Messages of known types by type."""
        messages = dict(self.other_messages)
        if self.pairs:
            messages["price_change"] = messages.get("price_change", 0) + self.pairs
        return messages


def count(counts: dict[str, int], kind: str) -> None:
    """One more of a kind; a venue that invents kinds without end fills one last row."""
    kind = kind[:KIND_LENGTH_MAX]
    if kind not in counts and len(counts) >= KINDS_MAX:
        kind = "(others)"
    counts[kind] = counts.get(kind, 0) + 1
