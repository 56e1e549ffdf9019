"""Alerts of a run that is killed: from the process beside it, to a server of our own."""

import os
import signal
import time
from pathlib import Path

import pytest
from tests.integration.cli.conftest import Begin
from tests.integration.cli.test_paper import config, venue
from tests.sink import serving

__all__ = ["venue"]

SECRET = "tok3n-that-nobody-may-see"


@pytest.mark.timeout(90)
def test_a_run_is_told_to_its_end_even_where_it_is_killed(
    begin: Begin, venue: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as (port, got):
        monkeypatch.setenv("POLYWIRE_ALERT_URLS", f"json://{SECRET}@127.0.0.1:{port}/")
        monkeypatch.setenv("POLYWIRE_ALERTS__FILL_MIN", "0")
        path = config(tmp_path, venue, "stream", "watch", "0.05")
        run = begin("paper", "--config", path, "--plain")

        def told(words: str) -> bool:
            return any(words in one["message"] for one in got)

        run.until(lambda: told("a run begins, Polywire"), 60)
        run.until(lambda: told("filled, 10 at"), 60)
        beside = list(run.children)
        os.kill(run.process.pid, signal.SIGKILL)
        run.process.wait()
        deadline = time.monotonic() + 30
        while not told("ended without a clean stop"):
            assert time.monotonic() < deadline, got
            time.sleep(0.05)
    assert beside, "the one who tells is another process"
    everything = b"".join(each.read_bytes() for each in tmp_path.rglob("*") if each.is_file())
    assert SECRET.encode() not in everything
