"""What an order must be before it may trade, and the venue's words when it is not.

Texts: polymarket.md 4.6. Owns the grid, sizes, amounts and dates; balances are the floor's.
"""

from polywire.exchange.books import MarketBook
from polywire.exchange.decimals import ONE, text
from polywire.exchange.listing import Listing
from polywire.exchange.refusal import RefusedError
from polywire.exchange.terms import NewOrder, OrderType
from polywire.exchange.tickets import MARKET_TYPES, SECOND, Ticket

DOLLAR = ONE
CENT = 10_000
GTD_AHEAD_S = 180
GTD_EARLY_S = 60
"""A GTD order ends this long before its expiration."""
AMOUNT_STEPS = {100_000: 1_000, 10_000: 100, 5_000: 10, 2_500: 1, 1_000: 10, 100: 1}
"""Base units that computed amounts are multiples of, by tick (polymarket.md 4.4)."""

NOT_READY = "the market is not yet ready to process new orders"
NO_BOOK = "No orderbook exists for the requested token id"
PAYLOAD = "Invalid order payload"
FOK_KILLED = "order couldn't be fully filled. FOK orders are fully filled or killed."
FAK_KILLED = (
    "no orders found to match with FAK order. "
    "FAK orders are partially filled or killed if no match is found."
)
KILLED = (FOK_KILLED, FAK_KILLED)
CROSSES = "invalid post-only order: order crosses book"


def admitted(order: NewOrder, found: tuple[Listing, int], book: MarketBook, now_ns: int) -> Ticket:
    """The order on its market's grid; raises RefusedError with the venue's text."""
    _dates(order, now_ns)
    if order.making <= 0 or order.taking <= 0:
        raise RefusedError(400, PAYLOAD)
    if order.post_only and order.order_type in MARKET_TYPES:
        raise RefusedError(400, PAYLOAD)
    listing, index = found
    size, dollars = (order.taking, order.making) if order.buys else (order.making, order.taking)
    price = _price(order, book.tick, size, dollars)
    _amounts(order, AMOUNT_STEPS[book.tick])
    ticket = Ticket(order, listing, index, price, size, now_ns)
    minimum = int(book.min_size) * ONE
    if not ticket.takes and size < minimum:
        words = f"Size ({text(size)}) lower than the minimum: {book.min_size}"
        raise RefusedError(400, f"order {order.id} is invalid. {words}")
    return ticket


def _dates(order: NewOrder, now_ns: int) -> None:
    """GTD orders, and no others, say when they end, at least three minutes ahead."""
    if order.order_type is OrderType.GTD:
        fits = order.expiration_s >= now_ns // SECOND + GTD_AHEAD_S
    else:
        fits = order.expiration_s == 0
    if not fits:
        raise RefusedError(400, "invalid expiration")


def _price(order: NewOrder, tick: int, size: int, dollars: int) -> int:
    """The limit; a market BUY's shares were rounded to what the tick allows, so the nearest is."""
    near = (2 * dollars * ONE + size * tick) // (2 * size * tick) * tick
    slack = AMOUNT_STEPS[tick] * near if order.buys and order.order_type in MARKET_TYPES else 0
    if abs(dollars * ONE - near * size) > slack or not tick <= near <= ONE - tick:
        words = f"Price ({text(dollars * ONE // size)}) breaks minimum tick size rule: {text(tick)}"
        raise RefusedError(400, f"order {order.id} is invalid. {words}")
    return near


def _amounts(order: NewOrder, step: int) -> None:
    """How many decimals both amounts may have."""
    decimals = 7 - len(str(step))
    market = order.buys and order.order_type in MARKET_TYPES
    coarse, fine = order.making, order.taking
    name, first, second = "market buy" if market else "sell", "maker", "taker"
    if order.buys and not market:
        coarse, fine = fine, coarse
        name, first, second = "buy", "taker", "maker"
    if coarse % CENT or fine % step:
        raise RefusedError(
            400,
            f"invalid amounts, the {name} orders {first} amount supports a max accuracy of "
            f"2 decimals, {second} amount a max of {decimals} decimals",
        )


def marketable(ticket: Ticket) -> None:
    """What holds only for an order that would trade at once; raises RefusedError."""
    order = ticket.order
    if order.post_only:
        raise RefusedError(400, CROSSES)
    if order.buys and order.making < DOLLAR:
        raise RefusedError(
            400,
            f"invalid amount for a marketable BUY order (${text(order.making)}), min size: $1",
        )


def short_of(balance: int, active: int, matched: int, amount: int) -> RefusedError:
    """The refusal of an order the wallet cannot pay; `amount` with fees, all in base units."""
    sums = f"sum of active orders: {active}, sum of matched orders: {matched}, "
    amounts = f"order amount (inc. fees): {amount}" if balance else f"order amount: {amount}"
    return RefusedError(
        400,
        "not enough balance / allowance: the balance is not enough -> "
        f"balance: {balance}, {sums if balance else ''}{amounts}",
    )
