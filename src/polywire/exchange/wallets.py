"""Money and shares of every wallet: settled, on their way, and what one execution moves.

Base units. A move of a trade is held while the trade is matched, then settled or dropped whole.
Costs round up, proceeds down, fees up to five decimals; what lies between goes to the dust wallet.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from polywire.exchange.decimals import ONE
from polywire.exchange.listing import FeePlan, Listing

COLLATERAL = ""
ANONYMOUS = "0x" + "1".zfill(40)
FEES, DUST = "fees", "dust"
OURS = (ANONYMOUS, FEES, DUST)
FEE_STEP = 10
"""Fees have five decimals of a dollar (polymarket.md 4.10)."""

Place = tuple[str, str]
"""A wallet and an asset: a token, or collateral."""
Moves = dict[Place, int]


def dollars_of(price: int, size: int, *, buys: bool) -> int:
    """What an execution costs, rounded up, or brings, rounded down."""
    return -(-price * size // ONE) if buys else price * size // ONE


@dataclass(frozen=True, slots=True)
class Party:
    """One side of an execution: who trades `size` of token `index` at `price`."""

    wallet: str
    index: int
    buys: bool
    size: int
    price: int

    @property
    def dollars(self) -> int:
        """What it pays or gets."""
        return dollars_of(self.price, self.size, buys=self.buys)


def sets(condition: str) -> str:
    """The wallet that holds the collateral of a market's full sets."""
    return f"sets {condition}"


def is_account(wallet: str) -> bool:
    """Whether somebody's, and none of the exchange's own."""
    return wallet not in OURS and not wallet.startswith("sets ")


def fee(plan: FeePlan, price: int, size: int) -> int:
    """What a taker pays for an execution."""
    p = Fraction(price, ONE)
    return ceil(size * Fraction(plan.rate) * p * (1 - p) / FEE_STEP) * FEE_STEP


def moves(listing: Listing, parties: Iterable[Party], fees: Mapping[str, int]) -> Moves:
    """What a trade changes in all wallets together; collateral sums to zero.

    Shares both sides want are minted as full sets, those both sides give are merged. Anonymous
    sellers split a set for each sale, so that they never owe shares.
    """
    change: Moves = defaultdict(int)
    for party in parties:
        sign = 1 if party.buys else -1
        change[party.wallet, listing.tokens[party.index]] += sign * party.size
        change[party.wallet, COLLATERAL] -= sign * party.dollars
        if party.wallet == ANONYMOUS and not party.buys:
            change[ANONYMOUS, COLLATERAL] -= party.size
            for token in listing.tokens:
                change[ANONYMOUS, token] += party.size
    for wallet, paid in fees.items():
        change[wallet, COLLATERAL] -= paid
        change[FEES, COLLATERAL] += paid
    made = [
        sum(size for (_, asset), size in change.items() if asset == token)
        for token in listing.tokens
    ]
    assert made[0] == made[1], f"{listing.condition_id}: a trade makes {made} of its two tokens"
    change[sets(listing.condition_id), COLLATERAL] += made[0]
    dust = -sum(amount for (_, asset), amount in change.items() if asset == COLLATERAL)
    assert dust >= 0, f"{listing.condition_id}: a trade makes {-dust} micros from nothing"
    change[DUST, COLLATERAL] += dust
    return {place: amount for place, amount in change.items() if amount}


class Wallets:
    """What everybody has; `settled` is what a chain would show."""

    def __init__(self) -> None:
        self.settled: defaultdict[Place, int] = defaultdict(int)
        self.coming: defaultdict[Place, int] = defaultdict(int)
        self.leaving: defaultdict[Place, int] = defaultdict(int)

    def credit(self, wallet: str, amount: int) -> None:
        """Collateral from outside."""
        self.settled[wallet, COLLATERAL] += amount

    def grant(self, wallet: str, listing: Listing, index: int, size: int) -> None:
        """Shares of a new full set; anonymous people pay for it and keep the other half."""
        self.settled[ANONYMOUS, COLLATERAL] -= size
        self.settled[sets(listing.condition_id), COLLATERAL] += size
        self.settled[wallet, listing.tokens[index]] += size
        self.settled[ANONYMOUS, listing.tokens[1 - index]] += size

    def hold(self, change: Moves, sign: int = 1) -> None:
        """Put a trade on its way; with -1 take it off again."""
        for place, amount in change.items():
            (self.coming if amount > 0 else self.leaving)[place] += sign * abs(amount)

    def settle(self, change: Moves) -> None:
        """Carry out a trade that was on its way."""
        self.hold(change, -1)
        for place, amount in change.items():
            self.settled[place] += amount

    def lacking(self, change: Moves) -> list[Place]:
        """The places that cannot give what a trade takes from them now."""
        return [
            place
            for place, amount in change.items()
            if is_account(place[0]) and amount < 0 and self.settled[place] + amount < 0
        ]

    def redeem(self, listing: Listing, payout: tuple[str, str]) -> None:
        """Pay every holding of a resolved market, rounded down; the full sets are gone."""
        pool = sets(listing.condition_id)
        for token, share in zip(listing.tokens, payout, strict=True):
            for wallet, asset in [*self.settled]:
                if asset == token:
                    paid = int(self.settled.pop((wallet, token)) * Fraction(share))
                    self.settled[wallet, COLLATERAL] += paid
                    self.settled[pool, COLLATERAL] -= paid
        self.settled[DUST, COLLATERAL] += self.settled.pop((pool, COLLATERAL), 0)
