"""Every account order and trade there was, who listens, and what each owner is shown and told."""

from collections import defaultdict
from collections.abc import Callable, Iterator

from polywire.exchange.deals import Deal
from polywire.exchange.tickets import Json, Ticket
from polywire.exchange.wallets import Place

Sink = Callable[[Json], None]


class Register:
    """Orders by id in the order of arrival, trades in the order of matching."""

    def __init__(self) -> None:
        self.tickets: dict[str, Ticket] = {}
        self.deals: dict[str, Deal] = {}
        self._open: dict[str, Ticket] = {}
        self._open_at: defaultdict[Place, dict[str, Ticket]] = defaultdict(dict)
        self._sinks: defaultdict[str, list[Sink]] = defaultdict(list)

    def add(self, ticket: Ticket) -> None:
        """Take in an accepted order."""
        self.tickets[ticket.id] = self._open[ticket.id] = ticket
        self._open_at[ticket.order.maker, ticket.asset][ticket.id] = ticket

    def open(self) -> Iterator[Ticket]:
        """Open orders, oldest first; they may be closed meanwhile."""
        for ticket in [*self._open.values()]:
            if ticket.is_open:
                yield ticket
            else:
                self._open.pop(ticket.id, None)

    def of(self, place: Place) -> list[Ticket]:
        """Open orders that give what is at a place, oldest first."""
        there = self._open_at[place]
        for ticket in [*there.values()]:
            if not ticket.is_open:
                del there[ticket.id]
        return [*there.values()]

    def active(self, place: Place, but: Ticket | None = None) -> int:
        """What open orders hold back of what is at a place."""
        return sum(ticket.reserve for ticket in self.of(place) if ticket is not but)

    def listen(self, owner: str, sink: Sink) -> None:
        """Tell a listener all events of an owner from now on."""
        self._sinks[owner].append(sink)

    def unlisten(self, owner: str, sink: Sink) -> None:
        """Tell it no more."""
        if sink in self._sinks[owner]:
            self._sinks[owner].remove(sink)

    def tell(self, owner: str, event: Json) -> None:
        """Tell all listeners of an owner."""
        for sink in [*self._sinks[owner]]:
            sink(event)

    def tell_order(self, ticket: Ticket, kind: str, now_ns: int) -> None:
        """Tell the owner of an order where it stands."""
        self.tell(ticket.order.owner, ticket.event(kind, now_ns))

    def tell_deal(self, deal: Deal) -> None:
        """Tell all sides of a trade where it stands."""
        for owner in deal.owners():
            self.tell(owner, deal.event(owner))

    def orders(self, owner: str) -> list[Json]:
        """The owner's open orders, oldest first."""
        return [ticket.shown() for ticket in self.open() if ticket.order.owner == owner]

    def ever(self, wallet: str) -> list[Json]:
        """All orders a wallet ever placed, oldest first."""
        found = (one for one in self.tickets.values() if one.order.maker == wallet)
        return [ticket.shown() for ticket in found]

    def order(self, order_id: str) -> Json | None:
        """An order in any state."""
        ticket = self.tickets.get(order_id)
        return None if ticket is None else ticket.shown()

    def trades(self, owner: str) -> list[Json]:
        """The owner's trades, oldest first."""
        return [deal.shown(owner) for deal in self.deals.values() if owner in deal.owners()]
