"""The ported example buys what the polling example buys, book by book, when it holds nothing."""

import importlib.util
import sys
from collections.abc import Iterator
from itertools import product
from types import ModuleType

import pytest
from tests.pages import ROOT
from tests.unit.core.building import ASK, BID, USUAL, delta, market

from polywire.core.book.order_book import OrderBook
from polywire.core.ids import MarketId, StrategyId
from polywire.core.ledger.ledger import Ledger
from polywire.core.units import Ns
from polywire.core.view import MarketView
from polywire.strategies.plain import Wish, prices_of

Cents = int | None


class Requests(ModuleType):
    """Stands in for the library that the polling bot needs and Polywire does not."""

    bid: Cents = None
    ask: Cents = None

    def get(self, _url: str, *, params: dict[str, str], timeout: float) -> "Requests":
        """Answer every request with the book at hand."""
        assert params["token_id"]
        assert timeout
        return self

    def json(self) -> dict[str, list[dict[str, str]]]:
        """The book as the venue writes it."""
        sides = {"bids": self.bid, "asks": self.ask}
        return {
            name: [] if cents is None else [{"price": f"{cents / 100:.2f}", "size": "50"}]
            for name, cents in sides.items()
        }


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def requests() -> Iterator[Requests]:
    sys.modules["requests"] = fake = Requests("requests")
    yield fake
    del sys.modules["requests"]


def ported(bid: Cents, ask: Cents) -> list[Wish]:
    book, ledger = OrderBook(MarketId("m")), Ledger()
    listed = market()
    levels = [(side, cents, 50) for side, cents in ((BID, bid), (ASK, ask)) if cents is not None]
    book.apply(delta(0, *levels))
    ledger.list_market(listed)
    view = MarketView(listed, book, ledger, StrategyId("s"), USUAL, now=Ns(0))
    wishes: list[Wish] = example("ported_bot").decide(prices_of(view, 0))
    return wishes


def test_both_examples_buy_the_same_where_there_are_two_prices(requests: Requests) -> None:
    polling = example("polling_bot")
    sent: list[tuple[str, float, float]] = []
    polling.order = lambda _token, side, price, shares: sent.append((side, price, shares))
    bought = 0
    for bid, spread in product(range(15, 85), (1, 2, 3, 4)):
        requests.bid, requests.ask = bid, bid + spread
        sent.clear()
        polling.positions.clear()
        polling.look_at("1001")
        wishes = ported(bid, bid + spread)
        assert [("BUY", wish.price, wish.shares) for wish in wishes] == sent, (bid, spread)
        bought += len(sent)
    assert bought > 150


@pytest.mark.parametrize(("bid", "ask"), [(None, 50), (50, None), (None, None)])
def test_the_ported_example_buys_nothing_where_a_side_is_empty(bid: Cents, ask: Cents) -> None:
    assert ported(bid, ask) == []
