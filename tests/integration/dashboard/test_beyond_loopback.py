"""The dashboard as other machines would reach it: by TLS and a password, which nothing repeats."""

import re
import signal
import ssl
from pathlib import Path

import aiohttp
import pytest
from tests.certificates import Files, certified
from tests.integration.cli.conftest import Begin, Command, begin
from tests.integration.dashboard.test_dashboard import Page, done, killed_and_back

from polywire.cli.entrance import PASSWORD

__all__ = ["begin"]
SECRET = "correct horse battery staple"
ADDRESS = re.compile(r"dashboard: https://localhost:(\d+)/(\S*)")


async def enter(browser: aiohttp.ClientSession, home: str, password: str) -> int:
    """Send the form; the answer's status."""
    form, headers = {"password": password}, {"Origin": home}
    where = f"{home}/login"
    async with browser.post(where, data=form, headers=headers, allow_redirects=False) as reply:
        return reply.status


def written(folder: Path, secret: str) -> list[Path]:
    """Files that hold a secret."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 3, "there is a journal, and what was said"
    return [path for path in files if secret.encode() in path.read_bytes()]


def arguments_of(demo: Command) -> str:
    """What everybody on the machine can read of its processes."""
    demo.look()
    lines = [Path(f"/proc/{one}/cmdline") for one in (demo.process.pid, *demo.children)]
    told = "".join(line.read_text() for line in lines if line.exists())
    assert "observer" in told
    return told


def session(files: Files) -> aiohttp.ClientSession:
    """A browser that trusts who signed the certificate."""
    trust = ssl.create_default_context(cafile=str(files.authority))
    connector = aiohttp.TCPConnector(ssl=trust)
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), connector=connector)


@pytest.mark.timeout(90)
async def test_who_knows_the_password_sees_the_run_and_stops_it_by_tls_and_nothing_repeats_it(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD, SECRET)
    run = tmp_path / "run"
    run.mkdir()
    files = certified(tmp_path / "tls", "localhost")
    told = ["--dashboard-host", "0.0.0.0", "--dashboard-port", 0, *files.options]
    demo = begin("demo", "--plain", *told, "--journal", run / "journal")
    demo.until(lambda: ADDRESS.search(demo.said), 30)
    found = ADDRESS.search(demo.said)
    assert found is not None
    assert found[2] == "", "a token would be in the history of whoever opens it"
    home = f"https://localhost:{found[1]}"
    demo.trades()
    async with session(files) as browser:
        async with browser.get(f"{home}/") as reply:
            assert (reply.status, reply.content_type) == (401, "text/html")
        with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
            await browser.ws_connect(f"{home}/api/live", origin=home)
        by_number = {"Host": f"127.0.0.1:{found[1]}"}
        async with browser.get(f"{home}/", headers=by_number) as reply:
            assert reply.status == 421, "the certificate does not have it"
        assert await enter(browser, home, "correct horse battery") == 401
        assert await enter(browser, home, SECRET) == 303
        (cookie,) = browser.cookie_jar
        assert (cookie.key, cookie["secure"]) == (f"__Host-polywire-{found[1]}", True)
        async with browser.ws_connect(f"{home}/api/live", origin=home) as socket:
            await socket.send_json({"view": "overview"})
            await Page(socket).seen(lambda one: one["orders"]["sent"] > 5)
        await done(browser, home, operation="halt", reason="enough")
        await killed_and_back(demo, browser, home)
    assert SECRET not in arguments_of(demo)
    demo.tell(signal.SIGTERM)
    assert demo.ends(20) == 0
    assert written(tmp_path, SECRET) == []
    assert written(tmp_path, cookie.value) == []


async def test_a_password_on_loopback_is_asked_for_without_tls(
    begin: Begin, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.touch(0o600)
    file.write_text(SECRET)
    demo = begin("demo", "--plain", "--dashboard-port", 0, "--dashboard-password-file", file)
    address = re.compile(r"dashboard: (http://127\.0\.0\.1:\d+)/\s")
    demo.until(lambda: address.search(demo.said), 30)
    found = address.search(demo.said)
    assert found is not None
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        assert await enter(browser, found[1], "correct horse battery") == 401
        assert await enter(browser, found[1], SECRET) == 303
        async with browser.get(f"{found[1]}/api/hello") as reply:
            assert reply.status == 200


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (["--dashboard-host", "0.0.0.0"], "needs a password .* and TLS"),
        (["--dashboard-host", "10.1.2.3"], "needs a password .* and TLS"),
        (["--dashboard-cert", "nowhere.pem", "--dashboard-key", "nowhere.pem"], "cannot read "),
    ],
)
def test_what_may_not_be_opened_ends_in_a_sentence(
    begin: Begin, told: list[object], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PASSWORD, raising=False)
    demo = begin("demo", "--plain", *told, "--dashboard-port", 0)
    assert demo.ends(30) == 2
    assert re.search(said, re.sub(r"\s+", " ", demo.complained))
    assert "Traceback" not in demo.complained
