"""The exchange as a process: ready line, signals, a taken port, a dead parent."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

COMMAND = [sys.executable, "-m", "polywire.exchange"]


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True)
    with process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_ends_cleanly(number: signal.Signals) -> None:
    with running("--seed", "7", "--markets", "5") as (process, ready):
        port = int(ready["clob"].rsplit(":", 1)[1])
        assert ready == {
            "ready": True,
            "clob": f"http://127.0.0.1:{port}",
            "market_ws": f"ws://127.0.0.1:{port}/ws/market",
            "user_ws": f"ws://127.0.0.1:{port}/ws/user",
            "gamma": f"http://127.0.0.1:{port + 1}",
            "data": f"http://127.0.0.1:{port + 2}",
            "control": None,
            "source": "synthetic",
            "seed": 7,
            "markets": ready["markets"],
        }
        for name, path in (("clob", "/ok"), ("gamma", "/tags"), ("data", "/v2/status")):
            with urlopen(ready[name] + path) as answer:
                assert answer.status == 200
        process.send_signal(number)
        assert process.wait(10) == 0


def test_a_taken_port_is_one_sentence_and_code_two() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*COMMAND, "--port", port], capture_output=True, text=True, timeout=20, check=False
        )
    assert done.returncode == 2
    assert done.stdout == ""
    said, look, *rest = done.stderr.splitlines()
    assert said.startswith("polywire: the exchange needs ports ")
    assert (look, rest) == ("See: docs/how-to/troubleshooting.md#port-taken", [])
    assert port in done.stderr


def test_a_missing_recording_is_one_sentence_and_code_two(tmp_path: Path) -> None:
    path = tmp_path / "recording.jsonl"
    done = subprocess.run(
        [*COMMAND, "--recording", str(path)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 2), "a sentence and where to look"
    assert str(path) in done.stderr


def test_it_ends_when_its_parent_has_ended() -> None:
    parent = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-m', 'polywire.exchange', '--with-parent'],"
        " stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", parent], capture_output=True, text=True, timeout=20, check=True
    )
    child = int(done.stdout)
    ends = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and time.monotonic() < ends:
        if "Z" in Path(f"/proc/{child}/stat").read_text().split()[2]:
            break
        time.sleep(0.05)
    else:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
