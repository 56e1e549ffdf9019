"""Every fault on demand, seen by a plain client: sockets and REST of an exchange that stands still.

A change of the tick is one small message for each token; `step` lets the market move.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.integration.exchange.conftest import Client, Reader

from polywire.exchange.options import ExchangeOptions

Start = Callable[..., Awaitable[Client]]
SECOND = 1_000_000_000
LATER = 10**18
"""A reading of the monotonic clock that no test lives to see."""


class Stage:
    """An exchange whose time stands, and the tokens of two of its markets."""

    def __init__(self, client: Client, markets: list[Any]) -> None:
        self.client = client
        self.market, self.other = markets[0]["conditionId"], markets[1]["conditionId"]
        self.tokens, self.others = markets[0]["tokens"], markets[1]["tokens"]
        self._ticks = ["0.001", "0.005"]

    async def reader(self, *tokens: str) -> Reader:
        """A socket that has its books; without tokens, of the first market."""
        reader = await self.client.reader()
        await reader.subscribe(*(tokens or self.tokens))
        return reader

    async def change(self, market: str = "") -> None:
        """Have the venue send a message for each token of a market."""
        self._ticks.reverse()
        await self.client.command("tick", market=market or self.market, tick=self._ticks[0])

    async def faults(self) -> dict[str, Any]:
        told: dict[str, Any] = await self.client.get(f"{self.client.where.control}/faults")
        return told


@pytest.fixture
async def stage(client: Start) -> Stage:
    made = await client(ExchangeOptions(control=True, begin_ns=LATER))
    return Stage(made, await made.markets())


async def ponged(reader: Reader) -> list[Any]:
    """What comes before the pong, frame by frame."""
    await reader.send("PING")
    seen = []
    while (text := await reader.text()) != "PONG":
        seen.append(json.loads(text))
    return seen


async def resubscribe(reader: Reader, *tokens: str) -> None:
    for operation in ("unsubscribe", "subscribe"):
        await reader.send({"operation": operation, "assets_ids": list(tokens)})


async def test_a_frozen_socket_pongs_while_rest_moves_until_the_time_is_over(stage: Stage) -> None:
    reader = await stage.reader()
    await stage.client.command("freeze", seconds=5)
    url = f"{stage.client.where.clob}/book?token_id={stage.tokens[0]}"
    before = await stage.client.get(url)
    await stage.client.command("step", seconds=4)
    assert len(await ponged(reader)) == 1, "the first book came before"
    assert (await stage.client.get(url))["hash"] != before["hash"]
    await stage.client.command("step", seconds=2)
    assert await ponged(reader), "it goes on"


async def test_a_frozen_asset_is_cured_by_resubscribing_it(stage: Stage) -> None:
    reader = await stage.reader(*stage.tokens, *stage.others)
    await stage.client.command("freeze", asset=stage.market, until="resubscribe")
    await stage.change()
    await stage.change(stage.other)
    seen = [one["market"] for one in (await ponged(reader))[1:]]
    assert seen == [stage.other] * 2
    await resubscribe(reader, *stage.tokens)
    (books,) = await ponged(reader)
    assert [book["asset_id"] for book in books] == stage.tokens
    await stage.change()
    assert {one["market"] for one in await ponged(reader)} == {stage.market}


async def test_a_socket_frozen_until_a_reconnect_stays_so_and_a_new_one_is_served(
    stage: Stage,
) -> None:
    old = await stage.reader()
    await ponged(old)
    await stage.client.command("freeze", until="reconnect")
    await resubscribe(old, *stage.tokens)
    assert await ponged(old) == []
    new = await stage.reader()
    await stage.change()
    assert len(await ponged(new)) == 3
    assert await ponged(old) == []


async def test_one_of_two_sockets_freezes(stage: Stage) -> None:
    first, second = await stage.reader(), await stage.reader()
    await ponged(first)
    await ponged(second)
    await stage.client.command("freeze", socket=2)
    await stage.change()
    assert len(await ponged(first)) == 2
    assert await ponged(second) == []


@pytest.mark.parametrize(("changes", "told"), [(True, 2), (False, 0)])
async def test_a_first_book_is_missing_until_another_socket_asks(
    stage: Stage, changes: bool, told: int
) -> None:
    await stage.client.command(
        "missing_book", asset=stage.market, until="reconnect", changes=changes
    )
    reader = await stage.reader(*stage.tokens, stage.others[0])
    await stage.change()
    books, *others = await ponged(reader)
    assert [book["asset_id"] for book in books] == [stage.others[0]]
    assert len(others) == told
    await resubscribe(reader, *stage.tokens)
    assert await ponged(reader) == []
    (books,) = await ponged(await stage.reader())
    assert len(books) == 2


async def test_a_missing_book_comes_with_the_second_subscription(stage: Stage) -> None:
    await stage.client.command("missing_book", asset=stage.tokens[0], until="resubscribe")
    reader = await stage.reader(stage.tokens[0])
    assert await ponged(reader) == []
    await resubscribe(reader, stage.tokens[0])
    assert len(await ponged(reader)) == 1


@pytest.mark.parametrize("code", [1001, 1006, 1008, 1011, 1012, 1013])
async def test_sockets_close_with_the_code_asked_for(stage: Stage, code: int) -> None:
    reader, other = await stage.reader(), await stage.reader()
    await stage.client.command("drop", code=code, socket=1)
    assert (await reader.closed())[0] in {code, *([None] if code == 1006 else [])}
    assert len(await ponged(other)) == 1
    (over,) = (await stage.faults())["over"]
    assert over["hits"] == 1


async def test_a_half_open_socket_is_accepted_and_dead(stage: Stage) -> None:
    old = await stage.reader()
    await ponged(old)
    await stage.client.command("half_open", seconds=3)
    new = await stage.reader()
    for reader in (old, new):
        await reader.send("PING")
        await reader.socket.ping()
        assert await reader.silent(0.2)
        assert not reader.socket.closed
    await stage.client.command("step", seconds=3)
    assert await ponged(old) == []


async def test_a_slow_venue_keeps_even_the_pong_waiting(stage: Stage) -> None:
    size = len(await (await stage.reader()).text())
    await stage.client.command("slow", bytes_a_second=2 * size)
    began = time.monotonic()
    assert len(await ponged(await stage.reader())) == 1
    assert 0.4 < time.monotonic() - began < 2


async def test_upgrades_and_requests_are_refused_for_a_time(stage: Stage) -> None:
    await stage.client.command("refuse_upgrades", seconds=3)
    await stage.client.command("refuse_requests", seconds=3)
    with pytest.raises(aiohttp.WSServerHandshakeError, match="429"):
        await stage.client.reader()
    async with stage.client.session.get(f"{stage.client.where.clob}/time") as reply:
        assert reply.status == 425
    await stage.client.command("step", seconds=3)
    await stage.client.reader()
    await stage.client.get(f"{stage.client.where.clob}/time")
    assert [one["hits"] for one in (await stage.faults())["over"]] == [1, 1]


@pytest.mark.parametrize("asset", ["", "one"])
async def test_hashes_follow_another_recipe_on_sockets_and_over_rest(
    stage: Stage, asset: str
) -> None:
    named = {"asset": stage.tokens[0]} if asset else {}
    await stage.client.command("wrong_hash", **named)
    (books,) = await ponged(await stage.reader())
    rest = [
        await stage.client.get(f"{stage.client.where.clob}/book?token_id={token}")
        for token in stage.tokens
    ]
    assert [book["hash"] for book in books] == [book["hash"] for book in rest]
    right = [book["hash"] == venue_hash(book) for book in rest]
    assert right == [False, asset == "one"]


async def test_a_change_contradicts_the_book_about_its_best_price(stage: Stage) -> None:
    reader = await stage.reader()
    await stage.client.command("wrong_touch", seconds=100, asset=stage.market)
    await stage.client.command("step", seconds=5)
    changes = [one for one in await ponged(reader) if "price_changes" in one]
    assert changes
    for entry in [entry for one in changes for entry in one["price_changes"]]:
        second = entry["asset_id"] == stage.tokens[1]
        assert entry["best_ask" if second else "best_bid"] == ("1" if second else "0")
        assert entry["best_bid" if second else "best_ask"] not in ("0", "1")


async def test_two_messages_of_a_market_come_in_the_wrong_order(stage: Stage) -> None:
    reader = await stage.reader()
    await ponged(reader)
    await stage.client.command("reorder", count=1)
    for _ in range(2):
        await stage.change()
    assert [one["asset_id"] for one in await ponged(reader)] == [
        *reversed(stage.tokens),
        *stage.tokens,
    ]


async def test_a_message_held_back_for_the_next_is_not_lost_when_there_is_none(
    stage: Stage,
) -> None:
    reader = await stage.reader(stage.tokens[0])
    await ponged(reader)
    await stage.client.command("reorder", seconds=1)
    await stage.change()
    assert await ponged(reader) == []
    await stage.client.command("heal")
    assert len(await ponged(reader)) == 1


async def test_a_message_comes_twice(stage: Stage) -> None:
    reader = await stage.reader()
    await ponged(reader)
    await stage.client.command("repeat", count=1)
    await stage.change()
    first, second = stage.tokens
    assert [one["asset_id"] for one in await ponged(reader)] == [first, first, second]


async def test_frames_are_cut_short_blown_up_or_binary(stage: Stage) -> None:
    reader = await stage.reader(stage.tokens[0])
    await ponged(reader)
    await stage.client.command("truncate", count=1)
    await stage.change()
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(await reader.text())
    await stage.client.command("oversize", count=1, bytes=1_000_000)
    await stage.change()
    text = await reader.text()
    assert len(text) == 1_000_000
    assert json.loads(text)["event_type"] == "tick_size_change"
    await stage.client.command("binary", count=1)
    await stage.change()
    message = await asyncio.wait_for(reader.socket.receive(), 5)
    assert message.type is aiohttp.WSMsgType.BINARY
    assert json.loads(message.data)["event_type"] == "tick_size_change"
    await stage.change()
    assert len(await ponged(reader)) == 1, "each was for one frame"


async def test_a_venue_whose_clock_is_off_hashes_with_its_own_time(stage: Stage) -> None:
    now_ms = (await stage.faults())["now_ns"] // 1_000_000
    reader = await stage.reader(stage.tokens[0])
    await ponged(reader)
    await stage.client.command("skew", milliseconds=-90_000, seconds=60)
    await stage.change()
    (told,) = await ponged(reader)
    book = await stage.client.get(f"{stage.client.where.clob}/book?token_id={stage.tokens[0]}")
    assert int(told["timestamp"]) == int(book["timestamp"]) == now_ms - 90_000
    assert book["hash"] == venue_hash(book)
    seconds = await stage.client.get(f"{stage.client.where.clob}/time")
    assert seconds == (now_ms - 90_000) // 1000
    await stage.client.command("step", seconds=60)
    assert await stage.client.get(f"{stage.client.where.clob}/time") == now_ms // 1000 + 60


async def test_what_was_done_is_told_with_its_times_by_both_clocks(stage: Stage) -> None:
    reader = await stage.reader()
    await ponged(reader)
    before = await stage.faults()
    began = time.time_ns()
    await stage.client.command("freeze", asset=stage.market, seconds=2)
    await stage.client.command("repeat", at=60, count=3)
    (frozen,) = (now := await stage.faults())["in_force"]
    assert frozen["onset_ns"] == before["now_ns"] == now["now_ns"]
    assert began <= frozen["onset_wall_ns"] <= now["wall_ns"]
    assert frozen["fault"] == {"kind": "freeze", "asset": stage.market, "seconds": 2.0}
    assert sorted(frozen["assets"]) == sorted(stage.tokens)
    assert now["sockets"] == [1]
    (planned,) = now["planned"]
    assert planned["at_ns"] == now["now_ns"] + 60 * SECOND
    await stage.change()
    await stage.client.command("step", seconds=2)
    (over,) = (await stage.faults())["over"]
    assert over["hits"] >= 2
    assert over["ended_ns"] == over["onset_ns"] + 2 * SECOND
    await stage.client.command("heal")
    assert (await stage.faults())["planned"] == []
    assert await ponged(reader) == []


@pytest.mark.parametrize(
    "asked",
    [{"seconds": 0}, {"until": "soon"}, {"code": 1001}, {"asset": "nothing"}],
    ids=["bounds", "choice", "key", "asset"],
)
async def test_a_fault_that_cannot_be_is_refused(stage: Stage, asked: dict[str, object]) -> None:
    told = {"command": "freeze"} | asked
    answer = await stage.client.post(stage.client.where.control, told, status=400)
    assert next(iter(asked)) in answer["error"]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ([], 'expected a JSON object {"command": ...}'),
        ({"seconds": 1}, 'expected a JSON object {"command": ...}'),
        ({"command": "thaw"}, "command takes one of freeze, "),
        ({"command": ["freeze"]}, "command takes one of freeze, "),
        ({"command": "step"}, "seconds takes seconds, below a million; found None"),
        ({"command": "step", "seconds": -1}, "below a million; found -1"),
        ({"command": "stop", "now": 1}, "now is no key of stop, which takes none"),
        ({"command": "heal", "kind": "cold"}, "kind takes one of freeze, "),
        ({"command": "tick", "market": "m", "tick": "x"}, "tick takes a number with at most six"),
        ({"command": "tick", "market": "m", "tick": "0.1"}, "takes a condition id; 'm' has no"),
        ({"command": "trade", "asset": "1", "side": "UP", "size": 1}, "side takes BUY or SELL"),
        ({"command": "trade", "asset": "1", "side": "BUY", "size": 1}, "'1' is not listed"),
        ({"command": "resolve", "market": "m", "payout": 2}, "payout takes 1, 0 or 0.5; found 2"),
    ],
)
async def test_a_wrong_command_is_answered_with_what_it_takes(
    stage: Stage, told: object, said: str
) -> None:
    answer = await stage.client.post(stage.client.where.control, told, status=400)
    assert said in answer["error"]
    assert "Error" not in answer["error"]


async def test_faults_of_a_file_are_told_as_they_begin_and_end(
    client: Start, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "faults.toml"
    file.write_text('[[faults]]\nkind = "freeze"\nat = 1\nseconds = 2\n')
    made = await client(ExchangeOptions(control=True, begin_ns=LATER, faults=file))
    for _ in range(3):
        await made.command("step", seconds=1.5)
    begun, ended = capsys.readouterr().err.splitlines()
    assert begun == "fault 1 begins: freeze, seconds 2.0"
    assert ended == "fault 1 ends: freeze, 0 hits"


async def test_a_file_does_the_same_to_the_same_frames_whatever_the_steps(
    client: Start, tmp_path: Path
) -> None:
    file = tmp_path / "faults.toml"
    file.write_text(
        '[[faults]]\nat = 0.4\nkind = "freeze"\nseconds = 0.35\nasset = "500001"\n'
        '[[faults]]\nat = 0.8\nkind = "wrong_hash"\nseconds = 0.1\n'
        '[[faults]]\nat = 1\nkind = "reorder"\ncount = 5\n'
    )
    seen = []
    for steps in (1, 10):
        options = ExchangeOptions(
            control=True, begin_ns=LATER, faults=file, start_ns=1_790_000_100 * SECOND, seed=3
        )
        made = await client(options)
        stage = Stage(made, await made.markets())
        reader = await stage.reader(*stage.tokens, *stage.others)
        for _ in range(steps):
            await made.command("step", seconds=1.5 / steps)
        seen.append(await ponged(reader))
        over = (await stage.faults())["over"]
        assert [one["onset_ns"] - options.start_ns for one in over] == [
            400_000_000, 800_000_000, 1_000_000_000,
        ]  # fmt: skip
        assert all(one["hits"] for one in over)
    assert seen[0] == seen[1]


def venue_hash(book: dict[str, Any]) -> str:
    """The hash of a REST book by the recipe of polymarket.md 1.6."""
    text = json.dumps(book | {"hash": ""}, separators=(",", ":"))
    return hashlib.sha1(text.encode()).hexdigest()
