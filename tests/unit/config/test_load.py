"""A configuration file: exact numbers, the environment over it, and a sentence for each mistake."""

from pathlib import Path

import pytest

from polywire.config.compose import polling_from, settings_from
from polywire.config.contradictions import contradictions
from polywire.config.file import File
from polywire.config.load import Reading, load, read, variable
from polywire.core.errors import ConfigError
from polywire.runtime.polling import Polling

SMALL = """
[[strategies]]
kind = "holder"
name = "hold"
budget = 50
shares = 10
price_min = 0.1
price_max = 0.6
spread_max = 0.02

[limits]
order_size_max = 100
position_max = 300
price_through_max = 0.05
market_exposure_max = 50
group_exposure_max = 50
venue_exposure_max = 200
total_exposure_max = 200
loss_max = 25
orders_per_minute = 120
proof_age_max = 120
"""

QUOTER = """
[[strategies]]
kind = "touch_quoter"
name = "touch"
budget = 50
size = 10
cap = 40
price_min = 0.05
"""


def small(*changes: tuple[str, str], more: str = "", **environment: str) -> Reading:
    """What a small, right file says after these replacements, with tables put before it."""
    text = SMALL
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return read(more + text, environment)


def right(reading: Reading) -> File:
    assert reading.mistakes == []
    assert reading.file is not None
    return reading.file


def test_amounts_become_micros_and_times_nanoseconds() -> None:
    file = right(small(more='[feed]\npoll_every = 2.5\n[watch]\nhours_to_end_min = "0.5"\n'))
    assert file.limits.loss_max == 25_000_000
    assert file.limits.order_size_max == 100_000_000
    assert file.strategies[0].parameters.price_max == 600_000  # type: ignore[union-attr]
    assert file.limits.proof_age_max == 120_000_000_000
    assert file.feed.poll_every == 2_500_000_000
    assert file.watch.hours_to_end_min == 1_800_000_000_000
    assert file.limits.orders_per_minute == 120


@pytest.mark.parametrize(
    ("written", "micros"),
    [("0.3", 300_000), ('"0.300"', 300_000), ("0.000001", 1), ("1", 1_000_000), ("0.1", 100_000)],
)
def test_a_price_is_taken_to_the_last_digit(written: str, micros: int) -> None:
    file = right(small(("spread_max = 0.02", f"spread_max = {written}")))
    assert file.strategies[0].parameters.spread_max == micros  # type: ignore[union-attr]


def test_bounds_belong_to_what_is_allowed() -> None:
    for least, most, key in ((1, 300, "poll_every"), (1, 3600, "audit_every")):
        for within in (least, most):
            reading = small(
                ("proof_age_max = 120", "proof_age_max = 7200"), more=f"[feed]\n{key} = {within}\n"
            )
            assert reading.mistakes == []
        for outside in (least - 1, f"{most}.000001"):
            (said,) = small(more=f"[feed]\n{key} = {outside}\n").mistakes
            assert said.startswith(f"feed.{key}: expected seconds from {least} to {most}, found")


def test_what_is_left_out_has_its_default_and_says_so() -> None:
    reading = small()
    origins = {one.setting.path: (one.value, one.origin) for one in reading.shown}
    assert origins["feed.kind"] == ('"stream"', "default")
    assert origins["limits.loss_max"] == ("25", "file")
    assert right(reading).exits.style == "none"
    assert settings_from(right(reading)).strategies[0].exits is None


def test_the_environment_goes_over_the_file() -> None:
    reading = small(
        POLYWIRE_LIMITS__LOSS_MAX="7.5",
        POLYWIRE_FEED__BATCHED="false",
        POLYWIRE_WATCH__TAGS="crypto, sports",
        POLYWIRE_PRIVATE_KEY="not ours to read",
    )
    file = right(reading)
    assert file.limits.loss_max == 7_500_000
    assert file.feed.batched is False
    assert file.watch.tags == ("crypto", "sports")
    origins = {one.setting.path: one.origin for one in reading.shown}
    assert origins["limits.loss_max"] == "POLYWIRE_LIMITS__LOSS_MAX"
    assert variable("limits.loss_max") == "POLYWIRE_LIMITS__LOSS_MAX"


