"""A basket on the page: where it stands, what it ties up, for how long, and what is amiss."""

from tests.unit.core.basketing import Bench
from tests.unit.core.building import SECOND, placed

from polywire.cli.holdings import baskets
from polywire.observe.status import engine_status


def test_a_basket_takes_one_line() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    bench.strategy.wants = None
    bench.done(a, 17)
    bench.done(b, 20)
    bench.done(c, 20)
    bench.cut()
    bench.cut(2 * SECOND)
    (line,) = baskets(engine_status(bench.engine, "synthetic"))
    assert str(line) == (
        "basket flagged, 17 sets of 3, $17.10 for $17.00 in 1 d, 0.00% a day "
        "6 shares too many: too few shares for an order"
    )
