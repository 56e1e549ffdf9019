"""A ledger under any history, beside a list of everything that ever happened."""

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.unit.core.building import BUY, DOLLAR, SELL, market, place, taking

from polywire.core.ids import FillId, InstrumentId, MarketId, OrderId, StrategyId
from polywire.core.ledger.dump import dump, load
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import (
    FillSettled,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderUnknown,
    Settlement,
)
from polywire.core.model.command import DayOpened
from polywire.core.model.instrument import FeeSchedule
from polywire.core.model.market import MarketResolved
from polywire.core.units import Money, Ns, Price, Quantity

AT = Ns(0)
CASH = 100 * DOLLAR
RATE = Fraction(5, 100)
NAMES = ("a-yes", "a-no", "b-yes", "b-no")


@dataclass
class Sent:
    """An order as its wire knows it."""

    strategy: str
    instrument: str
    buys: bool
    price: int
    quantity: int
    takes: bool
    open: bool = True
    live: bool = False
    refused: bool = False
    filled: int = 0

    def shows_up(self) -> None:
        """A refusal was wrong if the venue has the order."""
        if self.refused:
            self.open, self.refused, self.live = True, False, True

    @property
    def left(self) -> int:
        return max(0, self.quantity - self.filled)

    @property
    def reserve(self) -> int:
        """What the rest could cost, and its fee; exact, then rounded up."""
        if not self.buys or not self.open:
            return 0
        p, shares = Fraction(self.price, 10**6), Fraction(self.left, 10**6)
        fee = shares * RATE * p * (1 - p) if self.takes else Fraction(0)
        return ceil(p * shares * 10**6) + ceil(fee * 10**5) * 10


@dataclass
class Execution:
    """A fill as its wire knows it."""

    order: Sent
    price: int
    quantity: int
    fee: int
    settlement: Settlement


@dataclass
class History:
    """Everything that happened; each number is worked out anew from all of it."""

    orders: list[Sent] = field(default_factory=list)
    fills: dict[str, Execution] = field(default_factory=dict)
    worth: dict[str, int] = field(default_factory=dict)

    def counted(self, strategy: str, instrument: str) -> list[Execution]:
        return [
            fill
            for fill in self.fills.values()
            if (fill.order.strategy, fill.order.instrument) == (strategy, instrument)
            and fill.settlement is not Settlement.REVERSED
        ]

    def raw(self, strategy: str, instrument: str) -> tuple[int, int]:
        """Shares and cash before any payout."""
        held = cash = 0
        for fill in self.counted(strategy, instrument):
            exact = Fraction(fill.price * fill.quantity, 10**6)
            held += fill.quantity if fill.order.buys else -fill.quantity
            cash += (-ceil(exact) if fill.order.buys else floor(exact)) - fill.fee
        return held, cash

    def position(self, strategy: str, instrument: str) -> tuple[int, int]:
        """Shares and cash after the payout, if there was one."""
        held, cash = self.raw(strategy, instrument)
        if instrument in self.worth:
            return 0, cash + floor(Fraction(self.worth[instrument] * held, 10**6))
        return held, cash

    def average_cost(self, strategy: str, instrument: str) -> Fraction:
        """What the held shares cost at average, never rounded."""
        held, paid = Fraction(0), Fraction(0)
        for fill in self.counted(strategy, instrument):
            shares = Fraction(fill.quantity)
            if fill.order.buys:
                spent = Fraction(fill.price * fill.quantity, 10**6) + fill.fee
                adds = min(shares, max(Fraction(0), held + shares))
                paid += spent * adds / shares
                held += shares
            else:
                if held > 0:
                    paid -= paid * min(shares, held) / held
                held -= shares
        return paid if self.position(strategy, instrument)[0] > 0 else Fraction(0)


