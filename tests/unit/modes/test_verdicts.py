"""What a diagnosis makes of measurements: what is a warning, what a failure, and its remedy."""

import socket
import ssl

import pytest
from msgspec import structs
from tests.pages import DOCS, anchors
from tests.unit.venues.building import market

from polywire.core.errors import DecodeError, TransportError
from polywire.core.units import Money, Ns
from polywire.modes import verdicts
from polywire.modes.finding import Finding, State, Trouble, skipped, trouble_of, unreachable
from polywire.runtime.catalogue import Listed
from polywire.runtime.probes import Answer, Books, ChannelSeen
from polywire.venues.polymarket.catalogue import Refused
from polywire.venues.polymarket.listing import Listing
from polywire.venues.polymarket.selection import Criteria, select

NOW = 1_800_000_000_000_000_000
MS = 1_000_000
SECOND = 1_000_000_000
GIB = 1 << 30
TROUBLE = DOCS / "how-to" / "troubleshooting.md"


def answer(body: bytes = b"", *, at: int = NOW, took: int = 2 * MS) -> Answer:
    """What came back `took` ns after it was asked for at `at`."""
    return Answer(Ns(at), Ns(at + took), body)


def told(seconds: float, *, took: int = 2 * MS) -> list[Answer]:
    """A venue that is so many seconds ahead of us, asked at three parts of a second."""
    return [
        answer(str(int((at + took // 2) / SECOND + seconds)).encode(), at=at, took=took)
        for at in (NOW, NOW + 400 * MS, NOW + 900 * MS)
    ]


@pytest.mark.parametrize(
    ("ahead", "state", "words"),
    [
        (0, State.OK, "agrees"),
        (0.4, State.OK, "agrees"),
        (-0.4, State.OK, "agrees"),
        (2.5, State.WARNING, "behind the venue's"),
        (-2.5, State.WARNING, "ahead of the venue's"),
        (3_600, State.FAILED, "s behind the venue's"),
        (-3_600, State.FAILED, "s ahead of the venue's"),
    ],
)
def test_a_clock_is_judged_by_what_whole_seconds_prove(
    ahead: float, state: State, words: str
) -> None:
    finding = verdicts.clock(told(ahead))
    assert finding.state is state, finding.seen
    assert words in finding.seen
    assert ("timedatectl" in finding.remedy) is (state is not State.OK)
    assert finding.figures["behind_s_min"] <= ahead <= finding.figures["behind_s_max"]


def test_a_slow_answer_makes_a_clock_less_certain_and_not_wrong() -> None:
    assert verdicts.clock(told(0, took=6 * SECOND)).state is State.OK


@pytest.mark.parametrize("body", [b"", b"<html>", b"1.5", b"-3", b"9" * 30, b'"1800000000"'])
def test_a_time_that_is_no_whole_seconds_is_no_time(body: bytes) -> None:
    finding = verdicts.clock([answer(b"1800000000"), answer(body)])
    assert finding.state is State.FAILED
    assert "address" in finding.remedy


def test_the_first_answer_pays_for_the_connection_and_does_not_count() -> None:
    slow, quick = answer(took=3 * SECOND), answer(took=20 * MS)
    finding = verdicts.reach("clob", [slow, quick, quick, quick, slow])
    assert finding.state is State.OK
    assert finding.figures == {"first_ms": 3000.0, "median_ms": 20.0}
    assert verdicts.reach("clob", [quick, slow, slow, slow, quick]).state is State.WARNING


@pytest.mark.parametrize(
    ("free", "state"),
    [
        (100 * GIB, State.OK),
        (2 * GIB, State.OK),
        (2 * GIB - 1, State.WARNING),
        (GIB // 4, State.WARNING),
        (GIB // 4 - 1, State.FAILED),
    ],
)
def test_room_is_judged_by_the_thresholds_of_the_running_alarm(free: int, state: State) -> None:
    finding = verdicts.disk("runs", free)
    assert finding.state is state
    assert bool(finding.remedy) is (state is not State.OK)
    assert finding.figures["free_bytes"] == free


def test_a_day_of_six_lively_markets_needs_about_seven_gibibytes() -> None:
    assert verdicts.disk("runs", 7 * GIB).figures["days"] == pytest.approx(1.0, abs=0.05)


def test_few_open_files_are_a_warning() -> None:
    assert verdicts.open_files(255).state is State.WARNING
    assert "ulimit" in verdicts.open_files(255).remedy
    assert verdicts.open_files(256).state is State.OK


def listing(number: int, *tags: str) -> Listing:
    return Listing(market=market(number, tags=tags, volume=Money(1)), best_bid=None, best_ask=None)


def test_an_empty_choice_names_the_filter_that_removed_most() -> None:
    listings = [listing(1, "sports"), listing(2, "sports"), listing(3, "weather")]
    criteria = Criteria(tags=("weather",), volume_min=Money(2))
    selection = select(listings, criteria, Ns(NOW))
    finding = verdicts.choice(selection, complete=True)
    assert finding.state is State.FAILED
    assert "tag 2, volume 1" in finding.seen
    assert "`tag`" in finding.remedy
    assert finding.figures["removed by tag"] == 2


def test_of_a_catalogue_read_in_part_an_empty_choice_is_only_a_warning() -> None:
    selection = select([listing(1)], Criteria(tags=("weather",)), Ns(NOW))
    finding = verdicts.choice(selection, complete=False)
    assert finding.state is State.WARNING
    assert "polywire scan" in finding.remedy


def test_a_catalogue_of_which_nothing_can_be_traded_fails_with_the_usual_reason() -> None:
    refused = tuple(Refused(str(n), "", "it is closed" if n else "it is odd") for n in range(3))
    finding = verdicts.catalogue(Listed((), refused, 1, complete=True))
    assert finding.state is State.FAILED
    assert "0 markets read, 3 cannot be traded, most often because it is closed" in finding.seen
    read = verdicts.catalogue(Listed((listing(1),), refused, 1, complete=True))
    assert (read.state, read.figures) == (State.OK, {"read": 1, "refused": 3})


GOOD = ChannelSeen(connected_ns=5 * MS, book_ns=2 * MS, pong_ns=3 * MS, books=Books(2, 2))


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        ({}, State.OK, "first book after 2.0 ms, 2 of 2 hashes agree, pong after 3.0 ms"),
        ({"book_ns": None, "books": Books(0, 0)}, State.FAILED, "no book in time"),
        (
            {"book_ns": None, "pong_ns": None, "books": Books(0, 0), "ended": "closed: 1008"},
            State.FAILED,
            "no book: closed: 1008",
        ),
        (
            {"book_ns": None, "pong_ns": None, "books": Books(0, 0), "unreadable": 3},
            State.FAILED,
            "3 frames that cannot be read",
        ),
        ({"pong_ns": None}, State.FAILED, "no pong in time"),
        ({"books": Books(2, 1)}, State.WARNING, "1 of 2 hashes agree"),
        ({"unreadable": 3}, State.OK, "first book"),
    ],
)
def test_a_channel_is_judged_by_the_first_thing_it_lacks(
    changes: dict[str, object], state: State, words: str
) -> None:
    finding = verdicts.channel(structs.replace(GOOD, **changes))
    assert finding.state is state
    assert words in finding.seen
    assert bool(finding.remedy) is (state is not State.OK)
    assert bool(finding.remedy) is (finding.look in anchors(TROUBLE))


@pytest.mark.parametrize(
    ("books", "state"),
    [(Books(2, 2), State.OK), (Books(2, 1), State.FAILED), (Books(0, 0), State.FAILED)],
)
def test_a_book_that_is_not_what_its_hash_says_fails(books: Books, state: State) -> None:
    assert verdicts.rest_books(books).state is state


def test_only_a_failure_makes_a_diagnosis_one() -> None:
    ok = Finding(name="clob", state=State.OK, seen="")
    warning = Finding(name="clob", state=State.WARNING, seen="")
    assert verdicts.healthy([ok, warning, skipped("clock", "no answer")])
    assert not verdicts.healthy([ok, unreachable("clob", TimeoutError())])


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (TransportError("HTTP 403", status=403), Trouble.BLOCKED),
        (TransportError("HTTP 451", status=451), Trouble.BLOCKED),
        (TransportError("HTTP 429", status=429), Trouble.BUSY),
        (TransportError("HTTP 425", status=425), Trouble.VENUE),
        (TransportError("HTTP 503", status=503), Trouble.VENUE),
        (TransportError("HTTP 404", status=404), Trouble.WRONG_ADDRESS),
        (TransportError("an upgrade refused", status=200), Trouble.WRONG_ADDRESS),
        (DecodeError("no page"), Trouble.GARBAGE),
        (TimeoutError(), Trouble.SILENT),
    ],
)
def test_the_kind_of_trouble_follows_from_the_answer(error: Exception, trouble: Trouble) -> None:
    assert trouble_of(error) is trouble


@pytest.mark.parametrize(
    ("cause", "trouble"),
    [
        (socket.gaierror(-2, "Name or service not known"), Trouble.NAME),
        (ssl.SSLCertVerificationError("self-signed"), Trouble.CERTIFICATE),
        (TimeoutError(), Trouble.SILENT),
        (ConnectionRefusedError(), Trouble.UNREACHABLE),
        (ValueError("not HTTP"), Trouble.GARBAGE),
    ],
)
def test_without_an_answer_it_follows_from_what_is_behind_the_error(
    cause: Exception, trouble: Trouble
) -> None:
    error = TransportError("cannot connect")
    error.__cause__ = RuntimeError("a client's own")
    error.__cause__.__cause__ = cause
    assert trouble_of(error) is trouble


@pytest.mark.parametrize("status", [403, 451])
def test_a_regional_block_is_named_as_such(status: int) -> None:
    finding = unreachable("clob", TransportError(f"GET: HTTP {status}", status=status))
    assert "refuses this region" in finding.seen
    assert "your region" in finding.remedy
