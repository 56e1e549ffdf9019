"""Settings of other bots, in each form: what each key became, and that no secret is copied."""

from pathlib import Path

import pytest

from polywire.config.legacy import Imported, import_settings
from polywire.config.load import read
from polywire.config.old_files import COMPUTED, settings_in
from polywire.config.written import as_toml, to_fill_in
from polywire.core.errors import ConfigError

OLD = Path(__file__).parent / "old"
FORMS = ("config.json", "bot.env", "constants.py")
URL = "wss://ws-subscriptions-clob.polymarket.com/ws/market"

SECRETS = ("6b1f9d2e", "c2VjcmV0", "correct horse", "hunter2")

STREAM, POLL = ("feed.kind", "stream"), ("feed.kind", "poll")
SOCKET = ("venue.market_ws", URL)
CASES = {
    "use_websocket": ("true", STREAM),
    "websocket_enabled": ("0", POLL),
    "websocket_url": (URL, SOCKET),
    "polymarket_ws_url": (URL + "/", SOCKET),
    "ws_url": ("wss://ws-subscriptions-clob.polymarket.com/ws", SOCKET),
    "fallback_polling_interval": ("30", ("feed.poll_every", 30_000_000_000)),
    "poll_interval": ("7", ("feed.poll_every", 7_000_000_000)),
    "polling_interval": ("7", ("feed.poll_every", 7_000_000_000)),
    "max_concurrent_markets": ("15", ("watch.markets_max", 15)),
    "market_keywords_extended": ("btc, eth", ("watch.keywords", ["btc", "eth"])),
    "target_latency_ms": ("75", ("observe.latency_target_ms", 75_000_000)),
    "stale_threshold": ("90", ("limits.proof_age_max", 90_000_000_000)),
    "use_concurrent_orders": ("true", "the orders of one decision always leave together"),
    "use_gasless": ("true", "orders are signed messages and cost no gas"),
    "websocket_reconnect_delay": ("5", "a connection is tried again after 1 to 2 s"),
    "ws_reconnect_delay": ("5", "a connection is tried again after 1 to 2 s"),
    "ws_reconnect_attempts": ("10", "never given up"),
    "ws_max_reconnect_attempts": ("10", "never given up"),
    "websocket_ping_interval": ("20", "a ping every 10 s"),
    "ws_heartbeat_interval": ("30", "a ping every 10 s"),
    "benchmark_enabled": ("true", "polywire bench"),
    "min_edge": ("0.03", "a strategy that estimates probabilities"),
}


