"""`python -m polywire.bench.sender`: a process that replays a reel of frames to our sockets.

Plain blocking sockets, so that it is never the slow side. It prints its address, sends the opening
to each socket, waits for a line on standard input, sends, prints one JSON line, and ends when
standard input does.
"""

import argparse
import base64
import hashlib
import json
import mmap
import socket
import sys
import threading
import time
from pathlib import Path

from polywire.bench.reel import Reel, read

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
ACCEPT_S = 20.0
SPIN_NS = 150_000
"""So long before a frame is due, sleeping gives way to looking at the clock."""
WRITE_BYTES = 256 * 1024
SUBSCRIPTION_BYTES_MAX = 64 * 1024


def shake_hands(peer: socket.socket) -> int:
    """Answer an opening handshake; the number of the socket, which is its path."""
    request = b""
    while b"\r\n\r\n" not in request:
        received = peer.recv(4096)
        if not received:
            raise ConnectionError("the reader left before the handshake")
        request += received
    head = request.split(b"\r\n\r\n")[0].decode()
    fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    key = {name.lower(): value for name, value in fields.items()}["sec-websocket-key"]
    accept = hashlib.sha1(key.encode() + MAGIC, usedforsecurity=False).digest()
    peer.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + base64.b64encode(accept) + b"\r\n\r\n"
    )
    return int(head.split(" ", 2)[1].removeprefix("/"))


def accept_all(listener: socket.socket, count: int) -> list[socket.socket]:
    """Every socket by its number."""
    peers: dict[int, socket.socket] = {}
    while len(peers) < count:
        peer, _ = listener.accept()
        peer.settimeout(ACCEPT_S)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peers[shake_hands(peer)] = peer
    return [peers[number] for number in range(count)]


def pump(peer: socket.socket, data: bytes, cycles: int) -> None:
    """Send the same bytes so many times, in large writes."""
    view = memoryview(data)
    for _ in range(cycles):
        for at in range(0, len(view), WRITE_BYTES):
            peer.sendall(view[at : at + WRITE_BYTES])


def flood(peers: list[socket.socket], reel: Reel, seconds: float) -> int:
    """Replay opening and frames in whole cycles until the time is over; frames sent."""
    cycles = [
        reel.joined(number, opening=True) + reel.joined(number, opening=False)
        for number in range(len(peers))
    ]
    ends, sent = time.monotonic() + seconds, 0
    while sent == 0 or time.monotonic() < ends:
        threads = [
            threading.Thread(target=pump, args=(peer, data, 1))
            for peer, data in zip(peers, cycles, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sent += len(reel.ends)
    return sent


def pace(
    peers: list[socket.socket], reel: Reel, rate: float, spin_ns: int, sent: memoryview
) -> int:
    """One write a frame at an even rate, each noted with its time just before; frames sent."""
    messages = [reel.message(place) for place in range(reel.opening, len(reel.ends))]
    routes = [peers[number].send for number in reel.sockets[reel.opening :]]
    start, now = time.monotonic_ns(), time.monotonic_ns
    for place, (message, send) in enumerate(zip(messages, routes, strict=True)):
        due = start + int(place * 1_000_000_000 / rate)
        left = due - now() - spin_ns
        if left > 0:
            time.sleep(left / 1_000_000_000)
        while spin_ns and now() < due:
            pass
        sent[place] = now()
        written = send(message)
        assert written == len(message), "the reader fell behind by a whole socket buffer"
    return len(messages)


def main() -> int:
    """Parse the arguments and replay; the exit code."""
    parser = argparse.ArgumentParser(prog="polywire.bench.sender", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the reel lies")
    parser.add_argument("--sockets", type=int, default=1, help="how many will connect")
    parser.add_argument("--rate", type=float, help="frames a second; without it, a flood")
    parser.add_argument(
        "--lazy", action="store_true", help="sleep until each is due: late, but leaves the core"
    )
    parser.add_argument("--seconds", type=float, default=1.0, help="least length of a flood")
    options = parser.parse_args()
    reel = read(options.folder)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(ACCEPT_S)
        say(port=listener.getsockname()[1])
        peers = accept_all(listener, options.sockets)
        for number, peer in enumerate(peers):
            peer.recv(SUBSCRIPTION_BYTES_MAX)  # whatever it asks for, it gets its part of the reel
            peer.settimeout(None)
            peer.sendall(reel.joined(number, opening=True))
        sys.stdin.readline()
        start = time.monotonic_ns()
        if options.rate is None:
            frames = flood(peers, reel, options.seconds)
        else:
            with (options.folder / "sent").open("r+b") as file:
                memory = mmap.mmap(file.fileno(), 0)
                spin_ns = 0 if options.lazy else SPIN_NS
                frames = pace(peers, reel, options.rate, spin_ns, memoryview(memory).cast("q"))
        say(frames=frames, start_ns=start, end_ns=time.monotonic_ns())
        sys.stdin.read()
    return 0


def say(**facts: int) -> None:
    """One line of JSON, at once."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
