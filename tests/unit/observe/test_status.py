"""A run as data: counts by evidence, positions at the best bid, documented keys on top."""

from msgspec import structs
from tests.unit.core.building import (
    BUY,
    DOLLAR,
    LOOSE,
    SECOND,
    SHARE,
    YES,
    Scripted,
    cut,
    delta,
    engine,
    fill,
    forty_sixty,
    market,
    opening,
    placed,
    quote,
    seat,
    told,
)
from tests.unit.core.guarding import WATCH, Held

from polywire.core.engine.engine import Engine
from polywire.core.ids import InstrumentId, MarketId
from polywire.core.ledger.foreign import VENUE
from polywire.core.model.breaker import BreakerCause
from polywire.core.model.control import Cut, Operation, OperatorCommand
from polywire.core.model.intent import Quote
from polywire.core.model.market import MarketResolved, Proof
from polywire.core.model.reckoning import Correction
from polywire.core.units import Money, Ns, Quantity
from polywire.observe.held import held
from polywire.observe.latency import Latencies
from polywire.observe.memory import Memory
from polywire.observe.run_status import LatencyTarget, RestCalls, RunStatus, as_json, latency_target
from polywire.observe.status import book_lines, engine_status

T0 = 100 * SECOND


def traded() -> Engine:
    """An engine that bought 10 of a market at 40 cents and paid a cent of fees."""
    made = engine(seat(Scripted(lambda _: (quote(BUY, 40),))))
    told(made, *opening(forty_sixty(), at=T0))
    cut(made, T0)
    told(made, fill("f1", "run-1", cents=40, shares=10, fee=10_000))
    cut(made, T0 + 1)
    return made


def test_a_position_is_valued_at_the_best_bid() -> None:
    status = engine_status(traded(), "synthetic")
    (line,) = status.positions
    assert (line.strategy, line.market, line.outcome) == ("s", "Will m?", "Yes")
    assert (line.shares, line.paid, line.value) == (10_000_000, 4_010_000, 4_000_000)
    assert (line.average, line.unrealised, line.percent) == (401_000, -10_000, -0.25)
    total = held(status).total
    assert (total.positions, total.paid, total.value, total.realised) == (
        1,
        4_010_000,
        4_000_000,
        0,
    )
    assert (total.unrealised, total.percent) == (-10_000, -0.25)
    assert held(engine_status(engine(), "synthetic")).total.percent is None
    assert status.cash_micros == 1_000_000_000 - 4_010_000
    assert status.profit_micros == -10_000
    assert status.fees_micros == 10_000
    assert (status.orders.sent, status.orders.filled, status.orders.refused) == (2, 1, 0)


def test_the_loss_of_the_day_is_of_the_same_moment_as_the_profit() -> None:
    made = traded()
    status = engine_status(made, "synthetic")
    assert made.standing.loss == 0, "the limit looks once a second"
    assert (status.profit_micros, status.loss_micros) == (-10_000, 10_000)
    assert [one.loss_micros for one in status.strategies] == [10_000]
    made.standing.limits = structs.replace(LOOSE, loss_max=Money(5_000))
    assert engine_status(made, "synthetic").loss_micros == 4_999, "the limit has not seen it yet"
    cut(made, T0 + 2 * SECOND)
    assert engine_status(made, "synthetic").loss_micros == made.standing.loss == 10_000


def test_money_that_went_out_and_shares_of_others_are_neither_gain_nor_loss() -> None:
    made, memory = traded(), Memory()
    others = Correction(VENUE, YES, Quantity(5 * SHARE), Money(0))
    for correction in (Correction(VENUE, None, Quantity(0), Money(-200 * DOLLAR)), others):
        made.recover(correction)
    cut(made, T0 + SECOND)
    memory.take(Cut(Ns(T0 + SECOND)), made)
    status = engine_status(made, "synthetic")
    worth = 1_000 * DOLLAR - 10_000 - 200 * DOLLAR + 5 * 400_000
    assert status.equity_micros == made.standing.equity == worth
    assert memory.curve.points() == [(T0 + SECOND, worth)]
    assert status.profit_micros == -10_000
    assert [one.profit_micros for one in status.strategies] == [-10_000]
    assert (status.realised_micros, status.fees_micros) == (0, 10_000)
    assert status.others_micros == -200 * DOLLAR + 5 * 400_000


