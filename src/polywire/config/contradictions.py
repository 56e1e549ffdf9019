"""Settings that are right one by one and wrong together; each sentence says what to change."""

import re
from collections.abc import Callable, Iterator
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from polywire.config.alerts_table import AlertsTable
from polywire.config.file import ExitsTable, File, StrategyTable
from polywire.config.ladder import wrong_steps
from polywire.config.pace import proof_age_ns_min
from polywire.core.errors import ConfigError
from polywire.core.parameters import StrategyParameters
from polywire.core.risk.misfits import misfits
from polywire.core.units import HOUR, SECOND, format_micros
from polywire.strategies.maker_parameters import MakerParameters
from polywire.strategies.sum_parameters import OutcomeSumParameters

TRIGGERS = ("take_profit", "ladder", "stop_loss", "trailing", "trailing_odds", "before_end")
WITHOUT_EXITS: Final[dict[type[StrategyParameters], str]] = {
    OutcomeSumParameters: "exits would sell the legs of baskets",
    MakerParameters: "exits own all selling, and what this maker buys it sells by itself",
}
CHAT: Final = re.compile(r"-?[0-9]{1,19}")
ONE_OF_BOTH = (("ladder", "take_profit"), ("trailing_odds", "trailing"))


def contradictions(file: File) -> Iterator[str]:
    """A sentence for each contradiction."""
    yield from _ages(file)
    watch = file.watch
    if (watch.hours_to_end_min or 0) > (watch.hours_to_end_max or watch.hours_to_end_min or 0):
        yield (
            "watch.hours_to_end_min: over watch.hours_to_end_max, so no market could pass; "
            f"write at most {(watch.hours_to_end_max or 0) // HOUR}"
        )
    for one in file.strategies:
        path = f"strategies.{one.name}"
        try:
            yield from _sizes(one, file, path)
        except ConfigError as error:
            yield f"{path}.kind: {error}"
    exits = (said for one in file.strategies for said in _exits(one, file.exits))
    yield from dict.fromkeys(exits)  # what several take from [exits] is said once
    yield from _heir(file)
    yield from _alerts(file.alerts)


def _ages(file: File) -> Iterator[str]:
    feed, proof = file.feed, file.limits.proof_age_max
    if feed.kind == "stream" and feed.audit_every >= proof:
        yield (
            "feed.audit_every: not shorter than limits.proof_age_max, so quiet books would not be "
            f"traded on; write less than {proof // SECOND}"
        )
    needed = proof_age_ns_min(feed.poll_every)
    if feed.kind == "poll" and proof < needed:
        yield (
            "limits.proof_age_max: under two and a half times feed.poll_every, so one poll that "
            f"failed would put books in doubt; write at least {format_micros(needed // 1000)}"
        )


def _sizes(one: StrategyTable, file: File, path: str) -> Iterator[str]:
    for key, words in one.parameters.contradictions():
        yield f"{path}.{key}: {words}"
    for key, words in misfits(one.parameters, file.limits, one.budget, budget_key=f"{path}.budget"):
        yield f"{path}.{key}: {words}"


def _exits(one: StrategyTable, shared: ExitsTable) -> Iterator[str]:
    plan = one.exits

    def where(name: str, *others: str) -> str:
        """The key under `[exits]`, unless this strategy changed what the mistake lies in."""
        own = any(getattr(plan, key) != getattr(shared, key) for key in (name, "style", *others))
        return f"strategies.{one.name}.exits.{name}" if own else f"exits.{name}"

    armed = [name for name in TRIGGERS if getattr(plan, name) is not None]
    if plan.style == "none":
        meant = shared.style != "none"  # it is this strategy's own word, not what was left out
        for name in armed:
            instead = f', or {name} = "off" for {one.name}' if meant else ""
            yield f'{where(name)}: set, but nothing would sell; write style = "watch"{instead}'
        return
    wrong = WITHOUT_EXITS.get(type(one.parameters))
    if wrong is not None:
        yield f'{where("style")}: {wrong}; write style = "none" for {one.name}'
    if not armed:
        path = where("style", *TRIGGERS)
        yield f'{path}: "{plan.style}" without a trigger; write take_profit = 0.05 too'
    yield from _twice(armed, where)
    others = {*armed} - {"ladder", "take_profit"}
    for said in wrong_steps(plan.ladder, others=bool(others)) if plan.ladder is not None else ():
        yield f"{where('ladder', *TRIGGERS)}: {said}"
    if plan.style == "resting" and plan.take_profit is None and plan.ladder is None:
        path = where("style", "take_profit")
        yield f'{path}: "resting" without take_profit; write take_profit = 0.05 too'
    for name, example in (("slack", "0.03"), ("floor", "0.01")):
        if getattr(plan, name) is None:
            needed = f'missing, style "{plan.style}" needs it'
            yield f"{where(name)}: {needed}; write {name} = {example}"


def _twice(armed: list[str], where: Callable[..., str]) -> Iterator[str]:
    """Two keys for one thing, of which only one can hold."""
    for name, other in ONE_OF_BOTH:
        if {name, other} <= {*armed}:
            path = where(name, other)
            yield f'{path}: beside {other}, which says the same; write {other} = "off", or {name}'


def _heir(file: File) -> Iterator[str]:
    """Who is to sell what nobody here opened must be there, and must sell."""
    name = file.account.exits_by
    styles = {one.name: one.exits.style for one in file.strategies}
    if name is not None and name not in styles:
        yield f"account.exits_by: names no strategy; write one of {', '.join(styles)}"
    elif name is not None and styles[name] == "none":
        yield (
            f'account.exits_by: "{name}" has no exits, so nothing would be sold; write '
            'style = "watch" and a trigger for it, or exits_by = "off"'
        )


def _alerts(alerts: AlertsTable) -> Iterator[str]:
    """What a pattern cannot say; an address that stands in the wrong place is not repeated."""
    if "://" in (alerts.urls or ""):
        yield (
            "alerts.urls: expected the name of a file; an address is a secret, so write it into a "
            'file of its own, and here its name, such as urls = "alert-urls.txt"'
        )
    try:
        ZoneInfo(alerts.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last two: a folder, a path
        yield 'alerts.time_zone: no such time zone; write one such as "Europe/Berlin", or "UTC"'
    for chat in alerts.chats:
        if not CHAT.fullmatch(chat):
            yield 'alerts.chats: expected numbers in quotes, such as "123456789" or "-100123"'
