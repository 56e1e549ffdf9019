"""One page in Debian's chromium, and what it costs: its main thread, frames, and memory.

The processor's time is read from /proc; everything else is Chromium's own word for it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu"]
SIZE = {"width": 1440, "height": 900}
HERTZ = 60
"""At which Chromium shows frames without a screen."""
AHEAD = "-18"
READY = "main h1, main h2"
TICKS = os.sysconf("SC_CLK_TCK")
COUNTING = """(() => {
  const Real = WebSocket;
  window.heard = 0;
  window.WebSocket = class extends Real {
    constructor(...all) { super(...all); this.addEventListener("message", () => { heard += 1; }); }
  };
})()"""
SCROLLING = """(seconds) => new Promise((done) => {
  const pane = document.querySelector(".pane");
  const most = pane.scrollHeight - pane.clientHeight;
  const line = document.querySelector("[id^=line-]").offsetHeight;
  const gaps = []; let began = 0; let last = 0; let empty = 0;
  const step = (now) => {
    began ||= now;
    if (last) {
      gaps.push(now - last);
      const middle = Math.floor((pane.scrollTop + pane.clientHeight / 2) / line);
      if (!document.getElementById(`line-${middle}`)) empty += 1;
    }
    last = now;
    const part = (now - began) / 1000 / seconds;
    pane.scrollTop = most * part;
    if (part < 1) requestAnimationFrame(step); else done({ gaps, empty, most, line });
  };
  pane.scrollTop = 0;
  requestAnimationFrame(step);
})"""


IDLE = """(seconds) => new Promise((done) => {
  document.body.innerHTML = '<p style="position: fixed">0</p>';
  const gaps = []; let began = 0; let last = 0;
  const step = (now) => {
    began ||= now;
    if (last) gaps.push(now - last);
    last = now;
    document.body.firstChild.style.left = `${(now - began) / 10 % 500}px`;
    if (now - began < seconds * 1000) requestAnimationFrame(step); else done(gaps);
  };
  requestAnimationFrame(step);
})"""


class Busy(NamedTuple):
    """Shares of the time: that the main thread had something to do, and that it computed."""

    tasks: float
    cpu: float
    frames_a_second: float


class Scrolled(NamedTuple):
    """Of the frames that could have been shown, how many were not; how many lacked their rows.

    `cpu` is the share of the time that the main thread computed.
    """

    lines: int
    frames: int
    dropped: int
    empty: int
    cpu: float


class Memory(NamedTuple):
    """After the garbage was collected: MB of the page's objects and of its process; its nodes."""

    heap: float
    process: float
    nodes: int


class Watched:
    """A page that can be measured."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser.new_browser_cdp_session()
        self.page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        self.page.add_init_script(COUNTING)
        self._session = _session(self.page)
        self.page.goto(address)
        self.page.locator(READY).first.wait_for()

    def turn_to(self, view: str) -> None:
        """By the page's own links; `market` is the first in the list."""
        places = self.page.get_by_role("navigation")
        places.get_by_role("link", name="markets" if view == "market" else view).click()
        if view in ("market", "markets"):
            self.page.locator("#line-5").first.wait_for()
        if view == "market":
            self.page.locator("#line-1 a").click()
            self.page.locator("canvas").first.wait_for()

    def busy(self, seconds: float) -> Busy:
        """Of the view that is open, over so long."""
        before, used, heard = self._metrics(), self._cpu_s(), self._heard()
        self.page.wait_for_timeout(seconds * 1_000)
        after, used, heard = self._metrics(), self._cpu_s() - used, self._heard() - heard
        passed = after["Timestamp"] - before["Timestamp"]
        tasks = after["TaskDuration"] - before["TaskDuration"]
        return Busy(tasks / passed, used / passed, heard / passed)

    def scrolled(self, seconds: float) -> Scrolled:
        """Through the whole market list, from its first line to its last, in so long."""
        used = self._cpu_s()
        told = self.page.evaluate(SCROLLING, seconds)
        used = self._cpu_s() - used
        lines = round(told["most"] / told["line"])
        return Scrolled(lines, *judged(told["gaps"]), told["empty"], used / seconds)

    def idle(self, seconds: float) -> float:
        """What the machine itself drops, by a page in which only one word moves."""
        home = self.page.url
        self.page.goto("about:blank")
        frames, dropped = judged(self.page.evaluate(IDLE, seconds))
        self.page.goto(home)
        self.page.locator(READY).first.wait_for()
        return dropped / frames

    def hurry(self) -> None:
        """Let Chromium go before what else runs, in Linux's groups of sessions too; needs root."""
        for one in self._browser.send("SystemInfo.getProcessInfo")["processInfo"]:
            Path(f"/proc/{one['id']}/autogroup").write_text(AHEAD)

    def memory(self) -> Memory:
        """Now."""
        self._session.send("HeapProfiler.collectGarbage")
        told = self._metrics()
        status = Path(f"/proc/{self._renderer()}/status").read_text()
        kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
        return Memory(told["JSHeapUsedSize"] / 1e6, int(kib) * 1_024 / 1e6, int(told["Nodes"]))

    def _heard(self) -> int:
        return int(self.page.evaluate("heard"))

    def _metrics(self) -> dict[str, float]:
        told = self._session.send("Performance.getMetrics")["metrics"]
        return {one["name"]: one["value"] for one in told}

    def _renderer(self) -> int:
        """The process that draws the page: of those that draw, the one that worked most."""
        told = self._browser.send("SystemInfo.getProcessInfo")["processInfo"]
        drawing = [one for one in told if one["type"] == "renderer"]
        return int(max(drawing, key=lambda one: float(one["cpuTime"]))["id"])

    def _cpu_s(self) -> float:
        """CPU time of its main thread so far."""
        main = self._renderer()
        fields = Path(f"/proc/{main}/task/{main}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def judged(gaps: list[float]) -> tuple[int, int]:
    """How many frames a screen could have shown in gaps of so many ms, and how many it did not."""
    shown = [max(1, round(gap * HERTZ / 1_000)) for gap in gaps]
    return sum(shown), sum(shown) - len(shown)


def _session(page: Page) -> CDPSession:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "timeTicks"})
    return session


@contextmanager
def watched(address: str) -> Iterator[Watched]:
    """A page for as long as the context lives."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield Watched(browser, address)
        finally:
            browser.close()
