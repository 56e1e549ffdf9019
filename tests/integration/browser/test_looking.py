"""Every view of a real run: it is reached, right, readable by everybody, and asks nobody else."""

import pytest
from playwright.sync_api import Page, expect
from tests.conftest import ROOT
from tests.integration.accounts import fold
from tests.integration.browser.conftest import PHONE, Open, Run

AXE = ROOT / "web/node_modules/axe-core/axe.min.js"
SERIOUS = """() => axe.run({resultTypes: ["violations"]}).then(found => found.violations
    .filter(one => ["serious", "critical"].includes(one.impact))
    .map(one => `${one.id}: ${one.nodes.map(node => node.html).slice(0, 3)}`))"""
VIEWS = ("Overview", "Markets", "Orders", "Strategies", "Health", "Backtests")


def dollars(micros: int) -> str:
    """As the page writes what is more than nothing: to the nearest cent, thousands apart."""
    whole, cents = divmod((micros + 5_000) // 10_000, 100)
    return f"${whole:,}.{cents:02}"


def halted(page: Page) -> None:
    """Nothing moves any more but the value of what is held."""
    page.get_by_role("button", name="Halt…").click()
    page.get_by_role("dialog").get_by_role("button", name="Halt trading", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(page.locator("header .state")).to_contain_text("Halted")


@pytest.mark.timeout(120)
def test_every_view_is_reached_and_agrees_with_the_journal(run: Run, opened: Open) -> None:
    window = opened(run.address)
    page = window.page
    for view in VIEWS:
        page.get_by_role("navigation").get_by_role("link", name=view).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(view)
        expect(page.get_by_text("One moment")).to_have_count(0)
        page.evaluate(AXE.read_text())
        assert page.evaluate(SERIOUS) == [], view
    page.get_by_role("link", name="Overview").first.click()
    halted(page)
    run.command.until(lambda: fold(run.journal).cash == run.truth()["collateral"])
    told = fold(run.journal)
    figure = page.locator("main dt", has_text="Cash").locator("xpath=..")
    expect(figure).to_contain_text(dollars(told.cash))
    table = page.get_by_role("region", name="Positions").locator("tbody tr")
    expect(table).to_have_count(len(told.positions))
    assert window.wrong == []


def test_a_phone_shows_all_of_it_without_scrolling_sideways(run: Run, opened: Open) -> None:
    for dark in (False, True):
        window = opened(run.address, PHONE, dark=dark)
        for view in VIEWS:
            window.page.goto(f"{run.home}#/{'' if view == 'Overview' else view.lower()}")
            expect(window.page.get_by_role("heading", level=1)).to_contain_text(view)
            wide = window.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= PHONE[0], f"{view} is {wide} wide"
        assert window.wrong == []
