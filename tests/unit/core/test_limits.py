"""Each rule at its limit and one step beyond it; the order of the rules; what a refusal says."""

from collections.abc import Callable
from dataclasses import dataclass, field

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

from polywire.core.ids import InstrumentId, StrategyId
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.command import OrderRefused, PlaceOrder
from polywire.core.model.instrument import FeeSchedule, Market
from polywire.core.model.intent import Quote
from polywire.core.risk.gate import Approved, review
from polywire.core.risk.limits import Limits
from polywire.core.units import Money, Ns, Price, Quantity

LIMITS = Limits(
    order_size_max=Quantity(50 * SHARE),
    position_max=Quantity(100 * SHARE),
    price_through_max=Price(5 * CENT),
    market_exposure_max=Money(50 * DOLLAR),
    group_exposure_max=Money(30 * DOLLAR),
    venue_exposure_max=Money(50 * DOLLAR),
    total_exposure_max=Money(40 * DOLLAR),
    loss_max=Money(5 * DOLLAR),
    orders_per_minute=3,
    proof_age_ns_max=0,
)


@dataclass
class State:
    """What the rules may read, set by hand."""

    ledger: Ledger
    limits: Limits = LIMITS
    now: Ns = Ns(0)
    halted: str = ""
    barred: str = ""
    loss: Money = Money(0)
    recent_orders: list[Ns] = field(default_factory=list)
    listed: Market | None = field(default_factory=market)
    doubt: str = ""
    bid_ask: tuple[Price | None, Price | None] = (Price(40 * CENT), Price(60 * CENT))
    budget: Money = Money(20 * DOLLAR)
    group: Money = Money(0)
    pending: int = 0
    exit: bool = False
    has_spent: str = ""

    def market(self, _order: PlaceOrder) -> Market | None:
        """The market that was set."""
        return self.listed

    def distrust(self, _order: PlaceOrder) -> str:
        """The doubt that was set."""
        return self.doubt

    def touch(self, _order: PlaceOrder) -> tuple[Price | None, Price | None]:
        """The touch that was set."""
        return self.bid_ask

    def spent(self, strategy: StrategyId) -> str:
        """What was set."""
        return self.has_spent if strategy else ""

    def unsellable(self, strategy: StrategyId, instrument: InstrumentId) -> Quantity:
        """What was set."""
        return Quantity(self.pending if strategy and instrument else 0)

    def strategy_budget(self, _order: PlaceOrder) -> Money:
        """The budget that was set."""
        return self.budget

    def leaves(self, _order: PlaceOrder) -> bool:
        """What was set."""
        return self.exit

    def group_exposure(self, _order: PlaceOrder, spends: Money) -> Money:
        """The exposure that was set, and the order's."""
        return Money(self.group + spends)


@pytest.fixture
def state() -> State:
    """A hundred dollars, nothing held, 40 at 60 cents."""
    ledger = Ledger()
    ledger.start(Money(100 * DOLLAR))
    ledger.list_market(market())
    return State(ledger)


def refusal(order: PlaceOrder, state: State) -> tuple[str, str] | None:
    verdict = review(order, state)
    if isinstance(verdict, Approved):
        assert verdict.order is order
        return None
    return verdict.rule, verdict.reason


def rest(state: State, order: PlaceOrder) -> None:
    state.ledger.sent(order, Ns(0))


def hold(state: State, shares: int, strategy: str = "s", instrument: str = "m-yes") -> None:
    """Held at no cost, so that only shares matter."""
    name = f"held-{strategy}-{instrument}"
    rest(state, place(name, BUY, 1, shares, instrument=instrument, strategy=strategy))
    state.ledger.apply_fill(fill(f"f-{name}", name, 0, shares))


def test_an_order_within_every_limit_is_approved(state: State) -> None:
    assert refusal(place(), state) is None


def test_a_refusal_names_the_order_the_rule_and_the_reason(state: State) -> None:
    state.halted = "by hand"
    assert review(place(), state) == OrderRefused(
        StrategyId("s"),
        InstrumentId("m-yes"),
        BUY,
        Price(50 * CENT),
        Quantity(10 * SHARE),
        "breaker",
        "by hand",
    )


