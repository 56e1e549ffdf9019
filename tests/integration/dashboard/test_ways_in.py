"""Every way in that must be refused, as bytes on a real connection, and the one that is open."""

import base64
import json
import os
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import pytest
from tests.integration.dashboard.serving import served
from tests.unit.dashboard.asking import TOKEN
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from polywire.dashboard.gate import BODY_MAX, SOCKETS_MAX


@dataclass
class Door:
    """Where it is, and what its own page would send."""

    home: str

    @property
    def host(self) -> str:
        """As `Host` has it."""
        return self.home.removeprefix("http://")

    @property
    def cookie(self) -> str:
        """That of this start."""
        return f"polywire-{self.host.rpartition(':')[2]}={TOKEN}"

    def answered(self, head: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and all of an answer; 0 where the line is cut."""
        name, _, port = self.host.partition(":")
        whole = f"{head}\nConnection: close\n\n" if "Upgrade" not in head else f"{head}\n\n"
        text = whole.replace("\n", "\r\n").encode("latin-1") + body
        found = b""
        with socket.create_connection((name, int(port)), 5) as line:
            try:
                line.sendall(text)
                while part := line.recv(65_536):
                    found += part
            except ConnectionError:
                pass
        return (int(found.split()[1]) if found else 0), found

    def asked(self, *changed: str, path: str = "/api/hello", without: str = "") -> int:
        """The status for the page's own request, with other headers or without one."""
        usual = [f"Host: {self.host}", f"Cookie: {self.cookie}"]
        kept = [one for one in usual if not without or not one.startswith(without)]
        return self.answered("\n".join([f"GET {path} HTTP/1.1", *kept, *changed]))[0]

    def opened(self, **changed: str | None) -> ClientConnection:
        """A socket as the page opens it, with other headers or without one."""
        told = {"Origin": self.home, "Cookie": self.cookie, **changed}
        headers = {name: text for name, text in told.items() if text is not None}
        return connect(
            f"ws://{self.host}/api/live", additional_headers=headers, proxy=None, max_size=None
        )


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A dashboard's."""
    with served(tmp_path_factory.mktemp("journal")) as home:
        yield Door(home)


def test_the_page_s_own_way_is_open(door: Door) -> None:
    assert door.asked() == 200
    assert door.asked(f"Origin: {door.home}") == 200
    with door.opened() as page:
        page.send('{"view": "overview"}')
        assert "pulse" in json.loads(page.recv(5))


@pytest.mark.parametrize("path", ["/", "/api/hello", "/api/schema/openapi.json", "/nothing"])
def test_without_the_token_there_is_nothing(door: Door, path: str) -> None:
    assert door.asked(path=path, without="Cookie") == 401
    assert door.asked(f"Cookie: {door.cookie}x", path=path, without="Cookie") == 401
    assert door.asked(f"Authorization: Bearer {TOKEN}", path=path, without="Cookie") == 401
    if path != "/":
        assert door.asked(path=f"{path}?token={TOKEN}", without="Cookie") == 401


@pytest.mark.parametrize(
    "head",
    [
        "Host: evil.example:{port}",
        "Host: 127.0.0.1",
        "Host: 127.0.0.1.evil.example:{port}",
        "Host: evil.example@127.0.0.1:{port}",
        "Host: 0.0.0.0:{port}",
        "Host: [::1]:{port}",
        "Host: 2130706433:{port}",
        "Host:",
        "X: no host at all",
        "Host: {host}\nHost: evil.example",
    ],
)
def test_a_name_that_was_rebound_gets_nothing_whatever_else_it_says(door: Door, head: str) -> None:
    told = head.format(host=door.host, port=door.host.rpartition(":")[2])
    for more in ((), (f"X-Forwarded-Host: {door.host}", f"Forwarded: host={door.host}")):
        assert door.asked(told, *more, without="Host") in (400, 421)


def test_an_address_in_the_first_line_does_not_stand_for_the_host(door: Door) -> None:
    told = f"Host: evil.example\nCookie: {door.cookie}"
    assert door.answered(f"GET {door.home}/api/hello HTTP/1.1\n{told}")[0] == 421
    assert door.answered(f"GET http://evil.example/ HTTP/1.1\n{told}")[0] == 421


ORIGINS = [
    "http://evil.example",
    "null",
    "https://{host}",
    "http://localhost:1",
    "http://{host}.x",
    "",
]


@pytest.mark.parametrize("origin", ORIGINS)
def test_pages_of_other_sites_get_nothing_by_request_or_socket(door: Door, origin: str) -> None:
    told = origin.format(host=door.host)
    assert door.asked(f"Origin: {told}") == 403
    with pytest.raises(InvalidStatus) as refused:
        door.opened(Origin=told)
    assert refused.value.response.status_code == 403


def test_a_socket_is_refused_without_the_cookie_or_by_another_name(door: Door) -> None:
    for changed, status in (
        ({"Cookie": None}, 401),
        ({"Cookie": f"{door.cookie}x"}, 401),
        ({"Cookie": None, "Authorization": f"Bearer {TOKEN}"}, 401),
        ({"Origin": None, "Cookie": None}, 401),
    ):
        with pytest.raises(InvalidStatus) as refused:
            door.opened(**changed)
        assert refused.value.response.status_code == status
    key = base64.b64encode(os.urandom(16)).decode()
    upgrade = (
        "Upgrade: websocket\nConnection: Upgrade\n"
        f"Sec-WebSocket-Version: 13\nSec-WebSocket-Key: {key}"
    )
    for host in ("evil.example", f"evil.example:{door.host.rpartition(':')[2]}"):
        head = f"GET /api/live HTTP/1.1\nHost: {host}\nCookie: {door.cookie}\n{upgrade}"
        assert door.answered(head)[0] == 421


POST = (
    "POST /api/operate HTTP/1.1\nHost: {host}\nCookie: {cookie}\nX-Polywire: 1\n"
    "Content-Type: application/json\n{size}"
)


@pytest.mark.parametrize(
    ("size", "statuses"),
    [
        (f"Content-Length: {BODY_MAX + 1}", (413,)),
        ("Content-Length: 99999999999999999999", (413, 400)),
        ("Content-Length: " + "9" * 5_000, (400, 413)),
        ("Content-Length: -1", (400,)),
        ("Transfer-Encoding: chunked", (400, 411)),
        ("Content-Length: 5\nContent-Length: 6", (400,)),
        ("Content-Length: 20\nTransfer-Encoding: chunked", (400, 411)),
        ("X: none", (400,)),
    ],
)
def test_a_body_that_is_too_long_or_of_no_length_is_not_taken(
    door: Door, size: str, statuses: tuple[int, ...], caplog: pytest.LogCaptureFixture
) -> None:
    head = POST.format(host=door.host, cookie=door.cookie, size=size)
    assert door.answered(head, b"x" * (BODY_MAX + 1))[0] in statuses
    wish = b'{"operation": "halt"}'
    fits = POST.format(host=door.host, cookie=door.cookie, size=f"Content-Length: {len(wish)}")
    assert door.answered(fits, wish)[0] == 200
    assert caplog.messages == [], "what strangers send wrong is not the terminal's to show"


def test_what_is_said_over_a_socket_is_no_longer_than_a_body(door: Door) -> None:
    for text, code in (("x" * (BODY_MAX + 1), 1009), ("no question", 1008), ("[" * 60_000, 1008)):
        with door.opened() as page:
            page.send(text)
            with pytest.raises(ConnectionClosed):
                deque(iter(partial(page.recv, 5), None), maxlen=0)
            assert page.close_code == code
    assert door.asked() == 200


def test_a_flood_of_sockets_ends_at_the_eighth_and_requests_go_on(door: Door) -> None:
    with ExitStack() as pages:
        for _ in range(SOCKETS_MAX):
            pages.enter_context(door.opened())
        for _ in range(30):
            with pytest.raises(InvalidStatus) as refused:
                door.opened()
            assert refused.value.response.status_code == 429
        assert door.asked() == 200
    with door.opened() as again:
        assert again.recv(5)


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd",
        "/assets/../../app.py",
        "/assets/..%2f..%2fapp.py",
        "/assets/%2e%2e/%2e%2e/app.py",
        "/assets/%252e%252e%252fapp.py",
        "/assets/....//app.py",
        "/assets/..\\..\\app.py",
        "/assets//etc/passwd",
        "//etc/passwd",
        "/assets/%00",
        "/index.html%00.js",
        "/api/backtests/..%2f..%2f..%2fetc%2fpasswd",
        "/api/backtests/%2fetc%2fpasswd",
        "/api/backtests/maker.html%00",
        "/api/orders/..%2fhello",
    ],
)
def test_no_path_leads_to_what_was_not_built(door: Door, path: str) -> None:
    assert door.asked(path=path) == 404
    assert door.asked(path=path, without="Cookie") == 401
