"""Which faults are planned, in force and over, whom they hit, and what they made of a frame.

Times are the venue's, which switch them; the wall's are only told. Knows no routes and no waiting.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from polywire.exchange import tampering
from polywire.exchange.connection import Connection
from polywire.exchange.faults import STATUS, Fault, Kind
from polywire.exchange.frames import Frame
from polywire.exchange.listing import Catalogue

Sent = str | bytes
Pair = tuple[int, str]
"""A socket's number and a token it carries."""

SECOND = 1_000_000_000
NAMED = ("kind", "at")
BOOK = '"bids":'
WITHHOLD = frozenset({Kind.FREEZE, Kind.HALF_OPEN, Kind.MISSING_BOOK})


@dataclass(slots=True, eq=False)
class InForce:
    """One fault from its onset on; `sockets` is None where it hits all, whenever they open.

    `hits`: frames withheld or made wrong, requests refused, sockets closed.
    """

    number: int
    fault: Fault
    assets: frozenset[str]
    onset_ns: int
    onset_wall_ns: int
    ends_ns: int | None
    sockets: set[int] | None
    ended_ns: int | None = None
    ended_wall_ns: int | None = None
    hits: int = 0
    cured: set[Pair] = field(default_factory=set)
    bookless: set[Pair] = field(default_factory=set)
    held: dict[Pair, tuple[Connection, Sent]] = field(default_factory=dict)

    def meets(self, number: int) -> bool:
        """Whether it hits a socket at all."""
        if self.fault.socket:
            return number == self.fault.socket
        return self.sockets is None or number in self.sockets

    def names(self, token: str) -> bool:
        """Whether it is about a token."""
        return not self.assets or token in self.assets

    def concerns(self, reader: Connection, frame: Frame) -> bool:
        """Whether it hits a frame on a socket that is not cured of it."""
        if not self.meets(reader.number):
            return False
        kind = self.fault.kind
        if not frame.assets:
            return not self.assets and kind is not Kind.MISSING_BOOK
        pairs = [
            (reader.number, token)
            for token in frame.assets
            if token in reader.assets and self.names(token)
        ]
        if kind is Kind.MISSING_BOOK:
            missed = not self.bookless.isdisjoint(pairs)
            return missed and (not self.fault.changes or BOOK in frame.text)
        return any(pair not in self.cured for pair in pairs)


