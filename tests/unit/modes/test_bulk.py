"""Recordings in bulk and one by one: what is written down is the same."""

from itertools import islice

from tests.conftest import ROOT
from tests.unit.modes.recorded_market import MS, ran

from polywire.config.backtest_plan import plan_from
from polywire.config.load import load
from polywire.history.columns import stretches
from polywire.history.opening import histories, merged
from polywire.history.terms import Given
from polywire.modes.bulk import Bulk
from polywire.sim.queue import FRONT


def test_a_recorded_match_is_the_same_in_bulk_and_one_by_one(recordings, counts):
    path = recordings / "polymarket" / "ticks_20260607_0130.csv.zst"
    file = load(ROOT / "examples" / "backtest.toml", {})
    plan = plan_from(file, path, ("front",))
    whole = merged(histories(path, Given(), 50 * MS))
    events = [*islice(whole, counts(9_000, 1_000_000))]
    grouped = []

    def bulk(driver, _):
        taken = Bulk(driver)
        taken.run(stretches(events))
        grouped.append(taken.grouped)

    one, many = (
        ran(events, run=run, engine=plan.engine(), queue=FRONT, decide_every_ns=200 * MS)
        for run in (lambda driver, told: driver.run(iter(told)), bulk)
    )
    assert many[1].rows == one[1].rows
    assert many[0].engine.watch.tally == one[0].engine.watch.tally
    assert grouped[0] > 100
    assert len(one[1].of("PlaceOrder")) > 10