def test_nothing_trades_on_a_book_without_proof(state: State) -> None:
    state.doubt = "checksum"
    assert refusal(place(), state) == ("book_proven", "checksum")


def test_an_unlisted_market_or_a_foreign_outcome_is_not_tradable(state: State) -> None:
    foreign = structs.replace(place(), instrument=InstrumentId("other-yes"))
    assert refusal(foreign, state) == ("tradable", "other-yes is not tradable")
    state.listed = None
    assert refusal(place(), state) == ("tradable", "m-yes is not tradable")


@pytest.mark.parametrize(
    ("micros", "fits"),
    [
        (0, False),
        (10_000, True),
        (990_000, True),
        (1_000_000, False),
        (505_000, False),
        (-10_000, False),
    ],
)
def test_a_price_lies_on_the_grid_between_a_tick_and_a_dollar_less_a_tick(
    state: State, micros: int, fits: bool
) -> None:
    hold(state, 10)
    state.bid_ask = (None, None)
    order = structs.replace(place(side=SELL), price=Price(micros))
    expected = None if fits else "price_on_grid"
    assert (refusal(order, state) or [None])[0] == expected


@pytest.mark.parametrize(
    ("micros", "fits"),
    [
        (4_990_000, False),
        (5_000_000, True),
        (5_005_000, False),
        (50_000_000, True),
        (50_010_000, False),
    ],
)
def test_a_size_is_on_the_lot_between_the_venue_s_minimum_and_our_maximum(
    state: State, micros: int, fits: bool
) -> None:
    order = structs.replace(place(cents=10), quantity=Quantity(micros))
    expected = None if fits else "order_size"
    assert (refusal(order, state) or [None])[0] == expected


@pytest.mark.parametrize("micros", [0, -10_000])
def test_no_minimum_still_means_something(state: State, micros: int) -> None:
    state.listed = market(size_min=Quantity(0))
    order = structs.replace(place(), quantity=Quantity(micros))
    assert refusal(order, state) is not None


@pytest.mark.parametrize(("shares", "fits"), [(9, False), (10, True)])
def test_a_buy_that_trades_at_once_spends_a_dollar_at_least(
    state: State, shares: int, fits: bool
) -> None:
    state.bid_ask = (None, Price(10 * CENT))
    assert (refusal(place(cents=10, shares=shares), state) is None) is fits
    state.bid_ask = (None, Price(11 * CENT))
    assert refusal(place(cents=10, shares=shares), state) is None


@pytest.mark.parametrize(("shares", "fits"), [(30, True), (31, False)])
def test_held_and_open_and_new_shares_stay_under_the_limit(
    state: State, shares: int, fits: bool
) -> None:
    hold(state, 40)
    rest(state, place("o2", BUY, 10, 30))
    order = place(cents=10, shares=shares)
    told = "position could reach 101 shares, over position_max"
    assert refusal(order, state) == (None if fits else ("position_worst_case", told))


@pytest.mark.parametrize(("shares", "fits"), [(6, True), (7, False)])
def test_no_more_is_sold_than_is_held_and_not_yet_offered(
    state: State, shares: int, fits: bool
) -> None:
    hold(state, 11)
    rest(state, place("o2", SELL, 90, 5))
    order = place(side=SELL, shares=shares)
    assert refusal(order, state) == (
        None if fits else ("position_worst_case", "only 6 shares are free")
    )


def test_no_strategy_sells_another_s_shares(state: State) -> None:
    hold(state, 10, strategy="t")
    assert refusal(place(side=SELL), state) == ("position_worst_case", "only 0 shares are free")
    hold(state, 10)
    rest(state, place("o2", SELL, 90, 5, strategy="t"))
    assert refusal(place(side=SELL, shares=10), state) is None


