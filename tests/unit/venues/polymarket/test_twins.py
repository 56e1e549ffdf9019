"""Twin connections: exact dropping of duplicates, who was first, and who is behind."""

import random
from collections import Counter

import pytest
from tests.unit.venues.building import change, condition, entry, frame, mirror

from polywire.core.ids import FeedId
from polywire.core.model.market import FeedBehind
from polywire.core.units import Ns
from polywire.venues.polymarket.twins import Twins

SECOND = 1_000_000_000
T0 = 1_800_000_000 * SECOND
A, B, C = FeedId("market-1"), FeedId("market-1b"), FeedId("market-1.2")
ONE = frame(change(entry(), mirror()))
TWO = frame(change(entry(number=2), mirror(number=2), number=2))


def at(seconds: float) -> Ns:
    return Ns(T0 + int(seconds * SECOND))


class Rig:
    """Twins, and what they told of leads."""

    def __init__(self) -> None:
        self.leads: list[tuple[FeedId, int]] = []
        self.twins = Twins(lambda feed, ns: self.leads.append((feed, ns)))

    def told(self, *feeds: FeedId, since: float = -10) -> dict[FeedId, dict[object, Ns]]:
        """Both markets told by these feeds since then."""
        return {feed: {condition(1): at(since), condition(2): at(since)} for feed in feeds}


def test_the_first_arrival_passes_and_its_twin_does_not_and_the_lead_is_told() -> None:
    rig = Rig()
    assert rig.twins.passes(B, ONE, at(0)) is True
    assert rig.twins.passes(A, ONE, at(0.25)) is False
    assert rig.leads == [(B, SECOND // 4)]


def test_a_text_that_each_feed_brings_twice_passes_twice() -> None:
    rig = Rig()
    passed = [rig.twins.passes(feed, ONE, at(0)) for feed in (A, A, B, B, C, B)]
    assert passed == [True, True, False, False, False, True]
    assert [feed for feed, _ in rig.leads] == [A, A], "one lead for each other feed"


@pytest.mark.parametrize("text", [b"PONG", b"INVALID OPERATION", b'[{"bids":[],"asks":[]}]'])
def test_answers_to_a_subscription_and_bare_texts_always_pass(text: bytes) -> None:
    twins = Rig().twins
    assert [twins.passes(feed, text, at(0)) for feed in (A, B, A)] == [True, True, True]


def test_an_array_of_changes_is_compared_like_a_change_alone() -> None:
    twins = Rig().twins
    many = b"[" + ONE + b"," + TWO + b"]"
    assert [twins.passes(feed, many, at(0)) for feed in (A, B)] == [True, False]


@pytest.mark.parametrize("feeds", [(A, B, C), (A, B)])
@pytest.mark.parametrize("seed", range(20))
def test_what_passes_is_what_one_feed_alone_would_have_brought(
    seed: int, feeds: tuple[FeedId, ...]
) -> None:
    """Connections of one venue: each brings every frame in order, with delays of its own."""
    chance = random.Random(seed)
    texts = [b'{"n":%d}' % chance.randrange(40) for _ in range(400)]  # repetitions by the dozen
    arrivals = []
    for feed in feeds:
        late = 0.0
        for number, text in enumerate(texts):
            late = max(late, number * 0.01 + chance.random() * chance.choice([0.0, 0.3, 3.0]))
            arrivals.append((late, feed, text))
    twins = Rig().twins
    twins.pair = len(feeds) == 2
    passed: Counter[bytes] = Counter()
    looked = 0.0
    for when, feed, text in sorted(arrivals):
        passed[text] += twins.passes(feed, text, at(when))
        if when - looked > 0.25:
            looked = when
            twins.look({}, at(when))
    assert passed == Counter(texts)


def test_a_feed_that_lacks_a_frame_for_a_second_is_behind_once_a_second() -> None:
    rig = Rig()
    told = rig.told(A, B)
    behind = []
    for tenth in range(35):
        rig.twins.passes(A, ONE[:-1] + b" " * tenth + b"}", at(tenth / 10))
        behind += rig.twins.look(told, at(tenth / 10))
    assert behind == [FeedBehind(at(second), B, condition(1)) for second in (1, 2, 3)]


def test_a_frame_that_comes_late_but_within_a_second_is_no_evidence() -> None:
    rig = Rig()
    rig.twins.passes(A, ONE, at(0))
    rig.twins.passes(B, ONE, at(0.99))
    assert rig.twins.look(rig.told(A, B), at(1.5)) == []


@pytest.mark.parametrize(
    ("feeds", "since"),
    [((A,), -10.0), ((A, B), -0.99), ((A, B), 0.5)],
    ids=["not up", "told of it just before", "told of it later"],
)
def test_a_feed_need_not_bring_what_it_may_never_have_been_sent(
    feeds: tuple[FeedId, ...], since: float
) -> None:
    rig = Rig()
    rig.twins.passes(A, ONE, at(0))
    assert rig.twins.look(rig.told(*feeds, since=since), at(1)) == []


def test_each_market_of_a_frame_is_told_for_the_feeds_that_had_told_of_it() -> None:
    rig = Rig()
    rig.twins.passes(A, b"[" + ONE + b"," + TWO + b"]", at(0))
    told = {A: {}, B: {condition(1): at(-9)}, C: {condition(2): at(-9)}}
    assert rig.twins.look(told, at(1)) == [
        FeedBehind(at(1), B, condition(1)),
        FeedBehind(at(1), C, condition(2)),
    ]


def test_ten_seconds_after_it_passed_last_a_text_is_forgotten() -> None:
    twins = Rig().twins
    twins.passes(A, ONE, at(0))
    twins.passes(A, ONE, at(8))
    for second in range(1, 18):
        twins.look({}, at(second))
    assert [twins.passes(B, ONE, at(17.5)) for _ in range(2)] == [False, False]
    for second in range(18, 30):
        twins.look({}, at(second))
    assert twins.passes(B, ONE, at(30)) is True


def test_of_a_pair_nothing_is_remembered_that_both_have_brought() -> None:
    rig = Rig()
    rig.twins.pair = True
    for number in range(100):
        frame = ONE[:-1] + b" " * number + b"}"
        assert rig.twins.passes(A, frame, at(0))
        assert not rig.twins.passes(B, frame, at(0.1))
    assert len(rig.leads) == 100
    assert not rig.twins._seen
    assert rig.twins.look(rig.told(A, B), at(5)) == []
    assert not rig.twins._young
