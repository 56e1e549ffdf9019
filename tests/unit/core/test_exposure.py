"""What exclusive groups could cost, against every outcome written out; collar, cents and ends."""

from itertools import product

import pytest
from msgspec import structs
from tests.unit.core.building import (
    BUY,
    CENT,
    DOLLAR,
    SELL,
    SHARE,
    fill,
    market,
    place,
    taking,
)
from tests.unit.core.test_limits import State, hold, refusal, rest

from polywire.core.ledger.exposure import group_exposure
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import Settlement
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Market
from polywire.core.model.intent import TimeInForce
from polywire.core.risk.limits import RULES
from polywire.core.units import Money, Ns, Price, whole_cost

RACE = [market(name, group="race", group_exclusive=True) for name in ("a", "b", "c")]
NOTHING = place("none", SELL, 50, 0, instrument="a-yes")


def race(*markets: Market) -> Ledger:
    """A ledger that knows an exclusive group."""
    ledger = Ledger()
    for one in markets or RACE:
        ledger.list_market(one)
    return ledger


def bought(ledger: Ledger, instrument: str, cents: int, shares: int, *, final: bool = True) -> None:
    """Hold shares at a price."""
    name = f"{instrument}-{len(ledger.orders)}"
    ledger.sent(place(name, BUY, cents, shares, instrument=instrument), Ns(0))
    settlement = Settlement.FINAL if final else Settlement.PENDING
    ledger.apply_fill(fill(f"f-{name}", name, cents, shares, settlement=settlement))


def dollars(ledger: Ledger, order: PlaceOrder = NOTHING, spends: int = 0) -> float:
    """The exposure of the race, with an order."""
    return group_exposure(ledger, RACE[0], order, Money(spends * DOLLAR)) / DOLLAR


def test_yes_of_several_loses_all_that_they_cost() -> None:
    ledger = race(*RACE[:2])
    bought(ledger, "a-yes", 30, 10)
    bought(ledger, "b-yes", 40, 10)
    assert dollars(ledger) == 7


def test_no_of_several_loses_but_one() -> None:
    ledger = race()
    for name, cents in (("a", 70), ("b", 60), ("c", 80)):
        bought(ledger, f"{name}-no", cents, 10)
    assert dollars(ledger) == 21 - 20
    bought(ledger, "a-no", 70, 10)
    assert dollars(ledger) == 28 - 20


def test_markets_that_do_not_exclude_each_other_add_up() -> None:
    loose = [structs.replace(one, group_exclusive=False) for one in RACE]
    ledger = race(*loose)
    bought(ledger, "a-no", 70, 10)
    bought(ledger, "b-no", 60, 10)
    assert group_exposure(ledger, loose[0], NOTHING, Money(DOLLAR)) == 14 * DOLLAR


def test_a_market_alone_is_its_own_group() -> None:
    ledger = race(market())
    bought(ledger, "m-no", 70, 10)
    assert group_exposure(ledger, market(), place(), Money(DOLLAR)) == 8 * DOLLAR


def test_an_open_buy_counts_where_it_loses_and_not_where_it_gains() -> None:
    ledger = race()
    bought(ledger, "a-no", 70, 10)
    ledger.sent(place("o", BUY, 60, 10, instrument="b-no"), Ns(0))
    # a wins: 7 lost, and the open No of b would gain; b wins: 3 gained, 6 lost
    assert dollars(ledger) == 7
    assert dollars(ledger, place("n", BUY, 90, 10, instrument="c-yes"), 9) == 16


def test_an_open_sale_of_a_hedge_takes_the_hedge_away() -> None:
    ledger = race()
    bought(ledger, "a-no", 70, 10)
    bought(ledger, "b-no", 60, 10)
    assert dollars(ledger) == 3
    ledger.sent(place("o", SELL, 20, 10, instrument="b-no"), Ns(0))
    assert dollars(ledger) == 11  # a wins: 13 paid, and 2 for what would have paid 10


def test_a_pending_hedge_may_be_undone() -> None:
    ledger = race()
    bought(ledger, "a-no", 70, 10)
    bought(ledger, "b-no", 60, 10, final=False)
    assert dollars(ledger) == 7


WISHES = [("a-yes", 30), ("a-no", 60), ("b-yes", 20), ("b-no", 70), ("c-no", 55), ("c-yes", 35)]


@pytest.mark.parametrize("sizes", [*product((0, 10), (0, 20), (0, 10), (0, 5), (0, 15), (0, 10))])
def test_the_worst_case_is_the_worst_of_all_cases(sizes: tuple[int, ...]) -> None:
    ledger, spent = race(), 0
    for (instrument, cents), shares in zip(WISHES, sizes, strict=True):
        if shares:
            bought(ledger, instrument, cents, shares)
            spent += cents * shares
    pays = []
    for winner in ("a", "b", "c", "nobody"):
        paying = {f"{name}-{'yes' if name == winner else 'no'}" for name in "abc"}
        held = zip(WISHES, sizes, strict=True)
        pays.append(sum(100 * shares for (name, _), shares in held if name in paying))
    assert round(100 * dollars(ledger)) == spent - min(pays)


@pytest.fixture
def state() -> State:
    """A hundred dollars, nothing held, 40 at 60 cents."""
    ledger = Ledger()
    ledger.start(Money(100 * DOLLAR))
    ledger.list_market(market())
    return State(ledger)


@pytest.mark.parametrize(("cents", "fits"), [(60, True), (65, True), (66, False), (30, True)])
def test_a_buy_goes_only_so_far_through_the_ask(state: State, cents: int, fits: bool) -> None:
    told = refusal(taking(place(cents=cents)), state)
    assert told == (None if fits else ("price_collar", "price 0.66 is through 0.6 by too much"))


