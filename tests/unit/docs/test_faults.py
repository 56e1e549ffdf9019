"""docs/reference/faults.md against the kinds, their keys, and what the control port tells."""

from dataclasses import asdict

from msgspec.structs import fields
from tests.pages import DOCS, named, rows

from polywire.bench.fault_cases import AUDIT_S, CASES, FRAMES_A_SECOND
from polywire.bench.fault_figures import FaultFigures
from polywire.bench.faults import Faults
from polywire.exchange.control import _shown
from polywire.exchange.faults import STATUS, TAKES, Fault, Kind
from polywire.exchange.force import InForce

PAGE = DOCS / "reference" / "faults.md"
FEED = DOCS / "explanation" / "feed.md"


def test_every_kind_is_documented_with_its_keys() -> None:
    documented = {
        cells[0].strip("`"): tuple(cells[1].replace("`", "").split())
        for cells in rows(PAGE, "## Kinds")
        if cells[0].startswith("`")
    }
    assert documented == {str(kind): keys for kind, keys in TAKES.items()}


def test_every_key_is_documented_with_its_default() -> None:
    documented = {
        cells[0].strip("`"): cells[1] for cells in rows(PAGE, "## Keys") if cells[0].startswith("`")
    }
    told = {one.name: one.default for one in fields(Fault)}
    assert list(documented) == list(told)
    for key in ("at", "changes", "code", "bytes_a_second", "bytes", "milliseconds"):
        assert documented[key] == f"{told[key]:g}" if key == "at" else str(told[key]).lower()
    assert documented["status"] == ", ".join(map(str, STATUS.values()))
    assert documented["seconds"] == f"{Fault(kind=Kind.FREEZE).lasts_s:g}"


def test_what_is_told_of_a_fault_is_documented() -> None:
    one = InForce(1, Fault(kind=Kind.SLOW), frozenset(), 1, 1, None, None)
    documented = named(PAGE, "## What was done")
    assert documented[-len(_shown(one)) :] == list(_shown(one))
    assert set(asdict(one)) >= set(_shown(one)) - {"sockets"}


def test_the_figures_of_the_benchmark_are_documented() -> None:
    table = [cells[0].strip("`") for cells in rows(PAGE, "## The benchmark")]
    kept = [name for name in table if name != "key"]
    assert kept == [*Faults.__struct_fields__, *FaultFigures.__struct_fields__]


def test_the_table_of_faults_has_the_benchmarks_rows_and_targets() -> None:
    told = {cells[0].strip("`"): cells[1] for cells in rows(FEED, "## Faults on purpose")}
    del told["fault"]
    bounds = {case.name: (case.detect_s, case.heal_s) for case in CASES}
    assert told == {
        name: " + ".join(f"{one:g} s" for one in held if one is not None) or "-"
        for name, held in bounds.items()
    }
    text = FEED.read_text()
    assert f"{FRAMES_A_SECOND:g} frames a second, audits every {AUDIT_S:g} s" in text
