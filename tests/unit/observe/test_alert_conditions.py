"""What lasts, when it begins and when it is over, and in which words all of it is told."""

from msgspec import structs
from tests.unit.core.building import market
from tests.unit.observe.alert_rows import (
    LISTED,
    TERMS,
    at,
    gap,
    heard,
    moved,
    reconnector,
    started,
)

from polywire.core.ids import (
    InstrumentId,
    MarketId,
)
from polywire.core.ledger.dump import dump
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.breaker import BreakerCause
from polywire.core.model.control import (
    AccountFeedMoved,
    AlertRaised,
    ReconnectorState,
)
from polywire.core.model.healing import GapClosed
from polywire.core.model.market import InstrumentListed
from polywire.core.model.reckoning import DifferenceFound
from polywire.observe.alert import Alert, Severity
from polywire.observe.alerts import Alerts


def test_the_venues_numbers_are_put_into_words_in_every_alert() -> None:
    number = InstrumentId("7" * 77)
    named = market()
    other = structs.replace(named.outcomes[1], instrument=number)
    listed = InstrumentListed(at(0), structs.replace(named, outcomes=(named.outcomes[0], other)))
    reason = f"reconciliation: {number}: 2 here, 1 there"
    halted, differs = heard(
        listed,
        DifferenceFound(number, 2_000_000, 1_000_000, ""),
        moved(BreakerCause.RECONCILIATION, reason),
    )[::-1]
    assert halted.text == (
        "trading is halted until it is resumed (reconciliation): "
        "reconciliation: No of 'Will m?': 2 here, 1 there"
    )
    assert differs.text == "the venue differs, No of 'Will m?': 2 here, 1 there"
    (unknown,) = heard(DifferenceFound(number, 2_000_000, 1_000_000, ""))
    assert unknown.text == "the venue differs, instrument 7777777777: 2 here, 1 there"


def test_what_lasts_is_told_once_and_when_it_is_over() -> None:
    alerts = Alerts(TERMS)
    told = []
    for second in range(5):
        alerts.take(reconnector(ReconnectorState.OPEN), at(second))
        alerts.take(reconnector(ReconnectorState.HALF_OPEN, "market-1.2"), at(second))
        told += alerts.due(at(second))
    alerts.take(reconnector(ReconnectorState.CLOSED, "market-1.3"), at(6))
    told += alerts.due(at(6))
    key = "connection market-1"
    assert [(one.severity, one.key, one.over, one.weight) for one in told] == [
        (Severity.WARNING, key, None, Severity.WARNING),
        (Severity.INFO, key, Severity.WARNING, Severity.WARNING),
    ]


def test_a_silent_account_that_speaks_in_time_is_not_told() -> None:
    alerts = Alerts(TERMS)
    alerts.take(AccountFeedMoved(at(0), up=False, cause="closed"), at(0))
    assert alerts.due(at(9.9)) == []
    alerts.take(AccountFeedMoved(at(9.9), up=True, cause=""), at(9.9))
    assert alerts.due(at(99)) == [], "nor that it is over"


def test_books_in_doubt_are_one_alert_and_over_when_the_last_is_proven() -> None:
    alerts = Alerts(TERMS)
    for name in "abcd":
        alerts.take(InstrumentListed(at(0), market(name)), at(0))
        alerts.take(gap(name), at(0))
    (told,) = alerts.due(at(60))
    named = "'Will a?', 'Will b?', 'Will c?', ..."
    assert told.text == f"4 books are in doubt for over 60 s and not traded on: {named} (checksum)"
    for name in "abc":
        alerts.take(GapClosed(MarketId(name), at(0), at(61), "", "", "", 0), at(61))
    assert alerts.due(at(61)) == []
    alerts.take(GapClosed(MarketId("d"), at(0), at(62), "", "", "", 0), at(62))
    (over,) = alerts.due(at(62))
    assert over.severity is Severity.INFO


def test_what_still_lasts_from_before_is_told() -> None:
    ledger = Ledger()
    ledger.tripped[BreakerCause.HAND] = moved(BreakerCause.HAND, "lunch")
    ledger.tripped[BreakerCause.SILENCE] = moved(BreakerCause.SILENCE)
    alerts = Alerts(TERMS)
    alerts.restore(dump(ledger))
    alerts.hush(at(0), amid_run=False)
    alerts.take(started(), at(1))
    assert [one.key for one in alerts.due(at(1))] == ["run one", "operator hand"]


def test_a_journal_that_cannot_be_read_is_told_and_that_it_can_again() -> None:
    alerts = Alerts(TERMS)
    alerts.unreadable("row 7 is damaged", at(0))
    assert alerts.due(at(2.9)) == [], "a day's file may just be moved"
    (told,) = alerts.due(at(3))
    text = "the journal cannot be read: row 7 is damaged"
    assert told == Alert(at(3), Severity.ERROR, "journal", text)
    alerts.unreadable("row 7 is damaged", at(4))
    alerts.take(started(), at(5))
    alerts.readable(at(5))
    over = Alert(at(5), Severity.INFO, "journal", f"over: {text}", over=Severity.ERROR)
    assert over in alerts.due(at(5))


def test_an_engine_does_not_hang_because_its_journal_cannot_be_read() -> None:
    alerts = Alerts(TERMS)
    alerts.take(started(), at(0))
    told = []
    for second in range(1, 200):
        alerts.unreadable("no such file", at(second))
        told += [one.key for one in alerts.due(at(second))]
    assert told == ["run one", "journal"]
    alerts.readable(at(200))
    assert [(one.key, one.over) for one in alerts.due(at(289))] == [
        ("journal", Severity.ERROR),
        ("silence", None),
    ], "it writes nothing since the last look in vain"


def test_an_engine_that_hung_before_hangs_on() -> None:
    alerts = Alerts(TERMS)
    alerts.take(started(), at(0))
    assert [one.key for one in alerts.due(at(90))] == ["run one", "silence"]
    alerts.unreadable("no such file", at(91))
    assert alerts.due(at(91)) == [], "nobody knows that it writes again"
    alerts.take(LISTED, at(92))
    assert [one.over for one in alerts.due(at(92))] == [Severity.CRITICAL]


def test_wallets_and_order_numbers_are_told_by_their_ends() -> None:
    wallet, number = "0x" + "ab" * 20, "0x" + "cd" * 32
    (told,) = heard(AlertRaised(at(0), "watchdog", f"of {wallet}:\n{number} (x)"))
    assert told.text == "of 0xabab...abab: 0xcdcd...cdcd (x)"
