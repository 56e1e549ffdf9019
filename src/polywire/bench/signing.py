"""An order from the engine's command to bytes and headers, beside the official client; no network.

Also how often that client's binary floats give other amounts than exact decimals do.
"""

import gc
import json
from collections.abc import Callable
from random import Random
from statistics import median
from time import process_time, time_ns

from polywire.bench.official import PYTHON, C, OfficialClient, curve
from polywire.bench.result import Figure, Result, Target, figure, result, yardstick
from polywire.core.ids import InstrumentId, MarketId, OrderId, StrategyId, VenueId
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import FeeSchedule, Market, Outcome, Side
from polywire.core.model.intent import TimeInForce
from polywire.core.units import Money, Ns, Price, Quantity, format_micros
from polywire.runtime.signer import Key, Signer
from polywire.venues.polymarket.amounts import (
    AMOUNT_STEPS,
    LOT,
    Amounts,
    amounts,
    amounts_for_dollars,
)
from polywire.venues.polymarket.headers import Credentials
from polywire.venues.polymarket.orders import SignatureType, SignedOrder, Wallet
from polywire.venues.secret import Secret

OURS_US_MAX = 60.0
RATIO_MIN = 60.0
OFFICIAL_SHARE = 40
"""We sign so many orders for each of the client's, which takes that much longer."""
KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # known to everybody
API_KEY, PASSPHRASE = "9180014b-33c8-9240-a14b-bdca11c0a465", "6d2f0a1cbb5f"
SECRET = "HbnadfneVYI9u8JgtFp0Y5q_qtlJj5zOb1AOW97Cn2o="
TOKEN = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
PRICE, SIZE = Price(520_000), Quantity(10_000_000)
TICK = Price(10_000)
SIZE_MAX = 1_000_000 * LOT


def signer() -> Signer:
    """Of the wallet that all benchmarks use."""
    key = Key(Secret(KEY))
    wallet = Wallet(SignatureType.EOA, key.address, key.address)
    return Signer(key, wallet, Credentials(API_KEY, Secret(SECRET), Secret(PASSPHRASE)))


class Ours:
    """The signer, called as the order edge calls it: an order, then the headers of its request."""

    def __init__(self) -> None:
        self._signer = signer()
        token = InstrumentId(TOKEN)
        self._market = Market(
            id=MarketId("0x1"),
            venue=VenueId("polymarket"),
            catalogue_id="1",
            question="?",
            slug="q",
            outcomes=(Outcome(token, "Yes"), Outcome(InstrumentId("2"), "No")),
            tick=TICK,
            lot=Quantity(LOT),
            size_min=Quantity(0),
            fees=FeeSchedule(0, 1, 0),
            neg_risk=False,
            version="v1",
            end_ns=Ns(0),
        )
        self._command = PlaceOrder(
            OrderId("bench-1"),
            StrategyId("bench"),
            self._market.id,
            token,
            Side.BUY,
            PRICE,
            SIZE,
            TimeInForce.GTC,
            post_only=False,
        )
        self._salt = 0

    def place(self) -> SignedOrder:
        """One order with its headers, each with a salt of its own."""
        self._salt += 1
        now = Ns(time_ns())
        signed = self.sign(self._salt, now)
        self._signer.headers("POST", "/order", signed.body, now)
        return signed

    def sign(self, salt: int, now: Ns) -> SignedOrder:
        """The order alone."""
        signed = self._signer.sign(self._command, self._market, now, salt)
        assert isinstance(signed, SignedOrder), signed
        return signed


def run(*, runs: int = 5, orders: int = 1_000, cases: int = 20_000) -> Result:
    """Median CPU of an order of each over interleaved runs, and what floats got wrong."""
    ours, official = Ours(), OfficialClient(KEY, API_KEY, SECRET, PASSPHRASE)
    _compare(ours, official)
    spent: dict[str, list[float]] = {"ours": [], "default": [], "c": []}
    for _ in range(runs):
        gc.collect()
        spent["ours"].append(_micros(ours.place, orders))
        for name, backend in (("default", PYTHON), ("c", C)):
            with curve(backend):
                spent[name].append(_micros(lambda: _official(official), orders // OFFICIAL_SHARE))
    return result(
        "signing",
        "CPU per order: amounts, hash, signature, body, headers",
        [*_figures(spent), *_exactness(official, cases)],
        [
            f"median of {runs} runs in turn, {orders} orders of ours and"
            f" {orders // OFFICIAL_SHARE} of the client's each; GTC, of the key's own account",
            "as installed by default the client signs in Python; with coincurve beside it, in C",
            "one order of both compared: same id, same signature, same fields",
        ],
    )


def _figures(spent: dict[str, list[float]]) -> list[Figure]:
    """Medians over runs; a ratio is that of one run, where both met the same machine."""
    ratio = {
        name: median(a / b for a, b in zip(spent[name], spent["ours"], strict=True))
        for name in ("default", "c")
    }
    return [
        figure("ours", median(spent["ours"]), "us", Target("at most", OURS_US_MAX)),
        yardstick("py-clob-client-v2 by default", median(spent["default"]), "us"),
        yardstick("py-clob-client-v2 with coincurve", median(spent["c"]), "us"),
        figure("times less than by default", ratio["default"], "x", Target("at least", RATIO_MIN)),
        figure("times less than with coincurve", ratio["c"], "x"),
    ]


def _exactness(official: OfficialClient, cases: int) -> list[Figure]:
    """How many orders, by shares and by dollars, the client's floats make other orders of."""
    seeded = Random(1)
    shares = dollars = 0
    for _ in range(cases):
        tick = seeded.choice(list(AMOUNT_STEPS))
        price = Price(tick * seeded.randint(1, 1_000_000 // tick - 1))
        size = LOT * seeded.randint(100, SIZE_MAX // LOT)
        side = seeded.choice(list(Side))
        told = (size / 1e6, price / 1e6, format_micros(tick))
        ours = amounts(side, price, Quantity(size), tick)
        shares += official.amounts(side.name, told[0], told[1], told[2]) != _pair(ours)
        spending = amounts_for_dollars(Money(size), price, tick)
        dollars += official.amounts_for_dollars(*told) != _pair(spending)
    return [
        yardstick(f"of {cases:,} orders by shares, other amounts by floats", shares, "orders"),
        yardstick(f"of {cases:,} orders by dollars, other amounts by floats", dollars, "orders"),
    ]


def _pair(found: object) -> tuple[int, int]:
    assert isinstance(found, Amounts), found
    return found.maker, found.taker


def _official(client: OfficialClient) -> None:
    client.place(TOKEN, 0.52, 10.0, "BUY")


def _micros(place: Callable[[], object], count: int) -> float:
    """CPU of one call."""
    start = process_time()
    for _ in range(count):
        place()
    return (process_time() - start) / count * 1e6


def _compare(ours: Ours, official: OfficialClient) -> None:
    """The client's order with its own salt and time is the one that we make of them."""
    theirs = official.place(TOKEN, 0.52, 10.0, "BUY").order
    salt, at = theirs["salt"], Ns(int(str(theirs["timestamp"])) * 1_000_000)
    assert isinstance(salt, int), salt
    assert json.loads(ours.sign(salt, at).body)["order"] == theirs, "the two orders differ"
