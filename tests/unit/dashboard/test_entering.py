"""With a password: it alone lets in, few tries a minute, and what lets in after it is a cookie."""

import re
from urllib.parse import urlencode

import pytest
from litestar.types import ASGIApp
from tests.unit.dashboard.asking import PORT, TOKEN, Reply, asked
from tests.unit.dashboard.test_gate import Inside, Time, socket

from polywire.dashboard.entering import TRIES_MAX
from polywire.dashboard.gate import Gate
from polywire.dashboard.rules import Rules

PASSWORD = "correct horse & bättery=1"
HOST = "trade.example:5000"
HOME = f"https://{HOST}"
COOKIE = f"__Host-polywire-{PORT}={TOKEN}"


@pytest.fixture
def inside() -> Inside:
    return Inside()


def gate(inside: Inside, *, secure: bool = True, seconds: Time | None = None) -> Gate:
    rules = Rules(
        port=PORT,
        token=TOKEN,
        read_only=False,
        seconds=seconds or Time(),
        names=("trade.example", "192.0.2.7"),
        secure=secure,
        password=PASSWORD,
    )
    return Gate(inside, rules)


async def signed_in(app: ASGIApp, password: str, **headers: str | None) -> Reply:
    """A password sent as the form sends it."""
    body = urlencode({"password": password}).encode()
    usual: dict[str, str | None] = {
        "host": HOST,
        "origin": HOME,
        "cookie": None,
        "content_type": "application/x-www-form-urlencoded",
        "content_length": str(len(body)),
    }
    return await asked(app, "/login", method="POST", body=body, **{**usual, **headers})


async def test_a_stranger_is_shown_a_form_that_runs_nothing_and_asks_nobody_else(
    inside: Inside,
) -> None:
    reply = await asked(gate(inside), "/", host=HOST, cookie=None)
    assert reply.status == 401
    assert b'<form method="post" action="/login">' in reply.body
    assert b"<script" not in reply.body
    policy = reply.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["referrer-policy"] == "same-origin", "or the form's origin is null"
    assert (await asked(gate(inside), "/", host=HOST, cookie=COOKIE)).body == b"in"


async def test_the_password_sets_a_cookie_for_tls_alone_that_no_script_and_no_other_site_can_use(
    inside: Inside,
) -> None:
    reply = await signed_in(gate(inside), PASSWORD)
    assert (reply.status, reply.headers["location"]) == (303, "/")
    assert reply.headers["set-cookie"] == (
        f"__Host-polywire-5000={TOKEN}; Path=/; HttpOnly; SameSite=Strict; Secure"
    )
    assert PASSWORD not in str(reply.headers)
    assert inside.seen == 0
    assert (await asked(gate(inside), "/api/hello", host=HOST, cookie=COOKIE)).status == 200


async def test_on_loopback_without_tls_the_cookie_is_sent_back_without_it(inside: Inside) -> None:
    reply = await signed_in(gate(inside, secure=False), PASSWORD, origin=f"http://{HOST}")
    ticket = f"polywire-5000={TOKEN}; Path=/; HttpOnly; SameSite=Strict"
    assert reply.headers["set-cookie"] == ticket


@pytest.mark.parametrize(
    "wrong", ["", "correct horse", PASSWORD[:-1], PASSWORD + "x", PASSWORD.upper(), TOKEN, "\0"]
)
async def test_any_other_password_is_refused_and_nothing_of_it_is_repeated(
    inside: Inside, wrong: str
) -> None:
    reply = await signed_in(gate(inside), wrong)
    assert reply.status == 401
    assert "set-cookie" not in reply.headers
    assert b"That is not the password." in reply.body
    assert not wrong or wrong.encode() not in reply.body
    assert inside.seen == 0


