"""What the reply to an order proves, and no more (polymarket.md 4.4, 4.6 and rule 6 of 11).

Fills are never taken from replies: the user channel tells them, each once.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import Struct

from polywire.core.model.account import AccountEvent, OrderAccepted, OrderRejected, OrderUnknown
from polywire.core.units import Ns
from polywire.venues.polymarket.answers import UNREADABLE
from polywire.venues.polymarket.order_news import REASON_MAX
from polywire.venues.polymarket.orders import SignedOrder
from polywire.venues.polymarket.pace import CLOSED, POST_ONLY, UNAVAILABLE

REFUSALS: Final = range(400, 500)
UNHEARD: Final = (425, 429)
"""Refusals whoever sends them: of a venue that restarts, and of a rate. Any other 4xx has to
come with the venue's own error: a gateway's may stand before an order that was taken."""
TIMED_OUT: Final = 408
HELD: Final = frozenset({"live", "matched", "delayed", "unmatched"})
"""What the venue says of an order that it took; `unmatched` rests after a delay."""
DELAYED: Final = b'"delayed"'
"""In a reply: an order that is held back, of which its channel may tell nothing yet."""
NAMED: Final = tuple(text.decode() for text in (*CLOSED, POST_ONLY))
"""Refusals that come as 503; any other 503 proves nothing."""
DOUBTFUL: Final = ("Duplicated", "order match delayed")
"""Errors of orders that exist: one that came before, and one that waits for its match."""


def reply_events(status: int, body: bytes, order: SignedOrder, now: Ns) -> list[AccountEvent]:
    """What became of an order by the reply to `POST /order`."""
    if status != HTTPStatus.OK:
        return [_judged(status, body, order, now)]
    try:
        return [_placed(ANSWER.decode(body), order, now)]
    except UNREADABLE:
        return [_unknown("a reply that cannot be read", order, now)]


def batch_events(
    status: int, body: bytes, orders: Sequence[SignedOrder], now: Ns
) -> list[AccountEvent]:
    """What became of orders by the reply to `POST /orders`, one event an order, in their order.

    A reply of another length, or one that names an order in another's place, proves nothing of any.
    """
    if status != HTTPStatus.OK:
        return [_judged(status, body, order, now) for order in orders]
    try:
        answers = ANSWERS.decode(body)
    except UNREADABLE:
        return [_unknown("a reply that cannot be read", order, now) for order in orders]
    if len(answers) != len(orders):
        reason = f"{len(answers)} answers to {len(orders)} orders"
        return [_unknown(reason, order, now) for order in orders]
    pairs = list(zip(answers, orders, strict=True))
    if any(answer.order_id.lower() not in ("", order.venue_order_id) for answer, order in pairs):
        return [_unknown("answers in another order", order, now) for order in orders]
    return [_placed(answer, order, now) for answer, order in pairs]


class _Answer(Struct, rename={"error": "errorMsg", "order_id": "orderID"}):
    """The venue's answer to one order; amounts and trades are told by the user channel."""

    success: bool
    error: str = ""
    order_id: str = ""
    status: str = ""


class _Error(Struct):
    error: str


ANSWER: Final = msgspec.json.Decoder(_Answer)
ANSWERS: Final = msgspec.json.Decoder(list[_Answer])
ERROR: Final = msgspec.json.Decoder(_Error)


def _placed(answer: _Answer, order: SignedOrder, now: Ns) -> AccountEvent:
    """The answer to one order in a 200."""
    held = answer.status.lower() in HELD
    named = answer.order_id.lower() == order.venue_order_id
    if answer.success and not answer.error and held and named:
        return OrderAccepted(now, order.order_id)
    refused = bool(answer.error) or not answer.success
    # `success` stays true beside an error where a whole batch met the post-only mode.
    if refused and not held and not (answer.success and answer.order_id):
        return _refused(answer.error or "refused without a reason", order, now)
    return _unknown(
        f"an answer that contradicts itself: {answer.status} {answer.error}", order, now
    )


def _judged(status: int, body: bytes, order: SignedOrder, now: Ns) -> AccountEvent:
    """The answer in a status other than 200."""
    try:
        error = ERROR.decode(body).error
    except UNREADABLE:
        error = ""
    named = status == UNAVAILABLE and error.startswith(NAMED)
    said = error and status in REFUSALS and status != TIMED_OUT
    if named or said or status in UNHEARD:
        return _refused(error or f"HTTP {status}", order, now)
    return _unknown(f"HTTP {status} {error}".strip(), order, now)


def _refused(error: str, order: SignedOrder, now: Ns) -> AccountEvent:
    """A refusal, unless its text is about an order that the venue has."""
    if any(text in error for text in DOUBTFUL):
        return _unknown(error, order, now)
    return OrderRejected(now, order.order_id, error[:REASON_MAX])


def _unknown(reason: str, order: SignedOrder, now: Ns) -> OrderUnknown:
    return OrderUnknown(now, order.order_id, reason[:REASON_MAX])
