"""Money that is missing among pending fills is found, and fills that take their time are not.

A naive account: each fill counts at the venue at some moment between its match and its end.
"""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.core.building import BUY, DOLLAR, SECOND, SELL, YES, cut, fill, place, told
from tests.unit.core.test_reconciling import T0, started

from polywire.core.ids import FillId
from polywire.core.model.account import AccountReported, FillSettled, OrderFilled, Settlement
from polywire.core.units import Money, Ns, Quantity

MINUTE = 60


class Trading:
    """Trades each second of what nobody bars, and is read each minute; seconds since the start."""

    def __init__(self, seed: int, settle_s: int, *, in_order: bool, missing: int = 0) -> None:
        self.engine = started()
        self.chance = random.Random(seed)
        self.settle_s, self.in_order, self.missing = settle_s, in_order, missing
        self.cash, self.held = 1_000 * DOLLAR, 10 * DOLLAR
        self.counts: list[tuple[int, int, int]] = []
        self.ends: list[tuple[int, str]] = []
        self.barred: list[int] = []

    def run(self, seconds: int) -> int:
        """Until it halts: when, in seconds."""
        for now in range(1, seconds + 1):
            self._settle(now)
            if now % MINUTE == 0:
                self._read(now)
            if self.engine.standing.halted:
                return now
            self._trade(now)
        return 0

    def _trade(self, now: int) -> None:
        buys = self.chance.random() < 0.5
        shares, cents = self.chance.randint(5, 15), self.chance.randint(30, 70)
        free = self.engine.ledger.held(YES) - shares * DOLLAR
        if self.engine.standing.barred if buys else free < 0:
            return
        at, name = T0 + now * SECOND, f"t{now}"
        order = place(name, BUY if buys else SELL, cents, shares)
        self.engine.ledger.sent(order, Ns(at))
        filled = fill(f"f{now}", name, cents, shares, settlement=Settlement.PENDING)
        values = {key: getattr(filled, key) for key in OrderFilled.__struct_fields__}
        told(self.engine, OrderFilled(**(values | {"recv_ns": Ns(at)})))
        ends = now + 1 + self.chance.randint(0, self.settle_s)
        if self.in_order:
            ends = max([ends, *(end for end, _ in self.ends)])
        counts = self.chance.randint(now, ends)
        if self.in_order:
            counts = max([counts, *(at for at, _, _ in self.counts)])
        sign = 1 if buys else -1
        self.counts.append((counts, -sign * cents * shares * 10_000, sign * shares * DOLLAR))
        self.ends.append((ends, f"f{now}"))

    def _settle(self, now: int) -> None:
        for _, name in (one for one in self.ends if one[0] <= now):
            told(
                self.engine,
                FillSettled(Ns(T0 + now * SECOND), FillId(name), Settlement.FINAL),
            )
        for _, cash, shares in (one for one in self.counts if one[0] <= now):
            self.cash, self.held = self.cash + cash, self.held + shares
        self.ends = [one for one in self.ends if one[0] > now]
        self.counts = [one for one in self.counts if one[0] > now]

    def _read(self, now: int) -> None:
        at = Ns(T0 + now * SECOND)
        cash = Money(self.cash - self.missing)
        told(self.engine, AccountReported(at, cash, ((YES, Quantity(self.held)),)))
        cut(self.engine, at)
        if self.engine.standing.barred:
            self.barred.append(now)


seeds = st.integers(0, 1_000_000)


@given(seeds, st.integers(0, 30), st.booleans())
@settings(max_examples=12, deadline=None)
def test_fills_that_take_their_time_never_halt(seed: int, settle_s: int, in_order: bool) -> None:
    trading = Trading(seed, settle_s, in_order=in_order)
    assert trading.run(20 * MINUTE) == 0
    assert not (in_order and trading.barred)
    assert trading.engine.ledger.position("venue", YES).held == 0  # type: ignore[arg-type]


@pytest.mark.parametrize("in_order", [True, False])
@given(seeds, st.integers(0, 10))
@settings(max_examples=12, deadline=None, derandomize=True)
def test_five_dollars_that_are_gone_are_missed_within_five_minutes(
    in_order: bool, seed: int, settle_s: int
) -> None:
    trading = Trading(seed, settle_s, in_order=in_order, missing=5 * DOLLAR)
    first = MINUTE
    assert first < trading.run(20 * MINUTE) <= first + 5 * MINUTE
    assert trading.engine.standing.halted.startswith("reconciliation: cash")
