"""Average cost, settlement and payout of one holding, in numbers."""

from tests.unit.core.building import BUY, CENT, DOLLAR, SELL, SHARE

from polywire.core.ids import FillId
from polywire.core.ledger.position import Fill, Holding, Position
from polywire.core.model.account import Settlement
from polywire.core.model.instrument import Side
from polywire.core.units import Money, Price, Quantity

PENDING, FINAL, REVERSED = Settlement.PENDING, Settlement.FINAL, Settlement.REVERSED


def a_fill(
    name: str, side: Side, cents: int, shares: int, fee: int = 0, settlement: Settlement = FINAL
) -> Fill:
    return Fill(
        FillId(name),
        side,
        Price(cents * CENT),
        Quantity(shares * SHARE),
        Money(fee),
        settlement,
    )


def position(
    held: int, paid: int, cash: int, realised: int, fees: int = 0, *, sold: int = 0
) -> Position:
    """Shares, and money in cents."""
    return Position(
        Quantity(held * SHARE),
        Money(paid * CENT),
        Money(cash * CENT),
        Money(realised * CENT),
        Money(fees * CENT),
        Quantity(sold * SHARE),
    )


def after(*fills: Fill) -> Holding:
    holding = Holding()
    for each in fills:
        holding.add(each)
    return holding


def test_a_buy_costs_its_price_and_fee() -> None:
    assert after(a_fill("a", BUY, 40, 10, fee=5 * CENT)).now == position(10, 405, -405, 0, 5)


def test_a_sale_realises_against_the_average_cost() -> None:
    holding = after(
        a_fill("a", BUY, 40, 10), a_fill("b", BUY, 60, 10), a_fill("c", SELL, 70, 5, fee=CENT)
    )
    # bought 20 for 10.00; a quarter of that is 2.50; sold for 3.50 - 0.01
    assert holding.now == position(15, 750, -651, 99, 1, sold=5)


def test_roundings_go_against_us() -> None:
    odd = Fill(FillId("a"), BUY, Price(333_333), Quantity(1), Money(0), FINAL)
    assert after(odd).now == Position(Quantity(1), Money(1), Money(-1), Money(0), Money(0))
    sold = Fill(FillId("b"), SELL, Price(333_333), Quantity(1), Money(0), FINAL)
    assert after(odd, sold).now == Position(cash=Money(-1), realised=Money(-1), sold=Quantity(1))


def test_part_of_an_odd_cost_leaves_more_behind_rather_than_less() -> None:
    bought = Fill(FillId("a"), BUY, Price(333_334), Quantity(3), Money(0), FINAL)
    sold = Fill(FillId("b"), SELL, Price(1_000_000), Quantity(1), Money(0), FINAL)
    assert after(bought).now.paid == 2  # 1.000002 micros, rounded up
    assert after(bought, sold).now.paid == 2  # a third of two, rounded down to nothing


def test_a_sale_that_overtakes_its_buy_ends_the_same() -> None:
    bought, sold = a_fill("a", BUY, 40, 10), a_fill("b", SELL, 60, 10)
    assert after(sold).now == position(-10, 0, 600, 600, sold=10)
    assert after(sold, bought).now == position(0, 0, 200, 200, sold=10)
    assert after(bought, sold).now == position(0, 0, 200, 200, sold=10)


def test_a_buy_that_covers_and_adds_costs_only_what_it_adds() -> None:
    holding = after(a_fill("a", SELL, 60, 4), a_fill("b", BUY, 50, 10))
    assert holding.now == position(6, 300, -260, 40, sold=4)


def test_a_pending_fill_counts_now_and_is_not_final() -> None:
    holding = after(a_fill("a", BUY, 40, 10, settlement=PENDING))
    assert holding.now == position(10, 400, -400, 0)
    assert holding.settled == Position()


def test_a_fill_that_became_final_is_both() -> None:
    holding = after(a_fill("a", BUY, 40, 10, settlement=PENDING))
    holding.settle(FillId("a"), FINAL)
    assert holding.settled == holding.now == position(10, 400, -400, 0)
    assert holding.waiting == []


def test_a_reversed_fill_gives_shares_and_cash_back() -> None:
    holding = after(a_fill("a", BUY, 40, 10), a_fill("b", BUY, 60, 10, settlement=PENDING))
    holding.settle(FillId("b"), REVERSED)
    assert holding.settled == holding.now == position(10, 400, -400, 0)


def test_a_reversed_buy_leaves_the_sale_that_followed_it() -> None:
    holding = after(a_fill("a", BUY, 40, 10, settlement=PENDING), a_fill("b", SELL, 50, 10))
    holding.settle(FillId("a"), REVERSED)
    assert holding.now == position(-10, 0, 500, 500, sold=10)


def test_a_final_fill_behind_a_pending_one_waits_with_it() -> None:
    holding = after(a_fill("a", BUY, 40, 10, settlement=PENDING), a_fill("b", BUY, 60, 10))
    assert holding.now == position(20, 1_000, -1_000, 0)
    assert holding.settled == Position()
    holding.settle(FillId("a"), FINAL)
    assert holding.settled == position(20, 1_000, -1_000, 0)


def test_a_final_fill_is_neither_undone_nor_reopened_while_it_waits() -> None:
    holding = after(a_fill("a", BUY, 40, 10, settlement=PENDING), a_fill("b", BUY, 60, 10))
    holding.settle(FillId("b"), REVERSED)
    holding.settle(FillId("b"), PENDING)
    assert holding.now == position(20, 1_000, -1_000, 0)
    holding.settle(FillId("a"), FINAL)
    assert holding.settled == position(20, 1_000, -1_000, 0)


def test_settling_the_unknown_changes_nothing() -> None:
    holding = after(a_fill("a", BUY, 40, 10))
    holding.settle(FillId("z"), REVERSED)
    assert holding.now == position(10, 400, -400, 0)


def test_a_fill_that_comes_already_undone_counts_nothing() -> None:
    assert after(a_fill("a", BUY, 40, 10, settlement=REVERSED)) == Holding()


def test_a_winner_pays_a_dollar_and_a_loser_nothing() -> None:
    winner, loser = after(a_fill("a", BUY, 40, 10)), after(a_fill("a", BUY, 40, 10))
    winner.resolve(Money(DOLLAR))
    loser.resolve(Money(0))
    assert winner.now == position(0, 0, 600, 600)
    assert loser.now == position(0, 0, -400, -400)


def test_a_fill_after_the_answer_is_paid_too() -> None:
    holding = after(a_fill("a", BUY, 40, 10))
    holding.resolve(Money(DOLLAR // 2))
    holding.add(a_fill("b", BUY, 40, 10))
    assert holding.now == position(0, 0, 200, 200)


def test_a_fill_undone_after_the_answer_takes_its_payout_back() -> None:
    holding = after(a_fill("a", BUY, 40, 10, settlement=PENDING))
    holding.resolve(Money(DOLLAR))
    assert holding.now == position(0, 0, 600, 600)
    assert holding.settled == Position()
    holding.settle(FillId("a"), REVERSED)
    assert holding.now == Position()


def test_shares_sold_but_never_held_cost_what_they_pay_another() -> None:
    holding = after(a_fill("a", SELL, 60, 10))
    holding.resolve(Money(DOLLAR))
    assert holding.now == position(0, 0, -400, -400, sold=10)
