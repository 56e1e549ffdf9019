"""The collector's share of the path: what start-up built is never looked at again."""

import gc

THRESHOLDS = (50_000, 50, 100)
"""Events are not tracked; with these, pauses of a millisecond become tenths."""


def settle_heap() -> None:
    """Collect once, freeze what lives, and collect seldom from here on; for the whole process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
