"""One order in a terminal: what it was, where it stands, and every step with its time."""

from rich.console import Group, RenderableType
from rich.text import Text

from polywire.cli.cells import BOLD, DIM, line_of
from polywire.core.units import format_micros, utc_time_ms
from polywire.observe.order_told import OrderTold, StepTold


def order_steps(told: OrderTold) -> RenderableType:
    """Its id and state, its terms and market, and a line for each step."""
    head = line_of((f"{told.id} of {told.strategy}: {told.state}", BOLD))
    what = f"{told.outcome} of {told.market}" if told.market else f"market {told.market_id}"
    price, shares = format_micros(told.price), format_micros(told.size)
    terms = f"{told.side} {shares} at {price}, {format_micros(told.filled)} filled: {what}"
    return Group(head, Text(terms), *map(_step, told.steps))


def _step(one: StepTold) -> Text:
    again = f" (told {one.times} times)" if one.times > 1 else ""
    return line_of((f"{utc_time_ms(one.at_ns)} UTC  ", DIM), f"{one.said}{again}")
