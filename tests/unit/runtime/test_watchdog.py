"""The watchdog before a venue that answers, refuses, hangs up, and knows whose orders are whose."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.unit.runtime.test_last_orders import NOW, placed, venue
from tests.waiting import until

from polywire.core.ids import RunId
from polywire.journal.log import Journal
from polywire.net.clock import Clock
from polywire.runtime import watchdog as module
from polywire.runtime.watchdog import ALIVE, DONE, HandOver, Watchdog, read_reports, watch

Answer = Callable[[list[str]], tuple[int, object]]


def cancelled(ids: list[str]) -> tuple[int, object]:
    return 200, {"canceled": ids, "not_canceled": {}}


class Venue:
    """Keeps what it was asked, and answers with a status and JSON."""

    def __init__(self, *answers: Answer) -> None:
        self.asked: list[list[str]] = []
        self.heads: list[bytes] = []
        self._answers = list(answers)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                (size,) = [
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                ]
                self.heads.append(head)
                self.asked.append(json.loads(await reader.readexactly(size)))
                answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                status, told = answer(self.asked[-1])
                body = json.dumps(told).encode()
                writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(body)))
                writer.write(body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_S", 0.01)
    monkeypatch.setattr(module, "AGAIN_S", 0.01)


@asynccontextmanager
async def guarding(
    folder: Path, venue: Venue, orders: int = 2, silence_s: float = 5.0
) -> AsyncIterator[Watchdog]:
    with Journal(folder, RunId("run")) as journal:
        for number in range(1, orders + 1):
            for record in placed(number):
                journal.append(record, NOW)
    (folder / "journal.lock").write_text("7\n")
    listening = await asyncio.start_server(venue.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    told = HandOver(
        clob=f"http://127.0.0.1:{port}", address="0x1", api_key="key", secret="c2VjcmV0",
        passphrase="pass", journal=str(folder), engine=7, silence_s=silence_s,
    )  # fmt: skip
    yield Watchdog(told, Clock())
    listening.close()


async def test_it_cancels_exactly_our_orders_by_their_ids_and_writes_down_that(
    tmp_path: Path,
) -> None:
    house = Venue(cancelled)
    async with guarding(tmp_path, house) as watchdog:
        await watchdog.fire("gone")
    assert house.asked == [[venue(1), venue(2)]]
    assert house.heads[0].startswith(b"DELETE /orders HTTP/1.1\r\n")
    assert b"POLY_API_KEY: key" in house.heads[0]
    ((_, report),) = read_reports(tmp_path)
    assert report.text == "gone: 2 of 2 orders cancelled by the watchdog, done"
    assert report.cancelled == [venue(1), venue(2)]


async def test_what_the_venue_does_not_know_is_asked_for_once_more(tmp_path: Path) -> None:
    """It may have been on its way."""

    def unknown(ids: list[str]) -> tuple[int, object]:
        return 200, {"canceled": ids[:1], "not_canceled": dict.fromkeys(ids[1:], "not found")}

    house = Venue(unknown, cancelled)
    async with guarding(tmp_path, house) as watchdog:
        report = await watchdog.fire("gone")
    assert house.asked == [[venue(1), venue(2)], [venue(2)]]
    assert report.cancelled == [venue(1), venue(2)]
    assert report.others == {}
    house = Venue(lambda ids: (200, {"canceled": [], "not_canceled": dict.fromkeys(ids, "gone")}))
    async with guarding(tmp_path / "b", house) as watchdog:
        report = await watchdog.fire("gone")
    assert len(house.asked) == 2
    assert report.others == {venue(1): "gone", venue(2): "gone"}


async def test_it_asks_until_the_venue_answers_and_never_for_too_many_at_once(
    tmp_path: Path,
) -> None:
    house = Venue(lambda _: (503, {}), lambda _: (429, {}), cancelled)
    async with guarding(tmp_path, house, orders=130) as watchdog:
        report = await watchdog.fire("gone")
    assert [len(ids) for ids in house.asked] == [100, 30, 100, 30]
    assert len(report.cancelled) == 130


async def test_it_leaves_everything_to_an_engine_that_has_taken_over(tmp_path: Path) -> None:
    house = Venue(cancelled)
    async with guarding(tmp_path, house) as watchdog:
        (tmp_path / "journal.lock").write_text("8\n")
        report = await watchdog.fire("gone")
    assert house.asked == []
    assert report.ended == "another engine has taken over"


async def test_a_clean_stop_ends_it_and_an_end_without_one_makes_it_act(tmp_path: Path) -> None:
    for said, acts in ((ALIVE + DONE, 0), (ALIVE, 1), (b"", 1), (b"do", 1)):
        house, signs = Venue(cancelled), asyncio.StreamReader()
        async with guarding(tmp_path / str(len(said)), house) as watchdog:
            signs.feed_data(said)
            signs.feed_eof()
            await watch(watchdog, signs)
        assert len(house.asked) == acts, said


async def test_silence_makes_it_act_once_until_the_engine_lives_again(tmp_path: Path) -> None:
    house, signs = Venue(cancelled), asyncio.StreamReader()
    async with guarding(tmp_path, house, silence_s=0.05) as watchdog:
        watching = asyncio.create_task(watch(watchdog, signs))
        await asyncio.sleep(0.2)
        assert house.asked == [], "a start may take its time"
        for times in (1, 2):
            signs.feed_data(ALIVE)
            await until(lambda least=times: len(house.asked) >= least)
            await asyncio.sleep(0.2)
            assert len(house.asked) == times
        signs.feed_data(DONE)
        await watching


def test_what_is_handed_over_is_never_shown() -> None:
    told = HandOver("http://x", "0x1", "key", "hidden-secret", "hidden-phrase", "/j", 1)
    assert "hidden" not in repr(told) + str(told) + f"{told}"
