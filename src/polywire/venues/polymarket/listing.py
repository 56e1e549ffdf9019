"""One listed market of the catalogue in our terms, or the reason why it cannot be traded."""

import re
from typing import Final

import msgspec
from msgspec import Raw, Struct

from polywire.core.ids import GroupId, InstrumentId, MarketId, VenueId
from polywire.core.model.instrument import FeeSchedule, Market, Outcome, Rewards
from polywire.core.units import ONE, SCALE, Money, Price, Quantity
from polywire.venues.polymarket import gamma
from polywire.venues.polymarket.amounts import CENT

VENUE: Final = VenueId("polymarket")
LOT: Final = Quantity(10_000)
"""Sizes go in hundredths of a share."""
TICKS: Final = (100_000, 10_000, 5_000, 2_500, 1_000, 100)
EXPONENT_MAX: Final = 8
NO_FEES: Final = FeeSchedule(rate_micros=0, exponent=1, rebate_micros=0)
PLACEHOLDER: Final = re.compile(r"Other|[A-Z][a-z]+ [A-Z]")
"""Augmented groups list names yet to be given ("Person A") and "Other"."""


class Listing(Struct, frozen=True, kw_only=True):
    """A market and the prices the catalogue shows for its primary outcome, minutes old."""

    market: Market
    best_bid: Price | None
    best_ask: Price | None

    @property
    def spread(self) -> Price | None:
        """Ask less bid; None while a side is empty."""
        if self.best_bid is None or self.best_ask is None:
            return None
        return Price(self.best_ask - self.best_bid)


def read_listing(item: gamma.Item, group: gamma.Group) -> Listing:
    """The market of an item in its group; ValueError says why it cannot be traded."""
    refuse_untradable(item, group)
    group_id = gamma.plain(group.id)
    market = Market(
        id=MarketId(item.condition_id or ""),
        venue=VENUE,
        catalogue_id=gamma.plain(item.id),
        question=gamma.shown(item.question),
        slug=gamma.shown(item.slug),
        outcomes=outcomes(item),
        tick=tick(item),
        lot=LOT,
        size_min=size_min(item),
        fees=fees(item),
        neg_risk=bool(item.neg_risk),
        version=item.version or "v1",
        end_ns=gamma.nanoseconds(item.end_date or ""),
        group=GroupId(group_id) if group_id else None,
        group_title=gamma.shown(item.group_item_title),
        group_exclusive=bool(group.neg_risk),
        group_augmented=bool(group.neg_risk_augmented),
        group_size=len(group.markets or ()),
        placeholder=bool(group.neg_risk_augmented) and is_placeholder(item),
        tags=tags(item, group),
        volume=Money(figure(item.volume_num, item.volume)),
        liquidity=Money(figure(item.liquidity_num, item.liquidity)),
        cost_step=CENT,
        rewards=rewards(item),
        rules=gamma.prose(item.description),
        event=gamma.prose(group.title),
    )
    bid, ask = gamma.floor_micros(item.best_bid), gamma.floor_micros(item.best_ask)
    return Listing(
        market=market,
        best_bid=Price(bid) if bid else None,
        best_ask=Price(ask) if ask and ask < ONE else None,
    )


def refuse_untradable(item: gamma.Item, group: gamma.Group) -> None:
    """Raise ValueError for a market on which nobody could place an order."""
    reasons = (
        (not item.condition_id, "it has no condition id"),
        (item.closed, "it is closed"),
        (item.archived, "it is archived"),
        (not item.active and not group.neg_risk_augmented, "it is not active"),
        (not item.enable_order_book, "it has no order book"),
        (not item.accepting_orders, "it accepts no orders"),
        (not item.end_date, "it has no end date"),
    )
    for applies, reason in reasons:
        if applies:
            raise ValueError(reason)


