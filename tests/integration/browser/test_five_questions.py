"""What a trader asks first is answered in visible text, within three clicks from the first page."""

import re

from playwright.sync_api import Locator, Page, expect
from tests.integration.browser.conftest import Open, Run


class Reader:
    """Somebody who has just opened the page, reads what is in sight, and clicks."""

    def __init__(self, page: Page, home: str) -> None:
        page.goto(home)
        expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
        self.page = page
        self.clicks = 0

    def click(self, where: Locator) -> None:
        where.click()
        self.clicks += 1
        assert self.clicks <= 3, "too far away"

    def go(self, view: str) -> None:
        self.click(self.page.get_by_role("navigation").get_by_role("link", name=view))

    def reads(self, words: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_text(words).filter(visible=True).first).to_be_visible()


def test_five_questions_are_answered_within_three_clicks_each(run: Run, opened: Open) -> None:
    window = opened(run.address)
    page = window.page

    what_do_i_hold = Reader(page, run.home)
    what_do_i_hold.reads("What is held")
    rows = page.get_by_role("region", name="Positions").locator("tbody tr")
    expect(rows.first).to_contain_text("$")

    what_is_it_doing = Reader(page, run.home)
    what_is_it_doing.reads("Trading")
    what_is_it_doing.go("Orders")
    what_is_it_doing.reads(re.compile(r"^(live|sent)$"))

    is_the_data_good = Reader(page, run.home)
    is_the_data_good.reads(re.compile(r"all \d+ books are proven"))

    why_not_this_market = Reader(page, run.home)
    why_not_this_market.go("Markets")
    why_not_this_market.click(page.locator("main a[href*='market/']").first)
    why_not_this_market.click(page.get_by_role("button", name="Now"))
    why_not_this_market.reads(re.compile(r"touch .+\."))

    how_do_i_stop_it = Reader(page, run.home)
    how_do_i_stop_it.click(page.get_by_role("button", name="Halt…"))
    how_do_i_stop_it.reads("Every open order is cancelled.")
    halt = page.get_by_role("dialog").get_by_role("button", name="Halt trading", exact=True)
    how_do_i_stop_it.click(halt)
    how_do_i_stop_it.reads("Halted")
    assert window.wrong == []
