"""A tape as files for the sending process: WebSocket bytes, where each frame ends, its socket."""

from array import array
from dataclasses import dataclass
from pathlib import Path

from polywire.bench.tape import Tape
from polywire.core.model.instrument import Market

ASSETS_MAX = 200
"""Assets a socket (polymarket.md 1.2); two a market."""
TEXT = 0x81
LENGTH_16, LENGTH_64 = 126, 127


@dataclass(frozen=True, slots=True)
class Reel:
    """`sockets` says for each frame, those of the opening first, on which socket it goes."""

    wire: bytes
    ends: "array[int]"
    sockets: bytes
    opening: int

    def write(self, folder: Path) -> None:
        """Put everything where `read` finds it."""
        (folder / "wire").write_bytes(self.wire)
        (folder / "ends").write_bytes(self.ends.tobytes())
        (folder / "sockets").write_bytes(self.sockets)
        (folder / "opening").write_text(str(self.opening))

    def message(self, place: int) -> memoryview:
        """The WebSocket bytes of one frame."""
        start = self.ends[place - 1] if place else 0
        return memoryview(self.wire)[start : self.ends[place]]

    def joined(self, socket: int, *, opening: bool) -> bytes:
        """All bytes of a socket: its part of the opening, or of what follows."""
        places = range(self.opening) if opening else range(self.opening, len(self.ends))
        return b"".join(self.message(at) for at in places if self.sockets[at] == socket)


def read(folder: Path) -> Reel:
    """What `Reel.write` wrote."""
    ends = array("q")
    ends.frombytes((folder / "ends").read_bytes())
    opening = int((folder / "opening").read_text())
    return Reel((folder / "wire").read_bytes(), ends, (folder / "sockets").read_bytes(), opening)


def shards(tape: Tape) -> list[tuple[Market, ...]]:
    """The markets of each socket."""
    step = ASSETS_MAX // 2
    return [tape.markets[at : at + step] for at in range(0, len(tape.markets), step)]


def reel(tape: Tape) -> Reel:
    """A tape as the bytes a server sends."""
    socket_of = {
        market.id.encode(): number for number, shard in enumerate(shards(tape)) for market in shard
    }
    ends, sockets, parts, length = array("q"), bytearray(), [], 0
    for frame in (*tape.opening, *tape.frames):
        message = framed(frame)
        length += len(message)
        parts.append(message)
        ends.append(length)
        sockets.append(socket_of[market_of(frame)])
    return Reel(b"".join(parts), ends, bytes(sockets), len(tape.opening))


def market_of(frame: bytes) -> bytes:
    """The market a frame of the tape names; they all do."""
    start = frame.index(b'"market":"') + len(b'"market":"')
    return frame[start : frame.index(b'"', start)]


def framed(payload: bytes) -> bytes:
    """One unmasked text message, as servers send them."""
    size = len(payload)
    if size < LENGTH_16:
        return bytes((TEXT, size)) + payload
    if size < 1 << 16:
        return bytes((TEXT, LENGTH_16)) + size.to_bytes(2) + payload
    return bytes((TEXT, LENGTH_64)) + size.to_bytes(8) + payload