def written(folder: Path, form: str, key: str, value: str) -> Path:
    """A file of one setting as people have it in that form."""
    quoted = value if value.replace(".", "").isdigit() else f'"{value}"'
    text, name = {
        "json flat": (f'{{"{key}": {quoted}}}', "a.json"),
        "json nested": (f'{{"bot": {{"trading": {{"{key}": {quoted}}}}}}}', "a.json"),
        "env": (f"export {key.upper()}={value}  # a note\n", "prod.env"),
        "env quoted": (f'{key}="{value}"\n', ".env"),
        "constant": (f"{key.upper()} = {quoted}\n", "a.py"),
        "in a class": (f"class Config:\n    {key}: object = {quoted}\n", "a.py"),
        "looked up": (f'import os\n{key.upper()} = os.getenv("{key}", {quoted})\n', "a.py"),
        "in a dict": (f'CONFIG = {{"trading": {{"{key}": {quoted}}}}}\n', "a.py"),
    }[form]
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "form",
    [
        "json flat", "json nested", "env", "env quoted",
        "constant", "in a class", "looked up", "in a dict",
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", CASES)
def test_every_setting_people_have_is_read_in_each_form(
    tmp_path: Path, form: str, key: str
) -> None:
    value, expected = CASES[key]
    (one,) = import_settings(settings_in(written(tmp_path, form, key, value))).became
    if isinstance(expected, str):
        assert one.path == ""
        assert one.words.startswith("no longer applies: ")
        assert expected in one.words
    else:
        assert (one.path, one.kept) == expected
        assert one.words.startswith(f"became {expected[0]} = ")


def imported(*names: str) -> Imported:
    return import_settings(one for name in names for one in settings_in(OLD / name))


def test_a_json_file_as_people_have_it() -> None:
    read = imported("config.json")
    assert {path: one.kept for path, one in read.values.items()} == {
        "feed.kind": "stream",
        "limits.proof_age_max": 90_000_000_000,
        "venue.market_ws": URL,
        "watch.markets_max": 40,
        "watch.keywords": ["bitcoin", "btc", "ethereum"],
        "observe.latency_target_ms": 50_500_000,
    }
    assert read.unknown == []
    assert read.secrets == ["wallet.private_key", "clob_api_secret"]


def test_an_env_file_as_people_have_it() -> None:
    read = imported("bot.env")
    words = {one.key: one.words for one in read.became}
    assert words["FALLBACK_POLLING_INTERVAL"] == (
        "became feed.poll_every = 300, the nearest that is allowed to 600"
    )
    assert words["STALE_THRESHOLD"] == (
        "became limits.proof_age_max = 750, two and a half times feed.poll_every"
    )
    assert "found one with a user or a query in it" in words["POLYMARKET_WS_URL"]
    assert words["WS_URL"].startswith("not taken over: it is no address of the venue's")
    assert read.values["venue.market_ws"].key == "WEBSOCKET_URL"
    assert read.secrets == ["PRIVATE_KEY", "CLOB_PASS_PHRASE"]


def test_a_quiet_book_is_not_called_stale_sooner_than_it_can_be_proven() -> None:
    (one,) = import_settings([("stale_threshold", 5)]).became
    assert one.kept == 60_000_000_000
    assert "proven again every 45 s" in one.words


@pytest.mark.parametrize(
    ("key", "path", "unit"),
    [
        ("TAKE_PROFIT", "exits.take_profit", "dollars a share"),
        ("trading.take_profit", "exits.take_profit", "dollars a share"),
        ("trading.takeProfitPct", "exits.take_profit", "dollars a share"),
        ("STOP_LOSS", "exits.stop_loss", "dollars a share"),
        ("trading.stop_loss_pct", "exits.stop_loss", "dollars a share"),
        ("stop_loss_percent", "exits.stop_loss", "dollars a share"),
        ("TRAILING_STOP", "exits.trailing", "dollars a share"),
        ("trading.position_size_usd", "strategies.shares", "shares in each market"),
        ("ORDER_SIZE", "strategies.shares", "shares in each market"),
        ("MAX_POSITION_SIZE", "limits.position_max", "shares"),
    ],
)
@pytest.mark.parametrize("value", [0.1, "6b1f9d2e"])
def test_what_counts_in_something_else_is_named_with_its_nearest_and_not_taken_over(
    key: str, path: str, unit: str, value: object
) -> None:
    read = import_settings([(key, value)])
    (one,) = read.became
    assert (read.unknown, read.values) == ([], {})
    assert one.words.startswith("not taken over: bots mean ")
    assert one.words.endswith(f"here it is {unit}; {path} is the nearest: fill it in")


def test_an_interval_of_polls_alone_chooses_no_feed() -> None:
    read = import_settings([("trading.poll_interval", 5), ("POLL_INTERVAL", "6")])
    assert {path: one.kept for path, one in read.values.items()} == {
        "feed.poll_every": 6_000_000_000
    }


def test_python_is_parsed_and_never_executed() -> None:
    read = imported("constants.py")
    assert {path: one.kept for path, one in read.values.items()} == {
        "venue.market_ws": URL,
        "feed.kind": "stream",
        "watch.markets_max": 15,
        "watch.keywords": ["bitcoin", "solana"],
        "observe.latency_target_ms": 75_000_000,
        "limits.proof_age_max": 120_000_000_000,
    }
    (computed,) = [one for one in read.became if one.key == "FALLBACK_POLLING_INTERVAL"]
    assert computed.words.startswith("not taken over: only running it would tell")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("60 * 10", 600),
        ("-1", -1),
        ("-(2 + 3)", -5),
        ("2 * (60 - 15) // 4", 22),
        ("1 / 4", 0.25),
        ("7 % 4", 3),
        ('["a"] + ["b"]', ["a", "b"]),
        ('("a",) + ("b", "c")', ("a", "b", "c")),
        ('"wss://" + "here"', "wss://here"),
        ('int(os.getenv("X", "5")) * 60', 300),
    ],
)
def test_arithmetic_of_literals_is_folded(tmp_path: Path, written: str, value: object) -> None:
    path = tmp_path / "a.py"
    path.write_text(f"A = {written}\n")
    assert settings_in(path) == [("A", value)]