def test_the_environment_can_give_what_the_file_lacks() -> None:
    file = right(small(("loss_max = 25\n", ""), POLYWIRE_LIMITS__LOSS_MAX="50"))
    assert file.limits.loss_max == 50_000_000


def test_the_feed_is_streamed_or_polled_as_configured() -> None:
    assert polling_from(right(small())) is None
    assert settings_from(right(small())).audit_ns == 45_000_000_000
    file = right(small(more='[feed]\nkind = "poll"\npoll_every = 48\nbatched = false\n'))
    assert polling_from(file) == Polling(48_000_000_000, batched=False)
    assert settings_from(file).audit_ns == 84_000_000_000, "midway from poll to proof_age_max"
    assert settings_from(file).limits.proof_age_ns_max == 120_000_000_000, "as it was written"


def test_a_strategy_changes_single_keys_of_the_exits() -> None:
    exits = '[exits]\nstyle = "watch"\ntake_profit = 0.05\nstop_loss = 0.04\n'
    exits += "slack = 0.03\nfloor = 0.01\n"
    own = '\n[strategies.exits]\nstyle = "resting"\nstop_loss = "off"\n'
    reading = read(exits + SMALL.replace("\n[limits]", f"{own}\n[limits]") + QUOTER, {})
    file = right(reading)
    assert [one.setting.path for one in reading.shown if "hold.exits" in one.setting.path] == [
        "strategies.hold.exits.style",
        "strategies.hold.exits.stop_loss",
    ]
    first, second = settings_from(file).strategies
    assert first.exits is not None
    assert second.exits is not None
    assert (first.exits.style, first.exits.target, first.exits.stop) == ("resting", 50_000, None)
    assert (second.exits.style, second.exits.target, second.exits.stop) == ("watch", 50_000, 40_000)
    assert (second.exits.slack, second.exits.floor, second.exits.attempts_max) == (
        30_000,
        10_000,
        5,
    )
    assert second.exits.confirm_ns == 400_000_000


MISTAKES = {
    "missing": (
        ("loss_max = 25\n", ""),
        "limits.loss_max: missing: most to lose in a UTC day; then only sales; "
        "write loss_max = 100 (dollars from 0.01 to 1000000000)",
    ),
    "wrong type": (
        ("loss_max = 25", "loss_max = true"),
        "limits.loss_max: expected dollars from 0.01 to 1000000000, found True; "
        "write loss_max = 100",
    ),
    "out of bounds": (
        ("orders_per_minute = 120", "orders_per_minute = 0"),
        "limits.orders_per_minute: expected a whole number from 1 to 100000, found 0; "
        "write orders_per_minute = 120",
    ),
    "negative": (
        ("price_min = 0.1", "price_min = -0.1"),
        "strategies.hold.price_min: expected dollars a share from 0 to 1, found -0.1; "
        "write price_min = 0.1",
    ),
    "inexact": (
        ("loss_max = 25", "loss_max = 0.1234567"),
        "limits.loss_max: expected dollars from 0.01 to 1000000000 with at most 6 decimals, "
        "found 0.1234567; write loss_max = 100",
    ),
    "not whole": (
        ("orders_per_minute = 120", "orders_per_minute = 1.5"),
        "limits.orders_per_minute: expected a whole number from 1 to 100000, found 1.5; "
        "write orders_per_minute = 120",
    ),
    "no such kind": (
        ('kind = "holder"', 'kind = "hodler"'),
        "strategies[1].kind: expected a kind of strategy, found 'hodler'; "
        'write kind = "touch_quoter" or kind = "holder" or kind = "market_maker" or '
        'kind = "outcome_sum", or "module:Class"',
    ),
    "a name that is none": (
        ('name = "hold"', 'name = "to hold"'),
        "strategies.to hold.name: expected 1 to 32 letters, digits, - or _, and neither manual nor "
        'venue, found "to hold"; '
        'write name = "hold-1"',
    ),
    "a name that the account's other trades have": (
        ('name = "hold"', 'name = "manual"'),
        "strategies.manual.name: expected 1 to 32 letters, digits, - or _, and neither manual nor "
        'venue, found "manual"; write name = "hold-1"',
    ),
    "bought over its own most": (
        ("price_max = 0.6", "price_max = 0.05"),
        "strategies.hold.price_max: under price_min, so nothing is ever bought; write at least 0.1",
    ),
    "an order over the limit": (
        ("shares = 10", "shares = 101"),
        "strategies.hold.shares: over limits.order_size_max or limits.position_max, so every order "
        "would be refused; write at most 100",
    ),
    "a limit under the audit": (
        ("proof_age_max = 120", "proof_age_max = 45"),
        "feed.audit_every: not shorter than limits.proof_age_max, so quiet books would not be "
        "traded on; write less than 45",
    ),
    "a misspelt table": (
        ("[limits]", "[feeds]\n[limits]"),
        "feeds: no such table; did you mean feed?",
    ),
    "no TOML": (
        ('kind = "holder"', "kind = holder"),
        "not TOML: Invalid value (at line 3, column 8); put quotes around texts",
    ),
}

