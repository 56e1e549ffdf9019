"""What of a run somebody should hear of, rule by rule, and what nobody should."""

import msgspec
import pytest
from msgspec import structs
from tests.unit.observe.alert_rows import (
    BY_HAND,
    DAY,
    DIFFERENCE,
    FLAGGED,
    LISTED,
    MONEY_IN,
    PAYS,
    REFUSED,
    SECOND,
    TERMS,
    S,
    at,
    counts,
    fill,
    gap,
    heard,
    money,
    moved,
    order,
    reconnector,
    started,
)

from polywire.config.demo import demo_settings
from polywire.config.schema import dump as dump_settings
from polywire.core.ids import (
    FillId,
    MarketId,
    OrderId,
)
from polywire.core.model.account import (
    FillSettled,
    OrderRejected,
    OrderUnknown,
    Settlement,
)
from polywire.core.model.breaker import BreakerCause
from polywire.core.model.command import StrategyHalted
from polywire.core.model.control import (
    AccountFeedMoved,
    AlertRaised,
    Operation,
    OperatorCommand,
    ReconnectorState,
    StoodStill,
)
from polywire.core.model.event import Record
from polywire.core.model.healing import ChecksumsJudged, GapClosed
from polywire.core.model.reckoning import DifferenceFound
from polywire.core.units import Ns
from polywire.observe.alert import SEVERITIES, Alert, AlertTerms, Rule, Severity
from polywire.observe.alerts import Alerts

CASES = [
    (Rule.RUN, [started()], 0, "a run begins, Polywire 0.1"),
    (Rule.RUN, [counts(ending=True)], 0, "the run is over, cleanly"),
    (Rule.SILENCE, [LISTED], 90, "the engine wrote nothing for 90 s: it hangs"),
    (
        Rule.BREAKER,
        [moved(BreakerCause.LOSS, "lost $25")],
        0,
        "nothing is bought until it is resumed (loss): lost $25",
    ),
    (
        Rule.BREAKER,
        [moved(BreakerCause.RUN, "the disk is full")],
        0,
        "trading is halted until the next start (run): the disk is full",
    ),
    (
        Rule.BREAKER,
        [moved(BreakerCause.UNREAD, "not read")],
        31,
        "nothing is bought until the account was read (unread): not read",
    ),
    (
        Rule.OPERATOR,
        [moved(BreakerCause.HAND, "lunch")],
        0,
        "trading is halted until it is resumed (hand): lunch",
    ),
    (Rule.OPERATOR, [BY_HAND], 0, "halt by ann (uid 7): lunch"),
    (Rule.LOSS, [money(loss=10)], 0, "lost $10.00 today, of at most $20.00"),
    (Rule.LOSS, [money(own=8)], 0, "strategy s has lost $8.00 today, of at most $10.00"),
    (Rule.BALANCE, [money(cash=49)], 0, "$49.00 of cash are left"),
    (
        Rule.UNKNOWN,
        [LISTED, order(), OrderUnknown(at(0), OrderId("o1"), "no reply")],
        0,
        "nobody knows what became of the buy of Yes of 'Will m?' (s): no reply",
    ),
    (
        Rule.REJECTED,
        [LISTED, order(), OrderRejected(at(0), OrderId("o1"), "not enough balance")],
        0,
        "not taken: buy of Yes of 'Will m?' (s): not enough balance",
    ),
    (
        Rule.REFUSED,
        [LISTED, REFUSED],
        0,
        "s: buy of Yes of 'Will m?' refused by position_limit: at 300 shares",
    ),
    (Rule.RECONCILIATION, [DIFFERENCE], 0, "the venue differs, cash: 2 here, 1 there"),
    (Rule.RECONCILIATION, [MONEY_IN], 0, "$3.00 came in, and nothing here says why"),
    (
        Rule.REVERSED,
        [FillSettled(at(0), FillId("f1"), Settlement.REVERSED)],
        0,
        "the venue undid fill f1",
    ),
    (
        Rule.STRATEGY,
        [StrategyHalted(S, "Traceback ...\n  line\nValueError: no")],
        0,
        "strategy s raised and was halted: ValueError: no",
    ),
    (
        Rule.ACCOUNT,
        [AccountFeedMoved(at(0), up=False, cause="closed")],
        10,
        "the account's channel is silent: closed",
    ),
    (Rule.GUARD, [AlertRaised(at(0), "watchdog", "it fired")], 0, "it fired"),
    (Rule.LATENCY, [AlertRaised(at(0), "latency venue", "slow")], 0, "slow"),
    (Rule.SCANNER, [AlertRaised(at(0), "scanner", "empty")], 0, "empty"),
    (Rule.CHANNEL, [AlertRaised(at(0), "alerts", "channel 1 fails")], 0, "channel 1 fails"),
    (Rule.CEILING, [AlertRaised(at(0), "ceiling", "too many")], 0, "too many"),
    (Rule.DISK, [AlertRaised(at(0), "disk", "1 MiB is left")], 0, "1 MiB is left"),
    (
        Rule.CHECKSUMS,
        [ChecksumsJudged(at(0), believed=False, books=7)],
        0,
        "the venue's hashes are not believed: 7 books refute them",
    ),
    (
        Rule.CONNECTION,
        [reconnector(ReconnectorState.OPEN)],
        0,
        "market-1 is not connected, after 3 attempts: refused",
    ),
    (
        Rule.BOOKS,
        [LISTED, gap("m")],
        60,
        "1 book is in doubt for over 60 s and not traded on: 'Will m?' (checksum)",
    ),
    (Rule.BASKET, [FLAGGED], 0, "a basket of s holds unequal shares: stuck"),
    (Rule.RATE, [counts(refused=4)], 0, "the venue refused 4 requests: too many (429)"),
    (Rule.STANDSTILL, [StoodStill(at(0), at(-7))], 0, "nothing was decided for 7 s"),
    (
        Rule.FILL,
        [LISTED, order(), fill(10)],
        0,
        "filled, 10 at 0.5, $5.00: buy of Yes of 'Will m?' (s)",
    ),
    (
        Rule.RESOLUTION,
        [LISTED, order(), fill(1), PAYS],
        0,
        "resolved: 'Will m?': Yes pays $1.00, No pays $0.00",
    ),
]


