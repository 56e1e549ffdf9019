"""Debian's chromium on the dashboard of a real run that trades at the local exchange."""

import asyncio
import os
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)
from tests.integration.cli.conftest import Command, begin
from tests.integration.cli.placing import PASSPHRASE, PRIVATE, Place, set_up
from tests.integration.exchange.house import House, address_of, running

__all__ = ["begin"]

WALLET = address_of(PRIVATE)
LOAD = ("--markets", "8", "--frames-a-second", "100")
DESKTOP, PHONE = (1440, 900), (390, 844)
HERE = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip
PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Watched:
    """A page, and what nobody wants of it: complaints, and requests that leave the machine."""

    page: Page
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", self._asked)

    def _said(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            self.wrong.append(said.text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(HERE):
            self.wrong.append(f"asked for {request.url}")


@dataclass
class Run:
    """A run that trades for real at a local exchange; `address` is what its terminal printed."""

    command: Command
    house: House
    journal: Path
    address: str

    @property
    def home(self) -> str:
        """The page's address without the token."""
        return self.address.partition("?")[0]

    def truth(self) -> dict[str, Any]:
        """What the exchange knows of the account."""
        return self.house.truth(WALLET)

    def resting(self) -> int:
        """How many orders rest at the exchange."""
        return sum(order["status"] == "LIVE" for order in self.truth()["orders"])


Open = Callable[..., Watched]


@pytest.fixture
def run(
    begin: Callable[..., Command], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """One that rests orders and has had fills."""
    monkeypatch.setenv("POLYWIRE_PRIVATE_KEY", PRIVATE)
    monkeypatch.setenv("POLYWIRE_KEY_PASSPHRASE", PASSPHRASE)
    with running(*LOAD) as house:
        place = Place(house, tmp_path)
        house.fund(WALLET, 5_000)
        house.tell(command="start")
        with ThreadPoolExecutor(1) as aside:  # Playwright's own loop runs in this thread
            aside.submit(asyncio.run, set_up(house.clob, tmp_path / "keys")).result()
        live = ("run", "--config", place.config, "--yes", "--plain", "--dashboard-port", 0)
        command = begin(*live)
        command.until(lambda: house.truth(WALLET)["fills"], 40.0)
        found = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", command.said)
        assert found is not None, command.said
        yield Run(command, house, tmp_path / "journal", found[0])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium; without it tests skip, and fail in CI."""
    where = shutil.which("chromium")
    if where is None:
        missing = "needs Debian's chromium: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=where, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """A function that opens an address in a window of its own."""
    windows: list[Watched] = []

    def open_page(address: str, size: tuple[int, int] = DESKTOP, *, dark: bool = False) -> Watched:
        page = browser.new_page(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
        )
        windows.append(Watched(page))
        page.goto(address)
        return windows[-1]

    yield open_page
    for one in windows:
        one.page.close()
