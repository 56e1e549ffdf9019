"""A run's feeds while it goes on and afterwards: a scrape, and a report that agrees with it."""

import json
import signal
import socket
import urllib.request
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from tests.integration.cli.conftest import Begin


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def scraped(port: int) -> dict[str, float]:
    """The sum of each sample over all its labels."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as reply:
        text = reply.read().decode()
    sums: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            sums[sample.name] = sums.get(sample.name, 0.0) + sample.value
    return sums


def test_a_run_is_scraped_while_it_goes_on_and_reported_afterwards(
    begin: Begin, tmp_path: Path
) -> None:
    port, journal, out = free_port(), tmp_path / "journal", tmp_path / "out.json"
    options = ("--plain", "--journal", journal, "--json", out)
    demo = begin("demo", *options, "--metrics-port", port)
    demo.says(f"metrics on http://127.0.0.1:{port}/metrics")
    demo.trades()
    during = scraped(port)
    assert during["polywire_book_proven"] == 12
    assert during["polywire_feed_up"] == 1
    assert during["polywire_feed_messages_total"] > 0
    going = report_of(begin, journal)
    assert (len(going["assets"]), going["ended"]) == (12, False)
    demo.tell(signal.SIGINT)
    assert demo.ends(20.0) == 0, demo.complained
    status = json.loads(out.read_text())
    told = report_of(begin, journal)
    assert told["ended"] is True
    agreed = sum(line["agreed"] for line in told["assets"])
    assert 0 <= status["hash"]["agreed"] - agreed < 100  # frames still come while it stops
    touches = sum(line["touches"] for line in told["assets"])
    assert 0 <= status["touch"]["checked"] - touches < 100
    assert [line["feed"] for line in told["sockets"]] == ["market-1"]
    assert 0 < during["polywire_feed_frames_total"] < told["sockets"][0]["frames"]
    purposes = {line["purpose"] for line in told["rest"]}
    assert {"catalogue"} <= purposes <= {"catalogue", "book"}, "a late frame has its book asked for"
    assert {line["stage"] for line in told["stages"]} == set(status["latency_us"])
    assert told["views"] > 0


def report_of(begin: Begin, journal: Path) -> dict[str, Any]:
    report = begin("feed", "report", journal, "--json")
    assert report.ends(20.0) == 0, report.complained
    read: dict[str, Any] = json.loads(report.said)
    return read
