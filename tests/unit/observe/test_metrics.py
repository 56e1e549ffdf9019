"""What a scrape returns is what was counted, by Prometheus' own parser, and what the page says."""

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from tests.pages import DOCS, rows
from tests.unit.core.building import (
    BUY,
    NaiveVenue,
    Scripted,
    cut,
    engine,
    fill,
    forty_sixty,
    opening,
    quote,
    seat,
    told,
)

from polywire.core.ids import FeedId, MarketId, StrategyId
from polywire.core.model.control import Operation, OperatorCommand
from polywire.core.model.counts import (
    FeedsCounted,
    MarketCount,
    ReplyCount,
    SocketCount,
    StageCount,
)
from polywire.core.units import Ns
from polywire.observe.account_metrics import Watched, account_metrics, watched
from polywire.observe.latency import Histogram, Latencies
from polywire.observe.metrics import Moment, Proof, exposition, proofs_of, spreads_of
from polywire.observe.run_status import AccountCounts

PAGE = DOCS / "reference" / "metrics.md"
SECOND = 1_000_000_000
T0 = 100 * SECOND


def moment() -> Moment:
    latencies = Latencies()
    for micros in (90, 400, 400, 2_000_000, 9_000_000):
        latencies.stages["receive_to_decision"].add(micros * 1_000)
    counts = FeedsCounted(
        Ns(T0), Ns(50 * SECOND), Ns(SECOND // 10), 900,
        (MarketCount(MarketId('0x"1'), 60, 120, 100, 4, 3, 5, 4, 50, 2),),
        (SocketCount(FeedId("market-1"), 1_000, 1, 2, 3, 4),
         SocketCount(FeedId("market-1.2"), 10, 0, 0, 1, 0, 5, 2_000_000, 30_000_000)),
        (ReplyCount("book", 429, 2),),
        (StageCount("receive_to_decision", 5, 2, 0, 0, 0),),
    )  # fmt: skip
    return Moment(
        version="1",
        source="synthetic",
        counts=counts,
        proofs=[Proof(MarketId("a"), True, 2 * SECOND), Proof(MarketId("b"), False, None)],
        gaps=7,
        decisions=800,
        live={FeedId("market-1"): False, FeedId("market-1.2"): True},
        spreads=spreads_of(latencies),
        account=account(),
    )


def account() -> Watched:
    """Two orders of 10 at 40 cents, of which one filled; the gate refused a third."""
    made = engine(seat(Scripted(lambda _: (quote(BUY, 40), quote(BUY, 20, 500, "m-no")))))
    told(made, *opening(forty_sixty(), at=T0))
    cut(made, T0)
    told(made, fill("f1", "run-1", cents=40, shares=10))
    cut(made, T0 + SECOND)
    told(made, OperatorCommand(Ns(T0), Operation.HALT, "lunch", "me"))
    counts = AccountCounts(orders_unknown=3)
    guards = {
        "watchdog": "on",
        "dead-man switch": "off: others rest",
        "before this run": "it cancelled 2 orders",
        "after this run": "it will cancel 1 order",
    }
    rates = {"orders": (15, 60)}
    return watched(made, Ns(T0 + 4 * SECOND), {"order_size": 2}, counts, guards, rates)


def families(text: bytes) -> dict[str, Metric]:
    """By the name that the page has: counters with their ending."""
    found = text_string_to_metric_families(text.decode())
    return {each.name + "_total" * (each.type == "counter"): each for each in found}


def value(sample: str, **labels: str) -> float:
    (found,) = (
        each.value
        for family in families(exposition(moment())).values()
        for each in family.samples
        if each.name == sample and each.labels == labels
    )
    return float(found)


def test_the_page_names_every_metric_with_its_type_and_labels() -> None:
    _, *documented = rows(PAGE, "## What is told")
    told_there = {cells[0].strip("`"): (cells[1], {*cells[2].split(", ")}) for cells in documented}
    scraped = {}
    for name, family in families(exposition(moment())).items():
        labels = {label for each in family.samples for label in each.labels if label != "le"}
        scraped[name] = (family.type, labels or {"none"})
    assert told_there == scraped


def test_counters_and_gauges_have_the_counted_values() -> None:
    market = '0x"1'
    assert value("polywire_feed_messages_total", market=market) == 60
    assert value("polywire_feed_hashes_total", market=market, result="agreed") == 100
    assert value("polywire_feed_hashes_total", market=market, result="late") == 4
    assert value("polywire_feed_hashes_total", market=market, result="wrong") == 3
    assert value("polywire_feed_snapshots_total", market=market, result="differing") == 1
    assert value("polywire_feed_touches_total", market=market, result="agreed") == 48
    assert value("polywire_feed_touches_total", market=market, result="differing") == 2
    assert value("polywire_rest_replies_total", purpose="book", status="429") == 2
    assert value("polywire_book_views_total") == 900
    assert value("polywire_feed_gaps_total") == 7
    assert value("polywire_start_time_seconds") == 50
    assert value("polywire_latency_above_target_total", stage="receive_to_decision") == 2


def test_a_place_has_one_value_while_its_socket_is_replaced() -> None:
    assert value("polywire_feed_frames_total", feed="market-1") == 1_010
    assert value("polywire_feed_reconnects_total", feed="market-1") == 4
    assert value("polywire_feed_up", feed="market-1") == 1
    assert value("polywire_feed_lead_seconds", feed="market-1", quantile="0.99") == 0.03


def test_latencies_are_a_histogram_in_seconds() -> None:
    def below(bound: str) -> float:
        return value("polywire_latency_seconds_bucket", stage="receive_to_decision", le=bound)

    assert [below(bound) for bound in ("0.0001", "0.0005", "1.0", "5.0", "+Inf")] == [1, 3, 3, 4, 5]
    total = value("polywire_latency_seconds_sum", stage="receive_to_decision")
    assert total == (90 + 400 + 400 + 2_000_000 + 9_000_000) / 1e6


def test_values_below_nothing_are_nothing_in_the_sum_too() -> None:
    histogram = Histogram()
    for value_ns in (-5, 7):
        histogram.add(value_ns)
    assert (histogram.at_most([0, 6, 7]), histogram.total_ns) == ([1, 1, 2], 7)


def test_a_book_is_proven_or_not_and_has_the_age_of_its_proof() -> None:
    made = engine(seat(Scripted(lambda _: ())))
    listed, *rest = opening(NaiveVenue("m"), at=T0)
    told(made, listed, *rest[:-1])
    cut(made, T0)
    assert proofs_of(made) == [Proof(MarketId("m"), False, None)]
    told(made, rest[-1])
    cut(made, T0 + SECOND)
    assert proofs_of(made) == [Proof(MarketId("m"), True, SECOND)]


def test_a_halted_account_tells_its_money_its_stops_and_its_orders() -> None:
    assert value("polywire_halted") == 1
    assert value("polywire_breaker_open", cause="hand") == 1
    assert value("polywire_breaker_open", cause="loss") == 0
    assert value("polywire_cash_dollars") == 996
    assert value("polywire_equity_dollars") == 1_000
    assert value("polywire_positions") == 1
    assert value("polywire_open_orders", state="live") == 0
    assert value("polywire_open_orders", state="sent") == 2
    assert value("polywire_orders_sent_total") == 3
    assert value("polywire_orders_refused_total", rule="order_size") == 2
    assert value("polywire_account_events_total", event="orders_unknown") == 3
    assert value("polywire_venue_rate_left", kind="orders") == 15
    assert value("polywire_venue_rate_max", kind="orders") == 60
    assert value("polywire_guard_on", guard="watchdog") == 1
    assert value("polywire_guard_on", guard="dead-man switch") == 0


def test_what_a_guard_did_or_will_do_is_no_guard_that_is_off() -> None:
    family = families(exposition(moment()))["polywire_guard_on"]
    assert [each.labels["guard"] for each in family.samples] == ["watchdog", "dead-man switch"]


def test_a_strategy_that_raised_is_told_apart_from_one_that_a_person_stopped() -> None:
    made = engine(*(seat(Scripted(lambda _: (), name)) for name in ("fine", "raised", "sent-off")))
    told(made, *opening(forty_sixty(), at=T0))
    cut(made, T0)
    seats = made.roster.seats
    seats[StrategyId("raised")].halted = "ZeroDivisionError"
    seats[StrategyId("sent-off")].retired = True
    seen = watched(made, Ns(T0), {}, AccountCounts(), {}, {})
    of = {family.name: family for family in account_metrics(seen)}
    told_of = {
        name: {each.labels["strategy"]: each.value for each in of[f"polywire_{name}"].samples}
        for name in ("strategy_active", "strategy_halted")
    }
    assert told_of["strategy_active"] == {"fine": 1, "raised": 0, "sent-off": 0}
    assert told_of["strategy_halted"] == {"fine": 0, "raised": 1, "sent-off": 0}
    assert value("polywire_strategy_active", strategy="s") == 1
    assert value("polywire_feed_age_seconds", feed="ws") == 4
