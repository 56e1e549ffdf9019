"""Drawn programs of orders, cancels and crowds: the floor and a naive twin end alike."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.property.naive_floor import MILLION, NaiveFloor, Wish, amiss
from tests.unit.exchange.floor_market import START, FloorMarket

from polywire.exchange.refusal import RefusedError

FEE = Fraction(7, 100)
NAMES = ("a", "b", "c")
CENTS = st.integers(48, 52)
ODD_SIZES = st.sampled_from((1, 333_333, 5_000_000, 7_777_777, 12_345_678, 40_000_000))
SIZES = st.sampled_from(("5", "7.5", "12.34", "20", "33.33"))
DOLLARS = st.sampled_from(("$0.99", "$1", "$3.33", "$12.5"))
NAME, OUTCOME = st.sampled_from(NAMES), st.sampled_from(("yes", "no"))
FORM = st.sampled_from(("buy {} yes", "buy {} no", "sell {} yes", "sell {} no"))
KIND = st.sampled_from(("GTC", "POST", "FAK", "FOK"))
STEPS = st.one_of(
    st.tuples(st.just("place"), NAME, FORM, SIZES, CENTS, KIND),
    st.tuples(st.just("spend"), NAME, DOLLARS, OUTCOME, CENTS, st.sampled_from(("FAK", "FOK"))),
    st.tuples(st.just("cancel"), st.integers(0, 20)),
    st.tuples(st.just("crowd"), st.booleans(), CENTS, st.sampled_from((0, 1)) | ODD_SIZES),
    st.tuples(st.just("rush"), st.booleans(), ODD_SIZES),
)


class Pair:
    """The floor and its twin, told the same."""

    def __init__(self) -> None:
        self.market = FloorMarket()
        self.twin = NaiveFloor(FEE)
        for name in NAMES:
            self.market.fund(name, "100000", "100000", "100000")
            self.twin.cash[name] = 100_000 * MILLION
            self.twin.shares[name, 0] = self.twin.shares[name, 1] = 100_000 * MILLION
        self.names: list[tuple[str, str]] = []

    def do(self, step: tuple[object, ...]) -> None:
        getattr(self, str(step[0]))(*step[1:])
        bids, asks = self.market.book.bids.sizes, self.market.book.asks.sizes
        assert bids == self.twin.levels(bid=True)
        assert asks == self.twin.levels(bid=False)

    def place(self, name: str, form: str, size: str, cents: int, kind: str) -> None:
        shares = int(Fraction(size) * MILLION)
        if kind in ("FAK", "FOK") and form.startswith("buy"):
            shares = shares // 5_000_000 * 5_000_000  # whole cents
            size = str(shares // MILLION)
        self._send(name, f"{form.format(size)} {cents / 100:.2f}", kind, shares)

    def spend(self, name: str, dollars: str, outcome: str, cents: int, kind: str) -> None:
        self._send(name, f"buy {dollars} {outcome} {cents / 100:.2f}", kind, 0)

    def cancel(self, number: int) -> None:
        if number < len(self.names):
            owner, order_id = self.names[number]
            done = self.market.floor.cancel(owner, [order_id], self.market.now)
            assert bool(done.canceled) == self.twin.cancel(order_id)

    def crowd(self, bid: bool, cents: int, size: int) -> None:
        price = Fraction(cents, 100)
        if size and self.twin.facing(bid=bid, limit=price):
            return
        self.market.show("bid" if bid else "ask", f"{cents / 100:.2f}", f"{size / MILLION:.6f}")
        self.twin.crowd(price, size, bid=bid)

    def rush(self, lifts: bool, size: int) -> None:
        self.market.anonymous(lifts=lifts, size=f"{size / MILLION:.6f}")
        self.twin.rush(size, lifts=lifts)

    def _send(self, name: str, words: str, kind: str, shares: int) -> None:
        post = kind == "POST"
        kind = "GTC" if post else kind
        order = self.market.order(name, words, kind, post_only=post)
        verb, _, outcome, price = words.split()
        dollars = order.making if kind != "GTC" and verb == "buy" else 0
        wish = Wish(
            name, order.id, verb == "buy", int(outcome == "no"), Fraction(price), shares, kind,
            dollars, post,
        )  # fmt: skip
        self.names.append((name, order.id))
        try:
            self.market.floor.place(order, self.market.now)
            taken = True
        except RefusedError:
            taken = False
        assert taken == self.twin.place(wish)

    def finish(self) -> None:
        self.market.wait(60_000)
        for name in NAMES:
            cash, *shares = self.market.has(name)
            assert cash == self.twin.cash[name]
            assert shares == [self.twin.shares[name, index] for index in (0, 1)]
        resting = {order["id"]: order for name in NAMES for order in self.market.floor.orders(name)}
        assert set(resting) == {order.name for order in self.twin.resting if order.name}
        listing = self.market.listing
        markets = [(listing.condition_id, *listing.tokens)]
        assert amiss(self.market.floor.wallets.settled, 300_000 * MILLION, markets) == []


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=30))
def test_the_floor_trades_as_a_naive_one_does(program: list[tuple[object, ...]]) -> None:
    pair = Pair()
    assert pair.market.now > START
    for step in program:
        pair.do(step)
    pair.finish()
