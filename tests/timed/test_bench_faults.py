"""The benchmark of faults, two short ones of it: frames cut short, and a socket dropped."""

import uvloop

from polywire.bench import faults
from polywire.bench.fault_cases import BUSY, Case
from polywire.cli.bench import serve_controlled

CUT = Case(
    name="truncate", told=({"command": "truncate", "asset": BUSY, "count": 10},), asset=BUSY,
    learn_s=0.2, watch_s=4, detect_s=1, heal_s=4,
)  # fmt: skip
DROPPED = Case(
    name="drop", told=({"command": "drop", "code": 1012},), learn_s=0.2, watch_s=4, detect_s=1,
    heal_s=4,
)  # fmt: skip


def test_a_fault_is_committed_noticed_healed_and_measured() -> None:
    done: list[str] = []
    found = uvloop.run(faults.run(serve_controlled, done.append, [CUT, DROPPED]))
    assert sorted(done) == ["drop", "truncate"]
    cut, dropped = found.faults["truncate"], found.faults["drop"]
    assert cut.lost == 10
    assert cut.equal
    assert cut.detected_s is not None
    assert 0 <= cut.detected_s < 2
    assert dropped.lost > 20, "what was said while nobody listened"
    assert dropped.detected_s is not None
    assert dropped.healed_s is not None
    assert 0.5 < dropped.healed_s < 6
