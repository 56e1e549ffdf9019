"""When the venue's hashes are believed no more, and when they are again."""

from msgspec import structs
from tests.unit.core.building import BID, SECOND, Proof, delta, forty_sixty, market
from tests.unit.core.watching import T0, Rig

from polywire.core.book.belief import Belief
from polywire.core.ids import MarketId
from polywire.core.model.healing import ChecksumsJudged, ProveBook, ReplaceSocket, Resubscribe
from polywire.core.model.market import BookSnapshot, FeedCarries
from polywire.core.units import Ns

A, B, C = MarketId("a"), MarketId("b"), MarketId("c")
MINUTE = 60 * SECOND


def test_three_markets_without_any_hash_that_agrees_speak_for_all() -> None:
    belief = Belief()
    assert not belief.refute(A, Ns(1))
    assert not belief.refute(B, Ns(2))
    assert belief.refute(C, Ns(3))
    assert not belief.believes(MarketId("any"))
    assert not belief.refute(A, Ns(4))


def test_a_hash_that_agrees_anywhere_saves_the_others() -> None:
    belief = Belief()
    belief.refute(A, Ns(1))
    belief.refute(B, Ns(2))
    belief.agree(MarketId("d"))
    assert not belief.refute(C, Ns(3))
    assert belief.believes(A)


def test_one_market_that_never_agrees_is_disbelieved_alone() -> None:
    belief = Belief()
    for _ in range(2):
        assert not belief.refute(A, Ns(1))
        belief.agree(B)
    assert belief.refute(A, Ns(2))
    assert not belief.believes(A)
    assert belief.believes(B)


def test_its_own_agreement_counts_for_a_market() -> None:
    belief = Belief()
    for _ in range(9):
        assert not belief.refute(A, Ns(1))
        assert belief.doubts
        belief.agree(A)
        assert not belief.doubts


def test_belief_returns_after_a_pause_that_grows() -> None:
    belief = Belief()
    at = 0
    for pause in (MINUTE, 2 * MINUTE, 4 * MINUTE):
        for market_id in (A, B, C):
            belief.refute(market_id, Ns(at))
        assert not belief.restore(Ns(at + pause - 1))
        assert belief.restore(Ns(at + pause))
        assert belief.believes(A)
        at += pause
    assert not belief.restore(Ns(at))


def spoilt(snapshot: BookSnapshot) -> BookSnapshot:
    return structs.replace(snapshot, hash="another recipe")


def test_a_venue_that_changes_its_hashes_is_traded_on_audits_after_one_alert() -> None:
    venues = {name: forty_sixty(name) for name in ("m", "m1", "m2", "m3")}
    told: list[tuple[int, object]] = []
    rig = Rig(audit_ns=10 * SECOND)
    feed = next(iter(rig.watch.sources.by_feed))
    rig.watch.feed(FeedCarries(Ns(T0), feed, tuple(map(MarketId, venues))))
    for name, venue in venues.items():
        rig.watch.list_market(market(name))
        rig.watch.snapshot(venue.snapshot(T0))
    trusted = []
    for at in range(120):
        now = T0 + at * SECOND
        for venue in venues.values():
            change = venue.delta(now, (BID, 41, 1 + at % 5))
            if at > 5:  # from here on the venue hashes otherwise
                proofs = tuple(structs.replace(one, hash=f"x{one.hash}") for one in change.proofs)
                change = structs.replace(change, proofs=proofs)
            rig.watch.delta(change)
        for command in rig.watch.cut(Ns(now + SECOND // 2)):
            told.append((at, command))
            if isinstance(command, ProveBook):
                answer = venues[command.market].snapshot(
                    now + SECOND // 2, venue_ns=now, feed="rest"
                )
                rig.watch.snapshot(spoilt(answer) if at > 5 else answer)
        rig.watch.verify()
        trusted.append(
            all(not rig.watch.distrust(one, Ns(now)) for one in rig.watch.books.values())
        )
    judged = [(at, one) for at, one in told if isinstance(one, ChecksumsJudged)]
    assert [(one.believed, at < 20) for at, one in judged] == [(False, True)]
    assert all(trusted[30:])
    late = [one for at, one in told if at > 30 and isinstance(one, Resubscribe | ReplaceSocket)]
    assert late == []
    audits = [at for at, one in told if at > 30 and isinstance(one, ProveBook)]
    assert len(audits) >= 4 * 8


def test_a_disbelieved_book_still_answers_for_its_touch() -> None:
    rig = Rig()
    rig.watch.snapshot(rig.venue.snapshot(T0))
    rig.tracked.integrity.believed = False
    wrong = Proof(0, "another recipe", None, None)
    rig.watch.delta(delta(T0 + 1, (BID, 41, 1), proofs=(wrong,)))
    rig.watch.verify()
    rig.cut(T0 + 3 * SECOND)
    assert rig.distrust(T0 + 3 * SECOND) == "touch"
