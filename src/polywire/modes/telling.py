"""What a running engine tells who asks: how it stands, its orders, why a market is not traded.

Changes nothing, and is not journalled.
"""

import os
from collections.abc import Callable

from polywire.core.engine.engine import Engine
from polywire.core.errors import ConfigError
from polywire.observe.glance import of_running
from polywire.observe.market_names import market_named
from polywire.observe.run_status import RunStatus
from polywire.observe.strategies import strategy_lines
from polywire.observe.why import why
from polywire.runtime.operator_door import Answer, Asked, Question


def told(engine: Engine, asked: Asked, status: Callable[[], RunStatus] | None) -> Answer:
    """The answer, in data; sentences where there is none."""
    match asked.question:
        case Question.STRATEGIES:
            return Answer(True, [], strategy_lines(engine))
        case Question.STATUS if status is not None:
            return Answer(True, [], glance=of_running(engine, status(), os.getpid()))
        case Question.WHY:
            try:
                market = market_named(engine.ledger.markets.values(), asked.subject)
            except ConfigError as error:
                return Answer(False, [str(error)])
            return Answer(True, [], why=why(engine, market))
        case _:
            return Answer(False, ["this engine says nothing of that"])