@pytest.mark.parametrize(("rule", "records", "after", "text"), CASES)
def test_a_rule_tells_once_in_words_and_as_loud_as_it_matters(
    rule: Rule, records: list[Record], after: float, text: str
) -> None:
    (told,) = heard(*records, after=after)
    assert (told.key.partition(" ")[0], told.text) == (rule, text)
    assert told.severity is SEVERITIES[rule]


def test_every_rule_was_told() -> None:
    of_the_watcher = {Rule.ENDED, Rule.JOURNAL}
    assert {case[0] for case in CASES} | of_the_watcher == set(Rule) == set(SEVERITIES)


@pytest.mark.parametrize(
    "records",
    [
        [moved(BreakerCause.RUN, "shutting down")],
        [moved(BreakerCause.UNREAD), moved(BreakerCause.UNREAD, to_open=False)],
        [OperatorCommand(at(0), Operation.HALT, "shutting down")],
        [money(cash=50, loss=9, own=4)],
        [LISTED, order(), fill(9)],
        [LISTED, PAYS],
        [DifferenceFound("cash", 2, 1, "a fill that is under way")],
        [AccountFeedMoved(at(0), up=True, cause="a frame was lost")],
        [reconnector(ReconnectorState.CLOSED)],
        [gap("m"), GapClosed(MarketId("m"), at(0), at(1), "c", "rest", "", 0)],
        [gap("m"), counts("another")],
        [gap("m"), PAYS],
        [counts("m", ending=True)],
    ],
)  # fmt: skip
def test_what_is_as_it_should_be_is_not_told(records: list[Record]) -> None:
    told = heard(*records, after=89)
    assert [one.text for one in told if one.text != "the run is over, cleanly"] == []


def test_two_channels_that_fail_are_two_things() -> None:
    told = heard(*(AlertRaised(at(0), "alerts", f"channel {one} fails") for one in (1, 2)))
    assert len({one.key for one in told}) == 2


