"""From measurements to findings: pure functions, one a check, with the thresholds they judge by."""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median

from polywire.core.units import DAY, MILLISECOND, SECOND
from polywire.journal.disk import CRITICAL_BYTES, LOW_BYTES, MEBIBYTE
from polywire.modes.finding import REMEDIES, Finding, State, Trouble
from polywire.runtime.catalogue import Listed
from polywire.runtime.probes import Answer, Books, ChannelSeen
from polywire.venues.polymarket.selection import Selection

SLOW_NS = SECOND
OFF_NS = SECOND
WRONG_NS = 5 * SECOND
"""Clients report that the venue allows some tens of seconds; a clock this far off is not set."""

SECONDS_DIGITS_MAX = 11
USUAL_BYTES_A_DAY = 300 * 285 * DAY // SECOND
"""Journalled in full at the pace of six lively markets: 300 changes a second, 285 bytes each."""

OPEN_FILES_MIN = 256
"""A socket for 100 markets, a few kept connections, the journal's files, and room for mistakes."""


def machine(python: str, system: str, cores: int, *, optimised: bool) -> Finding:
    """What it runs on; information only."""
    build = "an optimised build" if optimised else "not an optimised build"
    seen = f"Python {python}, {build}, {cores} cores, {system}"
    return Finding(name="machine", state=State.OK, seen=seen, figures={"cores": cores})


def open_files(limit: int) -> Finding:
    """How many files and sockets the process may have."""
    low = limit < OPEN_FILES_MIN
    return Finding(
        name="open files",
        state=State.WARNING if low else State.OK,
        seen=f"at most {limit:,}",
        figures={"limit": limit},
        remedy=f"Raise it before the start: `ulimit -n {4 * OPEN_FILES_MIN}`." if low else "",
        look="open-files" if low else "",
    )


def disk(folder: str, free_bytes: int) -> Finding:
    """Room for the journal, and how long it lasts."""
    days = free_bytes / USUAL_BYTES_A_DAY
    low = free_bytes < LOW_BYTES
    state = State.FAILED if free_bytes < CRITICAL_BYTES else State.WARNING if low else State.OK
    return Finding(
        name="disk",
        state=state,
        seen=f"{free_bytes // MEBIBYTE:,} MiB free where the journal lies ({folder}): about "
        f"{days:,.1f} days of six lively markets",
        figures={"free_bytes": free_bytes, "days": round(days, 2)},
        remedy=f"Make room: trading stops under {CRITICAL_BYTES // MEBIBYTE} MiB." if low else "",
        look="disk-full" if low else "",
    )


def reach(name: str, answers: Sequence[Answer]) -> Finding:
    """How fast an address answers."""
    took = [answer.came_ns - answer.asked_ns for answer in answers]
    later = median(took[1:] or took)
    first_ms, median_ms = round(took[0] / MILLISECOND, 1), round(later / MILLISECOND, 1)
    slow = later > SLOW_NS
    return Finding(
        name=name,
        state=State.WARNING if slow else State.OK,
        seen=f"answers in {median_ms} ms, the first time in {first_ms} ms",
        figures={"first_ms": first_ms, "median_ms": median_ms},
        remedy="Proofs and the catalogue wait that long: what else uses the line? A machine nearer "
        "to the venue is the lasting cure."
        if slow
        else "",
        look="slow-venue" if slow else "",
    )


def clock(answers: Sequence[Answer]) -> Finding:
    """Our clock against the venue's, which tells whole seconds, cut off."""
    texts = [answer.body.strip() for answer in answers]
    told = [int(text) for text in texts if text.isdigit() and len(text) <= SECONDS_DIGITS_MAX]
    if len(told) < len(texts):
        return Finding(
            name="clock",
            state=State.FAILED,
            seen="expected the venue's time in seconds, found something else",
            remedy=REMEDIES[Trouble.GARBAGE],
            look="cannot-connect",
        )
    pairs = list(zip(told, answers, strict=True))
    least = max(seconds * SECOND - answer.came_ns for seconds, answer in pairs)
    most = min((seconds + 1) * SECOND - answer.asked_ns for seconds, answer in pairs)
    ahead = least if least > 0 else min(most, 0)
    return _clock(ahead, least, most)


def _clock(ahead: int, least: int, most: int) -> Finding:
    off = abs(ahead)
    state = State.FAILED if off >= WRONG_NS else State.WARNING if off >= OFF_NS else State.OK
    side = "behind" if ahead > 0 else "ahead of"
    figures = {"behind_s_min": round(least / SECOND, 3), "behind_s_max": round(most / SECOND, 3)}
    if state is State.OK:
        seen = "agrees with the venue's, which tells whole seconds"
        return Finding(name="clock", state=state, seen=seen, figures=figures)
    return Finding(
        name="clock",
        state=state,
        seen=f"at least {off / SECOND:.1f} s {side} the venue's",
        figures=figures,
        remedy="Set the clock and keep it set: `timedatectl set-ntp true`, then `date -u`.",
        look="clock-off",
    )