def test_a_strategy_does_not_sell_what_the_account_lacks(state: State) -> None:
    hold(state, 10)
    rest(state, place("o2", SELL, 90, 5, strategy="t"))
    state.ledger.apply_fill(fill("f2", "o2", 90, 5))
    assert refusal(place(side=SELL), state) == ("position_worst_case", "only 5 shares are free")
    rest(state, place("o3", SELL, 90, 3))
    told = ("position_worst_case", "only 2 shares are free")
    assert refusal(place(side=SELL, shares=5), state) == told


@pytest.mark.parametrize(("exposed", "fits"), [(25 * DOLLAR, True), (25 * DOLLAR + 1, False)])
def test_what_a_group_could_cost_is_limited(state: State, exposed: int, fits: bool) -> None:
    state.group = Money(exposed)
    told = ("group_exposure", "group exposure could reach $30.000001")
    assert refusal(place(), state) == (None if fits else told)


def rich(state: State, strategy: str, cents: int) -> None:
    """An open order of another strategy that holds back 50 shares at a price."""
    rest(state, place(f"rich-{cents}", BUY, cents, 50, instrument="m-yes", strategy=strategy))


@pytest.mark.parametrize(("shares", "fits"), [(30, True), (31, False)])
def test_what_everything_could_cost_is_limited(state: State, shares: int, fits: bool) -> None:
    rich(state, "t", 50)
    order = place(shares=shares)
    told = ("total_exposure", "total exposure could reach $40.5")
    assert refusal(order, state) == (None if fits else told)


@pytest.mark.parametrize(("shares", "fits"), [(20, True), (21, False)])
def test_what_a_strategy_could_cost_is_limited(state: State, shares: int, fits: bool) -> None:
    rest(state, place("o2", BUY, 20, 50))
    rest(state, place("o3", BUY, 20, 10, strategy="t"))
    order = place(shares=shares)
    told = ("strategy_budget", "s could have $20.5 at stake, over its budget")
    assert refusal(order, state) == (None if fits else told)


@pytest.mark.parametrize(("cash", "fits"), [(7 * DOLLAR, True), (7 * DOLLAR - 1, False)])
def test_cash_covers_every_open_buy_and_this_one(state: State, cash: int, fits: bool) -> None:
    state.ledger.cash = Money(cash)
    rest(state, place("o2", BUY, 20, 10))
    told = ("cash_worst_case", "needs $5, $4.999999 is free")
    assert refusal(place(), state) == (None if fits else told)


@pytest.mark.parametrize(("cash", "fits"), [(5_125_000, True), (5_124_999, False)])
def test_cash_covers_the_fee_of_an_order_free_to_take(state: State, cash: int, fits: bool) -> None:
    state.listed = market(fees=FeeSchedule(50_000, 1, 0))
    state.ledger.cash = Money(cash)
    assert (refusal(taking(place()), state) is None) is fits
    assert refusal(place(), state) is None


def test_a_sale_needs_no_cash_no_budget_and_no_good_day(state: State) -> None:
    hold(state, 10)
    state.ledger.cash = Money(-1)
    state.budget = Money(0)
    state.group = Money(99 * DOLLAR)
    state.ledger.exposure = Money(99 * DOLLAR)
    state.loss = Money(99 * DOLLAR)
    assert refusal(place(side=SELL), state) is None


@pytest.mark.parametrize(("loss", "fits"), [(5 * DOLLAR - 1, True), (5 * DOLLAR, False)])
def test_after_the_day_s_loss_nothing_is_bought(state: State, loss: int, fits: bool) -> None:
    state.loss = Money(loss)
    assert refusal(place(), state) == (None if fits else ("daily_loss", "lost $5.00 today"))


@pytest.mark.parametrize(("recent", "fits"), [(2, True), (3, False)])
def test_only_so_many_orders_leave_in_a_minute(state: State, recent: int, fits: bool) -> None:
    state.recent_orders = [Ns(0)] * recent
    hold(state, 10)
    refused = None if fits else ("order_rate", "3 orders in a minute")
    assert refusal(place(), state) == refused
    assert refusal(place(side=SELL, cents=61), state) == refused
    state.exit = True
    assert refusal(place(side=SELL, cents=61), state) is None, "an exit waits for no minute to end"


