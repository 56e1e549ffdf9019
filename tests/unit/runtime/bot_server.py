"""Telegram's Bot API as far as a bot needs it, on 127.0.0.1; made from telegram.md section 1."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import override

TOKEN = "123456:tok3n_that-nobody_may-see"
WAIT_S = 5.0


class BotServer:
    """Keeps updates until an offset confirms them; answers 404 to any other token."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, str]] = []
        self.offsets: list[int] = []
        self.refuses: list[tuple[int, dict[str, object]]] = []
        self.breaks = 0
        """So many answers say that it has trouble, promise more and end."""
        self._updates: list[dict[str, Any]] = []
        self._number = 100
        self._changed = threading.Condition()

    def write(self, text: str, *, chat: int = 7, sender: int = 7, age_s: int = 0) -> None:
        """Somebody writes to the bot."""
        message = {
            "message_id": 1,
            "date": int(time.time()) - age_s,
            "chat": {"id": chat, "type": "private"},
            "from": {"id": sender, "is_bot": False, "first_name": "Ann"},
            "text": text,
        }
        self.update({"message": message})

    def update(self, update: dict[str, Any]) -> None:
        """Something happens to the bot."""
        with self._changed:
            self._number += 1
            self._updates.append({"update_id": self._number, **update})
            self._changed.notify_all()

    def until(self, replies: int) -> list[tuple[int, str]]:
        """Wait for so many replies."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.sent) >= replies, WAIT_S), self.sent
            return list(self.sent)

    def until_asked(self, times: int) -> None:
        """Wait until updates were asked for so often."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.offsets) >= times, WAIT_S)

    def get_updates(self, fields: dict[str, Any]) -> object:
        """What is not confirmed yet; waits for it, but never for as long as it was asked to."""
        with self._changed:
            self.offsets.append(fields["offset"])
            self._changed.notify_all()
            self._updates = [one for one in self._updates if one["update_id"] >= fields["offset"]]
            self._changed.wait_for(lambda: self._updates, 0.02)
            return list(self._updates)

    def get_me(self, _: dict[str, Any]) -> object:
        """Who it is."""
        return {"id": 123456, "is_bot": True, "first_name": "Ours", "username": "our_bot"}

    def send_message(self, fields: dict[str, Any]) -> object:
        """Somebody is written to."""
        with self._changed:
            self.sent.append((fields["chat_id"], fields["text"]))
            self._changed.notify_all()
            return {"message_id": 2}


@contextmanager
def serving() -> Iterator[tuple[str, BotServer]]:
    """The address of a server, and the server."""
    bot = BotServer()
    methods = {
        "getUpdates": bot.get_updates, "sendMessage": bot.send_message, "getMe": bot.get_me,
    }  # fmt: skip

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            fields = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            _, token, method = self.path.split("/")
            if token != f"bot{TOKEN}":
                self._answer(404, {"ok": False, "error_code": 404, "description": "Not Found"})
            elif bot.breaks:
                bot.breaks -= 1
                bot.offsets.append(-1)
                self.send_response(502)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.wfile.write(b"ffff\r\nhalf an answer")
            elif bot.refuses and method == "getUpdates":
                status, body = bot.refuses.pop(0)
                bot.offsets.append(-1)
                self._answer(status, {"ok": False, "error_code": status, **body})
            else:
                self._answer(200, {"ok": True, "result": methods[method](fields)})

        def _answer(self, status: int, body: object) -> None:
            wire = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(wire)))
            self.end_headers()
            self.wfile.write(wire)

        @override
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", bot
        server.shutdown()
