"""One account's orders, and what the venue tells of them, for the tests of its codecs."""

from typing import Any

from tests.unit.venues.building import asset, condition, frame, market

from polywire.core.ids import FillId, InstrumentId, OrderId, StrategyId, VenueOrderId
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import FeeSchedule, Market, Side
from polywire.core.model.intent import TimeInForce
from polywire.core.units import Price, Quantity
from polywire.venues.polymarket.account import AccountReader
from polywire.venues.polymarket.user_wire import UserAuth
from polywire.venues.secret import Secret

KEY = "3e2c94ca-8124-c4c1-c7ea-be1ea21b71fe"
OTHER_KEY = "ce168652-c146-2d93-a45c-f36cc52ae6f6"
SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"
PASSPHRASE = "5ca1ab1e" * 8
TRADE = "f50e8ab2-652d-4dc8-9c82-8e46197fe98d"
MATCHED_S = 1_725_958_681
MATCHED_NS = 1_725_958_681_000_000_000
YES, NO = asset(1, 0), asset(1, 1)
CRYPTO = FeeSchedule(rate_micros=70_000, exponent=1, rebate_micros=0)

Json = dict[str, Any]


def hash_of(number: int) -> VenueOrderId:
    """The hash of a numbered order."""
    return VenueOrderId(f"0x{number:064x}")


class Book:
    """The ledger as the codecs see it: orders placed by number, and what is booked of them."""

    def __init__(self, fees: FeeSchedule = CRYPTO) -> None:
        self.orders: dict[VenueOrderId, PlaceOrder] = {}
        self.booked: dict[OrderId, int] = {}
        self.fills: list[str] = []
        self._market = market(1, fees=fees)

    def place(
        self, number: int, side: str = "BUY", price: int = 520_000, token: str = YES
    ) -> OrderId:
        """Ten shares of market 1, known from here on."""
        order_id = OrderId(f"run-{number}")
        self.orders[hash_of(number)] = PlaceOrder(
            order_id=order_id,
            strategy=StrategyId("quoter"),
            market=condition(1),
            instrument=InstrumentId(token),
            side=Side[side],
            price=Price(price),
            quantity=Quantity(10_000_000),
            time_in_force=TimeInForce.GTC,
            post_only=False,
        )
        return order_id

    def known(self, venue_order_id: VenueOrderId) -> PlaceOrder | None:
        """An order that was placed here."""
        return self.orders.get(venue_order_id)

    def market(self, instrument: InstrumentId) -> Market | None:
        """Market 1 alone is known."""
        return self._market if instrument in (YES, NO) else None

    def filled(self, order_id: OrderId) -> Quantity:
        """What an earlier run has booked."""
        return Quantity(self.booked.get(order_id, 0))

    def knows_fill(self, fill_id: FillId) -> bool:
        """Whether an earlier run has booked it."""
        return fill_id in self.fills


def auth() -> UserAuth:
    """Credentials that would be noticed wherever they are written."""
    return UserAuth(KEY, Secret(SECRET), Secret(PASSPHRASE))


def reader(book: Book | None = None) -> AccountReader:
    """A reader of the account; with order 1 placed unless it is told what is."""
    if book is None:
        book = Book()
        book.place(1)
    return AccountReader(KEY, book)


def order(number: int = 1, **keys: object) -> Json:
    """An order event with the venue's own keys and types: a bid of 10 Yes at 0.52 was placed."""
    usual = {
        "asset_id": YES,
        "associate_trades": None,
        "created_at": "1725842520",
        "event_type": "order",
        "expiration": "0",
        "id": hash_of(number),
        "maker_address": "0xa3D8d7c8a3D8d7c8a3D8d7c8a3D8d7c8a3D8d7c8",
        "market": condition(1),
        "order_owner": KEY,
        "order_type": "GTC",
        "original_size": "10",
        "outcome": "Yes",
        "owner": KEY,
        "price": "0.52",
        "side": "BUY",
        "size_matched": "0",
        "status": "LIVE",
        "timestamp": "1725842520990",
        "type": "PLACEMENT",
    }
    return usual | keys


def made(number: int, amount: str = "5", price: str = "0.52", **keys: object) -> Json:
    """What a numbered resting order of somebody else gave: an offer of Yes."""
    usual = {
        "asset_id": YES,
        "fee_rate_bps": "0",
        "maker_address": "0x629B995A629B995A629B995A629B995A629B995A",
        "matched_amount": amount,
        "order_id": hash_of(number),
        "outcome": "Yes",
        "outcome_index": 0,
        "owner": OTHER_KEY,
        "price": price,
        "side": "SELL",
    }
    return usual | keys


def trade(*makers: Json, **keys: object) -> Json:
    """A trade event: our order 1 bought 5 Yes at 0.52 from order 901, unless told otherwise."""
    usual = {
        "asset_id": YES,
        "bucket_index": 0,
        "event_type": "trade",
        "fee_rate_bps": "0",
        "id": TRADE,
        "last_update": "1725958682",
        "maker_address": "0xa3D8d7c8a3D8d7c8a3D8d7c8a3D8d7c8a3D8d7c8",
        "maker_orders": [*makers] or [made(901)],
        "market": condition(1),
        "match_time": str(MATCHED_S),
        "outcome": "Yes",
        "owner": KEY,
        "price": "0.52",
        "side": "BUY",
        "size": "5",
        "status": "MATCHED",
        "taker_order_id": hash_of(1),
        "timestamp": "1725958682125",
        "trade_owner": KEY,
        "trader_side": "TAKER",
        "transaction_hash": "0xa667" + "0" * 60,
        "type": "TRADE",
    }
    return usual | keys


def made_by_us(*makers: Json, **keys: object) -> Json:
    """A trade event of somebody who took our resting orders."""
    theirs = {
        "owner": OTHER_KEY,
        "side": "SELL",
        "taker_order_id": hash_of(900),
        "trade_owner": OTHER_KEY,
        "trader_side": "MAKER",
    }
    return trade(*makers, **(theirs | keys))


def ours(number: int, amount: str = "5", price: str = "0.52", **keys: object) -> Json:
    """What our own numbered resting bid of Yes gave."""
    return made(number, amount, price, **({"owner": KEY, "side": "BUY"} | keys))


def page(*entries: Json, next_cursor: str = "LTE=") -> bytes:
    """One page of a reply."""
    return frame({"limit": 100, "count": len(entries), "next_cursor": next_cursor, "data": entries})