def outcomes(item: gamma.Item) -> tuple[Outcome, Outcome]:
    """Names and assets of both outcomes; which field has the assets depends on the version."""
    match item.version:
        case None | "" | "v1":
            assets = gamma.texts(item.clob_token_ids)
        case "v2":
            assets = gamma.texts(item.position_ids)
        case unknown:
            raise ValueError(f"its version {unknown!r} is not known")
    names = gamma.texts(item.outcomes)
    if len(names) != 2:
        raise ValueError(f"it has {len(names)} outcomes, not two")
    if len(set(assets)) != 2 or not all(asset.isascii() and asset.isdigit() for asset in assets):
        raise ValueError(f"it has {len(assets)} usable asset ids, not two")
    first, second = (
        Outcome(InstrumentId(asset), gamma.shown(name))
        for asset, name in zip(assets, names, strict=True)
    )
    return first, second


def tick(item: gamma.Item) -> Price:
    """The grid of new orders."""
    micros = gamma.exact_micros(item.order_price_min_tick_size)
    if micros not in TICKS:
        raise ValueError(f"its tick of {micros} micros is none the venue has")
    return Price(micros)


def size_min(item: gamma.Item) -> Quantity:
    """The smallest order that may rest."""
    micros = gamma.exact_micros(item.order_min_size)
    if not micros or micros < 0:
        raise ValueError("it has no minimum size")
    return Quantity(micros)


def fees(item: gamma.Item) -> FeeSchedule:
    """What takers pay; a market that charges fees without saying which cannot be priced."""
    if not item.fees_enabled:
        return NO_FEES
    schedule = item.fee_schedule
    if schedule is None:
        raise ValueError("it charges fees but has no fee schedule")
    if schedule.taker_only is False:
        raise ValueError("it charges makers too")
    rate = gamma.exact_micros(schedule.rate)
    exponent = gamma.number(schedule.exponent)
    if rate is None or not 0 <= rate <= SCALE:
        raise ValueError("its fee rate is no share of a dollar")
    if exponent is None or exponent not in range(1, EXPONENT_MAX + 1):
        raise ValueError(f"its fee exponent {exponent} is no small positive integer")
    rebate = gamma.exact_micros(schedule.rebate_rate) or 0
    return FeeSchedule(rate_micros=rate, exponent=int(exponent), rebate_micros=rebate)


def rewards(item: gamma.Item) -> Rewards | None:
    """What makers are paid; None where nothing is, or where its terms cannot be read.

    A market is tradable without: nobody may count on what the catalogue says unclearly.
    """
    try:
        daily = [gamma.floor_micros(one.rewards_daily_rate) or 0 for one in _pools(item)]
        size = gamma.exact_micros(item.rewards_min_size)
        cents = gamma.exact_micros(item.rewards_max_spread)
    except (msgspec.MsgspecError, ValueError):
        return None
    spread = (cents or 0) // 100
    if size is None or size < 0 or not 0 < spread < ONE or min(daily, default=0) <= 0:
        return None
    return Rewards(Money(sum(daily)), Quantity(size), Price(spread))


def _pools(item: gamma.Item) -> list[gamma.Reward]:
    return gamma.decode_rewards(item.clob_rewards) or []


def is_placeholder(item: gamma.Item) -> bool:
    """Whether this member of an augmented group stands for an outcome yet to be named."""
    title = item.group_item_title or ""
    return bool(not item.active or item.neg_risk_other or PLACEHOLDER.fullmatch(title))


def tags(item: gamma.Item, group: gamma.Group) -> tuple[str, ...]:
    """Topics of the market and of its group, each once, as slugs."""
    found = [tag.slug or tag.label for tag in (item.tags or []) + (group.tags or [])]
    return tuple(dict.fromkeys(tag.lower() for tag in found if tag))


def figure(exact: Raw, text: Raw) -> int:
    """Dollars from the number or else from its text, in micros; 0 where neither is told."""
    micros = gamma.floor_micros(exact)
    if micros is None:
        micros = gamma.floor_micros(text)
    return micros or 0