class LedgerBesideHistory(RuleBasedStateMachine):
    """Orders, fills and settlements in any order, perhaps twice."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.ledger.start(Money(CASH))
        self.list_markets()
        self.history = History()
        self.early: dict[str, Settlement] = {}

    @rule(
        strategy=st.sampled_from("st"),
        instrument=st.sampled_from(NAMES),
        buys=st.booleans(),
        price=st.integers(1, 999_999),
        quantity=st.integers(1, 9_999_999),
        takes=st.booleans(),
    )
    def send(
        self, strategy: str, instrument: str, buys: bool, price: int, quantity: int, takes: bool
    ) -> None:
        name = f"o{len(self.history.orders)}"
        order = place(name, BUY if buys else SELL, instrument=instrument, strategy=strategy)
        order = type(order)(
            order.order_id,
            order.strategy,
            order.market,
            order.instrument,
            order.side,
            Price(price),
            Quantity(quantity),
            order.time_in_force,
            post_only=True,
        )
        self.ledger.sent(taking(order) if takes else order, AT)
        self.history.orders.append(Sent(strategy, instrument, buys, price, quantity, takes))

    def pick(self, which: int) -> tuple[OrderId, Sent]:
        index = which % len(self.history.orders)
        return OrderId(f"o{index}"), self.history.orders[index]

    @precondition(lambda self: self.history.orders)
    @rule(which=st.integers(0, 99), kind=st.sampled_from("aruc"))
    def answer(self, which: int, kind: str) -> None:
        order_id, sent = self.pick(which)
        event = {
            "a": OrderAccepted(AT, order_id),
            "r": OrderRejected(AT, order_id, "no"),
            "u": OrderUnknown(AT, order_id, "time-out"),
            "c": OrderCancelled(AT, order_id, "asked"),
        }[kind]
        self.ledger.apply_order(event)
        if kind == "c":
            sent.open = sent.refused = False
        elif kind == "r" and not sent.live:
            sent.refused = sent.refused or sent.open
            sent.open = False
        elif kind == "a":
            sent.shows_up()
            sent.live = True

    @precondition(lambda self: self.history.orders)
    @rule(
        which=st.integers(0, 99),
        price=st.integers(0, 1_000_000),
        quantity=st.integers(1, 9_999_999),
        fee=st.integers(0, 99_999),
        settlement=st.sampled_from(Settlement),
        name=st.integers(0, 30),
    )
    def fill(
        self, which: int, price: int, quantity: int, fee: int, settlement: Settlement, name: int
    ) -> None:
        order_id, sent = self.pick(which)
        fill_id = f"f{name}"
        event = OrderFilled(
            AT,
            AT,
            order_id,
            FillId(fill_id),
            Price(price),
            Quantity(quantity),
            Money(fee),
            True,
            settlement,
        )
        booked = self.ledger.apply_fill(event)
        assert booked == (fill_id not in self.history.fills)
        if booked:
            settlement = self.early.pop(fill_id, settlement)
            self.history.fills[fill_id] = Execution(sent, price, quantity, fee, settlement)
            sent.filled += quantity
            if sent.refused:
                sent.shows_up()
            sent.open = sent.open and sent.left > 0

    @rule(name=st.integers(0, 30), settlement=st.sampled_from(Settlement))
    def settle(self, name: int, settlement: Settlement) -> None:
        self.ledger.apply_settlement(FillSettled(AT, FillId(f"f{name}"), settlement))
        known = self.history.fills.get(f"f{name}")
        if known is None and settlement is not Settlement.PENDING:
            self.early[f"f{name}"] = settlement
        if known is not None and known.settlement is Settlement.PENDING:
            known.settlement = settlement

    @rule(name=st.sampled_from("ab"), payouts=st.sampled_from([(1, 0), (0, 1), (0.5, 0.5)]))
    def resolve(self, name: str, payouts: tuple[float, float]) -> None:
        yes, no = (int(pays * DOLLAR) for pays in payouts)
        self.ledger.resolve(MarketResolved(AT, AT, MarketId(name), (Money(yes), Money(no))))
        self.history.worth.setdefault(f"{name}-yes", yes)
        self.history.worth.setdefault(f"{name}-no", no)

    @rule()
    def midnight(self) -> None:
        """Whatever is over is folded, and forgotten until it is listed again."""
        self.ledger.open_day(DayOpened(self.ledger.opened.day + 1, Money(0)))
        self.list_markets()

    def list_markets(self) -> None:
        for name in ("a", "b"):
            self.ledger.list_market(market(name, fees=FeeSchedule(50_000, 1, 0)))

    @rule()
    def restart_from_a_dump(self) -> None:
        again = Ledger()
        load(again, dump(self.ledger))
        self.ledger = again

    @invariant()
    def cash_and_shares_are_those_of_the_history(self) -> None:
        cash = CASH
        for name in NAMES:
            together = 0
            for strategy in "st":
                held, flow = self.history.position(strategy, name)
                ours = self.ledger.position(StrategyId(strategy), InstrumentId(name))
                assert ours.held == held
                if (strategy, name) in self.ledger.holdings and not self.ledger.archive.made:
                    assert ours.cash == flow == ours.realised - ours.paid
                cash += flow
                together += held
            assert self.ledger.held(InstrumentId(name)) == together
        assert self.ledger.cash == cash

    @invariant()
    def each_strategy_made_what_its_history_says(self) -> None:
        for strategy in "st":
            flow = sum(self.history.position(strategy, name)[1] for name in NAMES)
            ours = [one for whose, one in self.ledger.results() if whose == strategy]
            assert sum(one.cash for one in ours) == flow
            assert sum(one.realised - one.paid for one in ours) == flow
            fills = [fill for name in NAMES for fill in self.history.counted(strategy, name)]
            assert sum(one.fees for one in ours) == sum(fill.fee for fill in fills)

    @invariant()
    def the_worst_case_is_every_open_order(self) -> None:
        orders = self.history.orders
        assert self.ledger.reserved == sum(order.reserve for order in orders)
        for name in NAMES:
            mine = [order for order in orders if order.open and order.instrument == name]
            buys = sum(order.left for order in mine if order.buys)
            sales = sum(order.left for order in mine if not order.buys)
            assert self.ledger.could_buy(InstrumentId(name)) == buys
            assert self.ledger.could_sell(InstrumentId(name)) == sales
        assert len(self.ledger.open_orders) == sum(order.open for order in orders)

    @invariant()
    def exposure_is_what_shares_cost_and_open_buys_could(self) -> None:
        total = 0
        for strategy in "st":
            mine = sum(order.reserve for order in self.history.orders if order.strategy == strategy)
            for name in NAMES:
                paid = self.ledger.position(StrategyId(strategy), InstrumentId(name)).paid
                exact = self.history.average_cost(strategy, name)
                assert abs(paid - exact) <= len(self.history.fills)  # a micro a fill
                mine += paid
            assert self.ledger.strategy_exposures.get(StrategyId(strategy), 0) == mine
            total += mine
        assert self.ledger.exposure == total
        assert sum(self.ledger.exposures.values()) == total

    @invariant()
    def what_could_still_move_is_watched(self) -> None:
        moving = {order.instrument[0] for order in self.history.orders if order.open}
        for name in NAMES:
            if sum(self.history.position(strategy, name)[0] for strategy in "st"):
                moving.add(name[0])
        assert set(self.ledger.must_watch()) == moving


TestLedgerBesideHistory = LedgerBesideHistory.TestCase
