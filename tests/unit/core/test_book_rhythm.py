"""When a silence is suspicious: the rhythm of a book, by itself."""

from random import Random

from polywire.core.book.rhythm import Rhythm
from polywire.core.units import MILLISECOND, SECOND, Ns

MS = MILLISECOND
T0 = Ns(1_760_000_000 * SECOND)
LEAST = 2 * SECOND


def play(rhythm: Rhythm, since: int, *, seconds: float, every_ms: int) -> Ns:
    """Changes at an even pace; when the last one came. Patience is asked for as the sweep does."""
    at = since
    while at < since + seconds * SECOND:
        at += every_ms * MS
        rhythm.hear(1, Ns(at))
        rhythm.patience_ns(LEAST)
    return Ns(at)


def test_below_ten_changes_a_second_no_silence_is_suspicious() -> None:
    rhythm = Rhythm()
    play(rhythm, T0, seconds=20, every_ms=110)
    assert rhythm.patience_ns(LEAST) is None


def test_a_busy_book_may_be_silent_for_two_seconds() -> None:
    rhythm = Rhythm()
    play(rhythm, T0, seconds=20, every_ms=50)
    assert rhythm.patience_ns(LEAST) == 2 * SECOND


def test_even_bursts_are_no_reason_to_wait_longer() -> None:
    rhythm = Rhythm()
    for burst in range(100):  # four changes in a moment, five times a second
        for number in range(4):
            rhythm.hear(1, Ns(T0 + burst * 200 * MS + number * MS))
        rhythm.patience_ns(LEAST)
    assert rhythm.patience_ns(LEAST) == 2 * SECOND


def test_a_market_that_pauses_may_pause_four_times_as_long() -> None:
    rhythm = Rhythm()
    at = play(rhythm, T0, seconds=12, every_ms=50)
    at = play(rhythm, at + 1_000 * MS, seconds=2, every_ms=50)
    assert rhythm.patience_ns(LEAST) == 4 * 1_050 * MS
    play(rhythm, at, seconds=20, every_ms=50)
    assert rhythm.patience_ns(LEAST) == 2 * SECOND


def test_a_suspicious_silence_teaches_no_patience_unless_it_was_true() -> None:
    frozen, pausing = Rhythm(), Rhythm()
    for rhythm in (frozen, pausing):
        at = play(rhythm, T0, seconds=12, every_ms=50)
    pausing.quiet(Ns(at + 2_500 * MS))
    for rhythm in (frozen, pausing):
        play(rhythm, at + 3 * SECOND, seconds=9, every_ms=50)
    assert frozen.patience_ns(LEAST) == 2 * SECOND
    assert pausing.patience_ns(LEAST) == 10 * SECOND


def test_changes_heard_of_together_teach_what_each_of_them_would():
    chance, known = Random(5), 0
    for _ in range(10):
        one, many = Rhythm(), Rhythm()
        now = T0
        for _ in range(100):
            times = []
            for _ in range(chance.randrange(1, 20)):
                now = Ns(now + chance.choice((0, 1, 5, 20, chance.randrange(60, 400))) * MS)
                times.append(now)
                one.hear(1, now)
            many.hear_all(times)
            assert many.patience_ns(0) == one.patience_ns(0)
            known += one.patience_ns(0) is not None
    assert known > 400
