"""What right settings cannot do on the chosen markets, each with the setting to change."""

from collections.abc import Sequence

from msgspec import structs
from tests.unit.venues.building import NOW, SECOND, market

from polywire.config.demo import demo_settings
from polywire.config.obstacles import obstacles
from polywire.config.schema import SeatSettings, Settings
from polywire.core.execution.exits import ExitPlan, ExitStyle, Rung
from polywire.core.ids import StrategyId
from polywire.core.model.instrument import Market
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.modes.finding import Finding, State
from polywire.strategies.holder import HolderParameters

SHARE = DOLLAR = 1_000_000
CENT = 10_000
CASH = Money(1_000 * DOLLAR)
YEAR = Ns(NOW + 365 * 86_400 * SECOND)
EXITS = ExitPlan(
    style=ExitStyle.WATCH,
    target=None,
    stop=Price(5 * CENT),
    trail=None,
    before_end_ns=3_600 * SECOND,
    confirm_ns=0,
    slack=Price(CENT),
    floor=Price(CENT),
    attempts_max=3,
    rest_ns=0,
)
HOLDER = SeatSettings(
    name=StrategyId("hold"),
    budget=Money(50 * DOLLAR),
    patience_ns=0,
    dwell_ns=0,
    parameters=HolderParameters(
        shares=Quantity(10 * SHARE),
        price_min=Price(10 * CENT),
        price_max=Price(60 * CENT),
        spread_max=Price(2 * CENT),
    ),
    exits=EXITS,
)


def with_holder(**changes: object) -> Settings:
    own = {key: changes.pop(key) for key in tuple(changes) if hasattr(HOLDER.parameters, key)}
    parameters = structs.replace(HOLDER.parameters, **own)
    holder = structs.replace(HOLDER, parameters=parameters, **changes)
    return structs.replace(demo_settings(), strategies=(holder,))


def found(settings: Settings, markets: Sequence[Market] = (), cash: Money = CASH) -> list[Finding]:
    return [*obstacles(settings, cash, markets, Ns(NOW))]


def stopping(settings: Settings, cash: Money = CASH) -> list[Finding]:
    return [one for one in found(settings, cash=cash) if one.state is State.FAILED]


def lively(number: int, size_min: int = 5) -> Market:
    return market(number, size_min=Quantity(size_min * SHARE), end_ns=YEAR)


def test_the_demo_and_a_usual_holder_meet_no_obstacle() -> None:
    for settings in (demo_settings(), with_holder()):
        assert found(settings, [lively(1), lively(2)]) == []
        assert found(settings) == []


def test_a_holder_without_exits_is_told_that_it_never_sells() -> None:
    (one,) = found(with_holder(exits=None), [lively(1)])
    assert one.state is State.WARNING
    assert "hold never sells" in one.seen
    assert "[exits]" in one.remedy


def test_orders_under_every_market_s_minimum_stop_trading() -> None:
    (one,) = found(with_holder(), [lively(1, 15), lively(2, 20)])
    assert one.state is State.FAILED
    assert "2 of 2 markets" in one.seen
    assert "at least 15 for strategies.hold.shares" in one.remedy


def test_orders_under_some_market_s_minimum_are_a_warning_that_names_what_suits_all() -> None:
    (one,) = found(with_holder(), [lively(1), lively(2, 15), lively(3, 20)])
    assert one.state is State.WARNING
    assert "2 of 3 markets" in one.seen
    assert "at least 20" in one.remedy


def test_who_quotes_less_than_a_market_takes_is_told_though_its_cap_is_larger() -> None:
    settings = demo_settings()
    first = settings.strategies[0]
    small = structs.replace(first.parameters, size=Quantity(3 * SHARE))
    strategies = (structs.replace(first, parameters=small),)
    (one,) = found(structs.replace(settings, strategies=strategies), [lively(1), lively(2, 3)])
    assert one.state is State.WARNING
    assert one.seen == (
        "touch-1 orders 3 shares; 1 of 2 markets take no order that small, and nothing is bought "
        "there"
    )
    assert one.remedy.startswith("Write at least 5 for strategies.touch-1.size, ")


def test_a_limit_may_be_what_keeps_orders_under_the_minimum() -> None:
    settings = demo_settings()
    limits = structs.replace(settings.limits, order_size_max=Quantity(4 * SHARE))
    (one,) = found(structs.replace(settings, limits=limits), [lively(1)])
    assert one.state is State.FAILED
    assert "limits.order_size_max" in one.remedy


def test_a_buy_at_the_ask_that_never_reaches_a_dollar_is_found() -> None:
    found_ones = stopping(with_holder(shares=Quantity(SHARE), price_max=Price(99 * CENT)))
    assert [one.seen for one in found_ones] == [
        "hold spends at most $0.99 on a buy, and the venue refuses buys at the ask under $1"
    ]
    assert stopping(with_holder(shares=Quantity(2 * SHARE), price_max=Price(50 * CENT))) == []


