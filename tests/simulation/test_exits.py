"""A few small worlds in which every sale at once has a cause that its witness saw."""

import pytest

from polywire.modes.simulate import SimulationOptions, simulate_seed


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 6, 7])
def test_nothing_is_sold_at_once_that_nothing_triggered(seed):
    assert simulate_seed(seed, SimulationOptions(seconds=20, markets=4)).broken == ()
