"""Market-channel frames as text, in the venue's exact shapes, and to whom each is addressed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from polywire.exchange.books import MarketBook
from polywire.exchange.decimals import ONE, text


class Frame(NamedTuple):
    """One event ready to send; without `assets` it concerns the whole venue."""

    text: str
    assets: tuple[str, ...]
    custom: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One level as set from token `index`, in that token's terms."""

    index: int
    bid: bool
    price: int
    size: int

    def mirrored(self) -> "Change":
        """The same level as the other token shows it."""
        return Change(1 - self.index, not self.bid, ONE - self.price, self.size)


def compact(value: object) -> str:
    """JSON without spaces, non-ASCII raw."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def book(state: MarketBook, index: int, *, full: bool = True) -> Frame:
    """The `book` event of one token; without `full` it lacks tick and last trade, as some do."""
    bids, asks = state.levels(index)
    tail = f'"tick_size":"{text(state.tick)}",' if full else ""
    last = f',"last_trade_price":"{state.last_trade}"' if full else ""
    token = state.tokens[index]
    return Frame(
        f'{{"market":"{state.market}","asset_id":"{token}","timestamp":"{state.timestamp}",'
        f'"hash":"{state.hash(index, state.timestamp)}","bids":[{bids}],"asks":[{asks}],'
        f'{tail}"event_type":"book"{last}}}',
        (token,),
    )


class Proof(NamedTuple):
    """What a `price_change` entry says about the whole book of one token after the change."""

    digest: str
    bid: str
    ask: str


def proofs(state: MarketBook, timestamp: str) -> tuple[Proof, Proof]:
    """Hash and touch of both tokens as the book stands now."""
    first, second = state.touch(0), state.touch(1)
    return (
        Proof(state.hash(0, timestamp), *first),
        Proof(state.hash(1, timestamp), *second),
    )


def price_change(
    state: MarketBook, changes: Sequence[Change], proof: tuple[Proof, Proof], timestamp: str
) -> Frame:
    """One `price_change` event; the caller names both tokens' entries in their order."""
    entries = ",".join(
        f'{{"asset_id":"{state.tokens[change.index]}","price":"{text(change.price)}",'
        f'"size":"{text(change.size)}","side":"{"BUY" if change.bid else "SELL"}",'
        f'"hash":"{proof[change.index].digest}","best_bid":"{proof[change.index].bid}",'
        f'"best_ask":"{proof[change.index].ask}"}}'
        for change in changes
    )
    return Frame(
        f'{{"market":"{state.market}","price_changes":[{entries}],'
        f'"timestamp":"{timestamp}","event_type":"price_change"}}',
        state.tokens,
    )


def best_bid_ask(state: MarketBook, index: int, timestamp: str) -> Frame:
    """The touch of one token, for connections with custom features."""
    bid, ask = state.best(index)
    low, high = bid or 0, ONE if ask is None else ask
    token = state.tokens[index]
    return Frame(
        f'{{"event_type":"best_bid_ask","market":"{state.market}","asset_id":"{token}",'
        f'"best_bid":"{text(low)}","best_ask":"{text(high)}","spread":"{text(high - low)}",'
        f'"timestamp":"{timestamp}"}}',
        (token,),
        custom=True,
    )


def last_trade(state: MarketBook, fields: Mapping[str, str]) -> Frame:
    """One execution; `fields` are asset_id, price, side, size, timestamp and what else is known."""
    event = {"event_type": "last_trade_price", "market": state.market, **fields}
    return Frame(compact(event), (fields["asset_id"],))


def tick_size_change(state: MarketBook, index: int, old: int, timestamp: str) -> Frame:
    """The market's grid has changed from `old` to the book's tick."""
    token = state.tokens[index]
    return Frame(
        f'{{"event_type":"tick_size_change","asset_id":"{token}","market":"{state.market}",'
        f'"old_tick_size":"{text(old)}","new_tick_size":"{text(state.tick)}",'
        f'"timestamp":"{timestamp}"}}',
        (token,),
    )
