"""Takes the dashboard's pictures of a demo: every view, wide and narrow, light and dark.

`python tools/pictures.py [FOLDER]`: `FOLDER/VIEW-SIZE-COLOURS.png`, by default those that the
documents show, into docs/pictures. Needs Debian's chromium.
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
COLOURS = ("light", "dark")
VIEWS = ("overview", "markets", "market", "orders", "strategies", "health", "backtests")
SHOWN = (("overview", "desktop", "light"), ("market", "desktop", "dark"),
         ("health", "desktop", "light"), ("overview", "phone", "dark"))  # fmt: skip
WARM_UP_S = 60
PAINTED_MS = 2_500
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\?token=\S+")


def main(folder: Path | None) -> None:
    wanted = SHOWN if folder is None else (*product(VIEWS, SIZES, COLOURS),)
    out = folder or ROOT / "docs/pictures"
    out.mkdir(parents=True, exist_ok=True)
    with demo() as address, sync_playwright() as play:
        print(f"a demo trades for {WARM_UP_S} s first ...")
        time.sleep(WARM_UP_S)
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        for view, size, colours in wanted:
            path = out / f"{view}-{size}-{colours}.png"
            page = opened(browser, address, size, colours)
            turn_to(page, view)
            page.screenshot(path=path)
            page.close()
            print(path)
        browser.close()


@contextmanager
def demo() -> Iterator[str]:
    """The address of a demo's dashboard, for as long as the context lives."""
    with TemporaryDirectory() as scratch:
        command = ["-m", "polywire", "demo", "--plain", "--dashboard-port", "0"]
        command += ["--journal", f"{scratch}/journal"]
        with subprocess.Popen(
            [sys.executable, *command], stdout=subprocess.PIPE, text=True
        ) as running:
            assert running.stdout is not None, "it is a pipe"
            for line in running.stdout:
                found = ADDRESS.search(line)
                if found is not None:
                    yield found[0]
                    break
            running.terminate()
            running.stdout.read()


def opened(browser: Browser, address: str, size: str, colours: str) -> Page:
    """The first page, painted."""
    width, height = SIZES[size]
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if colours == "dark" else "light",
    )
    page.goto(address)
    page.wait_for_timeout(PAINTED_MS)
    return page


def turn_to(page: Page, view: str) -> None:
    if view == "overview":
        return
    name = "markets" if view == "market" else view
    page.get_by_role("navigation").get_by_role("link", name=name).click()
    if view == "market":
        page.locator("main a[href*='market/']").first.click()
    page.wait_for_timeout(PAINTED_MS)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
