"""Frames about markets rather than books; all their numbers are texts."""

from polywire.exchange.decimals import text
from polywire.exchange.frames import Frame, compact
from polywire.exchange.listing import Group, Listing


def _event_message(group: Group) -> dict[str, str]:
    return {
        "id": group.id,
        "ticker": group.slug,
        "slug": group.slug,
        "title": group.title,
        "description": group.description,
    }


def new_market(listing: Listing, tick: int, now_ms: int) -> Frame:
    """A market was listed; goes to every connection with custom features."""
    event = {
        "id": listing.id,
        "question": listing.question,
        "market": listing.condition_id,
        "slug": listing.slug,
        "description": listing.group.description,
        "assets_ids": list(listing.tokens),
        "outcomes": list(listing.outcomes),
        "event_message": _event_message(listing.group),
        "timestamp": str(now_ms),
        "event_type": "new_market",
        "tags": [tag.slug for tag in listing.group.tags],
        "condition_id": listing.condition_id,
        "active": listing.active,
        "clob_token_ids": list(listing.tokens),
        "sports_market_type": "",
        "line": "",
        "game_start_time": "",
        "order_price_min_tick_size": text(tick),
        "group_item_title": listing.title,
        "taker_base_fee": "0",
        "fees_enabled": listing.fee.charged,
    }
    if listing.fee.charged:
        event["fee_schedule"] = {
            "exponent": "1",
            "rate": listing.fee.rate,
            "taker_only": True,
            "rebate_rate": listing.fee.rebate,
        }
    return Frame(compact(event), (), custom=True)


def market_resolved(listing: Listing, now_ms: int) -> Frame:
    """A market has its answer; a market that pays half to each side has no winner."""
    assert listing.payout is not None, f"market {listing.id} is not resolved"
    winner = listing.payout.index("1") if "1" in listing.payout else None
    event = {
        "id": listing.id,
        "market": listing.condition_id,
        "assets_ids": list(listing.tokens),
        "winning_asset_id": "" if winner is None else listing.tokens[winner],
        "winning_outcome": "" if winner is None else listing.outcomes[winner],
        "event_message": _event_message(listing.group),
        "question": listing.question,
        "slug": listing.slug,
        "outcomes": list(listing.outcomes),
        "timestamp": str(now_ms),
        "tags": [tag.slug for tag in listing.group.tags],
        "event_type": "market_resolved",
    }
    return Frame(compact(event), listing.tokens, custom=True)
