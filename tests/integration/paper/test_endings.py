"""What the journal says of a run's end: that it was clean is said where it ended as it should."""

import asyncio

import pytest
from tests.integration.paper.conftest import Run, Start

from polywire.cli.show import QuietShow
from polywire.cli.showing import trade
from polywire.cli.signals import Stop
from polywire.core.errors import TransportError
from polywire.core.model.counts import FeedsCounted
from polywire.journal.reader import read_account


def last(run: Run) -> FeedsCounted:
    """The last row of counts."""
    told = [one for _, one in read_account(run.journal, 0) if isinstance(one, FeedsCounted)]
    return told[-1]


async def test_a_run_that_was_asked_to_end_ends_cleanly(started: Start) -> None:
    run = await started(begin=False)
    run.stopped = True
    stop = Stop()
    stop.asked.set()
    await trade(run.paper, QuietShow(), stop, None)
    assert last(run).ending


async def test_a_run_that_a_bug_beside_the_engine_ends_does_not(started: Start) -> None:
    run = await started(begin=False)
    run.stopped = True
    stop = Stop()
    bug = AssertionError("a task failed")
    loop = asyncio.get_running_loop()
    loop.call_later(0.5, loop.call_exception_handler, {"exception": bug})
    await trade(run.paper, QuietShow(), stop, None)
    assert stop.bug is bug
    assert not last(run).ending


@pytest.mark.parametrize(("part", "step"), [("_account", "open"), ("scanner", "start")])
async def test_a_run_that_failed_to_start_does_not(
    part: str, step: str, started: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await started(begin=False)
    run.stopped = True

    async def away(**_: object) -> None:
        raise TransportError("the venue is away")

    monkeypatch.setattr(getattr(run.paper, part), step, away)
    with pytest.raises(TransportError):
        await trade(run.paper, QuietShow(), Stop(), None)
    assert not last(run).ending
