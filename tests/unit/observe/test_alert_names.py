"""What alerts call things, and for how long that is remembered."""

import pytest
from msgspec import structs
from tests.unit.core.building import market
from tests.unit.observe.alert_rows import at, order

from polywire.core.ids import InstrumentId, MarketId
from polywire.core.model.market import InstrumentListed
from polywire.observe import alert_names as module
from polywire.observe.alert_names import Names


def test_of_a_market_only_a_few_words_are_kept_and_only_of_the_newest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MARKETS_MAX", 2)
    names = Names()
    for name in ("a", "b", "a", "c"):
        listed = structs.replace(market(name), rules="a page of rules")
        names.take(InstrumentListed(at(0), listed))
    assert names.market(MarketId("a")) == "'Will a?'", "it was listed again"
    assert names.outcomes(MarketId("c")) == ("Yes", "No")
    assert names.outcome(InstrumentId("a-no")) == "No of 'Will a?'"
    assert names.market(MarketId("b")) == "market b"
    assert names.outcomes(MarketId("b")) == ()
    assert names.outcome(InstrumentId("b-yes")) == "instrument b-yes"
    assert "rules" not in repr(names._markets)


def test_an_order_that_is_not_known_any_more_is_called_by_its_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "ORDERS_MAX", 1)
    names = Names()
    names.take(order(1))
    names.take(order(2))
    assert names.order(order(1).order_id) == "order o1"
    assert names.order(order(2).order_id) == "buy of instrument m-yes (s)"
