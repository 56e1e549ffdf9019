"""What goes wrong in the benchmark of faults, on which book, for how long, and what must follow.

The venue is synthetic and of one seed, so it is known which of its markets is busy and which quiet.
"""

from msgspec import Struct

from polywire.core.units import SECOND

SEED = 2
MARKETS = 12
FRAMES_A_SECOND = 120.0
BUSY, BRISK, QUIET = "500001", "500013", "500012"
"""Ids of a market with 50 changes a second, of one with 20, and of one with less than one."""
AUDIT_NS = 10 * SECOND
"""How old a proof may become before it is renewed; a short one, for a short benchmark."""
LEARN_S = 25.0
"""How long a rhythm takes to be learnt: its memory is of ten seconds or so."""
AUDIT_S = AUDIT_NS / SECOND
HEAL_S_MAX = 5.0
LATE_S_MAX = 10.0
"""The longest healing of whatever is not a freeze, behind what the fault itself lasts."""

CODES = (1001, 1006, 1008, 1011, 1012, 1013)

Command = dict[str, str | int | float]


class Case(Struct, frozen=True, kw_only=True):
    """One fault: what the exchange is told, how long to watch, and what is allowed.

    `after_audit`: begin when the wait for the next one is longest.
    `asset`: the market that is concerned; empty for all, "new" for the one listed last.
    `detect_s` None: nothing has to be noticed, for nothing that is read is wrong by it.
    """

    name: str
    told: tuple[Command, ...]
    asset: str = ""
    learn_s: float = 1.0
    watch_s: float = 8.0
    detect_s: float | None = None
    heal_s: float | None = None
    redundancy: int = 1
    after_audit: bool = False


def _freeze(name: str, told: Command, detect_s: float, asset: str = "", **more: float) -> Case:
    """A freeze begins when the rhythm of its books is known."""
    watch_s = more.get("watch_s", 12.0)
    return Case(
        name=name, told=(told,), asset=asset, learn_s=LEARN_S, watch_s=watch_s, detect_s=detect_s,
        heal_s=HEAL_S_MAX, redundancy=int(more.get("redundancy", 1)), after_audit=asset == QUIET,
    )  # fmt: skip


def _dropped(code: int) -> Case:
    told: Command = {"command": "drop", "code": code}
    return Case(name=f"close_{code}", told=(told,), detect_s=1, heal_s=LATE_S_MAX)


def _stray(kind: str, watch_s: float = 8.0, **keys: str | float) -> Case:
    """Something is wrong with what comes of the busy book."""
    told: Command = {"command": kind, "asset": BUSY, **keys}
    return Case(name=kind, told=(told,), asset=BUSY, learn_s=3, watch_s=watch_s)


def _noticed(case: Case, detect_s: float, heal_s: float = LATE_S_MAX) -> Case:
    return Case(
        name=case.name, told=case.told, asset=case.asset, learn_s=case.learn_s,
        watch_s=case.watch_s, detect_s=detect_s, heal_s=heal_s,
    )  # fmt: skip


CASES: tuple[Case, ...] = (
    _freeze("frozen_quiet_asset", {"command": "freeze", "asset": QUIET, "until": "resubscribe"},
            AUDIT_S, QUIET, watch_s=20),
    _freeze("frozen_busy_asset", {"command": "freeze", "asset": BUSY, "until": "resubscribe"},
            3, BUSY),
    _freeze("frozen_brisk_asset", {"command": "freeze", "asset": BRISK, "until": "resubscribe"},
            3, BRISK),
    _freeze("frozen_busy_asset_for_good", {"command": "freeze", "asset": BUSY,
            "until": "reconnect"}, 3, BUSY),
    _freeze("frozen_socket", {"command": "freeze", "until": "reconnect"}, 2),
    _freeze("frozen_twin", {"command": "freeze", "socket": 1, "until": "reconnect"}, 3,
            redundancy=2),
    _freeze("half_open", {"command": "half_open", "until": "reconnect"}, 2),
    Case(name="missing_book", told=({"command": "missing_book", "until": "resubscribe"},
         {"command": "list"}), asset="new", watch_s=14, detect_s=3, heal_s=LATE_S_MAX),
    Case(name="slow", told=({"command": "slow", "socket": 1, "seconds": 60,
         "bytes_a_second": 5_000},), learn_s=LEARN_S, watch_s=20, detect_s=AUDIT_S + 3,
         heal_s=LATE_S_MAX, after_audit=True),
    *(_dropped(code) for code in CODES),
    Case(name="refuse_upgrades", told=({"command": "refuse_upgrades", "seconds": 3},
         {"command": "drop", "code": 1012}), watch_s=14, detect_s=1, heal_s=3 + LATE_S_MAX),
    Case(name="refuse_requests", told=({"command": "refuse_requests", "seconds": 12},),
         watch_s=18),
    _noticed(_stray("wrong_hash", 16, seconds=6), 3, 6 + LATE_S_MAX),
    Case(name="broken_recipe", told=({"command": "wrong_hash", "seconds": 600},),
         learn_s=3, watch_s=20, detect_s=3, heal_s=LATE_S_MAX),
    _stray("wrong_touch", 12, seconds=4),
    _stray("reorder", 12, seconds=3),
    _stray("repeat", seconds=3),
    _noticed(_stray("truncate", 12, count=10), 1),
    _stray("oversize", count=1),
    _stray("binary", seconds=3),
    Case(name="skew", told=({"command": "skew", "milliseconds": -5_000, "seconds": 3},),
         learn_s=3, watch_s=10),
)  # fmt: skip
"""Longest first, as they run side by side."""