@pytest.mark.parametrize(
    ("mine", "new", "trades"),
    [
        # on the same instrument: a buy meets a sale at or below it
        ((SELL, 50, "m-yes"), (BUY, 50, "m-yes"), True),
        ((SELL, 50, "m-yes"), (BUY, 49, "m-yes"), False),
        ((BUY, 50, "m-yes"), (SELL, 50, "m-yes"), True),
        ((BUY, 50, "m-yes"), (SELL, 51, "m-yes"), False),
        ((BUY, 50, "m-yes"), (BUY, 60, "m-yes"), False),
        # through the complement: two buys mint a set from a dollar up
        ((BUY, 60, "m-no"), (BUY, 40, "m-yes"), True),
        ((BUY, 60, "m-no"), (BUY, 39, "m-yes"), False),
        # and two sales merge one from a dollar down
        ((SELL, 60, "m-no"), (SELL, 40, "m-yes"), True),
        ((SELL, 60, "m-no"), (SELL, 41, "m-yes"), False),
        # a buy and a sale of different outcomes never meet
        ((SELL, 60, "m-no"), (BUY, 60, "m-yes"), False),
    ],
)
def test_no_order_could_trade_with_our_own(
    state: State,
    mine: tuple[object, int, str],
    new: tuple[object, int, str],
    trades: bool,
) -> None:
    hold(state, 10)
    hold(state, 10, instrument="m-no")
    state.ledger.list_market(market())
    rest(state, place("mine", mine[0], mine[1], 10, instrument=mine[2]))  # type: ignore[arg-type]
    told = refusal(place("new", new[0], new[1], 10, instrument=new[2]), state)  # type: ignore[arg-type]
    through = "" if mine[2] == new[2] else " through the complement"
    expected = ("self_trade", f"would trade with our own mine{through}")
    assert told == (expected if trades else None)


def test_an_order_being_cancelled_or_unknown_can_still_trade_with_us(state: State) -> None:
    rest(state, place("mine", BUY, 60, 10, instrument="m-no"))
    state.ledger.orders[place("mine").order_id].cancels = 1
    assert (refusal(place(cents=40), state) or [None])[0] == "self_trade"


def broken(state: State, rule: str) -> None:
    """Break one rule for a buy of 10 at 50 cents."""
    breaks: dict[str, Callable[[], object]] = {
        "breaker": lambda: setattr(state, "halted", "by hand"),
        "tradable": lambda: setattr(state, "listed", market("other")),
        "book_proven": lambda: setattr(state, "doubt", "gap"),
        "price_on_grid": lambda: setattr(state, "listed", market(tick=Price(30_000))),
        "position_worst_case": lambda: hold(state, 95, "t"),
        "group_exposure": lambda: setattr(state, "group", Money(99 * DOLLAR)),
        "daily_loss": lambda: setattr(state, "loss", Money(99 * DOLLAR)),
        "strategy_loss": lambda: setattr(state, "has_spent", "lost"),
        "order_rate": lambda: setattr(state, "recent_orders", [Ns(0)] * 9),
    }
    breaks[rule]()


@pytest.mark.parametrize(
    "rules",
    [
        ("breaker", "tradable"),
        ("tradable", "book_proven"),
        ("book_proven", "price_on_grid"),
        ("price_on_grid", "position_worst_case"),
        ("position_worst_case", "group_exposure"),
        ("group_exposure", "daily_loss"),
        ("daily_loss", "strategy_loss"),
        ("strategy_loss", "order_rate"),
    ],
)
def test_the_first_refusal_stands(state: State, rules: tuple[str, str]) -> None:
    for rule in reversed(rules):
        broken(state, rule)
    assert (refusal(place(), state) or [None])[0] == rules[0]


def test_a_quote_rests_unless_it_says_otherwise() -> None:
    assert Quote(InstrumentId("m-yes"), BUY, Price(1), Quantity(1)).post_only
