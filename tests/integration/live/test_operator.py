"""A person at the door of a real run: halt, resume, cancel-all and flatten over the socket."""

import asyncio
import os
import stat
from pathlib import Path

import pytest
from tests.integration.live.conftest import Live, Start

from polywire.cli.operate import Which, cancel_all, flatten, halt, resume
from polywire.core.errors import ConfigError
from polywire.core.model.control import Operation, OperatorCommand
from polywire.journal.reader import read_entries
from polywire.runtime.operator_door import NAME, Answer, Asked, _address, ask


async def asked(live: Live, operation: Operation, reason: str = "") -> Answer:
    """Ask as the command line does, from another thread."""
    folder = live.trading._setup.journal
    return await asyncio.to_thread(ask, folder, Asked(operation, reason), lambda _: None)


async def test_a_run_obeys_and_writes_down_who_asked(started: Start, tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    folder.mkdir()
    (folder / NAME).touch()  # what a dead process left
    live = await started()
    ledger = live.trading.engine.ledger
    mode = (folder / NAME).stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600
    await live.until(lambda: any(one.now.held > 0 for one in ledger.holdings.values()), 30)

    stopped = await asked(live, Operation.HALT, "lunch")
    assert (stopped.done, stopped.said[0][:17]) == (True, "trading is halted")
    assert live.exchange.venue.floor.orders(live.api_key) == []
    assert live.trading.status().engine.halted == "lunch"
    sent = live.account.executor.sent
    resumed, again = [await asked(live, Operation.RESUME) for _ in range(2)]
    assert (resumed.done, resumed.said[:2]) == (True, ["no more: lunch", "trading goes on"])
    assert (again.done, again.said[:1]) == (True, ["nothing was halted"])
    more = [*resumed.said[2:], *again.said[1:]]  # after a loss
    assert all("left of today's loss limit of $" in one for one in more)
    await live.until(lambda: live.account.executor.sent > sent)

    before = set(ledger.open_orders)
    swept = await asked(live, Operation.CANCEL_ALL)
    assert swept.done
    assert not before & set(ledger.open_orders)
    await live.until(lambda: ledger.open_orders)

    flat = await asked(live, Operation.FLATTEN)
    assert any(said.startswith("sold ") for said in flat.said)
    left = {one.reason for one in live.trading.engine.desk.flattening.left()}
    assert flat.done is not bool(left)
    assert ledger.open_orders == {}
    assert [one.cause for one in live.trading.status().engine.breaker] == ["flatten"]
    await live.stop()
    assert not (folder / NAME).exists()

    rows = [entry for _, entry in read_entries(folder) if isinstance(entry, OperatorCommand)]
    by_hand = [row for row in rows if row.who]
    done = [str(row.operation) for row in by_hand]
    assert done == ["halt", "resume", "resume", "cancel-all", "flatten"]
    assert by_hand[0].reason == "lunch"
    assert f"uid {os.getuid()}" in by_hand[0].who


async def test_what_is_no_operation_is_answered_and_changes_nothing(started: Start) -> None:
    live = await started()
    path = live.trading._setup.journal / NAME
    for line in (b"{}\n", b'{"operation":"sell"}\n', b"\xff\n", b"x" * 9_000 + b"\n", b"\n"):
        with _address(path.parent) as address:
            reader, writer = await asyncio.open_unix_connection(address)
        writer.write(line)
        answer = await reader.read()
        assert answer == b"" or answer.startswith(b'{"done":false,"said":["that is no operation')
        writer.close()
    assert live.trading.status().engine.halted == ""


@pytest.mark.parametrize("command", [halt, resume, cancel_all, flatten])
def test_where_nothing_runs_the_command_says_so(command: object, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing runs with the journal folder"):
        command(which=Which(journal=tmp_path))  # type: ignore[operator]
    with pytest.raises(ConfigError, match="say which run"):
        command()  # type: ignore[operator]
    config = tmp_path / "my.toml"
    with pytest.raises(ConfigError, match="say which run with one of both"):
        command(which=Which(journal=tmp_path, config=config))  # type: ignore[operator]
