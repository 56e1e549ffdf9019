"""What is asked on the page happens at the exchange, and is in the journal with who and why."""

import os
import signal
from pathlib import Path

from playwright.sync_api import Page, expect
from tests.integration.accounts import rows
from tests.integration.browser.conftest import Open, Run


def confirm(page: Page, button: str, verb: str, why: str) -> None:
    """Ask for something, say why, and wait for the engine's answer."""
    page.get_by_role("button", name=button).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why, for the journal").fill(why)
    dialog.get_by_role("button", name=verb, exact=True).click()
    expect(dialog.get_by_text("Done")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()


def test_a_halt_takes_every_order_from_the_exchange_and_a_resume_lets_them_come_back(
    run: Run, opened: Open
) -> None:
    window = opened(run.address)
    page = window.page
    expect(page.locator("header .state")).to_contain_text("Trading")
    run.command.until(run.resting)
    confirm(page, "Halt…", "Halt trading", "a test of the page")
    expect(page.locator("header .state")).to_contain_text("Halted")
    run.command.until(lambda: not run.resting())
    confirm(page, "Resume…", "Resume trading", "")
    expect(page.locator("header .state")).to_contain_text("Trading")
    run.command.until(run.resting)
    told = [row for _, kind, row in rows(run.journal) if kind == "OperatorCommand"]
    assert [row[2] for row in told] == ["halt", "resume"]
    assert told[0][3] == "a test of the page (dashboard)"
    assert told[0][4], "who it was"
    assert window.wrong == []


def observer(run: Run) -> int:
    """The process that serves the page."""
    run.command.look()
    lines = {child: Path(f"/proc/{child}/cmdline") for child in run.command.children}
    return next(child for child, line in lines.items() if b"observer" in line.read_bytes())


def test_the_page_comes_back_by_itself_when_its_server_does(run: Run, opened: Open) -> None:
    page = opened(run.address).page
    expect(page.locator("header:not(.old) .state")).to_contain_text("Trading")
    os.kill(observer(run), signal.SIGKILL)
    expect(page.locator("header.old")).to_be_visible()
    expect(page.locator("header:not(.old) .state")).to_contain_text("Trading", timeout=30_000)
    assert page.get_by_role("heading", level=1).inner_text() == "Overview"