BEFORE = {
    "misspelt": (
        "[feed]\npol_every = 5\n",
        "feed.pol_every: no such key; did you mean poll_every?",
    ),
    "unheard of": (
        "[observe]\nzzz = 5\n",
        "observe.zzz: no such key; delete it, there are latency_target_ms",
    ),
    "a choice": (
        '[exits]\nstyle = "sell"\n',
        'exits.style: expected "none" or "resting" or "watch", found "sell"; write style = "watch"',
    ),
    "no list": (
        '[watch]\nkeywords = "bitcoin"\n',
        'watch.keywords: expected a list of texts, found "bitcoin"; '
        'write keywords = ["bitcoin", "btc"]',
    ),
    "no table": ('feed = "poll"\n', "feed: expected a table; write [feed] and its keys below"),
    "an address with a secret": (
        '[venue]\nmarket_ws = "wss://me:pass@127.0.0.1/ws"\n',
        "venue.market_ws: expected an address that starts with ws:// or wss://, without / at its "
        "end, found one with a user or a query in it; "
        'write market_ws = "wss://ws-subscriptions-clob.polymarket.com/ws/market"',
    ),
    "no market could pass": (
        "[watch]\nhours_to_end_min = 5\nhours_to_end_max = 2\n",
        "watch.hours_to_end_min: over watch.hours_to_end_max, so no market could pass; "
        "write at most 2",
    ),
    "polled less often than proof lasts": (
        '[feed]\nkind = "poll"\npoll_every = 49\n',
        "limits.proof_age_max: under two and a half times feed.poll_every, so one poll that "
        "failed would put books in doubt; write at least 122.5",
    ),
    "a stop that nothing watches": (
        "[exits]\nstop_loss = 0.05\n",
        'exits.stop_loss: set, but nothing would sell; write style = "watch"',
    ),
    "a watch for nothing": (
        '[exits]\nstyle = "watch"\nslack = 0.03\nfloor = 0.01\n',
        'exits.style: "watch" without a trigger; write take_profit = 0.05 too',
    ),
    "nothing to rest": (
        '[exits]\nstyle = "resting"\nstop_loss = 0.05\nslack = 0.03\nfloor = 0.01\n',
        'exits.style: "resting" without take_profit; write take_profit = 0.05 too',
    ),
    "a sale at any price": (
        '[exits]\nstyle = "watch"\nstop_loss = 0.05\nfloor = 0.01\n',
        'exits.slack: missing, style "watch" needs it; write slack = 0.03',
    ),
    "a per cent": (
        '[exits]\nstyle = "watch"\nstop_loss = "5%"\nslack = 0.03\nfloor = 0.01\n',
        'exits.stop_loss: expected dollars a share from 0.0001 to 1, or "off", found 5%, and '
        "percentages are not taken; write stop_loss = 0.05",
    ),
}


