"""Settings that are right one by one and wrong together; each sentence says what to change."""

from collections.abc import Iterator

from polywire.config.file import ExitsTable, File, HolderTable, QuoterTable
from polywire.config.pace import proof_age_ns_min
from polywire.core.units import HOUR, SECOND, format_micros


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
        yield from _sizes(one, file, path)
        yield from _exits(one.exits, f"{path}.exits")


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


def _sizes(one: QuoterTable | HolderTable, file: File, path: str) -> Iterator[str]:
    limits = file.limits
    most = min(limits.order_size_max, limits.position_max)
    if isinstance(one, HolderTable):
        if one.price_min > one.price_max:
            yield (
                f"{path}.price_max: under price_min, so nothing is ever bought; "
                f"write at least {format_micros(one.price_min)}"
            )
        named, size = "shares", one.shares
    else:
        if one.size > one.cap:
            yield (
                f"{path}.size: over cap, so nothing is ever bought; "
                f"write at most {format_micros(one.cap)}"
            )
        named, size = "size", one.size
    if size > most:
        yield (
            f"{path}.{named}: over limits.order_size_max or limits.position_max, so every order "
            f"would be refused; write at most {format_micros(most)}"
        )


def _exits(plan: ExitsTable, path: str) -> Iterator[str]:
    triggers = {
        "take_profit": plan.take_profit,
        "stop_loss": plan.stop_loss,
        "trailing": plan.trailing,
        "before_end": plan.before_end,
    }
    armed = [name for name, value in triggers.items() if value is not None]
    if plan.style == "none":
        for name in armed:
            remedy = f'write style = "watch", or {name} = "off"'
            yield f"{path}.{name}: set, but nothing would sell; {remedy}"
        return
    if not armed:
        yield f'{path}.style: "{plan.style}" without a trigger; write take_profit = 0.05 too'
    if plan.style == "resting" and plan.take_profit is None:
        yield f'{path}.style: "resting" without take_profit; write take_profit = 0.05 too'
    for name, example in (("slack", "0.03"), ("floor", "0.01")):
        if getattr(plan, name) is None:
            yield f'{path}.{name}: missing, style "{plan.style}" needs it; write {name} = {example}'
