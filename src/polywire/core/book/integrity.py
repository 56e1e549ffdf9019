"""Whether one market's book may be trusted: checksum groups, touch, crossing; when last proven.

The venue hashes the whole book after every matching step; a step's messages share one hash and
only the last of them agrees, and some hashes are taken a few messages late (polymarket.md 1.6).
So a group that has not agreed waits a grace before it counts as wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final

from polywire.core.book.belief import Belief
from polywire.core.book.checksum import Checksum
from polywire.core.book.order_book import OrderBook
from polywire.core.ids import MarketId
from polywire.core.model.market import REST, BookDelta, BookSnapshot, Level, Proof
from polywire.core.units import SECOND, Ns, Price

GRACE_NS = 2 * SECOND
"""Recorded late hashes agree within 50 ms; trade prices that a hash knows early, within 90 ms."""

LATE_MAX = 16
"""How many messages late a hash may be (recorded ones: a few); bounds what a wrong book costs."""

UNKNOWN = "no snapshot"
CHECKSUM = "checksum"
TOUCH = "touch"
HASH = "hash"
"""What a book is proven by; else the feed whose whole book it is."""


@dataclass(slots=True)
class Tally:
    """Entries (messages for one token) by what their hash said, and the other proofs, all books.

    checked = agreed + late + wrong + superseded + those still waiting. `superseded`: their own
    state was merged away or replaced by a proven snapshot before it could be compared.
    """

    checked: int = 0
    agreed: int = 0
    late: int = 0
    wrong: int = 0
    superseded: int = 0
    unverifiable: int = 0
    groups: int = 0
    groups_late: int = 0
    snapshots: int = 0
    snapshots_agreed: int = 0
    touches: int = 0
    touches_differing: int = 0

    @staticmethod
    def whole(tallies: Iterable["Tally"]) -> "Tally":
        """What all of them have counted."""
        return Tally(*map(sum, zip(*map(_COUNTS, tallies), strict=True)))


_COUNTS: Final = attrgetter(*Tally.__slots__)
"""Thousands of books are counted together at once."""


@dataclass(slots=True)
class HashGroup:
    """Messages that share a hash (or one snapshot, which owes no entries); open until it agrees.

    `passed`: a merged change, or a trade price that came late, went over the group's own state,
    which can no longer be compared.
    `void`: something was lost since it opened, so that its agreement says nothing of now.
    `since_ns` and `proofs`: when it opened, or a repeated message opened it again, and how often
    the book had been proven by then.
    """

    hash: str = ""
    venue_ns: Ns = Ns(0)
    since_ns: Ns = Ns(0)
    proofs: int = 0
    owed: int = 0
    open: bool = False
    passed: bool = False
    void: bool = False


@dataclass(slots=True)
class OutcomeProof:
    """One outcome's open group, and earlier ones that still wait for a state that agrees."""

    group: HashGroup = field(default_factory=HashGroup)
    waiting: list[HashGroup] = field(default_factory=list)
    touch_bad_ns: Ns | None = None


