"""`python -m polywire.bench.receiver`: a process that takes orders over HTTP and notes when.

Plain blocking sockets, one thread a connection. It prints its port, refuses every order the moment
its request is complete, and prints what came in, one JSON line, once standard input says so.
"""

import json
import re
import socket
import sys
import threading
import time

BODY = b'{"success":false,"errorMsg":"only measured","orderID":"","status":""}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(BODY),
    BODY,
)
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
SALT = re.compile(rb'"salt": *"?(\d+)')
Came = list[tuple[int, int]]


def take(peer: socket.socket, came: Came) -> None:
    """Answer the requests of one connection, one at a time, as clients without pipelining ask."""
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    held = b""
    while received := peer.recv(65_536):
        now_ns = time.monotonic_ns()
        held += received
        head, ended, body = held.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if ended and len(body) >= (int(length[1]) if length else 0):
            peer.sendall(ANSWER)
            salt = SALT.search(body)
            if salt is not None:
                came.append((int(salt[1]), now_ns))
            held = b""


def accept(listener: socket.socket, came: Came) -> None:
    """Take whoever connects, for good."""
    while True:
        peer, _ = listener.accept()
        threading.Thread(target=take, args=(peer, came), daemon=True).start()


def main() -> int:
    """Listen, and tell on each line of standard input; ends with it."""
    came: Came = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        _say(port=listener.getsockname()[1])
        threading.Thread(target=accept, args=(listener, came), daemon=True).start()
        for _ in sys.stdin:
            _say(came=came)
            came.clear()
    return 0


def _say(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
