"""Order, priority and merging of what waits for the engine."""

from hypothesis import given
from hypothesis import strategies as st

from polywire.core.ids import FeedId, MarketId, OrderId
from polywire.core.model.account import OrderAccepted
from polywire.core.model.instrument import Side
from polywire.core.model.market import (
    BookDelta,
    BookSnapshot,
    FeedDown,
    Level,
    Proof,
    PublicTrade,
)
from polywire.core.units import Ns, Price, Quantity
from polywire.runtime.inbox import Inbox
from polywire.runtime.merge import Merge

A, B = MarketId("a"), MarketId("b")
FEED = FeedId("f")


def delta(market: MarketId, at: int, *levels: tuple[int, int, int], digest: str = "") -> BookDelta:
    made: tuple[Level, ...] = tuple((s, Price(p), Quantity(q)) for s, p, q in levels)
    digest = digest or f"h{at}"
    proofs = (Proof(0, digest, Price(1), Price(2)), Proof(1, digest, Price(3), Price(4)))
    return BookDelta(Ns(at), Ns(at), market, made, proofs, FEED, Ns(at))


def touch(market: MarketId, at: int, bid: int) -> BookDelta:
    proof = Proof(0, "", Price(bid), Price(9))
    return BookDelta(Ns(at), Ns(at), market, (), (proof,), FEED, Ns(at))


def trade(market: MarketId, at: int) -> PublicTrade:
    return PublicTrade(Ns(at), Ns(at), market, 0, Side.BUY, Price(5), Quantity(7), FEED)


def snapshot(market: MarketId, at: int) -> BookSnapshot:
    return BookSnapshot(Ns(at), Ns(at), market, 0, (), (), "h", FEED)


def drained(*events: object) -> list[object]:
    inbox = Inbox(calm_max=0)
    for event in events:
        inbox.put(event)  # type: ignore[arg-type]
    return list(inbox.drain())


def test_account_facts_come_before_waiting_market_facts() -> None:
    inbox = Inbox()
    inbox.put(delta(A, 1, (0, 10, 5)))
    accepted = OrderAccepted(Ns(2), OrderId("o"))
    inbox.put_fact(accepted)
    assert [type(event).__name__ for event in inbox.drain()] == ["OrderAccepted", "BookDelta"]


def test_changes_of_one_market_merge_and_the_later_size_wins() -> None:
    merged = drained(delta(A, 1, (0, 10, 5), (1, 20, 3)), delta(A, 2, (0, 10, 9)))
    assert merged == [
        BookDelta(
            Ns(2),
            Ns(2),
            A,
            ((0, Price(10), Quantity(9)), (1, Price(20), Quantity(3))),
            (
                Proof(0, "h2", Price(1), Price(2), True, 2),
                Proof(1, "h2", Price(3), Price(4), True, 2),
            ),
            FEED,
            Ns(1),
            2,
        )
    ]


def test_markets_do_not_merge_with_each_other_and_keep_the_order_of_their_first_change() -> None:
    merged = drained(delta(A, 1), delta(B, 2), delta(A, 3))
    assert [(event.market, event.frames) for event in merged] == [(A, 2), (B, 1)]  # type: ignore[attr-defined]


def test_a_trade_or_snapshot_ends_the_merge_of_its_market_only() -> None:
    for barrier in (trade, snapshot):
        merged = drained(delta(A, 1), delta(B, 2), barrier(A, 3), delta(A, 4), delta(B, 5))
        names = [(type(event).__name__, event.market) for event in merged]  # type: ignore[attr-defined]
        assert names == [
            ("BookDelta", A), ("BookDelta", B), (barrier(A, 0).__class__.__name__, A),
            ("BookDelta", A),
        ]  # fmt: skip


def test_a_feed_going_down_ends_every_merge() -> None:
    merged = drained(delta(A, 1), FeedDown(Ns(2), FEED, "lost"), delta(A, 3))
    assert [type(event).__name__ for event in merged] == ["BookDelta", "FeedDown", "BookDelta"]


def test_a_touch_alone_keeps_the_last_hash_at_its_own_time() -> None:
    (merged,) = drained(delta(A, 1, (0, 1, 5)), touch(A, 7, bid=3))
    assert isinstance(merged, BookDelta)
    assert (merged.venue_ns, merged.recv_ns) == (1, 7)
    assert merged.proofs[0] == Proof(0, "h1", Price(3), Price(9), True, 1)


