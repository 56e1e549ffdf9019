"""Takes the page's pictures and asks axe of each view: python dev/look.py OUT [view ...]."""

import json
import sys
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

AXE = (Path(__file__).parent.parent / "node_modules/axe-core/axe.min.js").read_text()
AGAIN = "() => axe.run({resultTypes: ['violations']}).then(found => found.violations)"
ADDRESS = "http://127.0.0.1:5055/"
HERE = ("http://127.0.0.1", "ws://127.0.0.1")
VIEWS = {
    "overview": "#/",
    "markets": "#/markets",
    "market": "#/market/0x00001003",
    "why": "#/market/0x00001003?at=NOW",
    "orders": "#/orders",
    "strategies": "#/strategies",
    "health": "#/health",
    "backtests": "#/backtests",
}
SCHEMES = ("light", "dark")
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}


def spoken(said: ConsoleMessage) -> None:
    """Print what the console complains of."""
    if said.type in {"error", "warning"}:
        print("console:", said.text)


def asked(request: Request) -> None:
    """Print every request to elsewhere."""
    if not request.url.startswith(HERE):
        print("foreign:", request.url)


def serious(page: Page, name: str) -> int:
    """How many serious things axe finds; all of them are printed."""
    page.evaluate(AXE)
    found = page.evaluate(AGAIN)
    for one in found:
        where = [node["html"][:140] for node in one["nodes"][:3]]
        print(name, one["impact"], one["id"], json.dumps(where))
    return sum(one["impact"] in {"serious", "critical"} for one in found)


def look(browser: Browser, out: Path, names: list[str]) -> int:
    """Every view at every size, light and dark."""
    bad = 0
    for scheme, (size, (width, height)) in [(a, b) for a in SCHEMES for b in SIZES.items()]:
        viewport = {"width": width, "height": height}
        page = browser.new_page(viewport=viewport, color_scheme=scheme)
        page.on("console", spoken)
        page.on("pageerror", lambda error: print("error:", error))
        page.on("request", asked)
        for name in names:
            now = str(page.evaluate("Date.now() - 120000"))
            page.goto("about:blank")
            page.goto(ADDRESS + VIEWS[name].replace("NOW", now))
            page.wait_for_timeout(1_500)
            picture = out / f"{name}-{size}-{scheme}.png"
            page.screenshot(path=picture, full_page=name != "markets")
            if page.evaluate("document.documentElement.scrollWidth") > width:
                print(picture.stem, "is wider than the screen")
            bad += serious(page, picture.stem)
        page.close()
    return bad


def main(out: Path, names: list[str]) -> int:
    """0 where nothing serious was found."""
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        bad = look(browser, out, names)
        browser.close()
    return min(1, bad)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:] or list(VIEWS)))
