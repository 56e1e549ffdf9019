"""A server of our own that alerts are sent to, and Apprise with one service instead of all."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from apprise import Apprise
from apprise.plugins.custom_json import NotifyJSON
from typing_extensions import override

Got = list[dict[str, str]]


@contextmanager
def serving(status: int = 200, reason: str = "said so") -> Iterator[tuple[int, Got]]:
    """A server that answers with one status; its port, and what it got."""
    got: Got = []

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status, reason)
            self.end_headers()

        @override
        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_port, got
        server.shutdown()


class Light(Apprise):
    """Knows json://SECRET@HOST:PORT/ alone; to load all services takes seconds."""

    def add(self, url: str) -> bool:  # type: ignore[override]
        """Take a channel in, if it is such a one."""
        if not url.startswith("json://"):
            return False
        user, _, place = url.removeprefix("json://").partition("@")
        host, _, port = place.strip("/").partition(":")
        return bool(super().add(NotifyJSON(host=host, port=int(port), user="u", password=user)))