def test_what_a_person_asks_for_says_of_which_strategy_market_or_order() -> None:
    for operation, subject, value, words in (
        (Operation.HALT, "", "", "halt by me: why"),
        (Operation.DISABLE, "touch-1", "", "disable touch-1 by me: why"),
        (Operation.SET, "touch-1", '{"size":1}', 'set touch-1 {"size":1} by me: why'),
        (Operation.ADD, '{"name":"touch-1"}', "", "add by me: why"),
    ):
        (alert,) = heard(OperatorCommand(at(0), operation, "why", "me", subject, value))
        assert alert.text == words


def test_two_operations_that_are_read_together_are_two_things() -> None:
    asked = [OperatorCommand(at(0), one, "why", "me") for one in (Operation.HALT, Operation.RESUME)]
    assert len({one.key for one in heard(*asked)}) == 2


def test_without_bounds_no_fill_and_no_balance_is_told() -> None:
    nothing = AlertTerms(suspect_ns=SECOND)
    assert heard(LISTED, order(), fill(10_000), money(cash=0), terms=nothing) == []


def test_each_part_of_a_loss_limit_is_told_once_a_day() -> None:
    alerts = Alerts(TERMS)
    told = []
    for now, loss in enumerate((9, 10, 12, 9, 10, 16, 19, 3, 17)):
        alerts.take(money(loss=loss), at(now))
        told += [one.key for one in alerts.due(at(now))]
    assert told == ["loss 50", "loss 80"]
    tomorrow = Ns(at(0) + DAY)
    alerts.take(money(loss=17), tomorrow)
    assert alerts.due(tomorrow) == [], "written before midnight, and read after it"
    alerts.take(structs.replace(money(loss=17), recv_ns=tomorrow), tomorrow)
    assert [one.key for one in alerts.due(tomorrow)] == ["loss 80"]


def test_orders_near_the_limit_of_a_minute_are_told() -> None:
    settings = demo_settings()
    most = settings.limits.orders_per_minute
    alerts = Alerts(TERMS)
    alerts.take(started(dump_settings(settings)), at(0))
    alerts.due(at(0))
    near = -(-80 * most // 100)
    for number in range(near - 1):
        alerts.take(order(number), at(0))
    assert alerts.due(at(0)) == []
    alerts.take(order(near), at(60))
    assert alerts.due(at(60)) == [], "the others are a minute old"
    for number in range(near - 1):
        alerts.take(order(number), at(61))
    (told,) = alerts.due(at(61))
    assert told.text == f"{near} orders in a minute, of at most {most}"


def test_orders_from_before_do_not_count_for_the_limit_of_a_minute() -> None:
    alerts = Alerts(TERMS)
    alerts.take(started(dump_settings(demo_settings())), at(0))
    for number in range(1_000):
        alerts.take(order(number), at(0))
    alerts.hush(at(0), amid_run=False)
    alerts.take(order(1_001), at(0))
    assert alerts.due(at(0)) == []


def test_a_configuration_that_is_not_understood_only_leaves_out_the_rate() -> None:
    assert [one.key for one in heard(started("{not json"), order())] == ["run one"]


def test_what_was_before_is_known_and_not_told() -> None:
    alerts = Alerts(TERMS)
    for record in (LISTED, order(), fill(10), StrategyHalted(S, "x"), started()):
        alerts.take(record, at(0))
    alerts.hush(at(0), amid_run=False)
    assert alerts.due(at(1_000)) == [], "not even silence: nobody speaks yet"
    alerts.take(PAYS, at(1_001))
    assert [one.key for one in alerts.due(at(1_001))] == ["resolution m"]


def test_a_run_that_ends_without_a_word_is_told() -> None:
    alerts = Alerts(TERMS)
    alerts.end(at(0))
    assert alerts.due(at(0)) == [], "nothing ever ran"
    alerts.take(started(), at(0))
    alerts.due(at(0))
    alerts.end(at(1))
    (told,) = alerts.due(at(1))
    assert (told.key, told.severity) == ("ended", Severity.CRITICAL)
    alerts.take(counts(ending=True), at(2))
    alerts.due(at(2))
    alerts.end(at(3))
    assert alerts.due(at(3)) == []


def test_an_alert_can_be_kept_and_read_again() -> None:
    told = Alert(at(0), Severity.ERROR, "loss 50", "words")
    assert msgspec.json.decode(msgspec.json.encode(told), type=Alert) == told
