"""Recorded frames through session and engine, REST answered by a naive twin of the books.

Where the engine distrusts a book, proof ends that while frames still come; nothing is left open.
"""

import json
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.golden.polymarket.recorded import compact, json_lines
from tests.golden.polymarket.test_market_channel import FOLLOWED, UNSEEN
from tests.unit.venues.building import market

from polywire.config.demo import demo_settings
from polywire.core.engine.engine import Engine, EngineParameters
from polywire.core.engine.roster import Roster
from polywire.core.ids import FeedId, InstrumentId, MarketId
from polywire.core.model.control import Cut
from polywire.core.model.healing import (
    ChecksumsJudged,
    GapClosed,
    GapStarted,
    ProveBook,
)
from polywire.core.model.instrument import Market, Outcome
from polywire.core.model.market import InstrumentListed
from polywire.core.units import Ns
from polywire.venues.polymarket.checksum import BookChecksum
from polywire.venues.polymarket.market_ws import MarketSession
from polywire.venues.polymarket.rest import decode_books

MS = 1_000_000
CUT_MS = 100
REST_MS = 150
OLD = market(
    id=MarketId("0x677483d4868b5d64d779100345df9cf1ac598cc6eef0c73c7df9cba24be52552"),
    outcomes=tuple(
        Outcome(InstrumentId(token), name)
        for token, name in (
            (
                "64014407071173554650750271910505804043936597106769212755931625753599668120313",
                "Yes",
            ),
            (
                "106475745937639014510786283316013020398281681386075484718751158546497590415813",
                "No",
            ),
        )
    ),
)


class Twin:
    """What was told of one token, kept as texts."""

    def __init__(self) -> None:
        self.levels: dict[str, dict[Decimal, str]] = {"BUY": {}, "SELL": {}}
        self.time = "0"

    def change(self, entry: dict[str, str], time: str) -> None:
        levels, price = self.levels[entry["side"]], Decimal(entry["price"])
        levels.pop(price, None)
        if Decimal(entry["size"]):
            levels[price] = entry["size"]
        self.time = time

    def replace(self, message: dict[str, Any]) -> None:
        for side, key in (("BUY", "bids"), ("SELL", "asks")):
            self.levels[side] = {Decimal(one["price"]): one["size"] for one in message[key]}
        self.time = message["timestamp"]

    def rest(self, asset: str, condition: str) -> dict[str, Any]:
        """The book without a hash: nobody recorded that of REST."""
        bids, asks = (
            [{"price": str(price), "size": size} for price, size in sorted(levels.items())]
            for levels in self.levels.values()
        )
        return {
            "market": condition, "asset_id": asset, "timestamp": self.time, "hash": "",
            "bids": bids, "asks": asks[::-1],
        }  # fmt: skip


class Hearing:
    """One connection's recorded frames, as an engine hears them; what it says, by kind.

    REST knows nothing of the market that a recording lacks the book of.
    """

    def __init__(self, markets: Iterable[Market], *, lacks: MarketId | None = None) -> None:
        settings = demo_settings()
        self.engine = Engine(
            EngineParameters(
                limits=settings.limits, audit_ns=settings.audit_ns, sell_pending=False
            ),
            Roster(()),
            BookChecksum,
        )
        self.opened: list[GapStarted] = []
        self.closed: list[GapClosed] = []
        self.judged: list[ChecksumsJudged] = []
        self.asked: Counter[tuple[MarketId, str]] = Counter()
        self._markets = {one.id: one for one in markets}
        self._lacks = lacks
        self._session = MarketSession(FeedId("recorded"), lambda: 0.5)
        self._twins: dict[str, Twin] = {}
        self._answers: list[tuple[int, bytes, Market]] = []
        self.now_ms = 0

    def doubt(self, one: Market) -> str:
        return self.engine.watch.distrust(self.engine.watch.books[one.id], self.engine.now)

    def hear(self, path: Path) -> None:
        lines = json_lines(path)
        self.now_ms = lines[0]["t_ms"]
        now = Ns(self.now_ms * MS)
        for one in self._markets.values():
            self.engine.handle(InstrumentListed(now, one))
        for event in self._session.subscribe(self._markets.values(), now):
            self.engine.handle(event)
        self._session.connected(now)
        for line in lines:
            self._pass_to(line["t_ms"])
            frame = line["frame"]
            for event in self._session.receive(compact(frame), Ns(self.now_ms * MS)):
                self.engine.handle(event)
            for message in frame if isinstance(frame, list) else [frame]:
                if isinstance(message, dict):
                    self._note(message)
            self._cut()

    def _pass_to(self, until_ms: int) -> None:
        while self.now_ms < until_ms:
            self.now_ms = min(until_ms, self.now_ms + CUT_MS)
            while self._answers and self._answers[0][0] <= self.now_ms:
                _, body, asked = self._answers.pop(0)
                for snapshot in decode_books(body, [asked], Ns(self.now_ms * MS)):
                    self.engine.handle(snapshot)
            self._cut()

    def _note(self, message: dict[str, Any]) -> None:
        if message["event_type"] == "book":
            self._twins.setdefault(message["asset_id"], Twin()).replace(message)
        for change in message.get("price_changes", message.get("changes", [])):
            asset = change.get("asset_id", message.get("asset_id", ""))
            self._twins.setdefault(asset, Twin()).change(change, message["timestamp"])

    def _cut(self) -> None:
        for command in self.engine.handle(Cut(Ns(self.now_ms * MS))):
            match command:
                case ProveBook():
                    self.asked[command.market, command.reason] += 1
                    self._answer(self._markets[command.market])
                case GapStarted():
                    self.opened.append(command)
                case GapClosed():
                    self.closed.append(command)
                case ChecksumsJudged():
                    self.judged.append(command)

    def _answer(self, asked: Market) -> None:
        if asked.id == self._lacks:
            return
        tokens = [str(outcome.instrument) for outcome in asked.outcomes]
        books = [self._twins[token].rest(token, asked.id) for token in tokens]
        self._answers.append((self.now_ms + REST_MS, json.dumps(books).encode(), asked))


def test_the_market_channel_of_2026_gives_no_reason_for_suspicion(recordings: Path) -> None:
    heard = Hearing([FOLLOWED, UNSEEN], lacks=UNSEEN.id)
    heard.hear(recordings / "polymarket/market_channel_20260727.jsonl.zst")
    assert [(gap.market, gap.cause) for gap in heard.opened] == [(UNSEEN.id, "no snapshot")]
    assert heard.closed == []
    tally = heard.engine.watch.tally
    assert (tally.checked, tally.agreed, tally.late, tally.wrong) == (1_028, 1_016, 12, 0)
    assert (tally.touches_differing, tally.unverifiable) == (0, 534)
    assert {asked for asked, _ in heard.asked} == {UNSEEN.id}
    assert heard.doubt(FOLLOWED) == ""


def test_hashes_of_2025_are_not_ours_and_rest_ends_each_disagreement(recordings: Path) -> None:
    heard = Hearing([OLD])
    heard.hear(recordings / "polymarket/market_channel_legacy_20250703.jsonl.zst")
    assert [gap.cause for gap in heard.opened] == ["unproven snapshot", "checksum", "checksum"]
    assert [gap.opened_ns for gap in heard.closed] == [gap.opened_ns for gap in heard.opened]
    assert {gap.healed_by for gap in heard.closed} == {"rest"}
    assert [(one.believed, one.books) for one in heard.judged] == [(False, 1)]
    assert max(gap.closed_ns for gap in heard.closed) < heard.now_ms * MS - 15_000 * MS
    assert heard.doubt(OLD) == ""
