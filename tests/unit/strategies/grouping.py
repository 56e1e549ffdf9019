"""Groups of markets for tests of outcome sums: books in cents and shares, as they are shown."""

from collections.abc import Iterable

from tests.unit.core.building import CENT, SHARE, USUAL, ladder, market

from polywire.core.book.order_book import OrderBook
from polywire.core.ids import FeedId, GroupId, StrategyId
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.instrument import FeeSchedule, Market
from polywire.core.model.market import BookSnapshot
from polywire.core.units import DAY, Money, Ns, Price, Quantity
from polywire.core.view import GroupView, MarketView
from polywire.strategies.outcome_sum import OutcomeSum
from polywire.strategies.sum_parameters import OutcomeSumParameters

NOW = Ns(1_000 * DAY)
Cents = list[tuple[int, int]]


def member(number: int, size: int, **terms: object) -> Market:
    """One of `size` markets of a complete group, over in ten days; rate in millionths."""
    rate = terms.pop("rate", 0)
    settled = {
        "group": "g", "group_exclusive": True, "group_size": size, "neg_risk": True,
        "version": "v1", "end_ns": Ns(NOW + 10 * DAY), "fees": FeeSchedule(rate, 1, 0),
    }  # fmt: skip
    return market(f"m{number}", **(settled | terms))


def shown(market: Market, bids: Cents, asks: Cents) -> MarketView:
    """A market's Yes book in cents and shares, best first."""
    book = OrderBook(market.id)
    book.replace(
        BookSnapshot(
            NOW, NOW, market.id, 0,
            tuple(reversed(ladder(dict(bids)))), tuple(reversed(ladder(dict(asks)))),
            "", FeedId("ws"),
        )
    )  # fmt: skip
    return MarketView(market, book, Ledger(), StrategyId("s"), USUAL, now=NOW)


def group(views: Iterable[MarketView], through: int = 100) -> GroupView:
    """What a strategy is shown, whose orders may go so many cents past the best price."""
    return GroupView(GroupId("g"), tuple(views), NOW, cents(through))


def asks_at(*cents: int, shares: int = 100, **terms: object) -> GroupView:
    """A complete group whose Yes are asked at so many cents, without bids."""
    size = len(cents)
    return group(
        shown(member(at, size, **terms), [], [(ask, shares)]) for at, ask in enumerate(cents)
    )


def bids_at(*cents: int, shares: int = 100, **terms: object) -> GroupView:
    """A complete group whose Yes are bid for at so many cents: No at a dollar less."""
    size = len(cents)
    return group(
        shown(member(at, size, **terms), [(bid, shares)], []) for at, bid in enumerate(cents)
    )


def summing(**changed: object) -> OutcomeSum:
    """The strategy, asking little."""
    settled: dict[str, object] = {
        "sets_max": Quantity(5_000 * SHARE),
        "capital_max": Money(10_000 * 1_000_000), "margin": Price(1), "daily_min": 0,
    }  # fmt: skip
    return OutcomeSum(StrategyId("s"), OutcomeSumParameters(**(settled | changed)))


def shares(count: int) -> Quantity:
    """Whole ones."""
    return Quantity(count * SHARE)


def cents(count: int) -> Price:
    """Of a share."""
    return Price(count * CENT)
