"""A capricious venue for one basket, and a witness that knows only shares and what was told.

A program is a list of (kind, number, number); the same program always gives the same history.
The world stands where the engine stands: it asks what is wanted and sends that.
"""

from dataclasses import dataclass

from msgspec import structs

from polywire.core.execution.basket import LegNow, follow, wanted
from polywire.core.ids import GroupId, InstrumentId, MarketId, StrategyId
from polywire.core.model.basket import Basket, BasketMoved, BasketStep, Leg
from polywire.core.model.instrument import Side
from polywire.core.units import Money, Ns, Price, Quantity

LEAST = 5
PATIENCE = 20
SETS = 20
Program = list[tuple[str, int, int]]
KINDS = (
    *("wait",) * 4,
    *("fill",) * 5,
    *("gone",) * 4,
    "unknown",
    "late",
    "undone",
    "resolve",
    "back",
)


def sent(legs: int, *, sets: int = SETS, held: int = 0) -> BasketMoved:
    """A basket whose orders have just left."""
    basket = Basket(
        group=GroupId("g"),
        legs=tuple(
            Leg(MarketId(f"m{at}"), InstrumentId(f"m{at}-yes"), Price(10_000), Price(20_000))
            for at in range(legs)
        ),
        sets=Quantity(sets), give=Price(0), patience_ns=PATIENCE, spends=Money(1), pays=Money(2),
        left_ns=1, daily=0,
    )  # fmt: skip
    return BasketMoved(
        StrategyId("s"), basket, BasketStep.SENT, Quantity(held + sets), Quantity(held),
        (Quantity(0),) * legs, "", Ns(0),
    )  # fmt: skip


@dataclass
class Order:
    """One order; `left` shares may still fill while it is open, and late ones after that."""

    leg: int
    side: Side
    left: int
    open: bool = True
    known: bool = True


class World:
    """Runs a program; `told` is what was said, in order."""

    def __init__(self, legs: int) -> None:
        self.now = 1_000
        self.held = [0] * legs
        self.resolved = [False] * legs
        self.fills: list[tuple[int, int]] = []
        self.orders = [Order(leg, Side.BUY, SETS) for leg in range(legs)]
        self.told = [structs.replace(sent(legs), at_ns=Ns(self.now))]

    @property
    def moved(self) -> BasketMoved:
        """What was said last."""
        return self.told[-1]

    def run(self, program: Program) -> "World":
        """Each step in turn, each followed by a cut."""
        for kind, first, second in program:
            self.step(kind, first, second)
            self.cut()
        return self

    def settle(self) -> "World":
        """The venue says what became of every order, and fills nothing more; then time passes."""
        for order in self.orders:
            order.open = False
        for _ in range(20):
            self.now += PATIENCE // 2
            self.cut(sends=False)
        return self

    def step(self, kind: str, first: int, second: int) -> None:
        """Something happens, if it makes sense now."""
        live = [order for order in self.orders if order.open]
        self.now += 1
        match kind:
            case "wait":
                self.now += first % (3 * PATIENCE)
            case "back":
                self.now -= first % PATIENCE  # a restart after the clock was put right
            case "fill" if live:
                order = live[first % len(live)]
                self.fill(order, 1 + second % order.left if second % 3 else order.left)
            case "gone" if live:
                live[first % len(live)].open = False
            case "unknown" if live:
                live[first % len(live)].known = False
            case "resolve" if second % 5 == 0:
                self.resolved[first % len(self.held)] = True
                self.held[first % len(self.held)] = 0
            case "late" | "undone":
                self.surprise(kind, first, second)

    def surprise(self, kind: str, first: int, second: int) -> None:
        """An order that was over fills after all, or a fill is undone."""
        closed = [one for one in self.orders if not one.open and one.left]
        if kind == "late" and closed:
            order = closed[first % len(closed)]
            self.fill(order, 1 + second % order.left)
        if kind == "undone" and self.fills:
            leg, shares = self.fills.pop(first % len(self.fills))
            if not self.resolved[leg] and self.held[leg] >= shares > 0:
                self.held[leg] -= shares

    def fill(self, order: Order, shares: int) -> None:
        """Part of an order, or all."""
        order.left -= shares
        if order.left == 0:
            order.open = False
        if not self.resolved[order.leg]:
            change = shares if order.side is Side.BUY else -shares
            self.held[order.leg] += change
            self.fills.append((order.leg, change))

    def legs(self) -> list[LegNow]:
        """As the engine would see them."""
        opened = {order.leg for order in self.orders if order.open}
        return [
            LegNow(Quantity(held), at in opened, resolved, Quantity(LEAST))
            for at, (held, resolved) in enumerate(zip(self.held, self.resolved, strict=True))
        ]

    def cut(self, *, sends: bool = True) -> None:
        """Say where it stands, and send what is wanted."""
        if self.moved.step is BasketStep.PAID:
            return
        said = follow(self.moved, self.legs(), Ns(self.now), "because")
        if said is not self.moved:
            self.told.append(said)
        self.watch()
        if sends:
            for one in wanted(self.moved, self.legs()):
                self.orders.append(Order(one.leg, one.side, int(one.shares)))
                self.check(self.orders[-1])

    def watch(self) -> None:
        """What was said is so, and whoever holds unequal shares has said it."""
        mine = [held for held, over in zip(self.held, self.resolved, strict=True) if not over]
        if not any(self.resolved):
            least = max(0, min(mine))
            assert self.moved.sets == least
            assert list(self.moved.surplus) == [held - least for held in self.held]
        if self.moved.step in (BasketStep.HEDGED, BasketStep.UNWOUND):
            assert not any(self.moved.surplus)
            assert (self.moved.sets > 0) == (self.moved.step is BasketStep.HEDGED)

    def check(self, order: Order) -> None:
        """Nothing leaves while another order could fill; no set too many, and none is broken."""
        mine = [held for held, over in zip(self.held, self.resolved, strict=True) if not over]
        others = [one for one in self.orders if one.open and one is not order]
        assert all(one.side is order.side and one.leg != order.leg for one in others)
        assert not self.resolved[order.leg]
        assert order.left >= LEAST
        if order.side is Side.BUY:
            assert self.held[order.leg] + order.left <= max(self.moved.target, SETS)
            assert not any(self.resolved)
        else:
            assert self.held[order.leg] - order.left >= min(mine) or any(self.resolved)
            assert self.held[order.leg] - order.left >= min([*mine, int(self.moved.sets)])
