"""The exchange's own books against recorded hashes and a naive twin."""

import hashlib
import json
from pathlib import Path
from random import Random

from polywire.exchange.books import MarketBook
from polywire.exchange.decimals import ONE, micros, text, trade_text


def filled(frame: dict[str, object], *, neg_risk: bool, tokens: tuple[str, str]) -> MarketBook:
    book = MarketBook(
        str(frame["market"]), tokens, tick=micros(str(frame["tick_size"])), neg_risk=neg_risk
    )
    index = tokens.index(str(frame["asset_id"]))
    for name, bid in (("bids", True), ("asks", False)):
        for level in frame[name]:  # type: ignore[attr-defined]
            book.put(index=index, bid=bid, price=micros(level["price"]), size=micros(level["size"]))
    book.last_trade = str(frame["last_trade_price"])
    return book


def test_the_hash_is_the_sha1_of_this_very_text() -> None:
    book = MarketBook("0xaabbcc", ("100", "200"), tick=10_000, neg_risk=False)
    for bid, price in ((True, "0.4"), (True, "0.3"), (False, "0.6"), (False, "0.7")):
        book.put(index=0, bid=bid, price=micros(price), size=100_000_000)
    book.last_trade = "0.500"
    whole = (
        '{"market":"0xaabbcc","asset_id":"100","timestamp":"123456789","hash":"",'
        '"bids":[{"price":"0.3","size":"100"},{"price":"0.4","size":"100"}],'
        '"asks":[{"price":"0.7","size":"100"},{"price":"0.6","size":"100"}],'
        '"min_order_size":"5","tick_size":"0.01","neg_risk":false,"last_trade_price":"0.500"}'
    )
    assert book.hash(0, "123456789") == hashlib.sha1(whole.encode()).hexdigest()


def test_recorded_frames_of_both_tokens_hash_as_recorded(vectors: Path) -> None:
    known = json.loads((vectors / "vectors/polymarket_book_hash.json").read_text())["recorded"]
    first, second = known["frame_1"], known["frame_2"]
    tokens = (
        first["asset_id"],
        next(
            change["asset_id"]
            for change in second["price_changes"]
            if change["asset_id"] != first["asset_id"]
        ),
    )
    book = filled(first, neg_risk=False, tokens=tokens)
    assert book.hash(0, first["timestamp"]) == first["hash"]
    change = second["price_changes"][0]
    book.put(
        index=tokens.index(change["asset_id"]),
        bid=change["side"] == "BUY",
        price=micros(change["price"]),
        size=micros(change["size"]),
    )
    for change in second["price_changes"]:
        index = tokens.index(change["asset_id"])
        assert book.hash(index, second["timestamp"]) == change["hash"]
        assert book.touch(index) == (change["best_bid"], change["best_ask"])


def test_recorded_rest_books_come_out_letter_for_letter(recordings: Path) -> None:
    answers = json.loads(
        (recordings / "polymarket/fed_decision_20260517/clob_books.json").read_text()
    )
    assert len(answers) == 10
    for answer in answers:
        book = filled(answer, neg_risk=answer["neg_risk"], tokens=(answer["asset_id"], "2"))
        book.timestamp = answer["timestamp"]
        assert json.loads(book.rest(0)) == answer


def test_the_second_token_is_the_mirror_of_the_first() -> None:
    book = MarketBook("0x1", ("11", "22"), tick=10_000, neg_risk=False)
    book.put(index=0, bid=True, price=micros("0.85"), size=micros("503.32"))
    book.put(index=1, bid=True, price=micros("0.14"), size=micros("83.24"))
    assert book.levels(0) == (
        '{"price":"0.85","size":"503.32"}',
        '{"price":"0.86","size":"83.24"}',
    )
    assert book.levels(1) == (
        '{"price":"0.14","size":"83.24"}',
        '{"price":"0.15","size":"503.32"}',
    )
    assert (book.touch(0), book.touch(1)) == (("0.85", "0.86"), ("0.14", "0.15"))


def test_an_empty_side_shows_as_nought_or_one() -> None:
    book = MarketBook("0x1", ("11", "22"), tick=10_000, neg_risk=False)
    assert book.touch(0) == ("0", "1")
    book.put(index=0, bid=True, price=400_000, size=ONE)
    assert (book.touch(0), book.touch(1)) == (("0.4", "1"), ("0", "0.6"))
    assert book.best(1) == (None, 600_000)


def test_cached_levels_equal_a_naive_book_after_random_changes() -> None:
    rng, naive = Random(7), {True: {}, False: {}}  # type: ignore[var-annotated]
    book = MarketBook("0xab", ("11", "22"), tick=1_000, neg_risk=True)
    for _ in range(3_000):
        bid, price = rng.random() < 0.5, 1_000 * rng.randint(1, 999)
        size = rng.choice((0, 10_000 * rng.randint(1, 10**7)))
        index = rng.randrange(2)
        book.put(index=index, bid=bid, price=price, size=size)
        own = bid == (index == 0)
        naive[own][price if index == 0 else ONE - price] = size
    for index in (0, 1):
        sides = [
            {
                (price if index == 0 else ONE - price): size
                for price, size in naive[own].items()
                if size
            }
            for own in ((True, False) if index == 0 else (False, True))
        ]
        whole = {
            "market": "0xab",
            "asset_id": ("11", "22")[index],
            "timestamp": "5",
            "hash": "",
            "bids": [{"price": text(p), "size": text(s)} for p, s in sorted(sides[0].items())],
            "asks": [
                {"price": text(p), "size": text(s)} for p, s in sorted(sides[1].items())[::-1]
            ],
            "min_order_size": "5",
            "tick_size": "0.001",
            "neg_risk": True,
            "last_trade_price": "",
        }
        expected = hashlib.sha1(json.dumps(whole, separators=(",", ":")).encode()).hexdigest()
        assert book.hash(index, "5") == expected
    resting = sum(p * s for p, s in naive[True].items()) + sum(
        (ONE - p) * s for p, s in naive[False].items()
    )
    assert book.bids.notional + book.asks.notional == resting


def test_prices_are_written_without_trailing_zeros_and_trades_with_three_decimals() -> None:
    assert [text(micros(t)) for t in ("0.50", ".48", "1", "0", "219.217767")] == [
        "0.5",
        "0.48",
        "1",
        "0",
        "219.217767",
    ]
    assert [trade_text(m) for m in (850_000, 1_000, 2_500, 500_000)] == [
        "0.850",
        "0.001",
        "0.0025",
        "0.500",
    ]
