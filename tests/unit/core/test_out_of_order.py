"""What comes late or is known early by the venue: prints, hashes, REST books."""

from tests.unit.core.building import BID, CENT, SECOND, WS
from tests.unit.core.test_integrity import Rig as Joined
from tests.unit.core.test_watch import T0, M
from tests.unit.core.test_watch import Rig as Watching

from polywire.core.model.instrument import Side
from polywire.core.model.market import PublicTrade
from polywire.core.units import Ns, Price, Quantity


def test_a_late_print_of_an_older_trade_does_not_undo_a_newer_price() -> None:
    rig = Watching()
    rig.watch.snapshot(rig.venue.snapshot(T0))
    for at, venue_ns, cents in ((20, 20, 50), (21, 12, 45)):
        price = Price(cents * CENT)
        rig.watch.trade(
            PublicTrade(Ns(T0 + at), Ns(T0 + venue_ns), M, 0, Side.BUY, price, Quantity(1), WS)
        )
    assert rig.watch.books[M].book.last_trade == 50 * CENT


def test_a_first_book_may_come_by_rest_unless_a_change_it_misses_was_skipped() -> None:
    rig = Watching()
    rig.watch.delta(rig.venue.delta(T0 + 10, (BID, 41, 1)))
    rig.watch.snapshot(rig.venue.snapshot(T0 + 20, venue_ns=T0 + 9, feed="rest"))
    assert rig.touch == (None, None)
    rig.watch.snapshot(rig.venue.snapshot(T0 + 30, venue_ns=T0 + 10, feed="rest"))
    assert rig.touch == (41, 60)


def test_hashes_that_knew_a_trade_before_us_are_not_wrong() -> None:
    rig = Joined()
    rig.snapshot(rig.venue.snapshot(T0))
    rig.venue.last_trade = 55 * CENT
    rig.delta(rig.venue.delta(T0 + 10, (BID, 41, 1)))
    rig.delta(rig.venue.delta(T0 + 20, (BID, 42, 1)))
    rig.trade(T0 + 30, 55)
    rig.integrity.expire(Ns(T0 + 10 * SECOND))
    assert (rig.tally.late, rig.tally.superseded, rig.tally.wrong) == (2, 2, 0)
    assert rig.integrity.suspect == ""


def test_a_first_book_may_come_by_rest() -> None:
    rig = Watching()
    rig.watch.snapshot(rig.venue.snapshot(T0, venue_ns=0, feed="rest"))
    assert rig.touch == (40, 60)
