"""Measures the market list under full load: main thread, frames while scrolling, memory.

python dev/measure.py [SECONDS]; the fake server runs with its default 2,000 markets. Beside the
time that passed stands the CPU time of the page's main thread: on a machine that is busy with
other things only that says something of the page.
"""

import sys

import psutil
from playwright.sync_api import CDPSession, Page, sync_playwright

ADDRESS = "http://127.0.0.1:5055/#/markets"
FRAMES = """(seconds) => new Promise(done => {
  const pane = document.querySelector('.pane');
  const most = pane.scrollHeight - pane.clientHeight;
  const gaps = []; let last = 0; let top = 0; const end = performance.now() + seconds * 1000;
  const step = (now) => {
    if (last) gaps.push(now - last);
    last = now;
    top = (top + 60) % most;
    pane.scrollTop = top;
    if (now < end) requestAnimationFrame(step); else done(gaps);
  };
  requestAnimationFrame(step);
})"""


def metrics(session: CDPSession) -> dict[str, float]:
    told = session.send("Performance.getMetrics")["metrics"]
    return {one["name"]: one["value"] for one in told}


def cpu() -> float:
    """CPU seconds so far of the main thread of the renderer that worked most."""
    mine = psutil.Process().children(recursive=True)
    renderers = [one for one in mine if "--type=renderer" in " ".join(one.cmdline())]
    return max(
        thread.user_time + thread.system_time
        for one in renderers
        for thread in one.threads()
        if thread.id == one.pid
    )


def busy(page: Page, session: CDPSession, seconds: int, what: str) -> None:
    before, used = metrics(session), cpu()
    page.wait_for_timeout(seconds * 1_000)
    after, used = metrics(session), cpu() - used
    passed = after["Timestamp"] - before["Timestamp"]
    share = (after["TaskDuration"] - before["TaskDuration"]) / passed
    script = (after["ScriptDuration"] - before["ScriptDuration"]) / passed
    print(
        f"{what}: main thread {share:.1%} busy (script {script:.1%}), "
        f"{used / passed:.1%} of a CPU, over {passed:.0f} s"
    )


def main(seconds: int) -> None:
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "timeTicks"})
        page.goto(ADDRESS)
        page.wait_for_selector("#line-5")
        busy(page, session, seconds, "list open, 5,000 changes a second")
        before, used = metrics(session), cpu()
        gaps = page.evaluate(FRAMES, seconds)
        after, used = metrics(session), cpu() - used
        frame = 1_000 / 60
        lost = sum(max(0, round(gap / frame) - 1) for gap in gaps)
        work = (after["TaskDuration"] - before["TaskDuration"]) / max(1, len(gaps)) * 1_000
        print(
            f"scrolling: {lost} of {lost + len(gaps)} frames lost, a frame took {work:.1f} ms, "
            f"{used / max(1, len(gaps)) * 1_000:.1f} ms of CPU"
        )
        heaps = []
        for _ in range(4):
            session.send("HeapProfiler.collectGarbage")
            heaps.append(metrics(session)["JSHeapUsedSize"] / 1e6)
            page.wait_for_timeout(seconds * 1_000)
        nodes = metrics(session)["Nodes"]
        print(
            "heap after collection, MB:",
            ", ".join(f"{heap:.1f}" for heap in heaps),
            f"({nodes:.0f} nodes)",
        )
        browser.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