class BookIntegrity:
    """Evidence for one book. `suspect` names why it is not trusted; empty means no objection.

    `proven_ns`: when it was last proven; `depth_ns`: the same, but not by its touch alone.
    While its hashes are not `believed`, REST alone proves its depth.
    """

    __slots__ = (
        "_belief",
        "_market",
        "_outcomes",
        "_proofs",
        "_unrendered",
        "believed",
        "checksum",
        "depth_ns",
        "proven_by",
        "proven_ns",
        "suspect",
        "tally",
    )

    def __init__(self, checksum: Checksum, belief: Belief, market: MarketId) -> None:
        self.checksum = checksum
        self.tally = Tally()
        self.believed = belief.believes(market)
        self._belief = belief
        self._market = market
        self.suspect = UNKNOWN
        self.proven_ns = Ns(0)
        self.depth_ns = Ns(0)
        self.proven_by = ""
        self._proofs = 0
        self._unrendered: dict[tuple[int, Price], Level] = {}
        self._outcomes = (OutcomeProof(), OutcomeProof())

    def prove(self, now: Ns, how: str) -> None:
        """The whole book was seen to agree with the venue."""
        self._proofs += 1
        self.proven_ns = self.depth_ns = now
        self.proven_by = how
        self.suspect = ""

    def doubt(self, cause: str) -> None:
        """Stop trusting the book until what comes from now on proves it; the first cause stands."""
        self.suspect = self.suspect or cause
        for proofs in self._outcomes:
            for group in (proofs.group, *proofs.waiting):
                group.void = True

    def take_snapshot(
        self, book: OrderBook, snapshot: BookSnapshot, changed: tuple[Level, ...]
    ) -> bool:
        """Compare a book that was just replaced with the hash that came with it: was it that?

        A snapshot without a hash is taken at its word, and so is one by REST while the hashes of
        the market are not believed.
        """
        self._change(changed)
        self.suspect = self.suspect if self.suspect != UNKNOWN else "unproven snapshot"
        now = snapshot.recv_ns
        if not snapshot.hash:
            self._supersede()
            self.prove(now, snapshot.feed)
            return True
        self.tally.snapshots += 1
        self._open(snapshot.outcome, snapshot.hash, snapshot.venue_ns, now)
        group = self._outcomes[snapshot.outcome].group
        self.recheck(book, now)
        agreed = not group.open
        self.tally.snapshots_agreed += agreed
        if agreed or (not self.believed and snapshot.feed == REST):
            self._supersede()
            self.prove(now, HASH if agreed else snapshot.feed)
        return agreed

    def take_delta(self, book: OrderBook, delta: BookDelta) -> None:
        """Compare a book that was just changed with each proof that came along."""
        self._change(delta.levels)
        for proof in delta.proofs:
            hashed = proof.hash and self.believed
            agreed = not hashed or self._take_hash(book, delta, proof)
            if proof.touch and agreed:
                self._take_touch(book, proof, delta.recv_ns)
            if proof.hash and not hashed:
                self.skip_proof(proof)

    def mend(self, changed: tuple[Level, ...]) -> None:
        """What a book was wrong about, as far as known: the next hash will say whether it is so."""
        self._change(changed)

    def take_agreed(self, changes: int, now: Ns) -> None:
        """The same for so many changes that had a touch alone, each of which agreed.

        Call only while nothing speaks against the book; the last of them came now. What they
        changed is told with the next that is compared.
        """
        self.tally.touches += changes
        self.proven_ns = now

    def skip_delta(self, delta: BookDelta) -> None:
        """Count proofs that came before any snapshot: there is nothing to compare them with."""
        for proof in delta.proofs:
            self.skip_proof(proof)

    def skip_proof(self, proof: Proof) -> None:
        """Count a proof's hash, if it has one, as one that can or may not be compared."""
        if proof.hash:
            self.tally.unverifiable += proof.entries

    def supersede_delta(self, delta: BookDelta) -> None:
        """Count proofs of changes that a newer REST book already holds."""
        for proof in delta.proofs:
            if proof.hash:
                self.tally.checked += proof.entries
                self.tally.superseded += proof.entries

    def recheck(self, book: OrderBook, now: Ns) -> None:
        """Look again at every hash that has not agreed: the book or the last trade changed."""
        for outcome, proofs in enumerate(self._outcomes):
            if proofs.waiting:
                self._recheck_waiting(book, outcome, now)
            if proofs.group.open and self._agrees(book, outcome, proofs.group):
                self._settle_late(proofs.group)
                for group in proofs.waiting:
                    group.passed = True  # hashed with a trade price that came only now
                self._supersede_passed(proofs)
                self._prove_by(proofs.group, now)

    def expire(self, now: Ns) -> None:
        """At a cut: what has disagreed for longer than the grace is a reason for suspicion."""
        for proofs in self._outcomes:
            if proofs.group.open and now - proofs.group.since_ns > GRACE_NS:
                self._give_up(proofs.group)
            while proofs.waiting and now - proofs.waiting[0].since_ns > GRACE_NS:
                self._give_up(proofs.waiting.pop(0))
            if proofs.touch_bad_ns is not None and now - proofs.touch_bad_ns > GRACE_NS:
                self.doubt(TOUCH)

    @property
    def waits(self) -> bool:
        """Whether something has disagreed and its grace still runs."""
        for proofs in self._outcomes:  # asked at every change: `any` would take twice as long
            if proofs.waiting or proofs.group.open or proofs.touch_bad_ns is not None:
                return True
        return False

    def _prove_by(self, group: HashGroup, now: Ns) -> None:
        """Its hash agrees, which proves the book unless something was lost since."""
        if not group.void:
            self.prove(now, HASH)

    def _take_hash(self, book: OrderBook, delta: BookDelta, proof: Proof) -> bool:
        self.tally.checked += proof.entries
        proofs = self._outcomes[proof.outcome]
        if delta.venue_ns < proofs.group.venue_ns:
            self._take_overtaken(book, delta, proof)
            return False  # nor does its touch speak of now
        if proofs.group.hash != proof.hash:
            self._open(proof.outcome, proof.hash, delta.venue_ns, delta.recv_ns)
            self.tally.groups += 1
        group = proofs.group
        if not group.open:  # an old message came again: what it proved before says nothing now
            group.since_ns, group.proofs = delta.recv_ns, self._proofs
        group.owed += proof.entries
        group.open = not self._agrees(book, proof.outcome, group)
        if not group.open:
            self.tally.agreed += group.owed
            group.owed = 0
            self._prove_by(group, delta.recv_ns)
            if self._belief.doubts:
                self._belief.agree(self._market)
        if proofs.waiting:
            self._recheck_waiting(book, proof.outcome, delta.recv_ns)
            if delta.frames > 1:
                for earlier in proofs.waiting:
                    earlier.passed = True
            if not group.open:
                self._supersede_passed(proofs)
        return not group.open

    def _take_overtaken(self, book: OrderBook, delta: BookDelta, proof: Proof) -> None:
        """An older message came late: it completes the newest state, or has undone some of it."""
        self.tally.superseded += proof.entries
        group = self._outcomes[proof.outcome].group
        agrees = self._agrees(book, proof.outcome, group)
        if agrees and group.open:
            self._settle_late(group)
            self._prove_by(group, delta.recv_ns)
        elif not agrees and not group.open:
            group.open, group.since_ns, group.proofs = True, delta.recv_ns, self._proofs

    def _open(self, outcome: int, digest: str, venue_ns: Ns, now: Ns) -> None:
        proofs = self._outcomes[outcome]
        if proofs.group.open:
            proofs.waiting.append(proofs.group)
        proofs.group = HashGroup(digest, venue_ns, now, self._proofs, open=True)

    def _agrees(self, book: OrderBook, outcome: int, group: HashGroup) -> bool:
        if self._unrendered:
            self.checksum.change(tuple(self._unrendered.values()))
            self._unrendered.clear()
        return self.checksum.digest(outcome, group.venue_ns, book.last_trade) == group.hash

    def _change(self, levels: tuple[Level, ...]) -> None:
        """What no hash is compared with is never rendered; of each level the last change is."""
        for level in levels:
            self._unrendered[level[:2]] = level

    def _settle_late(self, group: HashGroup) -> None:
        self.tally.late += group.owed
        self.tally.groups_late += 1 if group.owed else 0
        group.owed = 0
        group.open = False

    def _recheck_waiting(self, book: OrderBook, outcome: int, now: Ns) -> None:
        proofs = self._outcomes[outcome]
        for group in proofs.waiting[-LATE_MAX:]:
            if self._agrees(book, outcome, group):
                proofs.waiting.remove(group)
                self._settle_late(group)
                if not (proofs.group.open or group.void):
                    self._prove_by(proofs.group, now)

    def _supersede(self) -> None:
        """A proven snapshot replaced whatever still waited."""
        for proofs in self._outcomes:
            for group in (*proofs.waiting, proofs.group):
                self.tally.superseded += group.owed
                group.owed = 0
                group.open = False
            proofs.waiting.clear()
            proofs.touch_bad_ns = None

    def _supersede_passed(self, proofs: OutcomeProof) -> None:
        """A later state agreed: nothing more can be said of those that a merge went over."""
        self.tally.superseded += sum(group.owed for group in proofs.waiting if group.passed)
        proofs.waiting = [group for group in proofs.waiting if not group.passed]

    def _give_up(self, group: HashGroup) -> None:
        self.tally.wrong += group.owed
        group.owed = 0
        group.open = False
        proven_since = self._proofs != group.proofs  # a touch renews a proof, but proves no depth
        if self.believed and not proven_since:
            self.doubt(CHECKSUM)

    def _take_touch(self, book: OrderBook, proof: Proof, now: Ns) -> None:
        self.tally.touches += 1
        proofs = self._outcomes[proof.outcome]
        if book.touch(proof.outcome) == (proof.best_bid, proof.best_ask):
            proofs.touch_bad_ns = None
            if not (proof.hash and self.believed):
                self.proven_ns = now
            return
        self.tally.touches_differing += 1
        if proofs.touch_bad_ns is None:
            proofs.touch_bad_ns = now
