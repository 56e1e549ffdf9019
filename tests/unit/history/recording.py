"""Small recordings written by hand: one market, its two tokens, frames as the venue writes them."""

import json
from pathlib import Path

import zstandard

MARKET = "0x" + "ab" * 32
YES, NO = "1" * 70, "2" * 70
START_MS = 1_785_000_000_000


def book(asset: str, bids, asks, at_ms: int = START_MS, **more) -> dict[str, object]:
    return {
        "event_type": "book",
        "market": MARKET,
        "asset_id": asset,
        "timestamp": str(at_ms),
        "bids": [{"price": price, "size": size} for price, size in bids],
        "asks": [{"price": price, "size": size} for price, size in asks],
        "hash": "",
        **more,
    }


def change(price: str, size: str, side: str, best: tuple[str, str], at_ms: int, asset: str = YES):
    entry = {"asset_id": asset, "price": price, "size": size, "side": side, "hash": ""}
    entry |= {"best_bid": best[0], "best_ask": best[1]}
    return {
        "event_type": "price_change",
        "market": MARKET,
        "price_changes": [entry],
        "timestamp": str(at_ms),
    }


def trade(price: str, size: str, side: str, at_ms: int, asset: str = YES) -> dict[str, object]:
    return {
        "event_type": "last_trade_price",
        "market": MARKET,
        "asset_id": asset,
        "price": price,
        "size": size,
        "side": side,
        "timestamp": str(at_ms),
    }


def channel_file(path: Path, frames, clock: str = "venue") -> Path:
    """Frames as (milliseconds after the start, frame); packed where the name says so."""
    lines = [
        json.dumps({"t_ms": START_MS + at, "clock": clock, "frame": frame}) for at, frame in frames
    ]
    text = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(zstandard.compress(text) if path.suffix == ".zst" else text)
    return path


def ticks_file(path: Path, rows: list[str]) -> Path:
    """Rows of a tick file without the first column's thousands: milliseconds after the start."""
    head = "ts_ms,kind,token,side,price,size,best_bid,best_ask"
    told = [f"{START_MS + int(row.split(',', 1)[0])},{row.split(',', 1)[1]}" for row in rows]
    path.write_text("\n".join([head, *told]) + "\n", encoding="utf-8")
    stem = "_".join(path.name.removesuffix(".csv").split("_")[:2])
    tokens = json.dumps({"0": YES, "1": NO})
    path.with_name(f"{stem}_tokens.json").write_text(tokens, encoding="utf-8")
    return path