def test_what_others_made_is_in_no_part_of_the_profit() -> None:
    made = traded()
    made.recover(Correction(VENUE, YES, Quantity(5 * SHARE), Money(0)))
    told(made, MarketResolved(Ns(T0 + 2), Ns(T0 + 2), MarketId("m"), (Money(DOLLAR), Money(0))))
    status = engine_status(made, "synthetic")
    assert status.equity_micros == 1_000 * DOLLAR - 4_010_000 + 15 * DOLLAR
    assert status.profit_micros == status.realised_micros == 10 * DOLLAR - 4_010_000
    assert status.others_micros == 5 * DOLLAR


def test_shares_of_both_outcomes_are_shown_as_what_a_merge_would_free() -> None:
    both = (quote(BUY, 40), quote(BUY, 35, 6, "m-no"))
    made = engine(seat(Scripted(lambda _: both)))
    told(made, *opening(forty_sixty(), at=T0))
    cut(made, T0)
    told(made, fill("f1", "run-1", cents=40, shares=10))
    assert [line.paired for line in engine_status(made, "synthetic").positions] == [0]
    told(made, fill("f2", "run-2", cents=35, shares=6))
    lines = engine_status(made, "synthetic").positions
    assert [line.paired for line in lines] == [6_000_000] * 2
    assert held(engine_status(made, "synthetic")).total.paired_micros == 6_000_000


def test_a_position_says_where_its_exit_stands() -> None:
    (line,) = engine_status(traded(), "synthetic").positions
    assert (line.exit.state, line.exit.levels) == ("none", [])
    held = Held(WATCH)

    def exits() -> list[str]:
        return [line.exit.state for line in engine_status(held.engine, "synthetic").positions]

    assert exits() == ["waiting"]
    held.cut()
    assert exits() == ["armed"]
    held.book((30, 100))
    (sale,) = placed(held.cut())
    assert exits() == ["selling"]
    held.tell(fill("f1", sale.order_id, 30, 6))
    assert exits() == ["dust"]


def test_books_count_by_whether_they_may_be_traded_on() -> None:
    made = traded()
    assert engine_status(made, "synthetic").books.proven == 1
    cut(made, T0 + 61 * SECOND)
    books = engine_status(made, "synthetic").books
    assert (books.tracked, books.proven, books.suspect) == (1, 0, 1)
    (line,) = book_lines(made)
    assert (line.bid, line.ask, line.distrust) == (400_000, 600_000, "stale proof")
    assert line.proof_age_ns == 61 * SECOND


def test_hashes_of_a_rebuilt_source_do_not_count_as_agreed() -> None:
    made = engine()
    venue = forty_sixty()
    told(made, *opening(venue, at=T0))
    cut(made, T0)
    told(made, venue.delta(T0 + 1, (0, 41, 5)))
    cut(made, T0 + 1)
    assert engine_status(made, "synthetic").hash.agreed == 2
    rebuilt = engine_status(made, "rebuilt").hash
    assert (rebuilt.checked, rebuilt.agreed, rebuilt.rebuilt) == (2, 0, 2)


def test_entries_that_have_not_agreed_yet_are_waiting() -> None:
    made = engine()
    venue = forty_sixty()
    told(made, *opening(venue, at=T0))
    cut(made, T0)
    proofs = (venue.proof(0, T0 + 5), venue.proof(1, T0 + 5))
    told(made, delta(T0 + 5, (0, 41, 5), proofs=proofs))
    cut(made, T0 + 5)
    assert engine_status(made, "synthetic").hash.waiting == 2


