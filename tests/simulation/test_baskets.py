"""Baskets through partial fills, refusals, unknown orders, fills undone and crashes, by seed."""

from collections import Counter

import pytest
from tests.simulation.basket_sim import Sim

from polywire.journal.record import encode


@pytest.mark.timeout(3_600)
def test_every_basket_ends_hedged_unwound_or_flagged(counts) -> None:
    seen: Counter[str] = Counter()
    for seed in range(counts(30, 5_000)):
        sim = Sim(seed).run()
        assert not sim.broken, f"seed {seed}: {sim.broken[:3]}"
        ended = sim.witness.told
        seen[ended.step.value if ended is not None else "none"] += 1
        seen["baskets"] += sim.witness.baskets
        seen["sales"] += sim.witness.sales
        seen["lives"] += sim.lives
    assert min(seen[name] for name in ("hedged", "unwound", "flagged", "sales")) > 0


def test_a_seed_is_the_same_again_byte_for_byte() -> None:
    first, again = ([encode(row) for row in Sim(7).run().rows] for _ in range(2))
    assert first == again
    assert any(kind == "BasketMoved" for kind, _ in first)
