"""The whole examination: of a healthy exchange, and of each kind of trouble a server can be."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from msgspec import structs

from polywire.config.demo import CASH, demo_settings
from polywire.config.obstacles import obstacles
from polywire.exchange.app import serve
from polywire.exchange.options import ExchangeOptions
from polywire.journal.lock import FolderLock
from polywire.modes import doctor
from polywire.modes.doctor import Doctor, DoctorSetup
from polywire.modes.finding import Finding, State
from polywire.runtime.endpoints import Endpoints
from polywire.venues.polymarket.selection import Criteria

NAMES = [
    "machine",
    "open files",
    "journal folder",
    "disk",
    "clob",
    "gamma",
    "data",
    "clock",
    "catalogue",
    "markets",
    "channel",
    "book",
    "trading",
    "geoblock",
]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def healthy(stack: AsyncExitStack, tmp_path: Path) -> DoctorSetup:
    """What to examine where all is well."""
    exchange = await serve(ExchangeOptions())
    stack.push_async_callback(exchange.close)
    where = exchange.addresses
    return DoctorSetup(
        endpoints=Endpoints(where.clob, where.market_ws, where.gamma, where.data),
        criteria=Criteria(markets_max=25),
        journal=tmp_path / "runs" / "journal",
        streams=True,
        timeout_s=10.0,
        trading=partial(obstacles, demo_settings(), CASH),
    )


async def answering(stack: AsyncExitStack, handler: Handler) -> str:
    """Serve every path with a handler; its address."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


async def saying(stack: AsyncExitStack, status: int, text: str) -> str:
    """Serve the same answer always."""

    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text)

    return await answering(stack, handler)


