"""Each view has the shape that the page reads, and the numbers that the engine has."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from msgspec import structs
from tests.unit.core.building import SECOND
from tests.unit.dashboard.asking import PORT, TOKEN, acted, asked
from tests.unit.modes.test_replay import T0
from tests.unit.observe.test_shadow import bidder, followed, written
from tests.waiting import until

from polywire.core.engine.engine import Engine
from polywire.core.model.control import Operation, OperatorCommand
from polywire.core.model.counts import FeedsCounted
from polywire.core.units import Ns, utc_time
from polywire.dashboard.app import application
from polywire.dashboard.following import follow
from polywire.dashboard.live import PlainView, view_of
from polywire.dashboard.rules import Rules
from polywire.dashboard.scene import About, Ask, Scene
from polywire.dashboard.views.hello import hello
from polywire.dashboard.views.markets import COLUMNS, MarketsView
from polywire.dashboard.views.pulse import alerts, pulse
from polywire.net.clock import Clock
from polywire.observe.shadow import Shadow

ABOUT = About(version="1", mode="demo", venue="here", journal="", read_only=False, backtests="")
MS = 1_000_000


def scene_of(folder: Path) -> tuple[Scene, Engine]:
    """A dashboard's scene of a run that is over, and the engine that ran."""
    live = written(folder)
    return Scene(followed(folder), ABOUT, Clock()), live


def full(scene: Scene, view: str, **ask: object) -> dict:
    """What a page is shown at first, as it arrives there."""
    looked = view_of(scene, Ask(view, **ask))
    assert looked is not None
    told = looked.look()
    assert told is not None
    return msgspec.json.decode(msgspec.json.encode(told))["full"]