def test_a_budget_under_the_cheapest_buy_is_found_and_one_that_just_pays_it_is_not() -> None:
    assert stopping(with_holder(budget=Money(DOLLAR))) == []
    (one,) = stopping(with_holder(budget=Money(DOLLAR - 1)))
    assert "strategies.hold.budget of $0.999999 is under the $1" in one.seen


def test_every_bound_on_money_is_looked_at() -> None:
    settings = with_holder()
    limits = structs.replace(
        settings.limits, group_exposure_max=Money(1), total_exposure_max=Money(2)
    )
    seen = [one.seen for one in stopping(structs.replace(settings, limits=limits), Money(3))]
    names = ("limits.group_exposure_max", "limits.total_exposure_max", "paper.cash")
    assert [words.split(" ")[0] for words in seen] == [*names]


def test_a_budget_under_the_dearest_buy_is_a_warning() -> None:
    (one,) = found(with_holder(budget=Money(6 * DOLLAR - 1)))
    assert one.state is State.WARNING
    assert one.seen.startswith("strategies.hold.budget of $5.999999 refuses some buys of hold")
    assert found(with_holder(budget=Money(6 * DOLLAR))) == []


def test_budgets_that_cannot_all_be_at_stake_are_a_warning() -> None:
    settings = with_holder()
    twice = structs.replace(settings, strategies=(HOLDER, structs.replace(HOLDER, name="two")))
    limits = structs.replace(settings.limits, total_exposure_max=Money(99 * DOLLAR))
    (one,) = found(structs.replace(twice, limits=limits))
    assert one.state is State.WARNING
    assert one.seen.startswith("budgets of $100 in all are over limits.total_exposure_max of $99:")
    (one,) = found(twice, cash=Money(60 * DOLLAR))
    assert "over paper.cash of $60" in one.seen
    assert found(twice, cash=Money(100 * DOLLAR)) == []


def test_a_stop_that_is_under_every_price_of_the_cheapest_buys_is_told() -> None:
    settings = with_holder(exits=structs.replace(EXITS, stop=Price(10 * CENT)))
    (one,) = found(settings)
    assert one.state is State.WARNING
    assert one.seen == (
        "hold may buy at 0.1, and its stop_loss of 0.1 protects nothing that was bought at 0.1 or "
        "under: the stop would not be above zero"
    )
    assert found(with_holder(exits=structs.replace(EXITS, stop=Price(9 * CENT + 9_999)))) == []


def test_orders_under_the_usual_minimum_are_a_warning_before_markets_are_known() -> None:
    small = with_holder(shares=Quantity(4 * SHARE))
    (one,) = found(small)
    assert one.state is State.WARNING
    assert "nearly every market takes 5 at least" in one.seen
    assert found(small, [lively(1, size_min=4)]) == []


def charging(number: int, rate_micros: int) -> Market:
    fees = structs.replace(market(number).fees, rate_micros=rate_micros)
    return structs.replace(lively(number), fees=fees)


def test_a_stop_within_spread_and_fee_of_a_buy_is_a_warning() -> None:
    """At the ask of 0.5 a share costs 0.5175 on a crypto market, and its bid may be 0.48."""
    tight = with_holder(exits=structs.replace(EXITS, stop=Price(37_500)))
    (one,) = found(tight)
    assert one.state is State.WARNING
    assert "a spread of 0.02 and a fee of 0.0175 a share, and its stop_loss of 0.0375" in one.seen
    assert one.remedy.startswith("Write more than 0.0375 for stop_loss")
    assert found(with_holder(exits=structs.replace(EXITS, stop=Price(37_501)))) == []
    (one,) = found(tight, [charging(1, 70_000), charging(2, 50_000)])
    assert one.seen.startswith("on 1 of 2 markets hold may pay")
    assert found(tight, [charging(2, 50_000)]) == []


def test_the_fee_is_that_of_the_band_s_dearest_price() -> None:
    """At 0.1 a crypto market charges 0.0063."""
    exits = structs.replace(EXITS, stop=Price(26_300))
    (one,) = found(with_holder(exits=exits, price_max=Price(100_000), shares=Quantity(10**8)))
    assert "a fee of 0.0063 a share" in one.seen


def test_a_target_at_a_dollar_or_over_is_a_warning() -> None:
    rungs = (Rung(Price(390_000), 50), Rung(Price(400_000), 50))
    (one,) = found(with_holder(exits=structs.replace(EXITS, ladder=rungs)))
    assert one.state is State.WARNING
    assert "and step 2 of its ladder is 0.4 above the cost" in one.seen
    (one,) = found(with_holder(exits=structs.replace(EXITS, target=Price(400_000))))
    assert "its take_profit is 0.4 above the cost" in one.seen
    assert one.remedy == "Write less for it, or under 0.6 for strategies.hold.price_max."


def test_markets_that_end_within_the_exit_before_the_end_are_counted() -> None:
    soon = market(9, end_ns=Ns(NOW + 3_599 * SECOND))
    (one,) = found(with_holder(exits=EXITS), [lively(1), soon])
    assert one.state is State.WARNING
    assert "1 of 2 markets" in one.seen
    assert found(with_holder(exits=EXITS), [lively(1)]) == []
