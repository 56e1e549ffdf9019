"""An account's way to the venue: what takes which lines, and the time that its headers bear."""

import time
from collections.abc import Mapping

import pytest
from tests.unit.runtime.desking import Desk

from polywire.net.clock import Clock
from polywire.runtime.gateway import Gateway


class Lines:
    """Keeps what it is to send; nothing is ever answered."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.times: list[str] = []

    def try_request(
        self, method: str, path: str, headers: Mapping[str, str], _: bytes
    ) -> object | None:
        self.sent.append((method, path))
        self.times.append(headers["POLY_TIMESTAMP"])
        return None

    request = try_request


def gateway() -> tuple[Gateway, Lines, Lines]:
    lines, reads = Lines(), Lines()
    made = Gateway(Desk().signer, Clock(), lines=lines, reads=reads)  # type: ignore[arg-type]
    return made, lines, reads


def test_what_is_asked_takes_no_line_of_orders_and_cancels() -> None:
    made, lines, reads = gateway()
    assert made.order("/order", b"{}") is None
    made.cancel("DELETE", "/order", b"{}")
    made.ask("GET", "/data/orders")
    made.ask("POST", "/v1/heartbeats", b"{}")
    assert lines.sent == [("POST", "/order"), ("DELETE", "/order")]
    assert reads.sent == [("GET", "/data/orders"), ("POST", "/v1/heartbeats")]


def test_after_a_sleep_of_the_machine_headers_bear_the_time_of_the_wall_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, lines, reads = gateway()
    monkeypatch.setattr(time, "time_ns", lambda: 1_790_000_000_000_000_000)
    made.order("/order", b"{}")
    made.cancel("DELETE", "/order", b"{}")
    made.ask("GET", "/data/orders")
    assert lines.times + reads.times == ["1790000000"] * 3
