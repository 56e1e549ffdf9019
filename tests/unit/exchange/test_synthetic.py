"""The synthetic venue in virtual time, read by a reader that knows only the wire."""

import json
from statistics import quantiles
from typing import Any

import pytest

from polywire.exchange.synthetic import Recipe, SyntheticFlow

START = 1_791_000_000 * 10**9
SECOND = 10**9
MINUTE = 60 * SECOND


def flow(seed: int = 1, markets: int = 12, rate: float | None = None) -> SyntheticFlow:
    return SyntheticFlow(Recipe(seed, START, markets, rate))


def texts(made: SyntheticFlow, until_ns: int) -> list[str]:
    return [frame.text for batch in made.step(until_ns) for frame in batch]


def test_the_same_seed_makes_the_same_frames_whatever_the_steps() -> None:
    whole = texts(flow(), START + 6 * SECOND)
    small = flow()
    stepped = [text for i in range(60) for text in texts(small, START + (i + 1) * SECOND // 10)]
    assert len(whole) > 500
    assert stepped == whole
    assert texts(flow(seed=2), START + 6 * SECOND) != whole


@pytest.mark.parametrize("seed", range(3))
def test_every_hash_and_touch_holds_for_a_reader_of_the_wire(
    seed: int, naive_reader: type[Any]
) -> None:
    made = flow(seed, markets=20)
    list(made.step(START))
    reader = naive_reader(
        {cid: book.neg_risk for cid, book in made.books.items()},
        {cid: f"{book.tick / 1e6:g}" for cid, book in made.books.items()},
    )
    opening = [book.rest(index) for book in made.books.values() for index in (0, 1)]
    for rest in opening:
        reader.read(json.dumps(json.loads(rest) | {"event_type": "book"}))
    for batch in made.step(START + 5 * SECOND):
        for frame in batch:
            event = json.loads(frame.text)
            if event["event_type"] == "price_change":
                first, second = event["price_changes"]
                assert float(first["price"]) + float(second["price"]) == pytest.approx(1)
                assert (first["size"], {first["side"], second["side"]}) == (
                    second["size"],
                    {"BUY", "SELL"},
                )
            reader.read(frame.text)
    touches = {
        token: book.touch(i) for book in made.books.values() for i, token in enumerate(book.tokens)
    }
    assert {token: reader.touch(token) for token in touches} == touches
    late_prints = [t for t in texts(made, START + 6 * SECOND) if '"last_trade_price","market"' in t]
    for text in late_prints:
        reader.read(text)
    reader.finish()
    assert reader.verdicts["wrong"] == 0, reader.verdicts
    assert reader.verdicts["late"] > 0
    assert set(reader.kinds) >= {"book", "price_change", "last_trade_price", "best_bid_ask"}
    changes = 2 * reader.kinds["price_change"]
    assert 0.02 <= reader.touch_moves / changes <= 0.08


def test_depth_spreads_as_recorded_books_do() -> None:
    made = flow(5, markets=150)
    list(made.step(START))
    depths = [len(side) for book in made.books.values() for side in (book.bids, book.asks)]
    tenths = quantiles(depths, n=10)
    assert 3 <= tenths[0] <= 9
    assert 15 <= tenths[4] <= 40
    assert 80 <= tenths[8] <= 136
    assert max(depths) <= 136


def test_groups_are_exclusive_and_augmented_ones_hold_placeholders() -> None:
    made = flow(4, markets=150)
    list(made.step(START))
    races = [group for group in made.catalogue.groups.values() if group.neg_risk]
    assert len(races) > 5
    for group in races:
        fairs = [
            sum(book.best(0)[side] or 0 for side in (0, 1)) / 2e6  # type: ignore[misc]
            for listing in group.listings
            if (book := made.books.get(listing.condition_id))
        ]
        assert 0.8 < sum(fairs) < 1.2
    augmented = next(group for group in races if group.augmented)
    names = {listing.title: listing for listing in augmented.listings}
    assert names["Other"].other
    assert not names["Person A"].active
    assert names["Person A"].condition_id not in made.books


def test_the_grid_becomes_finer_when_the_price_leaves_the_middle() -> None:
    made = flow(11, markets=60, rate=150)
    changes = [json.loads(t) for t in texts(made, START + 20 * SECOND) if '"tick_size_change"' in t]
    assert changes
    for change in changes:
        assert (change["old_tick_size"], change["new_tick_size"]) == ("0.01", "0.001")
        book = made.books[change["market"]]
        assert book.tick == 1_000


def test_a_trade_is_printed_and_followed_by_both_books() -> None:
    made = flow()
    list(made.step(START))
    cid, book = next(iter(made.books.items()))
    ask = book.best(0)[1]
    assert ask is not None
    size = book.asks.sizes[ask]
    sent = made.trade(cid, lifts=True, size=size // 2, now=START + 5)
    later = [frame for batch in made.step(START + SECOND // 5) for frame in batch]
    prints = [
        event
        for event in map(json.loads, (frame.text for frame in [*sent, *later]))
        if event["event_type"] == "last_trade_price" and event["market"] == cid
    ]
    assert [json.loads(f.text)["asset_id"] for f in sent if '"book"' in f.text] == list(book.tokens)
    print_ = prints[0]
    own = print_["asset_id"] == book.tokens[0]
    assert print_["side"] == ("BUY" if own else "SELL")
    assert float(print_["price"]) == pytest.approx(ask / 1e6 if own else 1 - ask / 1e6)
    assert float(print_["size"]) == pytest.approx(size // 2 / 1e6)
    assert made.prints[0].price == print_["price"]


@pytest.mark.parametrize(
    ("payout", "winner"), [(("1", "0"), 0), (("0", "1"), 1), (("0.5", "0.5"), None)]
)
def test_a_resolved_market_leaves_with_empty_books(
    payout: tuple[str, str], winner: int | None
) -> None:
    made = flow()
    list(made.step(START))
    listing = made.catalogue.listings[3]
    sent = [json.loads(f.text) for f in made.resolve(listing.condition_id, payout, START + 5)]
    assert [(e["event_type"], e.get("bids"), e.get("asks")) for e in sent[:2]] == [
        ("book", [], []),
        ("book", [], []),
    ]
    expected = "" if winner is None else listing.tokens[winner]
    assert (sent[2]["event_type"], sent[2]["winning_asset_id"]) == ("market_resolved", expected)
    assert listing.closed
    assert not any(listing.tokens[0] in text for text in texts(made, START + 2 * SECOND))


def test_markets_end_and_new_ones_are_listed_while_it_runs() -> None:
    made = flow(3, rate=2)
    events = [
        json.loads(text)
        for text in texts(made, START + 15 * MINUTE)
        if '"new_market"' in text or '"market_resolved"' in text
    ]
    kinds = [event["event_type"] for event in events]
    assert kinds.count("market_resolved") >= 2
    assert kinds.count("new_market") >= 4
    for event in events:
        listing = made.catalogue.by_condition[event["market"]]
        assert event["id"] == listing.id


def test_hundreds_of_markets_keep_to_the_rate_asked_for() -> None:
    made = flow(8, markets=400, rate=300)
    sent = texts(made, START + 5 * SECOND)
    assert 1_000 <= len(sent) <= 2_500