def test_the_pulse_says_what_the_engine_has_and_how_much_was_decided_again(tmp_path: Path) -> None:
    scene, live = scene_of(tmp_path)
    told = pulse(scene)
    assert set(told) == {
        "now_ms", "mode", "halted", "stops", "resumable", "silent", "feed", "feed_ok", "equity",
        "profit", "profit_pending", "urgent", "agree", "behind_ms", "recorded",
    }  # fmt: skip
    assert told["recorded"] == ""
    assert told["agree"] == {"decisions": 3, "first_difference": ""}
    worth = live.ledger.cash + 4_000_000  # ten shares at the best bid of 40 cents
    assert told["equity"] == worth
    assert told["profit"] == worth - live.ledger.cash_start
    assert told["profit_pending"] == 0
    assert told["feed_ok"] is True
    assert (told["urgent"], told["stops"], told["resumable"]) == (None, [], False)
    (begun,) = alerts(scene, 5)
    assert (begun["at_ms"], begun["severity"]) == (T0 // MS, "info")
    assert begun["text"].startswith("a run begins")


def test_the_pulse_of_an_engine_that_hangs_does_not_say_that_all_is_well(tmp_path: Path) -> None:
    scene, _ = scene_of(tmp_path)
    scene.heard_ns = Ns(scene.clock.now() - 11 * SECOND)
    told = pulse(scene)
    assert told["feed"] == "the engine wrote nothing for 11 s: it hangs, and this is old"
    assert told["feed_ok"] is False
    assert told["silent"] == told["feed"]
    scene.shadow.partial = "no market rows"
    assert pulse(scene)["feed"] == "no market rows", "such a run writes each minute"
    scene.heard_ns = Ns(scene.clock.now() - 91 * SECOND)
    assert pulse(scene)["feed_ok"] is False
    scene.about = structs.replace(ABOUT, mode="replay")
    assert pulse(scene)["feed_ok"] is True, "an old journal may be silent"


def test_a_recorded_run_says_how_it_ended_and_not_that_it_is_halted(tmp_path: Path) -> None:
    scene, _ = scene_of(tmp_path)
    scene.about = structs.replace(ABOUT, mode="replay", read_only=True)
    at = utc_time(scene.shadow.now)
    said = f"recorded run, without a clean end; its last row is of {at} UTC"
    assert pulse(scene)["recorded"] == said
    engine, now = scene.shadow.engine, scene.shadow.now
    assert engine is not None
    engine.handle(OperatorCommand(now, Operation.HALT, "shutting down"))
    counted = FeedsCounted(now, now, 0, 0, (), (), (), (), ending=True)
    scene.shadow.memory.take(counted, engine)
    told = pulse(Scene(scene.shadow, scene.about, scene.clock))
    assert told["recorded"] == f"recorded run, ended cleanly at {at} UTC"
    assert (told["halted"], told["stops"]) == ("", [])
    scene.behind_ns = SECOND
    assert pulse(scene)["recorded"] == f"recorded run, read up to {at} UTC"


async def test_what_follows_notes_when_a_row_came_last(tmp_path: Path) -> None:
    written(tmp_path)
    scene = Scene(Shadow(tmp_path, bidder), ABOUT, Clock())
    scene.heard_ns = Ns(0)
    following = asyncio.ensure_future(follow(scene))
    await until(lambda: scene.heard_ns)
    heard_ns = scene.heard_ns
    assert 0 <= scene.clock.now() - heard_ns < SECOND
    await asyncio.sleep(0.06)
    assert scene.heard_ns == heard_ns, "no row came since"
    following.cancel()


def test_before_a_run_began_the_pulse_says_so(tmp_path: Path) -> None:
    scene = Scene(Shadow(tmp_path / "none", bidder), ABOUT, Clock())
    assert scene.shadow.advance(10) == 0
    assert pulse(scene)["feed"] == "the run has not begun yet"
    for view in ("overview", "orders", "strategies", "health", "market"):
        looked = view_of(scene, Ask(view))
        assert looked is not None
        assert list(looked.look() or {}) == ["missing"]
        assert looked.look() is None, "said once"


def test_the_overview_adds_up(tmp_path: Path) -> None:
    scene, live = scene_of(tmp_path)
    told = full(scene, "overview")
    assert told["cash"] == live.ledger.cash
    assert told["equity"] == told["cash"] + sum(one["value"] for one in told["positions"])
    (part,) = told["per_strategy"]
    assert (part["state"], part["exposure"]) == ("trading", 8_000_000)
    assert {one["name"]: one["used"] for one in told["limits"]}["at stake in all"] == 8_000_000
    assert told["orders"] == {"sent": 2, "filled": 1, "refused": 0, "open": 1}
    assert told["paired"] == 0, "only one outcome is held"
    (held,) = told["positions"]
    assert (held["average"], held["percent"]) == (400_000, 0.0)
    assert (held["shares"], held["paid"], held["value"]) == (10_000_000, 4_000_000, 4_000_000)
    assert [at for at, _ in told["curve"]] == [T0 // MS, (T0 + 2 * SECOND) // MS]


def test_a_market_is_a_row_with_its_book_and_what_of_it_is_ours(tmp_path: Path) -> None:
    scene, _ = scene_of(tmp_path)
    told = full(scene, "markets")
    assert told["columns"] == list(COLUMNS)
    (row,) = told["rows"]
    cells = dict(zip(COLUMNS, row, strict=True))
    assert (cells["bid"], cells["ask"], cells["spread"]) == (400_000, 600_000, 200_000)
    assert (cells["position"], cells["orders"]) == ([10_000_000, 0], 1)
    assert cells["distrust"] == ""


def test_one_market_shows_our_orders_in_its_ladder(tmp_path: Path) -> None:
    scene, _ = scene_of(tmp_path)
    (row,) = full(scene, "markets")["rows"]
    told = full(scene, "market", id=row[0])
    assert set(told) == {
        "market", "ladder", "mids", "fills", "trades", "evidence", "wishes",
    }  # fmt: skip
    *_, proof = told["evidence"]
    assert proof["text"] == "last proven by the venue's hash; of its hashes 1 agreed, 0 did not"
    price, _, ours, ahead = told["ladder"]["bids"][0]
    assert (price, ours, ahead) == (400_000, 10_000_000, None)
    (fill,) = told["fills"]
    assert (fill["side"], fill["price"], fill["state"]) == ("buy", 400_000, "final")
    (wish,) = told["wishes"]
    assert (wish["side"], wish["verdict"], wish["rule"]) == ("buy", "approved", "")
    assert told["market"]["held"][0]["shares"] == 10_000_000


def test_orders_come_the_newest_first_and_are_found_by_words(tmp_path: Path) -> None:
    scene, live = scene_of(tmp_path)
    told = full(scene, "orders")
    assert [one["id"] for one in told["rows"]] == ["run-2", "run-1"]
    newest, first = told["rows"]
    assert newest["state"] == live.ledger.orders["run-2"].state.value
    assert (first["state"], first["filled"]) == ("filled", 10_000_000)
    assert [step["text"][:6] for step in first["history"]] == ["sent: ", "filled"]
    assert full(scene, "orders", search="FILLED")["total"] == 1
    assert full(scene, "orders", search="nothing of the kind")["rows"] == []
    assert full(scene, "orders", page=1)["rows"] == []


def test_strategies_and_health_have_their_shapes(tmp_path: Path) -> None:
    scene, _ = scene_of(tmp_path)
    (row,) = full(scene, "strategies")["rows"]
    assert (row["state"], row["wishes"], row["refused"]) == ("trading", 1, 0)
    told = full(scene, "health")
    assert set(told) == {
        "sockets", "gaps", "latency", "rest", "differences", "stalls", "alerts",
    }  # fmt: skip
    assert told["gaps"]["open"] == 0


def test_a_view_tells_only_what_changed_and_nothing_while_nothing_does(tmp_path: Path) -> None:
    scene, _ = scene_of(tmp_path)
    plain, rows = PlainView(scene, Ask("overview")), MarketsView(scene)
    assert "full" in (plain.look() or {})
    assert "full" in (rows.look() or {})
    assert plain.look() is None
    assert rows.look() is None
    curve = scene.shadow.memory.curve
    curve.add(T0 + 9 * SECOND, 7)
    assert plain.look() == {"change": {"curve": [((T0 + 9 * SECOND) // MS, 7)]}}
    (market,) = scene.shadow.memory.markets.moved
    scene.shadow.memory.markets.touch(market)
    told = rows.look()
    assert told is not None
    assert list(told["change"]) == ["rows"]
    assert list(told["change"]["rows"]) == [market]
    assert rows.look() is None


@pytest.fixture
def app(tmp_path: Path):
    scene, _ = scene_of(tmp_path)
    rules = Rules(port=PORT, token=TOKEN, read_only=False, seconds=lambda: 0.0)
    return application(scene, rules)


async def test_a_journal_that_cannot_be_opened_is_told_and_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, _ = scene_of(tmp_path)

    def full(*_: object) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(scene.shadow, "advance", full)
    monkeypatch.setattr(scene.shadow, "left", full)
    following = asyncio.ensure_future(follow(scene))
    await until(lambda: scene.trouble)
    assert not following.done()
    assert scene.trouble == "the journal cannot be read: [Errno 24] Too many open files"
    assert hello(scene).behind == 0, "the pulse tells the rest"
    following.cancel()


async def test_hello_orders_and_why_are_answered(app) -> None:
    told = (await asked(app, "/api/hello")).json
    assert (told["run"], told["mode"], told["behind"], told["strategies"]) == (
        "run", "demo", 0, ["s"],
    )  # fmt: skip
    assert (await asked(app, "/api/orders/run-1")).json["state"] == "filled"
    assert (await asked(app, "/api/orders/none")).status == 404
    market = (await asked(app, "/api/orders/run-1")).json["market_id"]
    now = (await asked(app, f"/api/why?market={market}")).json
    assert now["strategies"][0]["wanted"][0]["side"] == "buy"
    assert now["strategies"][0]["gate"] == ["approved"]
    before = (await asked(app, f"/api/why?market={market}&at_ms={(T0 + SECOND // 2) // MS}")).json
    assert before["at_ms"] == T0 // MS
    assert (await asked(app, "/api/why?market=none")).status == 404
    assert (await asked(app, "/api/why")).status == 400


async def test_a_wish_is_answered_in_sentences_also_where_nothing_runs(app) -> None:
    nothing = await acted(app, {"operation": "halt"})
    assert nothing.status == 200
    assert nothing.json["done"] is False
    assert "nothing runs" in nothing.json["said"][0]
    assert (await acted(app, {"operation": "buy"})).json["done"] is False
    assert (await acted(app, {"operation": "halt", "more": 1})).status == 400
    assert (await acted(app, [1])).status == 400


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/assets/../../app.py",
        "/assets/..%2f..%2fapp.py",
        "/assets/%2e%2e/app.py",
        "/assets//etc/passwd",
        "/assets/",
        "/page/index.html",
        "/api/backtests/../../../etc/passwd",
        "/api/backtests/..%2f..%2fetc%2fpasswd",
        "/api/orders/../hello",
        "//api/hello/..",
        "/\x00",
    ],
)
async def test_no_path_leads_to_any_other_file(app, path: str) -> None:
    assert (await asked(app, path)).status == 404


async def test_a_report_is_shown_in_a_box_without_an_origin(tmp_path: Path) -> None:
    scene, _ = scene_of(tmp_path / "journal")
    folder = tmp_path / "backtests"
    (folder / "maker").mkdir(parents=True)
    said = ("strategies", "a &amp; b"), ("profit", "5,-7")
    head = [f'<meta name="polywire-{name}" content="{text}">' for name, text in said]
    (folder / "maker" / "backtest.html").write_text("".join(head))
    scene.about = msgspec.structs.replace(ABOUT, backtests=str(folder))
    rules = Rules(port=PORT, token=TOKEN, read_only=False, seconds=lambda: 0.0)
    boxed = application(scene, rules)
    (line,) = (await asked(boxed, "/api/backtests")).json
    assert (line["name"], line["strategy"], line["profit"]) == ("maker", "a & b", [5, -7])
    page = await asked(boxed, "/api/backtests/maker")
    assert page.headers["content-security-policy"].startswith("sandbox allow-scripts; ")
    assert (await asked(boxed, "/api/backtests/other")).status == 404


@pytest.mark.parametrize(
    "value", [b"[" * 30_000, b'{"a":' * 10_000, b"[" * 30_000 + b"]" * 30_000 + b"}"]
)
async def test_what_is_nested_beyond_all_measure_is_refused_in_a_sentence(
    app, value: bytes
) -> None:
    body = b'{"operation": "set", "value": ' + value
    headers = {"content_type": "application/json", "content_length": str(len(body))}
    reply = await asked(app, "/api/operate", method="POST", body=body, x_polywire="1", **headers)
    assert reply.status == 400
    assert reply.json["detail"]


async def test_what_stops_the_run_is_taken_however_much_was_clicked_before(tmp_path: Path) -> None:
    scene, _ = scene_of(tmp_path)
    rules = Rules(port=PORT, token=TOKEN, read_only=False, seconds=lambda: 0.0)
    app = application(scene, rules)
    for _ in range(20):
        (said,) = (await acted(app, {"operation": "cancel_market", "subject": "m"})).json["said"]
        assert "nothing runs" in said
    reply = await acted(app, {"operation": "resume"})
    assert reply.json["said"][0].startswith("more than 20 actions in a minute")
    for stop in ("halt", "cancel_all", "flatten"):
        (said,) = (await acted(app, {"operation": stop})).json["said"]
        assert "nothing runs" in said