def catalogue(listed: Listed) -> Finding:
    """What the first page has, as trading would read it."""
    read, refused = len(listed.listings), len(listed.refused)
    seen = f"{read} markets read, {refused} cannot be traded"
    if refused:
        (reason, _), *_ = Counter(one.reason for one in listed.refused).most_common(1)
        seen += f", most often because {reason}"
    figures = {"read": read, "refused": refused}
    if read:
        return Finding(name="catalogue", state=State.OK, seen=seen, figures=figures)
    return Finding(
        name="catalogue",
        state=State.FAILED,
        seen=seen,
        figures=figures,
        remedy="Is the catalogue's address right? If it is the venue that answers, look for a "
        "newer Polywire.",
        look="no-markets",
    )


def choice(selection: Selection, *, complete: bool) -> Finding:
    """Whether the filters leave anything to watch; of an incomplete reading nothing is sure."""
    chosen, removed = len(selection.chosen), selection.removed_by_filter
    figures = {"chosen": chosen} | {f"removed by {name}": n for name, n in removed.items()}
    if chosen:
        seen = f"{chosen} chosen" if complete else f"{chosen} chosen on the first page"
        return Finding(name="markets", state=State.OK, seen=seen, figures=figures)
    counts = ", ".join(f"{name} {count}" for name, count in removed.items() if count)
    most = max(removed, key=removed.__getitem__)
    return Finding(
        name="markets",
        state=State.FAILED if complete else State.WARNING,
        seen=f"none chosen{'' if complete else ' on the first page'}; removed by {counts}",
        figures=figures,
        remedy=f"Loosen the filter `{most}`"
        + ("." if complete else ", or see with `polywire scan` whether later pages have any."),
        look="no-markets",
    )


def channel(seen: ChannelSeen) -> Finding:
    """A socket, its first books and its heartbeat."""
    words = [f"connected in {_ms(seen.connected_ns)} ms"]
    figures: dict[str, int | float] = {"connected_ms": _ms(seen.connected_ns)}
    figures |= {"books": seen.books.came, "hashes_agreed": seen.books.agreed}
    if seen.book_ns is not None:
        figures["first_book_ms"] = _ms(seen.book_ns)
        words.append(f"first book after {_ms(seen.book_ns)} ms, {_hashes(seen.books)}")
    if seen.pong_ns is not None:
        figures["pong_ms"] = _ms(seen.pong_ns)
        words.append(f"pong after {_ms(seen.pong_ns)} ms")
    lacks = channel_lacks(seen)
    state, what, remedy, look = lacks if lacks is not None else (State.OK, "", "", "")
    return Finding(
        name="channel",
        state=state,
        seen=", ".join([*words, *([what] if what else [])]),
        figures=figures,
        remedy=remedy,
        look=look,
    )


def channel_lacks(seen: ChannelSeen) -> tuple[State, str, str, str] | None:
    """The first thing a socket lacked: state, what, remedy and section; None for a good one."""
    if seen.unreadable and seen.book_ns is None:
        text = f"{seen.unreadable} frames that cannot be read"
        return State.FAILED, text, REMEDIES[Trouble.GARBAGE], "cannot-connect"
    if seen.book_ns is None or seen.pong_ns is None:
        lack = "no book" if seen.book_ns is None else "no pong"
        how = f": {seen.ended}" if seen.ended else " in time"
        remedy = (
            "Run it again with a longer --timeout. If it stays, the venue's channel has trouble; "
            "polling works without it."
        )
        return State.FAILED, lack + how, remedy, "silent-channel"
    if seen.books.agreed < seen.books.came:
        remedy = (
            "Run it again: a hash may be late. Such a book is not traded on until REST proves it."
        )
        return State.WARNING, "not proven", remedy, "suspect-books"
    return None


def rest_books(books: Books) -> Finding:
    """Whether a book over REST is what its hash says; without that nothing is ever proven."""
    figures = {"books": books.came, "hashes_agreed": books.agreed}
    if books.came and books.agreed == books.came:
        seen = f"{books.came} books, {_hashes(books)}"
        return Finding(name="book", state=State.OK, seen=seen, figures=figures)
    if not books.came:
        seen, remedy = "the venue has no book of the busiest market", REMEDIES[Trouble.VENUE]
    else:
        seen = f"{books.came} books, {_hashes(books)}, three times in a row"
        remedy = "The venue may have changed its recipe: stop trading, look for a newer Polywire."
    return Finding(
        name="book",
        state=State.FAILED,
        seen=seen,
        figures=figures,
        remedy=remedy,
        look="suspect-books",
    )


def healthy(findings: Iterable[Finding]) -> bool:
    """Whether nothing failed; what was skipped did not fail."""
    return all(finding.state is not State.FAILED for finding in findings)


def _hashes(books: Books) -> str:
    return f"{books.agreed} of {books.came} hashes agree"


def _ms(ns: int) -> float:
    return round(ns / MILLISECOND, 1)