@pytest.mark.parametrize(
    "written",
    [
        "9 ** 9 ** 9", "1 << 10 ** 9", '"a" * 10 ** 9', "[0] * 1_000_000_000", "2 * ['a']",
        "1 / 0", "5 % 0", "1e308 * 10", "1e999 - 1e999", "10 ** 2", "9" * 12 + "*" + "9" * 12,
        "60 * ten()", "10 ** 400 * 1.5", "1" + "0" * 400 + " * 1.5", '["a"] + ("b",)', '"%d" % 5',
        '-"a"', "1 + 2j",
    ],
)  # fmt: skip
def test_what_could_grow_or_has_no_plain_value_is_not_folded(tmp_path: Path, written: str) -> None:
    path = tmp_path / "a.py"
    path.write_text(f"A = {written}\n")
    assert settings_in(path) == [("A", COMPUTED)]


def test_a_key_in_two_halves_is_no_word_once_it_is_folded(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text('MARKET_KEYWORDS_EXTENDED = "0x6b1f9d2e" + "5c8a4703aa"\n')
    read = import_settings(settings_in(path))
    assert "6b1f9d2e" not in repr(read) + as_toml(read)


@pytest.mark.parametrize("name", FORMS)
def test_no_secret_is_copied_or_told(name: str) -> None:
    read = imported(name)
    assert read.secrets != []
    told = as_toml(read) + repr(read)
    assert [secret for secret in SECRETS if secret in told] == []


@pytest.mark.parametrize(
    "value",
    [
        "0x6b1f9d2e5c8a4703",
        {"key": "6b1f9d2e"},
        ["6b1f9d2e", 5],
        None,
        "wss://6b1f9d2e@ws-subscriptions-clob.polymarket.com/ws/market",
        "wss://ws-subscriptions-clob.polymarket.com/ws/market?key=6b1f9d2e",
        "wss://ws-subscriptions-clob.polymarket.com/ws/market/6b1f9d2e",
        "wss://ws-subscriptions-clob.polymarket.com/ws/market#6b1f9d2e",
    ],
)
@pytest.mark.parametrize("key", CASES)
def test_a_secret_in_the_place_of_a_setting_is_not_told_either(key: str, value: object) -> None:
    read = import_settings([(key, value)])
    assert "6b1f9d2e" not in repr(read) + as_toml(read)


@pytest.mark.parametrize("name", FORMS)
def test_what_is_written_is_right_once_the_named_lines_are_filled_in(name: str) -> None:
    read_in = imported(name)
    text = as_toml(read_in)
    mistakes = [one.partition(":")[0] for one in read(text, {}).mistakes]
    named = to_fill_in(read_in)
    assert all(one.startswith(tuple(named)) for one in mistakes)
    assert set(named) - {"exits", "strategies"} <= set(mistakes)
    filled = "\n".join(
        line.removeprefix("# ") if "# fill in:" in line else line for line in text.splitlines()
    )
    reading = read(filled, {})
    assert reading.mistakes == []
    assert reading.file is not None
    assert reading.file.venue.market_ws == URL
    (holder,) = reading.file.strategies
    assert (holder.exits.style, holder.exits.stop_loss) == ("watch", 50_000), "it sells, too"


def test_the_last_of_several_files_counts() -> None:
    assert imported("config.json", "bot.env").values["feed.kind"].kept == "poll"
    assert imported("bot.env", "config.json").values["feed.kind"].kept == "stream"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", "{", "cannot read .*a.json: Expecting property name"),
        ("a.json", "// mine\n{}", "cannot read .*a.json: line 1 has a comment, and JSON has none"),
        ("a.json", '{"a": 1, // mine\n"b": 2}', "line 1 has a comment, and JSON has none; take"),
        ("a.json", '{\n/* mine */ "a": 1}', "line 2 has a comment, and JSON has none"),
        ("a.json", '{"a": 1 // mine\n}', "line 1 has a comment, and JSON has none"),
        ("a.py", "x = = 1", "cannot read .*a.py: line 1 is no Python"),
        ("a.ini", "x = 1", "cannot tell what .*a.ini is; name a .json, .env or .py file"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ConfigError, match=said):
        settings_in(path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "[" * 100_000),
        ("a.json", '{"stale_threshold": ' + "9" * 5_000 + "}"),
        ("a.py", "A = " + "-" * 5_000 + "1"),
        ("a.py", "A = 1\0"),
    ],
)
def test_a_file_beyond_all_measure_is_refused_not_crashed_on(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match="cannot read"):
        settings_in(tmp_path / name)


def test_a_number_too_large_to_convert_is_one_that_only_running_would_tell(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("MAX_CONCURRENT_MARKETS = int(1e999)\nA = float(1" + "0" * 400 + ")\n")
    assert [key for key, _ in settings_in(path)] == ["MAX_CONCURRENT_MARKETS", "A"]


def test_a_settings_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"use_websocket": true}', encoding="utf-8-sig")
    assert settings_in(path) == [("use_websocket", True)]