def test_prompt_late_and_wrong_hashes_are_told_apart() -> None:
    made = engine()
    venue = forty_sixty()
    told(made, *opening(venue, at=T0))
    cut(made, T0)
    first, second = venue.delta(T0 + 1, (0, 41, 5)), venue.delta(T0 + 2, (0, 42, 5))
    told(made, structs.replace(first, proofs=(venue.proof(0, T0 + 1),)), second)
    told(made, delta(T0 + 3, (0, 39, 5), proofs=(Proof(1, "wrong", None, None, touch=False),)))
    cut(made, T0 + 3)
    cut(made, T0 + 3 * SECOND)
    hashes = engine_status(made, "synthetic").hash
    assert (hashes.checked, hashes.agreed, hashes.late, hashes.wrong) == (4, 2, 1, 1)
    assert (hashes.groups, hashes.groups_late, hashes.waiting) == (4, 1, 0)


def test_what_is_halted_is_named() -> None:
    def broken(_: object) -> tuple[Quote, ...]:
        raise ValueError("no idea")

    made = engine(seat(Scripted(lambda _: ())), seat(Scripted(broken, name="bad")))
    told(made, *opening(forty_sixty(), at=T0))
    cut(made, T0)
    status = engine_status(made, "synthetic")
    assert (status.halted, status.halted_strategies) == ("", ["bad"])
    assert [(one.name, one.state) for one in status.strategies] == [
        ("s", "active"),
        ("bad", "halted"),
    ]
    told(made, OperatorCommand(Ns(T0), Operation.HALT, "lunch"))
    assert engine_status(made, "synthetic").halted == "lunch"


def test_a_reason_names_market_and_outcome_and_not_the_venues_number() -> None:
    made = engine()
    known, unknown = "7" * 77, "8" * 77
    listed = market("m")
    yes = structs.replace(listed.outcomes[0], instrument=InstrumentId(known))
    asked = structs.replace(
        listed, question="Will it rain in Reykjavik on the third of May?",
        outcomes=(yes, listed.outcomes[1]),
    )  # fmt: skip
    made.ledger.markets[InstrumentId(known)] = asked
    for instrument, words in (
        (known, "reconciliation: Yes of 'Will it rain in Reykjavik on the ...': 20, expected 10"),
        (unknown, "reconciliation: 8888...8888: 20, expected 10"),
    ):
        said = f"reconciliation: {instrument}: 20, expected 10"
        made.breaker.trip(BreakerCause.RECONCILIATION, said)
        status = engine_status(made, "synthetic")
        assert status.halted == status.breaker[0].reason == words
        made.breaker.resume("", by_hand=True)


def test_the_engines_keys_stand_beside_the_runs() -> None:
    made = traded()
    run = RunStatus(
        source="synthetic",
        mode="paper",
        seconds=1.0,
        frames=5,
        events=4,
        cuts=3,
        merged_frames=1,
        engine=engine_status(made, "synthetic"),
        books=list(book_lines(made)),
        feeds=[],
        rest_calls=RestCalls(1, 2, 4),
        reconnects=0,
        undecodable=0,
        unknown=0,
        errors=0,
        latency_us={},
        latency_target=LatencyTarget(100.0, 0.25, 2),
        journal="",
    )
    flat = as_json(run)
    assert flat["frames"] == 5
    assert flat["rest_calls"] == {"book": 1, "catalogue": 2, "bytes": 4}
    assert flat["latency_target"] == {"ms": 100.0, "share_above": 0.25, "alerts": 2}
    assert flat["books"] == {"tracked": 1, "proven": 1, "suspect": 0}
    assert isinstance(flat["book_lines"], list)
    assert "engine" not in flat


def test_the_target_is_told_in_milliseconds_with_the_share_of_decisions_above_it() -> None:
    latencies = Latencies(5_000_000)
    for value in (4_000_000, 5_000_000, 5_000_001, 6_000_000):
        latencies.stages["receive_to_decision"].add(value)
    latencies.stages["decision_to_committed"].add(1)
    latencies.turn(Ns(60 * SECOND))
    assert latency_target(latencies) == LatencyTarget(5.0, 0.5, 1)
    assert latency_target(Latencies()) == LatencyTarget(100.0, 0.0, 0)
