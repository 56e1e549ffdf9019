"""Takes the venue's order bodies: proves form, owner, wallet and signature, then asks the floor.

Prices, sizes, balances and matching are the floor's; HTTP is the routes' (polymarket.md 4.4, 4.6).
"""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from polywire.exchange import trading_mode
from polywire.exchange.accounts import Accounts, Caller
from polywire.exchange.decimals import text
from polywire.exchange.quotes import NO_BOOK
from polywire.exchange.refusal import RefusedError
from polywire.exchange.signatures import (
    DOMAINS,
    BadSignatureError,
    Domain,
    SignatureType,
    SignedFields,
    checksummed,
    domain_of,
    order_hash,
    order_signer,
)
from polywire.exchange.terms import NewOrder, OrderType, Placed
from polywire.exchange.venue import Venue

BATCH_MAX: Final = 15
MALFORMED: Final = "Invalid order payload"
WRONG_VERSION: Final = "order_version_mismatch"

Digits = Annotated[str, Meta(pattern=r"^[0-9]{1,78}\Z")]
Word = Annotated[str, Meta(pattern=r"^0x[0-9a-fA-F]{64}\Z")]
Json = dict[str, object]


class WireOrder(Struct, frozen=True, rename="camel"):
    """An order as clients send it; the first form of orders lacks the last three fields."""

    salt: Annotated[int, Meta(ge=0)]
    maker: str
    signer: str
    token_id: Digits
    maker_amount: Digits
    taker_amount: Digits
    side: Literal["BUY", "SELL"]
    signature_type: SignatureType
    signature: Annotated[str, Meta(pattern=r"^0x([0-9a-fA-F]{2}){0,2048}\Z")]
    expiration: Digits = "0"
    timestamp: Digits | None = None
    metadata: Word | None = None
    builder: Word | None = None


class Placement(Struct, frozen=True, rename="camel"):
    """One order with how long it works and for which API key."""

    order: WireOrder
    owner: str
    order_type: OrderType
    post_only: bool = False
    defer_exec: bool = False