@pytest.mark.parametrize(("cents", "fits"), [(40, True), (35, True), (34, False), (90, True)])
def test_a_sale_goes_only_so_far_through_the_bid(state: State, cents: int, fits: bool) -> None:
    hold(state, 10)
    sale = taking(place(side=SELL, cents=cents))
    told = refusal(sale, state)
    assert told == (None if fits else ("price_collar", "price 0.34 is through 0.4 by too much"))
    state.exit = True
    assert refusal(sale, state) is None


def test_where_nobody_quotes_there_is_nothing_to_go_through(state: State) -> None:
    state.bid_ask = (None, None)
    assert refusal(taking(place(cents=80)), state) is None


def at_once(cents: int, hundredths: int) -> PlaceOrder:
    """A buy that takes what it can."""
    order = taking(place(cents=cents))
    size = type(order.quantity)(hundredths * CENT)
    return structs.replace(order, quantity=size, time_in_force=TimeInForce.IOC)


@pytest.mark.parametrize(("hundredths", "fits"), [(500, True), (550, False), (501, False)])
def test_a_buy_at_once_costs_what_the_venue_takes(
    state: State, hundredths: int, fits: bool
) -> None:
    state.listed = market(cost_step=Money(CENT))
    assert (refusal(at_once(57, hundredths), state) is None) is fits
    if not fits:
        why = "a buy at once costs a multiple of $0.01, which at 0.57 takes one of 1 shares"
        assert refusal(at_once(57, hundredths), state) == ("cost_at_once", why)
    state.listed = market()
    assert refusal(at_once(57, hundredths), state) is None
    resting = structs.replace(at_once(57, hundredths), time_in_force=TimeInForce.GTC)
    assert refusal(resting, state) is None


def test_a_buy_at_once_costs_a_dollar_whether_it_crosses_or_not(state: State) -> None:
    state.listed = market(size_min=Money(0))
    told = ("cost_at_once", "a buy at once of $0.99 is under $1")
    assert refusal(at_once(10, 990), state) == told
    assert refusal(at_once(10, 1_000), state) is None


@pytest.mark.parametrize(
    ("price", "shares"),
    [(570_000, 1), (500_000, 0.02), (525_000, 0.4), (999_000, 10), (10_000, 1), (250_000, 0.04)],
)
def test_the_fewest_shares_that_cost_whole_cents(price: int, shares: float) -> None:
    lot = place().quantity // 1_000
    found = whole_cost(Price(price), Money(CENT), type(place().quantity)(lot))
    assert found == round(shares * SHARE)
    assert price * found % (CENT * SHARE) == 0
    fewer = [n for n in range(lot, found, lot) if price * n % (CENT * SHARE) == 0]
    assert fewer == []


@pytest.mark.parametrize(
    ("limit", "rule"), [("market_exposure_max", "market"), ("venue_exposure_max", "venue")]
)
def test_what_a_market_and_a_venue_could_cost_is_limited(
    state: State, limit: str, rule: str
) -> None:
    rest(state, place("other", BUY, 20, 10, instrument="m-no"))
    state.limits = structs.replace(state.limits, **{limit: Money(7 * DOLLAR)})
    assert refusal(place(), state) is None
    state.limits = structs.replace(state.limits, **{limit: Money(7 * DOLLAR - 1)})
    assert (refusal(place(), state) or [""])[0] == f"{rule}_exposure"
    hold(state, 10)
    assert refusal(place(side=SELL), state) is None


def test_while_buying_is_barred_sales_go_on(state: State) -> None:
    hold(state, 10)
    state.barred = "silent"
    assert refusal(place(), state) == ("breaker", "silent")
    assert refusal(place(side=SELL), state) is None


@pytest.mark.parametrize(
    ("kind", "until_s", "post_only", "reason"),
    [
        ("GTD", 135, True, ""),
        ("GTD", 134, True, "a GTD order ends 125 s from now at the soonest, at a whole second"),
        ("GTD", 200.5, True, "a GTD order ends 125 s from now at the soonest, at a whole second"),
        ("GTD", 0, True, "a GTD order ends 125 s from now at the soonest, at a whole second"),
        ("GTC", 300, True, "GTC orders do not end by themselves"),
        ("IOC", 300, False, "IOC orders do not end by themselves"),
        ("IOC", 0, True, "IOC orders cannot be post-only"),
        ("FOK", 0, True, "FOK orders cannot be post-only"),
        ("FOK", 0, False, ""),
    ],
)
def test_an_order_ends_as_its_kind_does(
    kind: str, until_s: float, post_only: bool, reason: str
) -> None:
    ledger = Ledger()
    ledger.start(Money(100 * DOLLAR))
    ledger.list_market(market())
    state = State(ledger, now=Ns(10_000_000_000))
    until = Ns(int(until_s * 1_000_000_000))
    order = structs.replace(
        place(), time_in_force=TimeInForce(kind), until=until, post_only=post_only
    )
    assert refusal(order, state) == (("time_in_force", reason) if reason else None)


def test_no_rule_is_forgotten() -> None:
    assert [rule.__name__ for rule in RULES] == [
        "breaker",
        "tradable",
        "book_proven",
        "price_on_grid",
        "price_collar",
        "order_size",
        "time_in_force",
        "cost_at_once",
        "position_worst_case",
        "market_exposure",
        "group_exposure",
        "venue_exposure",
        "total_exposure",
        "strategy_budget",
        "cash_worst_case",
        "daily_loss",
        "strategy_loss",
        "order_rate",
        "self_trade",
    ]
