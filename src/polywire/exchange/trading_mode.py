"""Whether the venue takes orders and cancels now, by the faults in force (polymarket.md 4.6)."""

from typing import Final

from polywire.exchange.faults import Kind
from polywire.exchange.force import Faults
from polywire.exchange.refusal import RefusedError

AFTER_RESTART_NS: Final = 120_000_000_000
RETRY_S: Final = 10
"""What a client is told where the end is not known."""
DISABLED: Final = "Trading is currently disabled. Check polymarket.com for updates"
CANCEL_ONLY: Final = (
    "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed."
)
POST_ONLY: Final = "post-only mode: only post-only orders and cancels are allowed"


def check_cancels(faults: Faults, now_ns: int) -> None:
    """Refuse cancels while everything stands still."""
    if faults.strikes(Kind.DISABLED, now_ns):
        raise RefusedError(503, DISABLED)


def check_orders(faults: Faults, now_ns: int) -> None:
    """Refuse new orders while none are taken."""
    check_cancels(faults, now_ns)
    if faults.strikes(Kind.CANCEL_ONLY, now_ns):
        raise RefusedError(503, CANCEL_ONLY)


def check_taking(faults: Faults, now_ns: int) -> None:
    """Refuse an order that may take, while only resting ones come in."""
    since_ns = faults.since_restart_ns(now_ns)
    left_s = None if since_ns is None else -((since_ns - AFTER_RESTART_NS) // 1_000_000_000)
    if left_s is None or left_s <= 0:
        left_s = RETRY_S if faults.strikes(Kind.POST_ONLY, now_ns) else None
    if left_s is not None:
        told = {"error": POST_ONLY, "code": "post_only_mode", "retry_after_seconds": left_s}
        raise RefusedError(503, POST_ONLY, told, {"Retry-After": str(left_s)})