@pytest.mark.parametrize("body", [b"", b"password", b"a&b&c&d=1", b"password=%ff%00", b"\xff" * 99])
async def test_a_body_that_is_no_form_is_a_wrong_password(inside: Inside, body: bytes) -> None:
    told = {"host": HOST, "origin": HOME, "cookie": None, "content_length": str(len(body))}
    form = "application/x-www-form-urlencoded"
    app = gate(inside)
    reply = await asked(app, "/login", method="POST", body=body, content_type=form, **told)
    assert reply.status == 401


async def test_a_body_of_more_than_a_form_is_not_read_to_its_end(inside: Inside) -> None:
    assert (await signed_in(gate(inside), "x" * 4_096)).status == 401
    assert (await signed_in(gate(inside), PASSWORD, content_length="65537")).status == 413


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": None}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://trade.example:5000"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "https://192.0.2.7:5000"}, 403),
        ({"host": "evil.example:5000"}, 421),
        ({"host": "127.0.0.1:5000"}, 421),
        ({"host": "localhost:5000"}, 421),
        ({"content_type": "application/json"}, 415),
        ({"content_type": None}, 415),
        ({"transfer_encoding": "chunked"}, 411),
    ],
)
async def test_the_right_password_from_another_site_or_name_opens_nothing(
    inside: Inside, headers: dict[str, str | None], status: int
) -> None:
    reply = await signed_in(gate(inside), PASSWORD, **headers)
    assert reply.status == status
    assert "set-cookie" not in reply.headers


async def test_five_tries_a_minute_for_all_and_who_is_in_stays_in(inside: Inside) -> None:
    assert TRIES_MAX == 5
    time = Time()
    app = gate(inside, seconds=time)
    for _ in range(5):
        assert (await signed_in(app, "a wrong password")).status == 401
        time.now += 1
    reply = await signed_in(app, PASSWORD)
    assert reply.status == 429, "whoever guesses on may have guessed it"
    assert "set-cookie" not in reply.headers
    assert b"wait" in reply.body
    assert (await asked(app, "/api/hello", host=HOST, cookie=COOKIE)).status == 200
    time.now = 60.0
    assert (await signed_in(app, PASSWORD)).status == 303


@pytest.mark.parametrize(
    ("path", "cookie"),
    [
        (f"/?token={TOKEN}", None),
        ("/api/hello", None),
        ("/assets/index.js", None),
        ("/api/operate", None),
        ("/api/hello", f"polywire-{PORT}={TOKEN}"),
        ("/api/hello", f"__Host-polywire-{PORT}={PASSWORD}"),
    ],
)
async def test_the_token_in_an_address_lets_nobody_in(
    inside: Inside, path: str, cookie: str | None
) -> None:
    reply = await asked(gate(inside), path, host=HOST, cookie=cookie)
    assert reply.status == 401
    assert "set-cookie" not in reply.headers
    assert inside.seen == 0


async def test_the_form_s_own_address_leads_to_the_page(inside: Inside) -> None:
    for cookie in (None, COOKIE):
        reply = await asked(gate(inside), "/login", host=HOST, cookie=cookie)
        assert (reply.status, reply.headers["location"]) == (303, "/")
        assert "set-cookie" not in reply.headers


async def test_a_socket_is_opened_by_the_cookie_alone_and_from_the_page_by_tls_alone(
    inside: Inside,
) -> None:
    await socket(gate(inside), [], host=HOST, origin=HOME, cookie=COOKIE)
    assert inside.seen == 1
    for headers in (
        {"host": HOST, "origin": HOME, "cookie": None},
        {"host": HOST, "origin": f"http://{HOST}", "cookie": COOKIE},
        {"host": "127.0.0.1:5000", "cookie": COOKIE},
    ):
        told: list = []
        await socket(gate(inside), told, extension=True, **headers)
        assert told[0]["status"] in (401, 403, 421)
    assert inside.seen == 1


def test_nobody_prints_what_lets_in() -> None:
    rules = gate(Inside())._rules
    assert not re.search(f"{TOKEN}|{re.escape(PASSWORD)}", repr(rules))
    assert rules.address == "https://trade.example:5000/"
