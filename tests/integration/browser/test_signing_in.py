"""A person signs in by the form, as a real browser sends it, and looks on."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.certificates import certified
from tests.integration.browser.conftest import browser
from tests.integration.cli.conftest import Begin, begin

from polywire.cli.entrance import PASSWORD

__all__ = ["begin", "browser"]
SECRET = "correct horse & bättery staple"


def test_a_person_signs_in_by_the_form_and_sees_the_run(
    begin: Begin, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD, SECRET)
    files = certified(tmp_path / "tls", "localhost")
    demo = begin(
        "demo", "--plain", "--dashboard-host", "::1", "--dashboard-port", 0, *files.options
    )
    address = re.compile(r"dashboard: https://\[::1\]:(\d+)/\s")
    demo.until(lambda: address.search(demo.said), 30)
    found = address.search(demo.said)
    assert found is not None
    page = browser.new_page(ignore_https_errors=True)  # nobody else knows who signed it
    home = f"https://localhost:{found[1]}/"
    page.goto(home)
    page.get_by_label("Password").fill("of another dashboard")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("That is not the password.")
    page.get_by_label("Password").fill(SECRET)
    page.keyboard.press("Enter")
    expect(page).to_have_url(home)
    expect(page.get_by_text("demo").first).to_be_visible()
    page.reload()
    expect(page.get_by_label("Password")).to_have_count(0)
    page.close()