@pytest.mark.parametrize(("change", "sentence"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_gets_the_sentence_that_mends_it(change: tuple[str, str], sentence: str) -> None:
    assert small(change).mistakes == [sentence]


@pytest.mark.parametrize(("more", "sentence"), BEFORE.values(), ids=BEFORE.keys())
def test_a_mistake_in_another_table_does_too(more: str, sentence: str) -> None:
    assert small(more=more).mistakes == [sentence]


@pytest.mark.parametrize("kind", ["[]", "{}", "1"])
def test_a_kind_that_is_no_text_is_a_mistake(kind: str) -> None:
    (mistake, *_) = small(('kind = "holder"', f"kind = {kind}")).mistakes
    assert mistake.startswith("strategies[1].kind: expected a kind of strategy")


@pytest.mark.parametrize("beyond", ["9" * 5_000, "[" * 2_000 + "]" * 2_000])
def test_what_no_machine_reads_is_a_mistake_not_a_crash(beyond: str) -> None:
    (mistake,) = small(("loss_max = 25", f"loss_max = {beyond}")).mistakes
    assert mistake.startswith("cannot be read: ")


def test_a_line_end_is_no_part_of_a_name_or_an_address() -> None:
    (mistake,) = small(('"hold"', '"hold\\n"')).mistakes
    assert "expected 1 to 32 letters" in mistake
    (mistake,) = small(POLYWIRE_VENUE__CLOB="http://there\n").mistakes
    assert "expected an address" in mistake
    (mistake,) = small(more='[journal]\nfolder = "a\\u0000b"\n').mistakes
    assert "expected the name of a folder" in mistake


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(SMALL, encoding="utf-8-sig")
    assert load(path, {}).limits.loss_max == 25_000_000


def test_two_strategies_of_one_name_are_a_mistake() -> None:
    twin = QUOTER.replace('touch"\nb', 'hold"\nb')
    (said,) = read(SMALL + twin, {}).mistakes
    assert said == 'strategies: two are named "hold"; give each a name of its own'


def test_no_strategy_is_a_mistake() -> None:
    (said,) = read(SMALL.partition("[limits]")[1] + SMALL.partition("[limits]")[2], {}).mistakes
    assert said.startswith("strategies: none; write [[strategies]] and below it kind =")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "POLYWIRE_LIMIT__LOSS_MAX",
            "5",
            "POLYWIRE_LIMIT__LOSS_MAX: no such setting; did you mean POLYWIRE_LIMITS__LOSS_MAX?",
        ),
        (
            "POLYWIRE_STRATEGIES__1__BUDGET",
            "5",
            "POLYWIRE_STRATEGIES__1__BUDGET: no such setting; set strategies in the file",
        ),
        (
            "POLYWIRE_FEED__POLL_EVERY",
            "400",
            "POLYWIRE_FEED__POLL_EVERY: expected seconds from 1 to 300, found 400; "
            "set it to 10 or unset it",
        ),
        (
            "POLYWIRE_FEED__BATCHED",
            "maybe",
            'POLYWIRE_FEED__BATCHED: expected true or false, found "maybe"; '
            "set it to true or unset it",
        ),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(
    name: str, value: str, sentence: str
) -> None:
    assert small(**{name: value}).mistakes == [sentence]


def test_loading_names_the_file_the_first_mistake_and_how_many_there_are(tmp_path: Path) -> None:
    path = tmp_path / "bot.toml"
    path.write_text(SMALL.replace("loss_max = 25", "los_max = 25"))
    with pytest.raises(ConfigError, match=r"bot\.toml: limits\.los_max: no such key") as raised:
        load(path, {})
    assert raised.value.look == "configuration"
    assert str(raised.value).endswith(f"(1 more: polywire config check {path})")
    with pytest.raises(ConfigError, match="cannot read"):
        load(tmp_path / "missing.toml", {})


def test_the_complete_example_is_right_and_names_every_key() -> None:
    example = Path(__file__).parents[3] / "examples" / "paper.toml"
    reading = read(example.read_text(), {})
    assert right(reading).limits.loss_max == 25_000_000
    assert [one.setting.path for one in reading.shown if one.origin == "default"] == []
    assert [*contradictions(right(reading))] == []
