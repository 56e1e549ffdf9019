"""Baskets through partial fills, refusals, unknown orders, fills undone and crashes, by seed."""

from collections import Counter

import pytest
from tests.simulation.basket_sim import Sim

from polywire.core.model.command import OrderRefused, PlaceOrder
from polywire.journal.record import encode

SEEN = (
    *("hedged", "unwound", "flagged", "baskets", "sales", "crashes", "q"),
    *("OrderRejected", "OrderUnknown", "OrderMissing", "FillSettled"),
    *("order_rate", "order_size", "self_trade"),
)
"""Ends of baskets, what led there, who traded beside them, words of the venue, rules of ours."""


@pytest.mark.timeout(3_600)
def test_every_basket_ends_hedged_unwound_or_flagged(counts) -> None:
    seen: Counter[str] = Counter()
    for seed in range(counts(20, 5_000)):
        sim = Sim(seed).run()
        assert not sim.broken, f"seed {seed}: {sim.broken[:3]}"
        ended = sim.witness.told
        seen[ended.step.value if ended is not None else "none"] += 1
        seen["baskets"] += sim.witness.baskets
        seen["sales"] += sim.witness.sales
        seen["crashes"] += sim.lives - 1
        seen.update(type(row).__name__ for row in sim.rows)
        seen.update(row.rule for row in sim.rows if isinstance(row, OrderRefused))
        seen.update(row.strategy for row in sim.rows if isinstance(row, PlaceOrder))
    assert not [name for name in SEEN if not seen[name]]


def test_a_seed_is_the_same_again_byte_for_byte() -> None:
    first, again = ([encode(row) for row in Sim(7).run().rows] for _ in range(2))
    assert first == again
    assert any(kind == "BasketMoved" for kind, _ in first)
