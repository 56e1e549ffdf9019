"""The market channel of 2026-07-27: every hash of the market with a snapshot ends verified."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.golden.polymarket.recorded import compact, json_lines
from tests.unit.venues.building import market

from polywire.core.book.order_book import OrderBook
from polywire.core.ids import FeedId, InstrumentId, MarketId
from polywire.core.model.instrument import Outcome
from polywire.core.model.market import BookDelta, BookSnapshot, FeedUp
from polywire.core.units import Ns, Price
from polywire.venues.polymarket.checksum import BookChecksum
from polywire.venues.polymarket.market_ws import MarketSession

FOLLOWED = market(
    id=MarketId("0x18b1c135d0a40c5894da9412e77311827d9caf16cf4cd6591b247a34730af919"),
    outcomes=(
        Outcome(
            InstrumentId(
                "40081275558852222228080198821361202017557872256707631666334039001378518619916"
            ),
            "Yes",
        ),
        Outcome(
            InstrumentId(
                "78633590736077251574794513664747155551297291244492840448622550955320930591622"
            ),
            "No",
        ),
    ),
    tick=Price(1_000),
    neg_risk=True,
)
UNSEEN = market(
    id=MarketId("0x0f49db97f71c68b1e42a6d16e3de93d85dbf7d4148e3f018eb79e88554be9f75"),
    outcomes=(
        Outcome(
            InstrumentId(
                "87854174148074652060467921081181402357467303721471806610111179101805869578687"
            ),
            "Yes",
        ),
        Outcome(
            InstrumentId(
                "54533043819946592547517511176940999955633860128497669742211153063842200957669"
            ),
            "No",
        ),
    ),
    tick=Price(1_000),
    neg_risk=True,
)
LATER_MESSAGES_MAX = 2


@dataclass
class Group:
    """Entries of one token in a row that carry the same hash."""

    hash: str
    venue_ns: Ns
    entries: int = 0
    agreed_after: int | None = None


@dataclass
class Token:
    """The groups of one token, and how many of its entries came."""

    groups: list[Group] = field(default_factory=list)
    last_at: list[int] = field(default_factory=list)
    entries: int = 0

    def take(self, digest: str, venue_ns: Ns) -> None:
        self.entries += 1
        if not self.groups or self.groups[-1].hash != digest:
            self.groups.append(Group(digest, venue_ns))
            self.last_at.append(0)
        self.groups[-1].entries += 1
        self.groups[-1].agreed_after = None
        self.last_at[-1] = self.entries

    def later(self) -> Iterator[tuple[Group, int]]:
        """Groups not yet agreed, with how many of the token's messages came after them."""
        for group, last in zip(self.groups[-4:], self.last_at[-4:], strict=True):
            if group.agreed_after is None:
                yield group, self.entries - last


@pytest.fixture(scope="module")
def tokens(recordings: Path) -> dict[tuple[MarketId, int], Token]:
    session = MarketSession(FeedId("recorded"), lambda: 0.5)
    session.subscribe([FOLLOWED, UNSEEN], Ns(0))
    session.connected(Ns(0))
    book, checksum = OrderBook(FOLLOWED.id), BookChecksum(FOLLOWED)
    tokens = {(one.id, side): Token() for one in (FOLLOWED, UNSEEN) for side in (0, 1)}
    for line in json_lines(recordings / "polymarket/market_channel_20260727.jsonl.zst"):
        for event in session.receive(compact(line["frame"]), Ns(1)):
            if isinstance(event, FeedUp):
                continue
            if isinstance(event, BookSnapshot):
                checksum.change(book.replace(event))
                digest = checksum.digest(event.outcome, event.venue_ns, book.last_trade)
                assert digest == event.hash
                continue
            assert isinstance(event, BookDelta)
            for proof in event.proofs:
                tokens[event.market, proof.outcome].take(proof.hash, event.venue_ns)
            if event.market != FOLLOWED.id:
                continue
            book.apply(event)
            checksum.change(event.levels)
            for proof in event.proofs:
                assert book.touch(proof.outcome) == (proof.best_bid, proof.best_ask)
            check(tokens, checksum, book)
    assert session.stats.frames == 783
    assert session.stats.pair_mismatches == 0
    return tokens


def check(
    tokens: dict[tuple[MarketId, int], Token], checksum: BookChecksum, book: OrderBook
) -> None:
    for outcome in (0, 1):
        for group, later in tokens[FOLLOWED.id, outcome].later():
            if checksum.digest(outcome, group.venue_ns, book.last_trade) == group.hash:
                group.agreed_after = later


def test_every_hash_group_of_the_followed_market_ends_verified(
    tokens: dict[tuple[MarketId, int], Token],
) -> None:
    groups = [group for side in (0, 1) for group in tokens[FOLLOWED.id, side].groups]
    assert sum(group.entries for group in groups) == 1_028
    assert len(groups) == 970
    assert sum(group.agreed_after == 0 for group in groups) == 958
    late = [group for group in groups if group.agreed_after]
    assert len(late) == 12
    assert {group.entries for group in late} == {1}
    assert max(group.agreed_after or 0 for group in late) == LATER_MESSAGES_MAX
    assert [group for group in groups if group.agreed_after is None] == []


def test_the_market_without_a_snapshot_has_entries_that_nothing_can_verify(
    tokens: dict[tuple[MarketId, int], Token],
) -> None:
    assert sum(tokens[UNSEEN.id, side].entries for side in (0, 1)) == 534
    groups = [group for side in (0, 1) for group in tokens[UNSEEN.id, side].groups]
    assert {group.agreed_after for group in groups} == {None}
