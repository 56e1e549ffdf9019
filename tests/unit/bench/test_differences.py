"""Positions that differ between two modes, and what is said of them."""

from msgspec.structs import replace

from polywire.bench.differences import Difference, differences, pairs
from polywire.bench.hour import START_NS, Followed
from polywire.bench.mode_report import Look, Report
from polywire.bench.trips import Trip
from polywire.core.ids import MarketId

SECOND = 1_000_000_000
MARKET = Followed(
    "m", "will-it-rain",
    [START_NS // 1_000_000 + at_ms for at_ms in (0, 60_000, 63_000)], [500_000, 560_000, 510_000],
)  # fmt: skip
"""Three seconds above the target, a minute into the hour."""


def trip(opened: float, closed: float, cause: str, *, entry: int = 500_000) -> Trip:
    return Trip(
        market="m", opened_ns=int(START_NS + opened * SECOND), bought=20_000_000,
        sold=20_000_000 if closed else 0, paid=20 * entry, brought=11_000_000 if closed else 0,
        cause=cause, seen=560_000 if closed else 0,
        triggered_ns=int(START_NS + closed * SECOND) if closed else 0,
        closed_ns=int(START_NS + closed * SECOND) if closed else 0,
    )  # fmt: skip


def report(
    name: str, trips: list[Trip], looks: list[tuple[float, float]], every_s: int = 0
) -> Report:
    """`looks`: the venue's time of a book and when it came, in seconds; the decision was later."""
    seen = [
        Look(
            int(START_NS + book * SECOND),
            int(START_NS + had * SECOND),
            int(START_NS + had * SECOND) + SECOND // 20,
        )
        for book, had in looks
    ]
    return Report(
        name=name, every_ns=every_s * SECOND,
        late=False, book_calls=0, catalogue_calls=0, account_calls=0, orders=0,
        refused=0, errors=0, reconnects=0, bytes=0, uptime=1.0, cpu_s=0.0,
        memory_mb=0.0, trips=trips, looks={MarketId("m"): seen},
    )  # fmt: skip


STREAM_LOOKS = [(0.0, 0.1), (60.0, 60.1), (63.0, 63.1)]
POLL_LOOKS = [(0.0, 0.1), (0.0, 59.0), (63.0, 69.0)]


def compare(ours: list[Trip], theirs: list[Trip]) -> list[Difference]:
    return differences(
        [MARKET], report("stream", ours, STREAM_LOOKS), report("poll", theirs, POLL_LOOKS)
    )


def test_positions_left_by_the_same_cause_are_the_same_whatever_the_second() -> None:
    assert compare([trip(0.1, 60.5, "target")], [trip(0.1, 69.5, "target")]) == []


def test_a_target_that_passed_between_two_polls_is_explained_by_what_each_saw() -> None:
    (found,) = compare([trip(0.1, 60.5, "target")], [trip(0.1, 0, "")])
    assert found.explained
    assert "will-it-rain" in found.line
    assert "stream bought at 0.5 at 00:00.1, target seen at 0.56 at 01:00.5, sold at" in found.line
    assert "poll bought at 0.5 at 00:00.1 and held it" in found.line
    assert found.line.endswith("at 01:00.5 in view of stream 0.56 and poll 0.5")


def test_a_resting_target_filled_before_the_decision_is_explained_by_the_book_that_filled_it() -> (
    None
):
    (found,) = compare([trip(0.1, 60.1, "target")], [trip(0.1, 0, "")])
    assert found.line.endswith("at 01:00.1 in view of stream 0.56 and poll 0.5")


def test_two_that_saw_the_same_and_did_not_do_the_same_are_not_explained() -> None:
    looks = STREAM_LOOKS
    ours = report("stream", [trip(0.1, 60.5, "target")], looks)
    theirs = report("poll", [trip(0.1, 60.5, "stop")], looks)
    (found,) = differences([MARKET], ours, theirs)
    assert not found.explained
    assert found.line.endswith("NOT EXPLAINED")


def test_a_resting_target_that_a_print_filled_is_explained_to_who_polls() -> None:
    filled = replace(trip(0.1, 30.0, "target"), seen=0)
    ours = report("stream", [filled], STREAM_LOOKS)
    held = [trip(0.1, 0, "")]
    (found,) = differences([MARKET], ours, report("poll", held, STREAM_LOOKS, every_s=10))
    assert found.line.endswith("a print that poll cannot see, for it had 0.5 in view")
    (found,) = differences([MARKET], ours, report("twin", held, STREAM_LOOKS))
    assert not found.explained


def test_a_position_bought_while_the_other_mode_still_held_one_says_so() -> None:
    (found,) = compare([trip(0.1, 60.5, "target"), trip(90, 0, "")], [trip(0.1, 100, "target")])
    assert found.explained
    assert found.line.endswith("poll still held what it bought at 00:00.1")


def test_positions_are_paired_by_the_time_they_share() -> None:
    one, two, three = trip(0, 10, "stop"), trip(20, 30, "stop"), trip(40, 50, "stop")
    late, last = trip(22, 31, "stop"), trip(60, 0, "")
    assert pairs([one, two, three], [late, last]) == [
        (one, None), (two, late), (three, None), (None, last),
    ]  # fmt: skip
