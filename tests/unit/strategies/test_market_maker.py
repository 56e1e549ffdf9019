"""What the market maker wants, and when it wants nothing, in numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from tests.unit.core.building import BUY, CENT, SELL, SHARE, quote
from tests.unit.strategies.making import NAME, SECOND, Table, told

from polywire.core.ids import MarketId
from polywire.core.model.instrument import Rewards
from polywire.core.strategy import Appraiser, Listener
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.core.view import Footing
from polywire.strategies.market_maker import MarketMaker, Mood, mood_of
from polywire.strategies.others import others

EVEN = {48: 100, 47: 100}, {52: 100, 53: 100}
AT_49_51 = [quote(BUY, 49), quote(BUY, 49, 10, "m-no")]
HOUR = 3_600 * SECOND


def table(seconds: int = 30, **changes: object) -> Table:
    made = Table(told(**changes))
    made.show(*EVEN)
    if seconds:
        made.warm(seconds)
    return made


def mood(made: Table) -> Mood:
    look = made.maker.senses[MarketId("m")].look(made.view())
    assert look is not None
    return mood_of(made.maker.parameters, made.view(), look)


def test_it_bids_on_both_outcomes_around_the_fair_value() -> None:
    assert table().look() == AT_49_51


def test_it_listens() -> None:
    assert isinstance(table().maker, Listener)


def test_it_leans_to_the_heavier_side_and_never_bids_at_the_fair_value() -> None:
    made = table()
    made.show({48: 900}, {52: 100})
    assert made.look() == [quote(BUY, 50), quote(BUY, 47, 10, "m-no")]  # fair 51.6 cents


def test_it_says_what_it_took_a_market_to_be_worth() -> None:
    made = table(0)
    assert isinstance(made.maker, Appraiser)
    assert made.maker.fair(MarketId("m")) is None, "it was not asked yet"
    made.look()
    assert made.maker.fair(MarketId("m")) == 500_000
    made.show({}, {52: 100})
    made.look()
    assert made.maker.fair(MarketId("m")) is None


def test_layers_rest_apart() -> None:
    wants = table(layers=2, layer_ticks=3).look()
    assert [(each.layer, each.price // CENT) for each in wants] == [(0, 49), (1, 46)] * 2


def test_it_wants_nothing_before_it_has_seen_enough_and_after_it_saw_nothing_for_long() -> None:
    made = table(0, warm_up=10 * SECOND)
    assert [made.look() for _ in range(10)] == [[]] * 10
    assert made.look() == AT_49_51
    assert made.look(31) == []
    assert made.warm(10) == AT_49_51


@pytest.mark.parametrize("side", [({}, {52: 100}), ({48: 100}, {})])
def test_half_a_book_is_no_price(side: tuple[dict[int, int], dict[int, int]]) -> None:
    made = table()
    made.show(*side)
    assert made.look() == []


def test_what_it_holds_moves_its_quotes_against_it_and_is_sold() -> None:
    level = table(skew=0, spread_volatility=0)
    for made in (level, leaning := table(skew=20_000_000)):
        for cents in (49, 51) * 10:  # a market that moves
            made.show({cents - 2: 100}, {cents + 2: 100})
            made.look(5)
        made.hold("m-yes", 30)
        made.show(*EVEN)
    assert level.look(5) == [quote(BUY, 49), quote(SELL, 51)]
    bid, ask = leaning.look(5)
    assert bid.price < 48 * CENT
    assert ask == quote(SELL, 51)  # never under the fair value and a tick


def test_beyond_the_soft_cap_it_only_reduces() -> None:
    made = table()
    made.hold("m-yes", 35)
    assert made.look() == [quote(BUY, 49), quote(SELL, 51)]
    made.hold("m-yes", 1)
    assert made.look() == [quote(SELL, 51)]


def test_volatility_and_what_fills_have_cost_widen_it() -> None:
    made = table(spread_volatility=1_000_000)
    for cents in (46, 54) * 10:
        made.show({cents - 2: 100}, {cents + 2: 100})
        made.look(5)
    made.warm(30)
    made.show(*EVEN)
    made.warm(25)
    (wide, _) = made.look()
    assert wide.price < 48 * CENT
    made = table()
    for _ in range(9):
        made.fill(made.rest(quote(BUY, 49)), 5)
        made.gone(f"o{made.sent}")
    made.show({45: 100}, {49: 100})
    made.warm(40)
    (ask,) = made.look()[-1:]
    assert ask.side is SELL
    assert ask.price > 49 * CENT


def test_the_smallest_reason_to_stand_farther_away_is_not_worth_a_tick() -> None:
    for weight, distance in ((1_000, 1), (3_000_000, 2)):
        made = table(spread_volatility=weight)
        for cents in (49, 51) * 10:
            made.show({cents - 2: 100}, {cents + 2: 100})
            made.look(5)
        made.show(*EVEN)
        bid, offer = made.look(5)
        assert bid.price <= (50 - distance) * CENT
        assert (bid.price == offer.price == 49 * CENT) is (distance == 1)


def test_trades_move_the_fair_value_once_fills_have_shown_that_takers_know_something() -> None:
    made = table(event_ticks=1000)

    def fair_after_buying() -> float:
        made.warm(29)
        for _ in range(9):
            made.trade(BUY, 10)
            made.look()
        look = made.maker.senses[MarketId("m")].look(made.view())
        assert look is not None
        assert look.flow > 2
        return look.fair

    assert fair_after_buying() == pytest.approx(0.5)
    for _ in range(9):
        made.fill(made.rest(quote(BUY, 49)), 5)
        made.gone(f"o{made.sent}")
    made.show({45: 100}, {49: 100})
    assert fair_after_buying() > 0.478


def test_a_trend_makes_it_smaller_and_wider() -> None:
    made = table(edge_ticks=2)
    for _ in range(9):
        made.trade(BUY, 20)
        made.look()
    assert mood(made) is Mood.TRENDING
    bid, ask = made.look()
    assert (bid.quantity, ask.quantity) == (5 * SHARE, 5 * SHARE)
    assert 100 * CENT - ask.price - bid.price >= 6 * CENT


def test_a_jump_pulls_its_quotes_for_a_while() -> None:
    made = table(event_ticks=3, event_pause=10 * SECOND)
    made.show({51: 100}, {55: 100})
    assert made.look() == []
    assert mood(made) is Mood.EVENT
    assert [made.look() for _ in range(8)][-1] == []
    assert made.warm(15) != []


def test_a_small_move_is_no_event() -> None:
    made = table(event_ticks=3)
    made.show({50: 100}, {54: 100})
    assert made.look() != []


def test_a_sweep_of_the_near_depth_pulls_them_too_whatever_outcome_was_taken() -> None:
    for side, outcome in ((BUY, 0), (SELL, 1)):
        made = table()
        made.trade(side, 159, outcome=outcome)
        assert made.look() != []
        made.trade(side, 80, outcome=outcome)
        made.trade(side, 80, outcome=outcome)
        assert made.look() == []
        assert made.warm(31) != []


def test_near_the_end_it_only_reduces_and_then_leaves() -> None:
    made = table(seconds=0, reduce_before=24 * HOUR, halt_before=2 * HOUR)
    made.market = structs.replace(made.market, end_ns=Ns(made.now + 24 * HOUR + 31 * SECOND))
    assert made.warm(30) == AT_49_51
    made.hold("m-no", 12)
    assert made.look() == [quote(SELL, 51, 10, "m-no")]
    assert mood(made) is Mood.REDUCING
    made.now += 22 * HOUR - 40 * SECOND
    made.warm(41)
    assert mood(made) is Mood.HALTED
    assert made.look() == []


def test_only_reducing_it_never_turns_its_position_round() -> None:
    made = table(price_min=Price(500_000))  # nothing is far enough from the edges
    made.show({47: 100}, {51: 100})
    assert made.look() == []
    made.hold("m-yes", 3)
    made.hold("m-no", 9)
    assert made.look() == [quote(SELL, 52, 6, "m-no")]


def test_its_own_orders_are_not_what_others_think() -> None:
    made = table()
    made.show({48: 100, 49: 10}, {52: 100})
    alone = made.look()
    order = made.rest(quote(BUY, 49))
    assert made.look() == AT_49_51
    assert alone != AT_49_51
    made.gone(order)
    assert made.look() == alone


def test_others_are_the_book_less_what_we_rest_where_it_can_hold_that() -> None:
    made = table()
    made.show({49: 30, 48: 10, 47: 5, 46: 7}, {60: 30})
    for cents in (49, 48, 47):
        made.rest(quote(BUY, cents))
    made.rest(quote(BUY, 40, 10, "m-no"))
    left = [[(p // CENT, size // SHARE) for p, size in others(made.view(), s)] for s in (BUY, SELL)]
    assert left == [[(49, 20), (47, 5), (46, 7)], [(60, 20)]]


def test_where_books_do_not_show_our_orders_all_of_them_are_others() -> None:
    made = table()
    made.footing = Footing(sells_pending=True, shows_ours=False)
    made.show({48: 10, 47: 100}, {52: 10})
    made.rest(quote(BUY, 48))
    made.rest(quote(BUY, 48, 10, "m-no"))
    best = [next(iter(others(made.view(), side)))[0] // CENT for side in (BUY, SELL)]
    assert best == [48, 52]


def test_it_follows_no_placeholder() -> None:
    for placeholder in (False, True):
        terms = Table(placeholder=placeholder).market
        assert MarketMaker(NAME, told(reward_min=0)).follows(terms) is not placeholder


@pytest.mark.parametrize("rewards", [None, Rewards(Money(1), Quantity(10 * SHARE), Price(CENT))])
@pytest.mark.parametrize("reward_min", [0, 500_000])
def test_without_enough_reward_what_is_held_is_sold_and_no_more(
    rewards: Rewards | None, reward_min: int
) -> None:
    made = Table(told(reward_min=reward_min), rewards=rewards)
    made.show(*EVEN)
    made.warm()
    made.hold("m-yes", 30)
    if rewards is None or reward_min:
        assert made.look() == [quote(SELL, 51)]
    else:
        assert len(made.look()) == 2


def test_where_the_venue_s_minimum_is_more_than_its_size_it_only_reduces() -> None:
    made = Table(size_min=Quantity(15 * SHARE))
    made.show(*EVEN)
    assert made.warm() == []
    assert made.maker.moods[made.market.id] is Mood.REDUCING
    assert "fewer shares in size" in made.maker.lacks(made.market.id)
    made.hold("m-yes", 30)
    assert [(one.side, one.quantity) for one in made.look()] == [(SELL, 15 * SHARE)]


def test_rewards_make_its_orders_as_large_as_they_have_to_be_and_no_larger() -> None:
    for least, size in ((20, 20), (36, 36), (37, 10), (5, 10)):
        made = Table(rewards=Rewards(Money(1), Quantity(least * SHARE), Price(3 * CENT)))
        made.show(*EVEN)
        assert made.warm()[0].quantity == size * SHARE


def test_a_market_is_quoted_where_its_reward_is_worth_it_and_then_a_little_less_will_do() -> None:
    """Ours: (2/3)^2 * 10 a side; others': (1/3)^2 * 100 a side; ten shares a side cost 9.80."""
    percent = 100 * 9 * (40 / 9) / (40 / 9 + 100 / 9) / 9.8
    for factor, quoted in ((0.99, True), (1.01, False)):
        terms = Rewards(Money(9 * SHARE), Quantity(10 * SHARE), Price(3 * CENT))
        made = Table(told(reward_min=round(percent * factor * 1_000_000)), rewards=terms)
        made.show(*EVEN)
        assert bool(made.warm()) is quoted
        made.rest(AT_49_51[0])
        assert made.look() != []


