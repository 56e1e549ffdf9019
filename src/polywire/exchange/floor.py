"""The trading floor: takes account orders, matches them, cancels them; in process, without HTTP.

Amounts in base units, times in virtual nanoseconds, wallets are compared as text. The texts of
refusals are the venue's (rules.py); trades settle in settlement.py, books belong to the flow.
"""

from collections.abc import Mapping
from random import Random
from typing import Final

from polywire.exchange import rules
from polywire.exchange.books import MarketBook
from polywire.exchange.bulletin import Bulletin
from polywire.exchange.deals import FAILED, Deal
from polywire.exchange.executions import Executions
from polywire.exchange.flow import Flow, Schedule, Trade
from polywire.exchange.frames import Frame
from polywire.exchange.funds import Funds
from polywire.exchange.listing import Listing
from polywire.exchange.matching import Plan, plan
from polywire.exchange.refusal import RefusedError
from polywire.exchange.register import Register, Sink
from polywire.exchange.settlement import Settlement, SettlementPlan
from polywire.exchange.synthetic import SyntheticFlow
from polywire.exchange.terms import Cancelled, NewOrder, OrderType, Placed, PlacedStatus
from polywire.exchange.tickets import CANCELED, DELAYED, LIVE, MATCHED, MS, SECOND, Json, Ticket
from polywire.exchange.wallets import COLLATERAL, Wallets, dollars_of, is_account

DISABLED = "Trading is currently disabled. Check polymarket.com for updates"
UNKNOWN = "Order not found or already canceled"
REASONS: Final = {MATCHED: "Order already matched", DELAYED: UNKNOWN}
SHORT: Final = "CANCELED_NOT_ENOUGH_BALANCE"
EXPIRED: Final = "CANCELED_EXPIRED_ORDER"
RESOLVED: Final = "CANCELED_MARKET_RESOLVED"


