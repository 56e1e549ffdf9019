"""Which market somebody means by a few words: a part of its question, its slug, or its id."""

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

from polywire.core.errors import ConfigError
from polywire.core.model.instrument import Market

NAMED: Final = 3
"""So many are named in a sentence."""


def market_named(markets: Iterable[Market], words: str) -> Market:
    """The one that is meant; ConfigError where none is, or several, with those that come near."""
    known = {str(market.id): market for market in markets}
    if words in known:
        return known[words]
    found = [market for market in known.values() if _meant(market, words.lower())]
    if len(found) == 1:
        return found[0]
    if found:
        raise ConfigError(
            f'"{words}" could be {len(found)} markets, such as {_questions(found)}: '
            "write more of one, or its id"
        )
    near = sorted(known.values(), key=lambda one: (-_likeness(one, words), one.question))
    advice = f"; nearest: {_questions(near)}" if near else ": none was listed"
    raise ConfigError(f'no market is about "{words}"{advice}')


def _meant(market: Market, words: str) -> bool:
    begins = market.id.lower().startswith(words) or market.slug.lower().startswith(words)
    return bool(words) and (begins or words in market.question.lower())


def _questions(markets: list[Market]) -> str:
    return ", ".join(f'"{market.question}"' for market in markets[:NAMED])


def _likeness(market: Market, words: str) -> float:
    return SequenceMatcher(None, market.question.lower(), words.lower()).ratio()
