"""What the settings of polling and early streaming bots became here, key by key.

A value is taken over only once it is known to be a switch, a number, an address of the venue or a
list of words, so that no secret can be copied; unknown keys are named without their values.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from polywire.config.file import TABLES
from polywire.config.old_files import COMPUTED, Found
from polywire.config.pace import proof_age_ns_min
from polywire.config.setting import Setting, settings_of
from polywire.core.parameters import to_integer
from polywire.core.units import SECOND
from polywire.runtime.endpoints import POLYMARKET

SECRET: Final = re.compile(
    r"secret|private|pass_?phrase|password|mnemonic|seed_?phrase|api_?key|wallet|auth|credential"
    r"|token$|(^|_)pk$",
    re.IGNORECASE,
)
SETTINGS: Final = {
    setting.path: setting for name in TABLES for setting in settings_of(TABLES[name], name)
}
PROOF_AGE, POLL_EVERY = "limits.proof_age_max", "feed.poll_every"
PROOF_AGE_NS_MIN: Final = 60 * SECOND
"""Under it `audit_every`, 45 s by default, could not prove a quiet book in time."""

HOSTS: Final = ("127.0.0.1", "localhost", urlsplit(POLYMARKET.market_ws).hostname)
CHANNEL: Final = urlsplit(POLYMARKET.market_ws).path

_NO_WORD = re.compile(r"(?=\S*\d)\S{16,}")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ON, _OFF = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})

Take = Callable[[object, Setting], tuple[object, str]]
"""What the engine keeps for an old value, and a note; ValueError says why not, without it."""


@dataclass(frozen=True, slots=True)
class Became:
    """What one old key became: a setting and what is kept for it, or words why there is none."""

    key: str
    words: str
    path: str = ""
    kept: object = None


@dataclass(frozen=True, slots=True)
class Near:
    """The setting nearest to an old one that counts in something else."""

    path: str
    unlike: str


@dataclass(slots=True)
class Imported:
    """What old files said: one line for every known key, and the names of all others."""

    became: list[Became] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)

    @property
    def values(self) -> dict[str, Became]:
        """By setting; of what is said twice the last counts."""
        return {one.path: one for one in self.became if one.path}


def import_settings(found: Iterable[Found]) -> Imported:
    """Take over what applies."""
    imported = Imported()
    for key, value in found:
        rule = _rule(key)
        if rule is not None:
            imported.became.append(_became(key, value, rule))
        elif SECRET.search(key):
            imported.secrets.append(key)
        else:
            imported.unknown.append(key)
    _agree(imported)
    return imported


def _agree(imported: Imported) -> None:
    """Books that are polled are proven as often; a proof has to outlast a poll that failed."""
    proof, poll = (imported.values.get(path) for path in (PROOF_AGE, POLL_EVERY))
    if proof is None or poll is None:
        return
    assert isinstance(proof.kept, int), "a number of nanoseconds"
    assert isinstance(poll.kept, int), "a number of nanoseconds"
    kept = proof_age_ns_min(poll.kept)
    if proof.kept < kept:
        shown = SETTINGS[PROOF_AGE].show(kept)
        words = f"became {PROOF_AGE} = {shown}, two and a half times {POLL_EVERY}"
        place = imported.became.index(proof)
        imported.became[place] = Became(proof.key, words, PROOF_AGE, kept)


def _rule(key: str) -> "Rule | None":
    """A key matches by its last words, nested or not, in either case."""
    parts = [_CAMEL.sub("_", part).lower() for part in key.split(".")]
    tails = ("_".join(parts[start:]) for start in range(len(parts)))
    return next((RULES[tail] for tail in tails if tail in RULES), None)


def _became(key: str, value: object, rule: "Rule") -> Became:
    if isinstance(rule, str):
        return Became(key, f"no longer applies: {rule}")
    if isinstance(rule, Near):
        return Became(key, f"not taken over: {rule.unlike}; {rule.path} is the nearest: fill it in")
    path, take = rule
    if value is COMPUTED:
        return Became(key, f"not taken over: only running it would tell; write {path} yourself")
    try:
        kept, note = take(value, SETTINGS[path])
    except ValueError as error:
        return Became(key, f"not taken over: {error}; write {path} yourself")
    return Became(key, f"became {path} = {SETTINGS[path].show(kept)}{note}", path, kept)


def _feed(value: object, _: Setting) -> tuple[object, str]:
    word = str(value).lower()
    if word not in _ON | _OFF:
        raise ValueError("it is neither true nor false")
    return ("stream", "") if word in _ON else ("poll", "")


def _number(value: object, setting: Setting) -> tuple[object, str]:
    """The number, or the nearest that is allowed."""
    assert setting.unit is not None, f"{setting.path} is no number"
    assert setting.bounds is not None, f"{setting.path} has no bounds"
    try:
        asked = to_integer("" if isinstance(value, bool) else str(value), setting.unit)
    except ValueError:
        raise ValueError(f"it is no plain number of {setting.unit.name}") from None
    least, most = setting.bounds
    kept = min(max(asked, least), most)
    return kept, "" if kept == asked else f", the nearest that is allowed to {setting.show(asked)}"


def _proof_age(value: object, setting: Setting) -> tuple[object, str]:
    """A book may be quiet without being stale: what ages here is its proof."""
    kept, note = _number(value, setting)
    assert isinstance(kept, int), "a number of nanoseconds"
    if kept >= PROOF_AGE_NS_MIN:
        return kept, note
    return PROOF_AGE_NS_MIN, ", for a quiet book is no stale one: it is proven again every 45 s"


def _address(value: object, setting: Setting) -> tuple[object, str]:
    """The market channel of the venue or of a local exchange, and nothing that hangs on to it."""
    address = urlsplit(str(value))
    plain = f"{address.scheme}://{address.netloc}{CHANNEL}"
    if address.hostname not in HOSTS or address.path.rstrip("/") not in ("", "/ws", CHANNEL):
        raise ValueError("it is no address of the venue's market channel")
    if plain.startswith(str(value).rstrip("/")) and address.scheme in ("ws", "wss"):
        return setting.read(plain), ""
    raise ValueError("it is no plain ws:// or wss:// address")


def _words(value: object, _: Setting) -> tuple[object, str]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(one, str) for one in parts):
        raise ValueError("it is no list of words")
    kept = [word.strip() for word in parts if word.strip()]
    if any(_NO_WORD.search(word) for word in kept):
        raise ValueError("one of it looks like a key, not like a word")
    return kept, ""


_RECONNECTS = (
    "a connection is tried again after 1 to 2 s, then ever less often, at most every 60 s, "
    "and never given up"
)
_PINGS = "the venue's pace is kept: a ping every 10 s, and a socket that does not answer is dropped"

_PER_SHARE = "bots mean a percentage or dollars a position by it, here it is dollars a share"
_TAKE_PROFIT = Near("exits.take_profit", _PER_SHARE)
_STOP_LOSS = Near("exits.stop_loss", _PER_SHARE)
_TRAILING = Near("exits.trailing", _PER_SHARE)
_SHARES = Near("strategies.shares", "bots mean dollars by it, here it is shares in each market")
_POSITION_MAX = Near("limits.position_max", "bots mean dollars by it, here it is shares")

Rule = str | Near | tuple[str, Take]

RULES: Final[dict[str, Rule]] = {
    "use_websocket": ("feed.kind", _feed),
    "websocket_enabled": ("feed.kind", _feed),
    "fallback_polling_interval": (POLL_EVERY, _number),
    "poll_interval": (POLL_EVERY, _number),
    "polling_interval": (POLL_EVERY, _number),
    "websocket_url": ("venue.market_ws", _address),
    "polymarket_ws_url": ("venue.market_ws", _address),
    "ws_url": ("venue.market_ws", _address),
    "max_concurrent_markets": ("watch.markets_max", _number),
    "market_keywords_extended": ("watch.keywords", _words),
    "target_latency_ms": ("observe.latency_target_ms", _number),
    "stale_threshold": (PROOF_AGE, _proof_age),
    "websocket_reconnect_delay": _RECONNECTS,
    "ws_reconnect_delay": _RECONNECTS,
    "ws_reconnect_attempts": _RECONNECTS,
    "ws_max_reconnect_attempts": _RECONNECTS,
    "websocket_ping_interval": _PINGS,
    "ws_heartbeat_interval": _PINGS,
    "use_concurrent_orders": "the orders of one decision always leave together",
    "use_gasless": "orders are signed messages and cost no gas",
    "benchmark_enabled": "measuring is a command of its own: polywire bench",
    "min_edge": "it belongs to a strategy that estimates probabilities, and none here does; "
    "price_max and spread_max of a holder are the nearest",
    "take_profit": _TAKE_PROFIT,
    "take_profit_pct": _TAKE_PROFIT,
    "take_profit_percent": _TAKE_PROFIT,
    "stop_loss": _STOP_LOSS,
    "stop_loss_pct": _STOP_LOSS,
    "stop_loss_percent": _STOP_LOSS,
    "trailing_stop": _TRAILING,
    "trailing_stop_pct": _TRAILING,
    "trailing_stop_percent": _TRAILING,
    "position_size": _SHARES,
    "position_size_usd": _SHARES,
    "trade_size": _SHARES,
    "trade_size_usd": _SHARES,
    "order_size": _SHARES,
    "order_size_usd": _SHARES,
    "max_position_size": _POSITION_MAX,
    "max_position_size_usd": _POSITION_MAX,
}
"""By last words in lower case: the setting that takes the value over, or why none does."""