def test_of_two_changes_the_one_that_is_newer_to_the_venue_wins() -> None:
    late = delta(A, 1, (0, 10, 5), (1, 20, 3))
    late = BookDelta(Ns(3), Ns(1), A, late.levels, late.proofs, FEED, Ns(3))
    (merged,) = drained(delta(A, 2, (0, 10, 9)), late)
    assert isinstance(merged, BookDelta)
    assert merged.levels == ((0, 10, 9), (1, 20, 3))
    assert (merged.venue_ns, merged.recv_ns, merged.frames) == (2, 3, 2)
    assert [(proof.hash, proof.entries) for proof in merged.proofs] == [("h2", 2), ("h2", 2)]


def test_a_change_that_speaks_for_one_outcome_stays_alone() -> None:
    half = delta(A, 2, (0, 1, 5))
    half = BookDelta(Ns(2), Ns(2), A, half.levels, half.proofs[:1], FEED, Ns(2))
    assert len(drained(delta(A, 1), half, delta(A, 3))) == 3


def test_without_merging_every_change_stays_alone() -> None:
    inbox = Inbox(merge=False)
    for at in range(5):
        inbox.put(delta(A, at))
    assert len(inbox.drain()) == 5


def test_a_drain_takes_no_more_than_asked_and_forgets_nothing() -> None:
    inbox = Inbox(merge=False)
    for at in range(600):
        inbox.put(delta(A, at))
    assert [len(inbox.drain()) for _ in range(4)] == [256, 256, 88, 0]
    assert not inbox


def test_a_change_after_a_drain_starts_a_new_merge() -> None:
    inbox = Inbox()
    inbox.put(delta(A, 1))
    assert len(inbox.drain()) == 1
    inbox.put(delta(A, 2))
    assert [event.frames for event in inbox.drain()] == [1]  # type: ignore[union-attr]


def test_a_long_wait_keeps_no_more_than_the_levels_that_changed() -> None:
    inbox, frames = Inbox(calm_max=0), 3_000
    inbox.put(delta(A, 0, (0, 1, 1)))
    for at in range(1, frames):
        inbox.put(delta(A, at, (0, 1 + at % 3, 1 + at)))
    assert len(inbox._market) == 1
    (only,) = inbox.drain()
    assert isinstance(only, BookDelta)
    assert len(only.levels) == 3
    assert inbox.merged == frames - 1
    assert (only.frames, only.first_ns, only.recv_ns) == (frames, 0, frames - 1)


level = st.tuples(st.integers(0, 1), st.integers(1, 4), st.integers(0, 3))


@given(st.lists(st.lists(level, max_size=4), min_size=1, max_size=12))
def test_a_merged_change_leaves_a_book_as_all_changes_in_order_would(
    changes: list[list[tuple[int, int, int]]],
) -> None:
    one_by_one: dict[tuple[int, int], int] = {}
    for change in changes:
        for side, price, size in change:
            one_by_one[side, price] = size
    first, *later = [delta(A, at, *change) for at, change in enumerate(changes)]
    merge = Merge(first)
    for change in later:
        merge.add(change)
    merged = merge.delta()
    at_once: dict[tuple[int, int], int] = {}
    for side, price, size in merged.levels:
        at_once[side, price] = size
    assert at_once == one_by_one
    assert merged.frames == len(changes)
    assert merged.proofs[0].hash == f"h{len(changes) - 1}"
    assert merged.proofs[0].entries == len(changes)


def groups(inbox: Inbox, *events: BookDelta) -> list[tuple[str, int]]:
    """The first outcome's hash of each drained change, and how many frames it stands for."""
    for event in events:
        inbox.put(event)
    drained = [event for event in inbox.drain() if isinstance(event, BookDelta)]
    return [(event.proofs[0].hash, event.frames) for event in drained]


def test_while_little_waits_each_hash_group_stays_by_itself() -> None:
    first, again, second = (
        delta(A, at, (0, 10, at), digest=digest) for at, digest in ((1, "x"), (2, "x"), (3, "y"))
    )
    assert groups(Inbox(), first, again, second) == [("x", 2), ("y", 1)]


def test_once_much_waits_groups_are_merged_again() -> None:
    told = [delta(A, at, (0, 10, at)) for at in range(1, 6)]
    assert groups(Inbox(calm_max=2), *told) == [("h1", 1), ("h5", 4)]


def test_an_overtaken_change_joins_what_waits_however_little_that_is() -> None:
    newer, older = delta(A, 5, (0, 10, 1)), delta(A, 4, (0, 10, 9))
    assert groups(Inbox(), newer, older) == [("h5", 2)]