class Faults:
    """The schedule of one exchange; assets are those of its catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.tell: Callable[[str], None] = lambda _: None
        """Gets a line for each beginning and each end."""
        self.on_begin: Callable[[InForce], None] = lambda _: None
        self.planned: list[tuple[int, int, Fault]] = []
        self.in_force: list[InForce] = []
        self.over: list[InForce] = []
        self._catalogue = catalogue
        self._numbers = 0

    def plan(self, fault: Fault, now_ns: int) -> int:
        """Have a fault begin `fault.at` after a moment; its number. ValueError: unknown asset."""
        self.resolve(fault.asset)
        self._numbers += 1
        self.planned.append((now_ns + int(fault.at * SECOND), self._numbers, fault))
        self.planned.sort(key=lambda one: one[:2])
        return self._numbers

    def resolve(self, asset: str) -> frozenset[str]:
        """The tokens that a name stands for; none for all. ValueError if nothing is listed so."""
        catalogue = self._catalogue
        if not asset or asset in catalogue.by_token:
            return frozenset({asset} - {""})
        for names in (catalogue.by_id, catalogue.by_slug, catalogue.by_condition):
            if asset in names:
                return frozenset(names[asset].tokens)
        raise ValueError(f"asset takes a token, id, slug or condition id; {asset!r} is not listed")

    def next_ns(self) -> int | None:
        """When something begins or ends next."""
        ends = (one.ends_ns for one in self.in_force if one.ends_ns is not None)
        return min([*ends, *(at for at, _, _ in self.planned)], default=None)

    def end_due(self, now_ns: int) -> None:
        """End what has lasted its time."""
        for one in tuple(self.in_force):
            if one.ends_ns is not None and one.ends_ns <= now_ns:
                self._end(one, now_ns)

    def begin_due(self, now_ns: int, sockets: Sequence[int]) -> list[InForce]:
        """Begin what is due, with the sockets that are open; what began."""
        begun = []
        while self.planned and self.planned[0][0] <= now_ns:
            at_ns, number, fault = self.planned.pop(0)
            lasts_s = fault.lasts_s
            begun.append(
                InForce(
                    number,
                    fault,
                    self.resolve(fault.asset),
                    onset_ns=at_ns,
                    onset_wall_ns=time.time_ns(),
                    ends_ns=None if lasts_s is None else at_ns + int(lasts_s * SECOND),
                    sockets=set(sockets) if fault.until else None,
                )
            )
        self.in_force += begun
        for one in begun:
            self.tell(f"fault {one.number} begins: {_words(one.fault)}")
            self.on_begin(one)
        return begun

    def heal(self, now_ns: int, kind: str = "") -> None:
        """End what is in force, of one kind or all, and forget what of it was planned."""
        self.planned = [one for one in self.planned if kind not in ("", one[2].kind)]
        for one in tuple(self.in_force):
            if kind in ("", one.fault.kind):
                self._end(one, now_ns)

    def of(self, *kinds: Kind) -> Iterator[InForce]:
        """What is in force of some kinds."""
        return (one for one in tuple(self.in_force) if one.fault.kind in kinds)

    def opened(self, number: int) -> None:
        """A socket opened: what is until a cure and found none open hits the first to come."""
        for one in self.in_force:
            if one.sockets is not None and not one.sockets:
                one.sockets.add(number)

    def subscribed(self, reader: Connection, token: str) -> None:
        """A socket asked for a token: its first book is missing unless it was cured of that."""
        for one in self.of(Kind.MISSING_BOOK):
            pair = reader.number, token
            if one.meets(reader.number) and one.names(token) and pair not in one.cured:
                one.bookless.add(pair)

    def unsubscribed(self, reader: Connection, token: str) -> None:
        """A socket left a token, which cures it of what is until then."""
        for one in self.of(Kind.FREEZE, Kind.MISSING_BOOK):
            pair = reader.number, token
            frozen = one.fault.kind is Kind.FREEZE or pair in one.bookless
            if one.fault.until == "resubscribe" and frozen:
                one.cured.add(pair)
                one.bookless.discard(pair)

    def dead(self, number: int) -> bool:
        """Whether a socket hears and says nothing."""
        return any(one.meets(number) for one in self.of(Kind.HALF_OPEN))

    def rate(self, number: int) -> int | None:
        """To how many bytes a second a socket is slowed."""
        slow = [one.fault.bytes_a_second for one in self.of(Kind.SLOW) if one.meets(number)]
        return min(slow, default=None)

    def skew_ms(self) -> int:
        """By how much the venue's clock is off."""
        return sum(one.fault.milliseconds for one in self.of(Kind.SKEW))

    def refusal(self, kind: Kind, now_ns: int) -> int | None:
        """The status with which a request is refused, if it is."""
        fault = self.strikes(kind, now_ns)
        return None if fault is None else fault.status or STATUS[kind]

    def strikes(self, kind: Kind, now_ns: int, method: str = "") -> Fault | None:
        """The fault of a kind that strikes a request or a message now, which counts."""
        for one in self.of(kind):
            if one.fault.method in (None, method):
                self._hit(one, now_ns)
                return one.fault
        return None

    def since_restart_ns(self, now_ns: int) -> int | None:
        """How long ago the last restart was over; None for never."""
        ended = (one.ended_ns for one in self.over if one.fault.kind is Kind.RESTART)
        return min((now_ns - at for at in ended if at is not None), default=None)

    def over_rest(self, text: str) -> str:
        """What REST says instead; hashes of counted frames are wrong on sockets only."""
        for one in self.of(Kind.WRONG_HASH):
            if not one.fault.count and not one.fault.socket:
                text = tampering.with_wrong_hashes(text, one.assets)
        return text

    def withheld(self, reader: Connection, frame: Frame, now_ns: int) -> bool:
        """Whether a frame does not go to a socket at all."""
        for one in self.of(*WITHHOLD):
            if one.concerns(reader, frame):
                self._hit(one, now_ns)
                return True
        return False

    def sent(self, reader: Connection, frame: Frame, now_ns: int) -> list[Sent]:
        """What goes to a socket instead of a frame."""
        sent: list[Sent] = [frame.text]
        for one in tuple(self.in_force):
            if one.fault.kind in WITHHOLD or not one.concerns(reader, frame):
                continue
            changed = [made for each in sent for made in self._made(one, reader, frame, each)]
            if changed != sent:
                sent = changed
                if one.fault.kind is not Kind.REORDER or sent:
                    self._hit(one, now_ns)
        return sent

    def _made(self, one: InForce, reader: Connection, frame: Frame, each: Sent) -> list[Sent]:
        if isinstance(each, bytes):
            return [each]
        if one.fault.kind is Kind.REPEAT:
            return [each, each]
        if one.fault.kind is Kind.REORDER:
            return self._swapped(one, reader, frame, each)
        return [self._edited(one, each)]

    def _edited(self, one: InForce, text: str) -> Sent:
        match one.fault.kind:
            case Kind.WRONG_HASH:
                return tampering.with_wrong_hashes(text, one.assets)
            case Kind.WRONG_TOUCH:
                return tampering.with_wrong_touch(text, self._is_second, one.assets)
            case Kind.TRUNCATE:
                return tampering.truncated(text)
            case Kind.OVERSIZE:
                return tampering.padded(text, one.fault.bytes)
            case Kind.BINARY:
                return text.encode()
            case _:
                return text

    def _swapped(self, one: InForce, reader: Connection, frame: Frame, each: str) -> list[Sent]:
        """Nothing for the first frame of a market, which goes out behind the second."""
        listed = self._catalogue.by_token.get(frame.assets[0]) if frame.assets else None
        key = reader.number, listed[0].condition_id if listed else ""
        held = one.held.pop(key, None)
        if held is None:
            one.held[key] = reader, each
            return []
        return [each, held[1]]

    def _is_second(self, token: str) -> bool:
        listed = self._catalogue.by_token.get(token)
        return listed is not None and listed[1] == 1

    def _hit(self, one: InForce, now_ns: int) -> None:
        one.hits += 1
        if one.hits == one.fault.count:
            self._end(one, now_ns)

    def _end(self, one: InForce, now_ns: int) -> None:
        self.in_force.remove(one)
        one.ended_ns, one.ended_wall_ns = now_ns, time.time_ns()
        self.over.append(one)
        self.tell(f"fault {one.number} ends: {one.fault.kind}, {one.hits} hits")
        for reader, text in one.held.values():
            reader.send(text)
        one.held.clear()


def _words(fault: Fault) -> str:
    """A fault as it was asked for."""
    told = msgspec.to_builtins(fault)
    return ", ".join([fault.kind, *(f"{key} {told[key]}" for key in told if key not in NAMED)])
