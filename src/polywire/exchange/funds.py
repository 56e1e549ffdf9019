"""Whether a wallet can pay for an order: what it has, what its orders hold back, what fees take."""

from collections.abc import Callable

from polywire.exchange.matching import Plan
from polywire.exchange.register import Register
from polywire.exchange.rules import short_of
from polywire.exchange.tickets import Ticket
from polywire.exchange.wallets import COLLATERAL, Place, Wallets, dollars_of, fee


class Funds:
    """Judges orders by wallets; `fresh` says whether what is on its way may be spent already."""

    def __init__(self, wallets: Wallets, register: Register, fresh: Callable[[], bool]) -> None:
        self._wallets = wallets
        self._register = register
        self._fresh = fresh

    def check(self, ticket: Ticket, found: Plan) -> None:
        """Refuse what the wallet cannot pay; fees of a sale come out of what it brings."""
        buys = ticket.order.buys
        fills = [(ticket.own(price), size) for price, size in found.fills]
        fees = sum(fee(ticket.listing.fee, price, size) for price, size in fills)
        dollars = sum(dollars_of(price, size, buys=buys) for price, size in fills)
        if not buys:
            self._covers(ticket, ticket.asset, ticket.size)
            self._covers(ticket, COLLATERAL, fees - dollars)
            return
        rest = 0 if ticket.takes else ticket.left - sum(size for _, size in fills)
        whole = max(ticket.order.making, dollars + dollars_of(ticket.price, rest, buys=True))
        self._covers(ticket, COLLATERAL, whole + fees)

    def uncovered(self, place: Place) -> bool:
        """Whether open orders hold back more than there is."""
        free = self._spendable(place) - self._wallets.leaving[place]
        return self._register.active(place) > free

    def _covers(self, ticket: Ticket, asset: str, amount: int) -> None:
        if amount <= 0:
            return
        place = (ticket.order.maker, asset)
        balance = self._spendable(place)
        active = self._register.active(place, but=ticket)
        matched = self._wallets.leaving[place]
        if amount > balance - active - matched:
            raise short_of(balance, active, matched, amount)

    def _spendable(self, place: Place) -> int:
        coming = self._wallets.coming[place] if self._fresh() else 0
        return self._wallets.settled[place] + coming
