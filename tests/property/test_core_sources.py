"""Which feeds carry a market is kept in an index; a walk over all of them says the same."""

from hypothesis import given
from hypothesis import strategies as st

from polywire.core.engine.sources import Sources
from polywire.core.ids import FeedId, MarketId
from polywire.core.model.market import FeedCarries, FeedDown, FeedUp
from polywire.core.units import Ns

FEEDS = [FeedId(f"market-{number}") for number in range(3)]
MARKETS = [MarketId(f"0x{number}") for number in range(4)]
NEWS = st.tuples(
    st.sampled_from(FEEDS),
    st.sampled_from(["up", "down"]) | st.lists(st.sampled_from(MARKETS), unique=True),
)


@given(st.lists(NEWS, max_size=40), st.sampled_from(MARKETS))
def test_the_index_says_what_the_feeds_say(news: list[tuple[FeedId, str | list[MarketId]]],
                                           heard: MarketId) -> None:  # fmt: skip
    sources = Sources()
    for at, (feed, what) in enumerate(news):
        now = Ns(at + 1)
        if what == "up":
            sources.take(FeedUp(now, feed))
        elif what == "down":
            sources.take(FeedDown(now, feed, "gone"))
        else:
            sources.take(FeedCarries(now, feed, tuple(MarketId(one) for one in what)))
            for source in sources.carrying(heard):
                source.heard(heard, 1, now)
        for market in MARKETS:
            _agrees(sources, market)


def _agrees(sources: Sources, market: MarketId) -> None:
    every = sources.by_feed.values()
    feeding = [source for source in every if source.feeds(market)]
    carrying = [source for source in every if source.up and market in source.carries]
    assert sources.feeding(market) == len(feeding)
    assert sources.fed(market) == bool(feeding)
    assert list(sources.carrying(market)) == carrying
    assert sources.shared(market) == (len(carrying) > 1)