async def mute(stack: AsyncExitStack) -> str:
    """A server that takes connections and never says anything."""
    kept: list[asyncio.StreamWriter] = []

    async def keep(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kept.append(writer)

    async def close() -> None:
        server.close()
        for writer in kept:
            writer.close()
            await writer.wait_closed()

    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    stack.push_async_callback(close)
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def relaying(stack: AsyncExitStack, url: str, change: Callable[[str, bytes], bytes]) -> str:
    """Serve what another address answers, changed by its path."""

    async def handler(request: web.Request) -> web.StreamResponse:
        asked = f"{url}{request.path_qs}"
        async with (
            ClientSession() as session,
            session.request(request.method, asked, data=await request.read()) as reply,
        ):
            return web.Response(body=change(request.path, await reply.read()))

    return await answering(stack, handler)


async def talking(
    stack: AsyncExitStack, say: Callable[[web.WebSocketResponse], Awaitable[object]]
) -> str:
    """Serve a market channel that says something else."""

    async def handler(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await say(socket)
        async for _ in socket:
            pass
        return socket

    return (await answering(stack, handler)).replace("http://", "ws://")


async def examined(setup: DoctorSetup) -> dict[str, Finding]:
    async with asyncio.timeout(5):
        findings = await Doctor(setup, lambda _: None).examine()
    assert [one.name for one in findings] == NAMES
    for one in findings:
        wanting = one.state in {State.WARNING, State.FAILED}
        assert bool(one.remedy) is wanting, one
        assert bool(one.look) is wanting, one
    return {one.name: one for one in findings}


def at(setup: DoctorSetup, **addresses: str) -> DoctorSetup:
    """The same with other addresses."""
    return replace(setup, endpoints=structs.replace(setup.endpoints, **addresses))


async def test_a_healthy_venue_and_machine_are_found_so_and_nothing_is_left_behind(
    healthy: DoctorSetup, tmp_path: Path
) -> None:
    told: list[str] = []
    findings = await Doctor(healthy, told.append).examine()
    assert [(one.name, one.state) for one in findings] == [(name, State.OK) for name in NAMES]
    figures = {one.name: one.figures for one in findings}
    assert figures["channel"]["hashes_agreed"] == 2
    assert figures["book"] == {"books": 2, "hashes_agreed": 2}
    assert figures["catalogue"] == {"read": 12, "refused": 0}
    assert figures["markets"]["chosen"] == 12
    assert "the market channel" in told
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240


async def test_where_nobody_listens_each_address_says_so_and_the_rest_is_skipped_with_a_reason(
    healthy: DoctorSetup, closed_port: int
) -> None:
    nowhere = f"http://127.0.0.1:{closed_port}"
    found = await examined(at(healthy, clob=nowhere, gamma=nowhere, data=nowhere))
    for name in ("clob", "gamma"):
        assert found[name].state is State.FAILED
        assert "Connection refused" in found[name].seen
        assert "Nothing listens there" in found[name].remedy
    assert found["data"].state is State.WARNING
    assert found["data"].remedy.startswith("Every run does without it.")
    for name in ("clock", "book"):
        assert (found[name].state, found[name].seen) == (State.SKIPPED, "clob does not answer")
    for name in ("catalogue", "markets", "channel", "trading"):
        assert found[name].state is State.SKIPPED, name


@pytest.mark.parametrize(
    ("status", "words", "remedy"),
    [
        (403, "refuses this region", "your region or your network"),
        (451, "refuses this region", "your region or your network"),
        (429, "too many requests", "wait a minute"),
        (500, "trouble at the venue", "status page and wait"),
        (404, "not what was asked for", "Is the address right?"),
    ],
)
async def test_a_server_that_says_no_is_told_apart_by_its_answer(
    stack: AsyncExitStack, healthy: DoctorSetup, status: int, words: str, remedy: str
) -> None:
    no = await saying(stack, status, "no")
    channel = no.replace("http://", "ws://")
    found = await examined(at(healthy, clob=no, data=no, market_ws=channel))
    for name in ("clob", "channel"):
        assert found[name].state is State.FAILED
        assert words in found[name].seen
        assert remedy in found[name].remedy
    assert found["gamma"].state is State.OK


async def test_a_server_of_something_else_cannot_be_read(
    stack: AsyncExitStack, healthy: DoctorSetup
) -> None:
    page = await saying(stack, 200, "<html>please log in</html>")
    found = await examined(at(healthy, clob=page, gamma=page))
    for name in ("clock", "catalogue"):
        assert found[name].state is State.FAILED
        assert "log-in page" in found[name].remedy
    assert found["markets"].state is State.SKIPPED


async def test_a_server_that_never_answers_takes_no_longer_than_its_time(
    stack: AsyncExitStack, healthy: DoctorSetup
) -> None:
    silent = await mute(stack)
    channel = silent.replace("http://", "ws://")
    began = asyncio.get_running_loop().time()
    impatient = replace(healthy, timeout_s=0.5)
    found = await examined(at(impatient, clob=silent, data=silent, market_ws=channel))
    assert asyncio.get_running_loop().time() - began < 2.0
    for name in ("clob", "channel"):
        assert found[name].state is State.FAILED
        assert "no answer in time" in found[name].seen
        assert "curl -v" in found[name].remedy


@pytest.mark.parametrize(("ahead_s", "state"), [(3, State.WARNING), (-60, State.FAILED)])
async def test_a_clock_that_is_off_is_found_by_the_venue_s_time(
    stack: AsyncExitStack, healthy: DoctorSetup, ahead_s: int, state: State
) -> None:
    def change(path: str, body: bytes) -> bytes:
        return str(int(body) + ahead_s).encode() if path == "/time" else body

    clob = await relaying(stack, healthy.endpoints.clob, change)
    found = await examined(at(healthy, clob=clob))
    assert found["clock"].state is state
    assert ("behind" if ahead_s > 0 else "ahead of") in found["clock"].seen
    assert found["book"].state is State.OK


async def test_a_book_that_is_not_its_hash_s_fails_after_three_tries(
    stack: AsyncExitStack, healthy: DoctorSetup
) -> None:
    asked: list[str] = []

    def change(path: str, body: bytes) -> bytes:
        asked.append(path)
        if path != "/books":
            return body
        books = json.loads(body)
        books[1]["bids"][0]["size"] = "1"
        return json.dumps(books).encode()

    clob = await relaying(stack, healthy.endpoints.clob, change)
    found = await examined(at(healthy, clob=clob))
    assert found["book"].state is State.FAILED
    assert "1 of 2 hashes agree" in found["book"].seen
    assert asked.count("/books") == 3


async def test_a_channel_that_says_nothing_is_told_from_one_that_hangs_up_or_talks_nonsense(
    stack: AsyncExitStack, healthy: DoctorSetup
) -> None:
    async def nothing(_: web.WebSocketResponse) -> None:
        return

    async def hang_up(socket: web.WebSocketResponse) -> None:
        await socket.receive()
        await socket.close(code=1008, message=b"no such assets")

    async def nonsense(socket: web.WebSocketResponse) -> None:
        await socket.send_str("<html>")

    async def only_pongs(socket: web.WebSocketResponse) -> None:
        await socket.send_str("PONG")

    for say, words in (
        (nothing, "no book in time"),
        (only_pongs, "no book in time, "),
        (hang_up, "no book: closed by the venue: 1008 no such assets"),
        (nonsense, "1 frames that cannot be read"),
    ):
        patience_s = healthy.timeout_s if say is hang_up else 1.0  # the others wait all of it
        setup = replace(healthy, timeout_s=patience_s)
        found = await examined(at(setup, market_ws=await talking(stack, say)))
        assert found["channel"].state is State.FAILED, say
        assert words.removesuffix(", ") in found["channel"].seen
        assert ("pong after" in found["channel"].seen) is (say is only_pongs)


async def test_a_configuration_that_polls_needs_no_channel(
    healthy: DoctorSetup, closed_port: int
) -> None:
    setup = at(healthy, market_ws=f"ws://127.0.0.1:{closed_port}/ws/market")
    assert (await examined(setup))["channel"].state is State.FAILED
    assert (await examined(replace(setup, streams=False)))["channel"].state is State.SKIPPED


async def test_an_empty_choice_fails_and_the_books_are_looked_at_all_the_same(
    healthy: DoctorSetup,
) -> None:
    found = await examined(replace(healthy, criteria=Criteria(tags=("no-such-tag",))))
    assert found["markets"].state is State.FAILED
    assert "`tag`" in found["markets"].remedy
    assert found["channel"].state is found["book"].state is State.OK
    assert found["trading"].state is State.SKIPPED


async def test_what_the_settings_forbid_on_the_chosen_markets_is_one_finding_each(
    healthy: DoctorSetup,
) -> None:
    settings = demo_settings()
    limits = structs.replace(settings.limits, order_size_max=1, total_exposure_max=1)
    stopped = partial(obstacles, structs.replace(settings, limits=limits), CASH)
    findings = await Doctor(replace(healthy, trading=stopped), lambda _: None).examine()
    trading = [one for one in findings if one.name == "trading"]
    assert [one.state for one in trading] == [State.WARNING, State.FAILED, State.FAILED]


async def test_a_folder_that_another_run_holds_is_named_with_its_process(
    healthy: DoctorSetup,
) -> None:
    held = FolderLock(healthy.journal)
    try:
        found = await examined(healthy)
    finally:
        held.close()
    assert found["journal folder"].state is State.FAILED
    assert "in use by process" in found["journal folder"].seen
    assert found["journal folder"].look == "journal-locked"
    assert (await examined(healthy))["journal folder"].state is State.OK


async def test_a_folder_that_cannot_be_written_fails(healthy: DoctorSetup, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/journal")):
        found = await examined(replace(healthy, journal=folder))
        assert found["journal folder"].state is State.FAILED, folder
        assert "cannot be written" in found["journal folder"].seen


async def test_a_disk_that_is_nearly_full_is_found_beside_a_folder_that_is_fine(
    healthy: DoctorSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "free_bytes_of", lambda _: lambda: 100 << 20)
    found = await examined(healthy)
    assert found["disk"].state is State.FAILED
    assert found["disk"].look == "disk-full"
    assert found["journal folder"].state is State.OK
