"""Two accounts that share no code, the simulated venue's and the ledger, over any history."""

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from polywire.core.book.order_book import OrderBook
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import FillSettled, OrderFilled
from polywire.core.model.command import CancelOrder, PlaceOrder, TimeInForce
from polywire.core.model.instrument import FeeSchedule, Market, Outcome, Side
from polywire.core.model.market import BookSnapshot, MarketResolved, PublicTrade
from polywire.core.risk.gate import Approved
from polywire.sim.conduct import Conduct
from polywire.sim.latency import ConstantLatency
from polywire.sim.venue import SimVenue

TOKENS = ("yes", "no")
CENTS = st.integers(1, 99)
SIZES = st.integers(1, 40_000_000)
LEVELS = st.dictionaries(CENTS, SIZES, max_size=4)


class Shown:
    def __init__(self):
        self.market = Market(
            id="m",
            venue="v",
            catalogue_id="1",
            question="?",
            slug="m",
            outcomes=(Outcome("yes", "Yes"), Outcome("no", "No")),
            tick=10_000,
            lot=10_000,
            size_min=5_000_000,
            fees=FeeSchedule(70_000, 1, 0),
            neg_risk=False,
            version="v1",
            end_ns=0,
        )
        self.book = OrderBook("m")


class VenueAndLedger(RuleBasedStateMachine):
    """Orders, trades, books, cancels, one resolution, in any order; what is told is booked."""

    orders = Bundle("orders")

    def __init__(self):
        super().__init__()
        self.shown = Shown()
        self.proven = True
        self.now = 0
        self.count = 0
        self.filled: dict[str, int] = {}
        self.asked: dict[str, int] = {}
        self.printed = self.print_filled = 0
        self.ledger = Ledger()
        self.ledger.start(500_000_000)
        self.ledger.list_market(self.shown.market)
        self.venue = SimVenue(
            {"m": self.shown},
            lambda _: self.proven,
            ConstantLatency(3, 2),
            500_000_000,
            Conduct(settle_ns=4),
        )

    @rule(
        target=orders,
        token=st.sampled_from(TOKENS),
        side=st.sampled_from(Side),
        cents=CENTS,
        size=st.integers(400, 4_000),
        post_only=st.booleans(),
    )
    def place(self, token, side, cents, size, post_only):
        self.count += 1
        order = PlaceOrder(
            f"o{self.count}",
            "s",
            "m",
            token,
            side,
            cents * 10_000,
            size * 10_000,
            TimeInForce.GTC,
            post_only,
        )
        self.asked[order.order_id] = order.quantity
        self.ledger.sent(order, self.now)
        self.venue.place(Approved(order), self.now)
        return order.order_id

    @rule(order=consumes(orders))
    def cancel(self, order):
        command = CancelOrder(order, "unwanted")
        self.ledger.cancelling(command, self.now)
        self.venue.cancel(command, self.now)

    @rule(bids=LEVELS, asks=LEVELS)
    def book(self, bids, asks):
        event = BookSnapshot(self.now, self.now, "m", 0, _levels(bids), _levels(asks), "", "feed")
        self.shown.book.replace(event)
        self.venue.observe(event)

    @rule(outcome=st.integers(0, 1), side=st.sampled_from(Side), cents=CENTS, size=SIZES)
    def trade(self, outcome, side, cents, size):
        self.now += 1
        event = PublicTrade(self.now, self.now, "m", outcome, side, cents * 10_000, size, "feed")
        before = sum(self.venue.account.shares.values())
        self.venue.observe(event)
        moved = abs(sum(self.venue.account.shares.values()) - before)
        assert moved <= size or not self.proven
        assert self.proven or moved == 0

    @rule(proven=st.booleans())
    def prove(self, proven):
        self.proven = proven

    @rule(first=st.sampled_from([0, 500_000, 1_000_000]))
    def resolve(self, first):
        event = MarketResolved(self.now, self.now, "m", (first, 1_000_000 - first))
        self.ledger.resolve(event)
        self.venue.observe(event)

    @rule(passed=st.integers(0, 12))
    def wait(self, passed):
        self.now += passed
        for event in self.venue.due(self.now):
            self._hear(event)

    def _hear(self, event):
        if isinstance(event, OrderFilled):
            assert event.fill_id not in self.ledger.fills
            self.filled[event.order_id] = self.filled.get(event.order_id, 0) + event.quantity
            assert self.filled[event.order_id] <= self.asked[event.order_id]
            self.ledger.apply_fill(event)
        elif isinstance(event, FillSettled):
            self.ledger.apply_settlement(event)
        else:
            self.ledger.apply_order(event)

    @invariant()
    def nothing_is_sold_that_is_not_there(self):
        assert all(held >= 0 for held in self.venue.account.shares.values())

    def teardown(self):
        while self.venue.wakeup() is not None:
            self.wait(1)
        report = self.venue.report(self.now)
        held = {token: self.ledger.held(token) for token in TOKENS}
        assert report.cash == self.ledger.cash
        assert dict(report.positions) == {token: size for token, size in held.items() if size}
        resting = set(self.ledger.open_orders)
        assert resting == set(self.venue.resting())


def _levels(cents):
    return tuple((price * 10_000, size) for price, size in sorted(cents.items()))


TestVenueAndLedger = VenueAndLedger.TestCase
