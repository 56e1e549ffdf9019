"""A naive reader of the market channel: dictionaries, json and hashlib, nothing of the exchange."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

Levels = list[dict[str, str]]
Sides = tuple[Levels, Levels]
LATER_MESSAGES_MAX = 2


@dataclass
class Claim:
    """A hash not yet seen to be right, and the books it may be about."""

    digest: str
    timestamp: str
    books: list[Sides] = field(default_factory=list)
    messages: int = 0


class NaiveReader:
    """Follows frames of some markets and counts what every hash turned out to be."""

    def __init__(self, neg_risk: dict[str, bool], ticks: dict[str, str]) -> None:
        self.neg_risk = neg_risk
        self.ticks = dict(ticks)
        self.last: dict[str, str] = {}
        self.sizes: dict[str, dict[str, dict[str, str]]] = {}
        self.market_of: dict[str, str] = {}
        self.kinds: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.touch_moves = 0
        self._touch: dict[str, tuple[str, str]] = {}
        self._claims: dict[str, list[Claim]] = {}

    def read(self, text: str) -> None:
        """Take in one frame."""
        frame = json.loads(text)
        for event in frame if isinstance(frame, list) else [frame]:
            self.kinds[event["event_type"]] += 1
            if event["event_type"] == "book":
                self._book(event)
            elif event["event_type"] == "price_change":
                for entry in event["price_changes"]:
                    self._change(event, entry)
            elif event["event_type"] == "last_trade_price":
                whole, _, fraction = event["price"].partition(".")
                self.last[event["market"]] = f"{whole}.{fraction:0<3}"
                for asset in self._claims:
                    self._check(asset)
            elif event["event_type"] == "tick_size_change":
                self.ticks[event["market"]] = event["new_tick_size"]

    def touch(self, asset: str) -> tuple[str, str]:
        """Best bid and ask as the channel writes them."""
        bids, asks = self._sides(asset)
        return bids[-1]["price"] if bids else "0", asks[-1]["price"] if asks else "1"

    def finish(self) -> None:
        """Count what never agreed."""
        self.verdicts["wrong"] += sum(map(len, self._claims.values()))

    def _book(self, event: dict[str, Any]) -> None:
        asset = str(event["asset_id"])
        self.market_of[asset] = str(event["market"])
        if "last_trade_price" in event:
            self.last[event["market"]] = event["last_trade_price"]
        self.sizes[asset] = {
            side: {level["price"]: level["size"] for level in event[name]}
            for side, name in (("BUY", "bids"), ("SELL", "asks"))
        }
        self._claimed(asset, event["hash"], event["timestamp"])

    def _change(self, event: dict[str, Any], entry: dict[str, str]) -> None:
        asset = entry["asset_id"]
        side = self.sizes[asset][entry["side"]]
        side[entry["price"]] = entry["size"]
        if entry["size"] == "0":
            del side[entry["price"]]
        best = (entry["best_bid"], entry["best_ask"])
        self.touch_moves += self._touch.get(asset, best) != best
        self._touch[asset] = best
        self._claimed(asset, entry["hash"], event["timestamp"])

    def _sides(self, asset: str) -> Sides:
        def levels(side: str, *, best_last: bool) -> Levels:
            known = self.sizes[asset][side]
            ordered = sorted(known, key=float, reverse=best_last)
            return [{"price": price, "size": known[price]} for price in ordered]

        return levels("BUY", best_last=False), levels("SELL", best_last=True)

    def _claimed(self, asset: str, digest: str, timestamp: str) -> None:
        """Check a new claim about a book; older ones may come true by this message as well."""
        claims = self._claims.setdefault(asset, [])
        if not any(claim.digest == digest for claim in claims):
            claims.append(Claim(digest, timestamp))
        for claim in claims:
            claim.messages += claim.digest != digest
            if claim.messages <= LATER_MESSAGES_MAX:
                claim.books.append(self._sides(asset))
        self._check(asset)

    def _check(self, asset: str) -> None:
        left = []
        for claim in self._claims[asset]:
            if any(self._hash(asset, claim.timestamp, b) == claim.digest for b in claim.books):
                self.verdicts["late" if claim.messages else "agreed"] += 1
            else:
                left.append(claim)
        self._claims[asset] = left

    def _hash(self, asset: str, timestamp: str, sides: Sides) -> str:
        market = self.market_of[asset]
        whole = {
            "market": market,
            "asset_id": asset,
            "timestamp": timestamp,
            "hash": "",
            "bids": sides[0],
            "asks": sides[1],
            "min_order_size": "5",
            "tick_size": self.ticks[market],
            "neg_risk": self.neg_risk[market],
            "last_trade_price": self.last.get(market, ""),
        }
        return hashlib.sha1(json.dumps(whole, separators=(",", ":")).encode()).hexdigest()


@pytest.fixture
def naive_reader() -> type[NaiveReader]:
    return NaiveReader
