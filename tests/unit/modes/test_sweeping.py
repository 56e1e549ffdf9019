"""How a sweep chooses: by the worse end, each combination once, and told with what it beat."""

from dataclasses import replace

import pytest
from msgspec import structs

from polywire.core.errors import ConfigError
from polywire.core.units import Money, Ns
from polywire.modes.backtest_result import BacktestReport, Earned
from polywire.modes.part import WHOLE, Part
from polywire.modes.sweep_choices import choices
from polywire.modes.sweeping import Grid, Sweep, Tried, _run, sweep

TEXTS, LISTS, COUNTS = ("queue", "digest", "stopped"), ("rows", "equity", "points"), (
    "refused", "rejected", "halted", "idle", "prices",
)  # fmt: skip


def earned(queue: str, profit: int) -> Earned:
    blank: dict[str, object] = dict.fromkeys(Earned.__struct_fields__, 0)
    blank |= dict.fromkeys(TEXTS, "") | {"gains": (None, None, None)}
    blank |= {name: [] for name in LISTS} | {name: {} for name in COUNTS}
    return Earned(**(blank | {"queue": queue, "profit": Money(profit)}))


class Table:
    """Fulfils Runs from a table: what each value of a.x makes at both ends, None is refused."""

    workers = 2

    def __init__(self, table):
        self.table = table
        self.asked = []

    def run(self, asked, part):
        for changes in asked:
            self.asked.append((changes["a.x"], part))
            ends = self.table[changes["a.x"]]
            yield Tried(None, "no such thing") if ends is None else Tried(self.report(ends))

    def whole(self, asked, part):
        self.asked.append((asked["a.x"], part))
        return self.report(self.table[asked["a.x"]])

    def report(self, ends):
        front, back = ends
        return BacktestReport(
            version="1", configuration="", recordings=[], assumptions=[],
            results=[earned("front", front), earned("back", back)],
        )  # fmt: skip


class Twice:
    """Fulfils Chooser: asks for the same again, and keeps what it hears."""

    def __init__(self, *rounds):
        self.rounds = [*rounds]
        self.heard = []

    def ask(self, most):
        assert most == 2
        return [{"a.x": text} for text in self.rounds.pop(0)] if self.rounds else []

    def tell(self, asked, worse):
        self.heard.append([*zip((one["a.x"] for one in asked), worse, strict=True)])


TABLE = {"p": (900, -50), "q": (80, 70), "r": None, "s": (70, 75), "t": (-9, -8)}


def grid_of(*texts):
    return Sweep(chooser=Grid(choices(["a.x=" + ",".join(texts)])), method="grid")


def test_the_worse_end_chooses_and_all_that_ran_are_counted():
    report, shown = sweep(grid_of(*TABLE), Table(TABLE))
    assert [run.worse for run in report.runs] == [-50, 70, None, 70, -9]
    assert report.runs[report.best].changes == {"a.x": "q"}  # the first of equals
    assert (report.tried, report.refused, report.earned) == (4, 1, 2)
    assert report.median == -9  # of -50, -9, 70, 70 the lower of the middle two
    assert [one.profit for one in shown.results] == [80, 70]


def test_a_combination_in_which_a_strategy_raised_is_not_ranked():
    broken = structs.replace(earned("back", 900), halted={"own": "ValueError: no"})
    report = BacktestReport(
        version="", configuration="", recordings=[], assumptions=[], results=[broken]
    )
    run = _run({"a.x": "1"}, Tried(report))
    assert (run.worse, run.results, run.error) == (None, [], "own raised: ValueError: no")


def test_each_combination_runs_once_and_the_chooser_hears_of_it_each_time():
    runs, chooser = Table(TABLE), Twice(["p", "p"], ["q", "p"], ["r", "q"])
    steps = []
    report, _ = sweep(Sweep(chooser=chooser, method="m"), runs, lambda: steps.append(1))
    assert runs.asked == [(text, WHOLE) for text in "pqr"] + [("q", WHOLE)]
    assert chooser.heard == [[("p", -50), ("p", -50)], [("q", 70), ("p", -50)],
                             [("r", None), ("q", 70)]]  # fmt: skip
    assert (report.tried, report.refused, len(steps)) == (2, 1, 3)


def test_what_is_held_out_is_run_by_the_best_alone():
    runs = Table(TABLE)
    report, shown = sweep(replace(grid_of("p", "q"), split_ns=Ns(5)), runs)
    before, after = Part(until_ns=Ns(5)), Part(since_ns=Ns(5))
    assert runs.asked == [("p", before), ("q", before), ("q", after)]
    assert report.held_out is not None
    assert report.held_out.from_ns == 5
    assert report.held_out.results == shown.results


def test_a_sweep_of_which_the_configuration_takes_nothing_says_why():
    with pytest.raises(ConfigError, match="no such thing"):
        sweep(grid_of("r"), Table(TABLE))
