"""The page of a backtest: its numbers are the result's, it asks no network, and names are text."""

import hashlib
import json
from base64 import b64encode
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from msgspec import structs
from tests.unit.history.recording import NO, START_MS, YES, book, change, channel_file, trade

from polywire.cli.backtest import Kept, backtest
from polywire.cli.page.backtest_page import backtest_page
from polywire.cli.page.charts import FILLS_MAX, POINTS_MAX, charts, thinned
from polywire.cli.page.figures import verdict
from polywire.config.backtest_plan import plan_from
from polywire.config.load import load
from polywire.core.errors import ConfigError
from polywire.modes.backtest_result import BacktestReport
from polywire.modes.backtesting import backtest as run

EXAMPLE = Path(__file__).parents[3] / "examples" / "backtest.toml"
HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)> & 'quoted' \"twice\" {{ 7 }}"
)


class Parsed(HTMLParser):
    """What a browser would make of it: tables as (text, exact value), scripts, tags, attributes."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tables: list[list[list[tuple[str, str | None]]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._exact: str | None = None
        self._text = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.tags.append((tag, told))
        self._text = ""
        match tag:
            case "table":
                self.tables.append([])
            case "tr":
                self.tables[-1].append([])
            case "td" | "th":
                self._exact = None
            case "data":
                self._exact = told["value"]
            case "script":
                self.scripts.append((told, ""))
            case _:
                pass

    def handle_data(self, data: str) -> None:
        self._text += data
        self.words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.tables[-1][-1].append((self._text, self._exact))
        if tag == "script":
            self.scripts[-1] = (self.scripts[-1][0], self._text)

    def table(self, first: str) -> dict[str, list[tuple[str, str | None]]]:
        """The cells behind the first one of each row, of the table that has such a first cell."""
        (found,) = [one for one in self.tables if any(row and row[0][0] == first for row in one)]
        return {row[0][0]: row[1:] for row in found if row}

    @property
    def carried(self) -> str:
        """What the page carries for its charts, as it stands there."""
        (text,) = [text for told, text in self.scripts if told.get("id") == "charts"]
        return text

    @property
    def charts(self) -> dict[str, object]:
        read: dict[str, object] = json.loads(self.carried)
        return read


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    """A quiet book, traded at its best bid: the recording, and its page from the command."""
    folder = tmp_path_factory.mktemp("page")
    frames = [
        (0, book(YES, [("0.40", "100")], [("0.45", "80")])),
        (1, book(NO, [("0.55", "80")], [("0.60", "100")])),
    ]
    frames += [(1_000 * n, trade("0.40", "30", "SELL", START_MS + 1_000 * n)) for n in range(1, 7)]
    frames.append((38_000, change("0.47", "5", "SELL", ("0.40", "0.45"), START_MS + 38_000)))
    recording = channel_file(folder / "recording.jsonl", frames)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLYWIRE_BACKTEST__REBATES", "true")
        backtest(config=EXAMPLE, data=recording, kept=Kept(journal=folder / "journals"))
    return recording, (folder / "journals" / "backtest.html").read_bytes()


@pytest.fixture(scope="module")
def report(made) -> BacktestReport:
    """The same as data, run apart from the command."""
    file = load(EXAMPLE, {"POLYWIRE_BACKTEST__REBATES": "true"})
    return run(plan_from(file, made[0], ("front", "back")))


@pytest.fixture(scope="module")
def told(report) -> dict[str, object]:
    read: dict[str, object] = json.loads(msgspec.json.encode(report))
    return read


def in_dollars(micros: int) -> str:
    """Written by hand, as a person would: cents, half away from zero."""
    cents = (Decimal(abs(micros)) / 10_000).quantize(Decimal(1), ROUND_HALF_UP)
    sign = "-" if micros < 0 and cents else ""
    return f"{sign}${cents / 100:,.2f}"


def test_each_number_of_the_result_stands_in_the_page_at_both_ends_of_the_queue(made, told):
    shown = Parsed(made[1]).table("profit, fees paid")
    keys = {
        "profit, fees paid": "profit", "realised": "realised",
        "unrealised: held at the best bid, less its cost": "open",
        "worth of what is held, at the best bid": "worth",
        "fees": "fees", "maker rebates, estimated, in no profit": "rebates",
        "deepest fall": "drawdown", "most at stake": "exposure_max", "cash at the end": "cash",
    }  # fmt: skip
    for name, key in keys.items():
        amounts = [one[key] for one in told["results"]]
        assert shown[name] == [(in_dollars(each), str(each)) for each in amounts], name
    assert any(one["rebates"] > 0 for one in told["results"])
    for one in told["results"]:
        assert one["cash"] + one["worth"] - 1_000_000_000 == one["profit"]
    for name in ("orders", "cancels", "fills"):
        assert shown[name] == [(f"{one[name]:,}", str(one[name])) for one in told["results"]]
    assert told["results"][0]["fills"] != told["results"][1]["fills"]


def test_tables_by_strategy_and_by_market_add_up_to_the_result(made, told):
    parsed = Parsed(made[1])
    (row,) = told["results"][1]["rows"]
    for head, name in (("strategy", row["strategy"]), ("market", row["question"])):
        (found,) = [
            cells[1:]
            for table in parsed.tables
            for cells in table
            if len(table) > 1 and table[1][0][0] == head and cells[0][0] == name
        ]
        profits = [int(exact) for _, exact in found[:2]]
        assert profits == [one["profit"] for one in told["results"]]
        rebates = [int(exact) for _, exact in found[2:4]]
        assert rebates == [one["rebates"] for one in told["results"]], "nobody paid fees"


def test_markouts_are_those_of_the_result(made, told):
    (table,) = [one for one in Parsed(made[1]).tables if one[0][-1][0] == "after 30 s"]
    for one in told["results"]:
        (row,) = [row for row in table if (row[0][0], row[1][0]) == (one["queue"], "all")]
        assert [float(exact) for _, exact in row[4:]] == one["gains"]
        (maker,) = [row for row in table if (row[0][0], row[2][0]) == (one["queue"], "maker")]
        assert [float(exact) for _, exact in maker[4:]] == one["gains"]
        assert maker[4][0] == "+2.50\u00a0c"


def test_the_curves_and_the_fills_that_are_drawn_are_those_of_the_result(made, told):
    drawn = Parsed(made[1]).charts
    for curve, one in zip(drawn["equity"], told["results"], strict=True):
        points = [*one["equity"]]
        while points[0][1:] == [0, 0]:  # nothing is drawn before anything was at stake
            points.pop(0)
        times, profits, exposures = zip(*points, strict=True)
        assert curve["at_ms"] == [at // 10**6 for at in times]
        assert (curve["lines"][0], curve["lines"][2]) == ([*profits], [*exposures])
        assert max(curve["lines"][1]) == one["drawdown"]
    (market,) = drawn["markets"]
    prices = told["results"][1]["prices"][market["market"]]
    assert market["prices"]["lines"] == [
        [bid for _, bid, _ in prices],
        [ask for _, _, ask in prices],
    ]
    for queue, one in enumerate(told["results"]):
        marks = [fill for fill in drawn["fills"] if fill[1] == queue]
        assert [(fill[3], fill[7], fill[11]) for fill in marks] == [
            (point["price"], point["price"], point["gains"]) for point in one["points"]
        ]


def test_a_fill_of_the_second_outcome_stands_at_a_dollar_less_its_price(report):
    point = structs.replace(report.results[1].points[0], outcome=1, price=300_000)
    one = structs.replace(report.results[1], points=[point])
    (mark,) = charts(structs.replace(report, results=[one])).fills
    assert (mark.shown, mark.price, mark.outcome) == (700_000, 300_000, 1)


def test_the_page_asks_nothing_of_any_network(made):
    parsed = Parsed(made[1])
    links = {"src", "href", "srcset", "action", "data", "poster", "background"}
    asked = [value for _, told in parsed.tags for name, value in told.items() if name in links]
    assert asked == ["#assumed"]
    assert not {"link", "img", "iframe", "object", "form", "base"} & {tag for tag, _ in parsed.tags}
    text = made[1].decode()
    for word in (
        "url(",
        "@import",
        "fetch(",
        "XMLHttpRequest",
        "WebSocket",
        "import(",
        "sendBeacon",
    ):
        assert word not in text, word


def test_no_script_runs_but_the_two_that_the_policy_names_by_their_digests(made):
    parsed = Parsed(made[1])
    (policy,) = [
        told["content"] for _, told in parsed.tags
        if told.get("http-equiv") == "Content-Security-Policy"
    ]  # fmt: skip
    running = [text for told, text in parsed.scripts if "type" not in told]
    digests = [b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in running]
    assert len(digests) == 2
    assert policy.startswith("default-src 'none'; script-src ")
    assert [part for part in policy.split("'") if part.startswith("sha256-")] == [
        f"sha256-{digest}" for digest in digests
    ]
    assert not [told for _, told in parsed.tags if any(name.startswith("on") for name in told)]


def test_hostile_names_are_text_wherever_they_stand(report):
    results = [
        structs.replace(
            one,
            rows=[structs.replace(row, question=HOSTILE, strategy=HOSTILE) for row in one.rows],
            points=[structs.replace(point, strategy=HOSTILE) for point in one.points],
            refused={HOSTILE: 2},
            rejected={HOSTILE: 1},
            halted={HOSTILE: HOSTILE},
            stopped=HOSTILE,
        )
        for one in report.results
    ]
    (read,) = report.recordings
    recording = structs.replace(
        read, input=structs.replace(read.input, name=HOSTILE), refused={HOSTILE: 3}
    )
    page = backtest_page(
        structs.replace(
            report, results=results, recordings=[recording], assumptions=[HOSTILE],
            configuration=json.dumps(HOSTILE),
        )
    )  # fmt: skip
    parsed = Parsed(page)
    assert len(parsed.scripts) == 3
    assert not {"img"} & {tag for tag, _ in parsed.tags}
    assert "".join(parsed.words).count(HOSTILE) > 10
    assert not {*"<>&"} & {*parsed.carried}  # browsers end a script at "</script " too
    assert parsed.charts["markets"][0]["question"] == HOSTILE
    assert parsed.charts["fills"][0][4] == HOSTILE


def test_the_page_says_what_was_assumed_and_that_no_hashes_prove_it(made, told):
    words = " ".join(Parsed(made[1]).words)
    for sentence in told["assumptions"]:
        assert sentence in words
    assert "recording.jsonl has no venue hashes: its books are trusted without proof" in words
    assert "no promise" in words
    assert "liquidity rewards are estimated apart and in no profit" in words


def test_refusals_are_told_by_rule_for_each_end(report):
    first, second = report.results
    results = [
        structs.replace(first, refused={"position_max": 3}),
        structs.replace(second, refused={}),
    ]
    table = Parsed(backtest_page(structs.replace(report, results=results))).table("limits")
    assert [text for text, _ in table["limits"]] == ["position_max", "3", "0"]


def test_a_result_without_an_order_is_a_page_too(report):
    empty = structs.replace(
        report.results[0], rows=[], points=[], equity=[], prices={}, gains=(None, None, None)
    )
    parsed = Parsed(backtest_page(structs.replace(report, results=[empty])))
    assert parsed.charts["markets"] == parsed.charts["fills"] == []
    assert len(parsed.table("profit, fees paid")["fees"]) == 1


def test_ends_that_contradict_each_other_are_called_no_answer(report):
    front, back = report.results
    gained, lost = structs.replace(front, profit=5_000_000), structs.replace(back, profit=-1)
    assert "does not answer" in verdict([gained, lost])
    assert (
        verdict([gained, gained])
        == "$5.00 at the front and $5.00 at the front of the queue, fees paid."
    )


def test_a_long_curve_is_thinned_to_real_points_with_its_extremes_and_ends():
    rows = [(at, (at * 7_919) % 10_007, None if at % 3 else at) for at in range(100_000)]
    rows[54_321] = (54_321, 99_999, None)
    rows[54_322] = (54_322, -99_999, None)
    kept = thinned(rows)
    assert len(kept) <= POINTS_MAX
    assert set(kept) <= set(rows)
    assert kept == sorted(kept, key=lambda row: row[0])
    assert {rows[0], rows[-1], rows[54_321], rows[54_322]} <= set(kept)
    assert thinned(rows[:POINTS_MAX]) == rows[:POINTS_MAX]


def test_of_too_many_fills_each_end_of_the_queue_shows_as_many_and_the_page_says_so(report):
    front, back = report.results
    many = [
        structs.replace(one, points=[structs.replace(one.points[0])] * (FILLS_MAX + 3))
        for one in (front, back)
    ]
    drawn = charts(structs.replace(report, results=many))
    assert [sum(mark.queue == queue for mark in drawn.fills) for queue in (0, 1)] == [5_000] * 2
    assert drawn.left_out == ["5,000 of 5,003 fills of a queue are drawn"]


def test_a_page_is_written_where_it_is_asked_for(made, tmp_path, capsys):
    page = tmp_path / "page.html"
    backtest(config=EXAMPLE, data=made[0], queue="back", json=True, kept=Kept(html=page))
    told = json.loads(capsys.readouterr().out)
    assert Parsed(page.read_bytes()).table("fees")["fees"][0][1] == str(told["results"][0]["fees"])


def test_a_page_that_cannot_be_written_is_refused_before_the_run(made, tmp_path, monkeypatch):
    monkeypatch.setattr("polywire.cli.backtest._shown", lambda _: pytest.fail("it ran"))
    with pytest.raises(ConfigError, match="no folder"):
        backtest(config=EXAMPLE, data=made[0], kept=Kept(html=tmp_path / "nowhere" / "page.html"))