class Floor:
    """Account orders on a flow's books; a recording takes none."""

    def __init__(self, flow: Flow, settles: SettlementPlan, seed: int) -> None:
        self.wallets = Wallets()
        self._flow = flow
        self._register = Register()
        self._schedule = Schedule()
        self._bulletin = Bulletin()
        self._settlement = Settlement(
            settles, Random(seed), self.wallets, self._schedule, self._deal_moved
        )
        self._funds = Funds(self.wallets, self._register, lambda: self.settles.spend_unmined)
        self._executions = Executions(self._register, seed)
        if isinstance(flow, SyntheticFlow):
            flow.witness = self

    @property
    def settles(self) -> SettlementPlan:
        """How trades settle."""
        return self._settlement.plan

    @settles.setter
    def settles(self, settles: SettlementPlan) -> None:
        self._settlement.plan = settles

    def fund(self, wallet: str, collateral: int, shares: Mapping[str, int]) -> None:
        """Credit a wallet; raises KeyError for a token that is not listed."""
        for token, size in shares.items():
            listing, index = self._flow.catalogue.by_token[token]
            self.wallets.grant(wallet, listing, index, size)
        self.wallets.credit(wallet, collateral)

    def balance(self, wallet: str, token: str | None) -> int:
        """Settled money (None) or shares, reserved ones included."""
        return self.wallets.settled[wallet, COLLATERAL if token is None else token]

    def place(self, order: NewOrder, now_ns: int) -> Placed:
        """Match an order or let it rest; raises RefusedError with the venue's text."""
        if not isinstance(self._flow, SyntheticFlow):
            raise RefusedError(503, DISABLED)
        ticket = self._admitted(order, now_ns)
        try:
            found = self._offer(ticket)
        except RefusedError as error:
            if error.reason in rules.KILLED:
                self._refuse(ticket, error.reason, now_ns)
            raise
        self._register.add(ticket)
        delay_ns = self.settles.taker_delay_ms * MS
        if found.fills and delay_ns:
            ticket.status = DELAYED
            self._register.tell_order(ticket, "PLACEMENT", now_ns)
            self._schedule.push(now_ns + delay_ns, lambda at: self._release(ticket, at))
            return Placed(PlacedStatus.DELAYED)
        return self._enter(ticket, found, now_ns, "PLACEMENT")

    def cancel(self, owner: str, ids: list[str], now_ns: int) -> Cancelled:
        """Cancel orders of an owner; others are named with the reason."""
        result = Cancelled()
        for order_id in dict.fromkeys(ids):
            ticket = self._register.tickets.get(order_id)
            if ticket is None or ticket.order.owner != owner:
                result.not_canceled[order_id] = UNKNOWN
            elif ticket.status != LIVE:
                reason = REASONS.get(ticket.status, "Order already canceled")
                result.not_canceled[order_id] = reason
            else:
                self._withdraw(ticket, CANCELED, now_ns)
                result.canceled.append(order_id)
        return result

    def cancel_all(self, owner: str, now_ns: int) -> Cancelled:
        """Cancel whatever an owner has resting."""
        return self.cancel_market(owner, "", "", now_ns)

    def cancel_market(self, owner: str, condition: str, token: str, now_ns: int) -> Cancelled:
        """Cancel an owner's orders of a market, of a token, of both; an empty text is any."""
        resting = [
            ticket.id
            for ticket in self._register.open()
            if ticket.order.owner == owner
            and ticket.status == LIVE
            and condition in ("", ticket.listing.condition_id)
            and token in ("", ticket.order.token)
        ]
        return self.cancel(owner, resting, now_ns)

    def orders(self, owner: str) -> list[Json]:
        """The owner's open orders as REST shows them, oldest first."""
        return self._register.orders(owner)

    def ever(self, wallet: str) -> list[Json]:
        """All orders a wallet ever placed, in whatever state, oldest first."""
        return self._register.ever(wallet)

    def order(self, order_id: str) -> Json | None:
        """One order in whatever state, None if there never was one."""
        return self._register.order(order_id)

    def trades(self, owner: str) -> list[Json]:
        """The owner's trades as REST shows them, oldest first."""
        return self._register.trades(owner)

    def listen(self, owner: str, sink: Sink) -> None:
        """Hear the user channel's events of an owner."""
        self._register.listen(owner, sink)

    def unlisten(self, owner: str, sink: Sink) -> None:
        """Hear them no more."""
        self._register.unlisten(owner, sink)

    def take_frames(self) -> list[Frame]:
        """Public frames not yet taken; whoever called must deliver them before any other."""
        return self._bulletin.take()

    def step(self, until_ns: int) -> None:
        """Let settlements, expirations and delays happen."""
        for _ in self._schedule.run(until_ns):
            pass  # what they tell is in the bulletin

    def next_ns(self) -> int | None:
        """When the next of them is due."""
        return self._schedule.next_ns()

    def traded(self, listing: Listing, trade: Trade, transaction: str, now_ns: int) -> None:
        """See `flow.Witness`."""
        deal = self._executions.anonymous(listing, trade, transaction, now_ns)
        if deal is not None:
            self._matched(deal, now_ns)

    def resolved(self, listing: Listing, now_ns: int) -> None:
        """See `flow.Witness`: orders end, trades settle at once, holdings are paid."""
        for ticket in self._register.open():
            if ticket.listing is listing:
                ticket.status = RESOLVED
                self._register.tell_order(ticket, "CANCELLATION", now_ns)
        for deal in self._register.deals.values():
            while deal.listing is listing and deal.open:
                self._settlement.mine(deal, now_ns)
        assert listing.payout is not None, f"{listing.condition_id} resolves without a payout"
        self.wallets.redeem(listing, listing.payout)

    def _admitted(self, order: NewOrder, now_ns: int) -> Ticket:
        found = self._flow.catalogue.by_token.get(order.token)
        if found is None:
            raise RefusedError(404, rules.NO_BOOK)
        if order.id in self._register.tickets:
            raise RefusedError(400, f"order {order.id} is invalid. Duplicated.")
        book = self._flow.books.get(found[0].condition_id)
        if book is None or not book.opened:
            raise RefusedError(400, rules.NOT_READY)
        return rules.admitted(order, found, book, now_ns)

    def _offer(self, ticket: Ticket) -> Plan:
        """What an order would get now; raises RefusedError where it may not or cannot pay."""
        found = plan(self._book(ticket), ticket)
        if found.fills:
            rules.marketable(ticket)
        self._funds.check(ticket, found)
        if ticket.order.order_type is OrderType.FOK and not found.complete:
            raise RefusedError(400, rules.FOK_KILLED)
        if ticket.order.order_type is OrderType.FAK and not found.fills:
            raise RefusedError(400, rules.FAK_KILLED)
        return found

    def _release(self, ticket: Ticket, now_ns: int) -> list[Frame]:
        """Judge an order anew whose delay is over."""
        if ticket.status != DELAYED:
            return []
        try:
            found = self._offer(ticket)
        except RefusedError as error:
            self._refuse(ticket, error.reason, now_ns)
        else:
            self._enter(ticket, found, now_ns, "UPDATE")
        return []

    def _refuse(self, ticket: Ticket, reason: str, now_ns: int) -> None:
        """Tell the owner of an order that was killed; recorded ones say no size (2.2)."""
        ticket.status = f"CANCELED_{reason}"
        event = ticket.event("CANCELLATION", now_ns) | {"size_matched": ""}
        self._register.tell(ticket.order.owner, event)

    def _enter(self, ticket: Ticket, found: Plan, now_ns: int, kind: str) -> Placed:
        """Trade what can be traded, let the rest rest or end, and tell everybody."""
        book = self._book(ticket)
        book.stamp(now_ns // MS)
        before = book.best(0)
        deal = self._executions.of(ticket, found, book, now_ns) if found.fills else None
        rests = not ticket.takes and ticket.left > 0
        ticket.status = LIVE if rests else MATCHED
        if rests:
            book.join(ticket.id, bid=ticket.is_bid, price=ticket.book_price, size=ticket.left)
            self._plan_end(ticket)
        self._register.tell_order(ticket, kind, now_ns)
        if deal is None:
            self._bulletin.show_level(book, ticket, before)
            late = kind == "UPDATE"
            return Placed(PlacedStatus.UNMATCHED if late else PlacedStatus.LIVE)
        if ticket.takes and not found.complete:
            ticket.status = CANCELED
            self._register.tell_order(ticket, "CANCELLATION", now_ns)
        assert isinstance(self._flow, SyntheticFlow), "recordings take no orders"
        self._bulletin.show_trade(self._flow, deal, before)
        self._matched(deal, now_ns)
        return _placed(ticket, deal)

    def _matched(self, deal: Deal, now_ns: int) -> None:
        """Tell makers what they gave, and let the trade settle."""
        for side in deal.makers:
            ticket = self._register.tickets.get(side.order_id)
            if ticket is not None:
                self._register.tell_order(ticket, "UPDATE", now_ns)
        self._register.deals[deal.id] = deal
        self._settlement.begin(deal)
        self._sweep_later(deal, now_ns)

    def _deal_moved(self, deal: Deal) -> None:
        self._register.tell_deal(deal)
        if deal.status == FAILED:
            self._sweep_later(deal, deal.updated_ns)

    def _sweep_later(self, deal: Deal, now_ns: int) -> None:
        """Once the trade's own frames are out, see which orders its wallets still cover."""

        def sweep(at_ns: int) -> list[Frame]:
            failed = deal.status == FAILED
            for place, amount in deal.moves.items():
                if is_account(place[0]) and (amount > 0) == failed:
                    self._cancel_uncovered(place, at_ns)
            return []

        self._schedule.push(now_ns, sweep)

    def _cancel_uncovered(self, place: tuple[str, str], now_ns: int) -> None:
        """Cancel the newest orders of a wallet until it can pay for those that are left.

        Roundings of partial fills may cost a wallet a micro more than the whole would have.
        """
        newest = (t for t in reversed([*self._register.of(place)]) if t.status == LIVE)
        while self._funds.uncovered(place) and (ticket := next(newest, None)) is not None:
            self._withdraw(ticket, SHORT, now_ns)

    def _plan_end(self, ticket: Ticket) -> None:
        if ticket.order.expiration_s:
            end_ns = (ticket.order.expiration_s - rules.GTD_EARLY_S) * SECOND
            self._schedule.push(end_ns, lambda at: self._expire(ticket, at))

    def _expire(self, ticket: Ticket, now_ns: int) -> list[Frame]:
        if ticket.status == LIVE:
            self._withdraw(ticket, EXPIRED, now_ns)
        return []

    def _withdraw(self, ticket: Ticket, status: str, now_ns: int) -> None:
        """Take a resting order out of its book."""
        book = self._book(ticket)
        book.stamp(now_ns // MS)
        before = book.best(0)
        book.leave(ticket.id, bid=ticket.is_bid, price=ticket.book_price)
        ticket.status = status
        self._bulletin.show_level(book, ticket, before)
        self._register.tell_order(ticket, "CANCELLATION", now_ns)

    def _book(self, ticket: Ticket) -> MarketBook:
        return self._flow.books[ticket.listing.condition_id]


def _placed(ticket: Ticket, deal: Deal) -> Placed:
    dollars = sum(dollars_of(price, size, buys=ticket.order.buys) for price, size in deal.levels)
    size = deal.taker.party.size
    made, taken = (dollars, size) if ticket.order.buys else (size, dollars)
    return Placed(PlacedStatus.MATCHED, made, taken, (deal.id,))