books = st.tuples(st.integers(3, 90), st.integers(1, 7), st.integers(1, 400), st.integers(1, 400))


@given(
    st.lists(books, min_size=1, max_size=8),
    st.tuples(st.integers(0, 60), st.integers(0, 60)),
    st.integers(1, 3),
    st.integers(0, 3_000_000),
)
def test_it_never_crosses_others_or_itself_and_stays_on_the_grid(
    shown: list[tuple[int, int, int, int]], held: tuple[int, int], layers: int, skew: int
) -> None:
    made = Table(told(layers=layers, skew=skew, spread_volatility=500_000, event_ticks=1000))
    for instrument, shares in zip(("m-yes", "m-no"), held, strict=True):
        if shares:
            made.hold(instrument, shares)
    for bid, spread, bids, asks in shown:
        made.show({bid: bids}, {bid + spread: asks})
        wants = made.warm(3)
        first = [(q.side is BUY) is (q.instrument == "m-yes") for q in wants]
        prices = [q.price if q.instrument == "m-yes" else 100 * CENT - q.price for q in wants]
        longer = [price for price, lengthens in zip(prices, first, strict=True) if lengthens]
        shorter = [price for price, lengthens in zip(prices, first, strict=True) if not lengthens]
        assert all(price < (bid + spread) * CENT for price in longer)
        assert all(price > bid * CENT for price in shorter)
        if longer and shorter:
            assert min(shorter) - max(longer) >= 2 * CENT
        assert all(CENT <= q.price <= 99 * CENT and q.price % CENT == 0 for q in wants)
        assert all(q.post_only and q.quantity % CENT == 0 for q in wants)


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"size": Quantity(37 * SHARE)}, "size", "write at most 36"),
        ({"halt_before": 25 * HOUR}, "halt_before", "write at most 24"),
    ],
)
def test_parameters_that_do_not_go_together_say_what_to_write(
    changes: dict[str, object], key: str, words: str
) -> None:
    ((found, said),) = told(**changes).contradictions()
    assert found == key
    assert said.endswith(words)
    assert [*told().contradictions()] == []


def test_the_cheapest_bid_is_the_smallest_at_the_lowest_price() -> None:
    assert told().buy_min(Quantity(5 * SHARE)) == 500_000
    assert told().buy_min(Quantity(20 * SHARE)) == 1_000_000
    assert told().sizes().most == 60 * SHARE
