"""What was sold is summed up before it is listed, and so is what stays."""

from tests.unit.core.building import (
    BUY,
    Scripted,
    cut,
    engine,
    fill,
    forty_sixty,
    opening,
    placed,
    quote,
    seat,
    told,
)
from tests.unit.core.started import T0

from polywire.core.engine.engine import Engine
from polywire.core.model.account import OrderCancelled
from polywire.core.units import Money, Ns
from polywire.modes.selling_words import holdings_of, selling_words
from polywire.observe.stops import day_left


def holding(*shares: int) -> Engine:
    """A strategy each, which holds so many shares that were bought at 50 cents; 40 are bid."""
    names = [f"s{number}" for number, _ in enumerate(shares)]
    made = engine(*(seat(Scripted(lambda _: (quote(BUY, 50),), name)) for name in names))
    told(made, *opening(forty_sixty(), at=T0))
    for number, (order, part) in enumerate(zip(placed(cut(made, T0)), shares, strict=True)):
        told(made, fill(f"f{number}", order.order_id, 50, part))
        told(made, OrderCancelled(Ns(T0), order.order_id, "asked"))
    return made


def test_what_stays_is_summed_up_by_why_before_each_is_named() -> None:
    made = holding(10, 4, 3)
    words = list(selling_words(made, holdings_of(made, None), made.desk.flattening.left()))
    assert words[0] == (
        "1 position worth about $4.00 not sold; "
        "2 remnants worth about $2.80 stay (too few shares for an order)"
    )
    assert words[1].startswith("not sold: 10.00 Yes of 'Will m?' (s0): ")
    assert words[2] == "not sold: 4.00 Yes of 'Will m?' (s1): too few shares for an order"
    assert len(words) == 4


def test_what_was_sold_is_summed_up_with_what_it_brought() -> None:
    made = holding(10)
    before = holdings_of(made, None)
    ((key, was),) = before.items()
    now = made.ledger.holdings[key].now
    now.held, now.cash = type(now.held)(0), Money(was.cash + 3_987_600)
    words = list(selling_words(made, before, made.desk.flattening.left()))
    assert words == ["1 position sold for $3.99", "sold 10.00 Yes of 'Will m?' (s0)"]
    del made.ledger.holdings[key]  # as midnight's first cut does with what is over
    made.ledger.markets.clear()
    assert list(selling_words(made, before, [])) == words
    assert list(selling_words(made, {}, [])) == ["nothing is held"]


def test_what_is_left_of_the_day_s_limit_is_said_after_a_loss_within_it() -> None:
    dollar = 1_000_000
    said = "$6.00 left of today's loss limit of $100.00"
    assert day_left(94 * dollar, 100 * dollar) == [said]
    assert day_left(0, 100 * dollar) == day_left(100 * dollar, 100 * dollar) == []
