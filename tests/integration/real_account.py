"""A real account by arithmetic of its own: a journal's rows beside the exchange's truth.

No code of the engine's or the ledger's: rows are read with sqlite3 and msgpack, sums are written
out here.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.integration.accounts import rows

MICRO = 1_000_000
BUY = 0

Truth = dict[str, Any]


@dataclass
class RealAccount:
    """What a journal says: orders by our id, venue ids of those signed, fills by their id."""

    cash: int = 0
    placed: dict[str, list[Any]] = field(default_factory=dict)
    signed: dict[str, str] = field(default_factory=dict)
    fills: dict[str, list[Any]] = field(default_factory=dict)
    undone: set[str] = field(default_factory=set)
    final: set[str] = field(default_factory=set)
    corrections: list[list[Any]] = field(default_factory=list)
    halts: list[str] = field(default_factory=list)
    worth: dict[str, int] = field(default_factory=dict)
    """What a share of a resolved market pays, by token."""
    _tokens: dict[str, list[str]] = field(default_factory=dict)

    def take(self, kind: str, row: list[Any]) -> None:
        """Count one row; asserts what must never be."""
        match kind:
            case "RunStarted":
                self.cash += row[5]
            case "PlaceOrder":
                assert row[1] not in self.placed, f"order {row[1]} was placed twice"
                self.placed[row[1]] = row
            case "OrderSigned":
                assert row[2] in self.placed, f"{row[2]} was signed, but never placed"
                assert row[3] not in self.signed, f"{row[3]} was signed twice"
                self.signed[row[3]] = row[2]
            case "OrderFilled":
                self._fill(row)
            case "FillSettled":
                {"reversed": self.undone, "final": self.final}.get(row[3], set()).add(row[2])
            case "Correction":
                self.corrections.append(row)
            case "OperatorCommand":
                self.halts.append(row[3])
            case "InstrumentListed":
                self._tokens[row[2]["id"]] = [one["instrument"] for one in row[2]["outcomes"]]
            case "MarketResolved":
                self.worth |= zip(self._tokens[row[3]], row[4], strict=True)

    def _fill(self, row: list[Any]) -> None:
        """A repeated fill says the same again; one that is told as over is over."""
        _, _, _, order, fill, price, quantity, fee, _, settlement = row
        told = [order, price, quantity, fee]
        assert self.fills.setdefault(fill, told) == told, f"{fill} is told in two ways"
        {"reversed": self.undone, "final": self.final}.get(settlement, set()).add(fill)

    @property
    def standing(self) -> dict[str, list[Any]]:
        """The fills that are not undone."""
        return {fill: told for fill, told in self.fills.items() if fill not in self.undone}

    def money(self) -> int:
        """Cash after all that stands: what is bought costs, what is sold brings, fees go."""
        cash = self.cash
        for order, price, quantity, fee in self.standing.values():
            whole, part = divmod(price * quantity, MICRO)
            cash += -whole - (part > 0) if self.placed[order][5] == BUY else whole
            cash -= fee
        held = self.moved()
        return cash + sum(held[token] * pays // MICRO for token, pays in self.worth.items())

    def moved(self) -> Counter[str]:
        """Shares by token after all that stands, those of resolved markets too."""
        held: Counter[str] = Counter()
        for order, _, quantity, _ in self.standing.values():
            token, side = self.placed[order][4:6]
            held[token] += quantity if side == BUY else -quantity
        return held

    def shares(self) -> dict[str, int]:
        """Shares by token where there are any, and that have not been paid out."""
        return {
            token: held for token, held in self.moved().items() if held and token not in self.worth
        }

    def filled(self) -> dict[str, int]:
        """Shares by venue id after all that stands."""
        sums: Counter[str] = Counter()
        venue_id = {order: venue for venue, order in self.signed.items()}
        for order, _, quantity, _ in self.standing.values():
            sums[venue_id[order]] += quantity
        return dict(sums)


def fold(folder: Path) -> RealAccount:
    """What a journal's account rows add up to."""
    account = RealAccount()
    for _, kind, row in rows(folder):
        account.take(kind, row)
    return account


def check_known(journal: RealAccount, truth: Truth) -> None:
    """No order exists twice at the exchange, and none that the journal does not know."""
    ids = [order["id"] for order in truth["orders"]]
    assert len(ids) == len(set(ids)), "an order exists twice"
    strangers = set(ids) - journal.signed.keys()
    assert not strangers, f"the journal does not know {strangers}"


def settled(truth: Truth) -> bool:
    """Whether nothing is under way: every trade has ended, well or not."""
    return all(fill["status"] in ("CONFIRMED", "FAILED") for fill in truth["fills"])


def check_agrees(journal: RealAccount, truth: Truth, funded: int) -> None:
    """Money, shares and fills to the micro, and that nothing came of nothing."""
    check_known(journal, truth)
    stands = [fill for fill in truth["fills"] if fill["status"] != "FAILED"]
    sums: Counter[str] = Counter()
    held: Counter[str] = Counter()
    spent = 0
    for fill in stands:
        buys = fill["side"] == "BUY"
        sums[fill["order"]] += fill["size"]
        held[fill["token"]] += fill["size"] if buys else -fill["size"]
        spent += fill["price"] * fill["size"] * (1 if buys else -1)
    assert journal.filled() == dict(sums), "each fill once, and no other"
    assert journal.moved() == held
    assert journal.shares() == truth["shares"]
    assert journal.cash == funded
    assert journal.money() == truth["collateral"]
    fees = sum(told[3] for told in journal.standing.values())
    paid = sum(held[token] * pays for token, pays in journal.worth.items())
    lost = funded - truth["collateral"] - fees - (spent - paid) // MICRO
    assert 0 <= lost <= len(stands), f"{lost} micros came or went otherwise"
