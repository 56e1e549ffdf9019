"""What the watchdog did after a run had ended, beside what the run's journal says of its orders.

A journal ends with its engine; the watchdog's report lies beside it until the next start.
"""

from pathlib import Path
from typing import Final

from polywire.core.units import Ns, utc_time
from polywire.observe.glance import Glance
from polywire.runtime.watchdog import read_reports

WATCHDOG: Final = "watchdog"


def tell_afterwards(found: Glance, folder: Path) -> Glance:
    """The newest run, read from its journal, with what was done to its orders since."""
    for _, report in read_reports(folder):
        if report.at_ns >= found.at_ns:
            found.watchdog = f"{utc_time(Ns(report.at_ns))} UTC: {report.text}"
            for line in found.open_orders:
                if line.venue_id in report.cancelled:
                    line.cancelled_by = WATCHDOG
    return found


def open_words(found: Glance) -> str:
    """How many orders are open; of a run that was killed, what became of them."""
    there, gone = found.engine.orders.open, sum(bool(one.cancelled_by) for one in found.open_orders)
    if not found.watchdog:
        return f"{there} open"
    return f"{there} open when it was killed; the watchdog cancelled {gone}"