class Clerk:
    """Turns bodies into orders on the floor, and what became of them into answers."""

    def __init__(self, venue: Venue, accounts: Accounts) -> None:
        self._venue = venue
        self._accounts = accounts
        self._one = msgspec.json.Decoder(Placement)
        self._raw = msgspec.json.Decoder(list[msgspec.Raw])

    def place(self, caller: Caller, body: bytes) -> Json:
        """The answer to `POST /order`."""
        now_ns = self._venue.clock.now()
        trading_mode.check_orders(self._venue.faults, now_ns)
        return self._place(caller, body, now_ns)

    def batch(self, body: bytes) -> list[msgspec.Raw]:
        """The orders of a batch, unread; refused where there are none or too many."""
        try:
            raw = self._raw.decode(body)
        except (msgspec.MsgspecError, RecursionError):
            raise RefusedError(400, MALFORMED) from None
        if not raw:
            raise RefusedError(400, MALFORMED)
        if len(raw) > BATCH_MAX:
            many = f"Too many orders in payload: {len(raw)}, max allowed: {BATCH_MAX}"
            raise RefusedError(400, many)
        return raw

    def place_batch(self, caller: Caller, batch: list[msgspec.Raw]) -> list[Json]:
        """The answer to `POST /orders`: one for each order, whatever became of the others."""
        now_ns = self._venue.clock.now()
        trading_mode.check_orders(self._venue.faults, now_ns)
        answers = []
        for raw in batch:
            try:
                answers.append(self._place(caller, bytes(raw), now_ns))
            except RefusedError as error:
                # The venue calls what it will not take just now a success.
                answers.append(_refused(error.reason, success=error.status == 503))
        return answers

    def _place(self, caller: Caller, body: bytes, now_ns: int) -> Json:
        try:
            asked = self._one.decode(body)
        except (msgspec.MsgspecError, RecursionError):
            raise RefusedError(400, MALFORMED) from None
        if asked.owner != caller.key:
            raise RefusedError(400, "the order owner has to be the owner of the API KEY")
        if not asked.post_only:
            trading_mode.check_taking(self._venue.faults, now_ns)
        fields = _fields(asked.order)
        domain = self._domain(asked.order.token_id)
        self._check_wallet(caller, fields, domain)
        self._check_signature(caller, fields, domain, bytes.fromhex(asked.order.signature[2:]))
        order = NewOrder(
            id="0x" + order_hash(fields, domain).hex(),
            owner=caller.key,
            maker=fields.maker,
            token=asked.order.token_id,
            buys=asked.order.side == "BUY",
            making=fields.making,
            taking=fields.taking,
            order_type=asked.order_type,
            post_only=asked.post_only,
            expiration_s=int(asked.order.expiration),
        )
        return _accepted(order.id, self._venue.floor.place(order, now_ns))

    def _domain(self, token: str) -> Domain:
        found = self._venue.catalogue.by_token.get(token)
        if found is None:
            raise RefusedError(404, NO_BOOK)
        return domain_of(int(token), neg_risk=found[0].group.neg_risk)

    def _check_wallet(self, caller: Caller, order: SignedFields, domain: Domain) -> None:
        """Refuse an order whose wallet is not the caller's, or that the venue lets do nothing."""
        kind = order.signature_type
        deposit = kind is SignatureType.DEPOSIT
        if order.signer != (order.maker if deposit else caller.address):
            wrong = "the order signer address has to be the address of the API KEY"
            raise RefusedError(400, wrong)
        for address in (caller.address, order.maker):
            standing = self._accounts.standing(address)
            if standing.banned:
                raise RefusedError(400, f"'{address}' address banned")
            if standing.closed_only and order.side == 0:
                raise RefusedError(400, f"'{address}' address in closed only mode")
            if standing.deposit_only and not deposit:
                wrong = "maker address not allowed, please use the deposit wallet flow"
                raise RefusedError(400, wrong)
        allowance = self._accounts.standing(order.maker).allowance
        if allowance < order.making:
            raise RefusedError(
                400,
                "not enough balance / allowance: the allowance is not enough -> spender: "
                f"{domain.contract}, allowance: {allowance}, order amount: {order.making}",
            )

    def _check_signature(
        self, caller: Caller, order: SignedFields, domain: Domain, signature: bytes
    ) -> None:
        signer = _signer(order, domain, signature)
        if signer != caller.address:
            others = (one for one in DOMAINS if one.version != domain.version)
            if caller.address in (_signer(order, one, signature) for one in others):
                raise RefusedError(400, WRONG_VERSION)
        if signer != caller.address or not self._accounts.owns(
            caller.address, order.signature_type, order.maker
        ):
            raise RefusedError(400, "invalid signature")


def _signer(order: SignedFields, domain: Domain, signature: bytes) -> str | None:
    try:
        return order_signer(order, domain, signature)
    except BadSignatureError:
        return None


def _fields(order: WireOrder) -> SignedFields:
    """The signed part of an order; refused where it cannot be one."""
    if order.timestamp is None or order.metadata is None or order.builder is None:
        raise RefusedError(400, WRONG_VERSION)
    try:
        fields = SignedFields(
            salt=order.salt,
            maker=checksummed(order.maker),
            signer=checksummed(order.signer),
            token=int(order.token_id),
            making=int(order.maker_amount),
            taking=int(order.taker_amount),
            side=0 if order.side == "BUY" else 1,
            signature_type=order.signature_type,
            timestamp_ms=int(order.timestamp),
            metadata=bytes.fromhex(order.metadata[2:]),
            builder=bytes.fromhex(order.builder[2:]),
        )
    except ValueError:
        raise RefusedError(400, MALFORMED) from None
    numbers = (fields.salt, fields.token, fields.making, fields.taking, fields.timestamp_ms)
    if max(numbers) >= 2**256 or 0 in (fields.making, fields.taking):
        raise RefusedError(400, MALFORMED)
    return fields


def _accepted(order_id: str, placed: Placed) -> Json:
    told: Json = {
        "errorMsg": "",
        "orderID": order_id,
        "takingAmount": text(placed.taken) if placed.trades else "",
        "makingAmount": text(placed.made) if placed.trades else "",
        "status": str(placed.status),
        "success": True,
    }
    return told | {"tradeIDs": list(placed.trades)} if placed.trades else told


def _refused(reason: str, *, success: bool) -> Json:
    return {
        "errorMsg": reason,
        "orderID": "",
        "takingAmount": "",
        "makingAmount": "",
        "status": "",
        "success": success,
    }
