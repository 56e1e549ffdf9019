"""Whatever is asked without the token, nothing behind the gate is reached, and nothing breaks."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.dashboard.asking import HOME, PORT, TOKEN, Reply, asked, headers_of

from polywire.dashboard.gate import Gate
from polywire.dashboard.rules import Rules

TEXT = st.text(st.characters(max_codepoint=0xFF), max_size=40)
NAMES = st.sampled_from(
    ("host", "origin", "cookie", "content-length", "content-type", "x-polywire")
)


def gate() -> tuple[Gate, list[str]]:
    reached: list[str] = []

    async def inside(scope, _receive, send):
        reached.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    rules = Rules(port=PORT, token=TOKEN, read_only=False, seconds=lambda: 0.0)
    return Gate(inside, rules), reached


@given(
    path=TEXT,
    method=st.sampled_from(("GET", "POST", "HEAD", "PUT")),
    headers=st.dictionaries(NAMES, TEXT, max_size=4),
)
def test_no_request_without_the_token_comes_through(path, method, headers) -> None:
    app, reached = gate()
    told = {"cookie": None, **{name.replace("-", "_"): text for name, text in headers.items()}}
    reply: Reply = asyncio.run(asked(app, f"/{path}", method=method, **told))
    assert reached == []
    assert 400 <= reply.status < 500


@given(headers=st.dictionaries(NAMES, TEXT, max_size=3))
def test_with_the_token_only_the_page_s_own_names_come_through(headers) -> None:
    app, reached = gate()
    told = {name.replace("-", "_"): text for name, text in headers.items()}
    asyncio.run(asked(app, "/api/hello", **told))
    sent = dict(headers_of(**told))
    if reached:
        assert sent[b"host"].decode().lower() in (HOME, f"localhost:{PORT}")
        assert TOKEN in sent[b"cookie"].decode()
