"""Reference pages say what the code says: keys, options, rules, kinds, routes and numbers."""

from collections.abc import Iterable, Iterator
from dataclasses import fields as dataclass_fields
from typing import get_args, get_origin, get_type_hints

import msgspec
import pytest
from aiohttp import web
from msgspec import Struct
from tests.pages import DOCS, named, rows

from polywire.cli.main import app
from polywire.config.build import engine_from
from polywire.config.demo import CASH, demo_settings
from polywire.config.schema import Settings
from polywire.core.engine.engine import EngineParameters
from polywire.core.engine.roster import Seat
from polywire.core.execution.exits import ExitPlan
from polywire.core.risk.limits import RULES, Limits
from polywire.exchange import data_api
from polywire.exchange.account_control import AccountControl
from polywire.exchange.account_side import AccountSide
from polywire.exchange.app import make_flow
from polywire.exchange.channel import Channel
from polywire.exchange.control import Control
from polywire.exchange.gamma import Gamma
from polywire.exchange.limiter import TIERS
from polywire.exchange.options import ExchangeOptions
from polywire.exchange.rest import Rest
from polywire.exchange.runner import Runner
from polywire.exchange.venue import Venue, VirtualClock
from polywire.journal import record
from polywire.journal.frames import FrameLine
from polywire.journal.manifest import FileEntry, Gap, Manifest
from polywire.modes.trading import TradingSetup
from polywire.observe.feed_report import FeedReport
from polywire.observe.latency import Latencies
from polywire.observe.run_status import RunStatus
from polywire.strategies.plain import PlainStrategy, Prices, Wish

REFERENCE = DOCS / "reference"
STATUS, LIMITS, SETTINGS, JOURNAL, FRAMES, EXCHANGE, COMMANDS = (
    REFERENCE / f"{name}.md"
    for name in ("status", "limits", "settings", "journal", "frames", "exchange", "commands")
)


def keys_of(kind: type[Struct], prefix: str = "") -> Iterator[str]:
    """Paths of a struct's fields; lists are marked with []."""
    for name, hint in get_type_hints(kind).items():
        inner = get_args(hint)[0] if get_origin(hint) is list else hint
        mark = "[]" if inner is not hint else ""
        if isinstance(inner, type) and issubclass(inner, Struct):
            yield from keys_of(inner, f"{prefix}{name}{mark}.")
        else:
            yield prefix + name


def as_json_names(keys: Iterable[str]) -> Iterator[str]:
    """Where `as_json` puts them: the engine's at the top, its books and the run's lines apart."""
    for key in keys:
        if key.startswith("engine."):
            yield key.removeprefix("engine.")
        elif key == "latency_us":
            yield from (f"latency_us.<stage>.{each}" for each in ("p50", "p99", "p999", "count"))
        else:
            yield key.replace("books[]", "book_lines[]")


def test_the_status_page_names_every_key_and_no_other() -> None:
    documented = [key for key in named(STATUS) if key not in Latencies.STAGES]
    assert sorted(documented) == sorted(as_json_names(keys_of(RunStatus)))


def test_the_page_of_the_feed_report_names_every_key_and_no_other() -> None:
    page = REFERENCE / "feed-report.md"
    lists = {"assets": "## Books", "sockets": "## Connections", "gaps": "## Gaps"}
    keys = sorted(keys_of(FeedReport))
    for name, heading in lists.items():
        own = [key.removeprefix(f"{name}[].") for key in keys if key.startswith(f"{name}[].")]
        assert sorted(named(page, heading)) == own
    others = [key for key in keys if key.partition("[]")[0] not in lists]
    top = [key for key in named(page) if key in others]
    assert sorted({*top}) == others


def test_the_status_page_names_the_stages() -> None:
    assert set(Latencies.STAGES) <= set(named(STATUS, "## Latency"))


def test_the_rules_are_documented_in_their_order() -> None:
    assert named(LIMITS, "## Rules", 1) == [rule.__name__ for rule in RULES]


def test_the_limits_and_their_demo_values_are_documented() -> None:
    table = {cells[0].strip("`"): cells[2] for cells in rows(LIMITS, "## Parameters")}
    table.pop("parameter")
    limits = msgspec.structs.asdict(demo_settings().limits)
    assert table == {name: str(value) for name, value in limits.items()}
    assert list(table) == list(Limits.__struct_fields__)


@pytest.mark.parametrize(
    ("heading", "names"),
    [
        ("## The engine", [field.name for field in dataclass_fields(EngineParameters)]),
        (
            "## A seat",
            ["strategy", "budget", "patience_ns", "dwell_ns", "exits", "renew_ns", "loss_max"],
        ),
        ("## The exit plan", [*ExitPlan.__struct_fields__]),
        ("## A run", [field.name for field in dataclass_fields(TradingSetup)]),
    ],
)
def test_settings_are_documented(heading: str, names: list[str]) -> None:
    assert [cells[0].strip("`") for cells in rows(SETTINGS, heading)][1:] == names


@pytest.mark.parametrize(
    ("heading", "names"),
    [
        ("## PlainStrategy", [field.name for field in dataclass_fields(PlainStrategy)]),
        ("## Prices", [*Prices.__struct_fields__]),
        ("## Wish", [field.name for field in dataclass_fields(Wish)]),
    ],
)
def test_what_a_loop_body_sees_and_says_is_documented(heading: str, names: list[str]) -> None:
    page = REFERENCE / "plain-strategies.md"
    assert [cells[0].strip("`") for cells in rows(page, heading)][1:] == names


def test_the_documented_settings_of_the_demo_are_its_own() -> None:
    table = {cells[0].strip("`"): cells[-1] for cells in rows(SETTINGS)}
    for each in set(Settings.__struct_fields__) - {"strategies", "limits"}:
        assert table[each] == str(getattr(demo_settings(live=True), each)), each
    assert table["account"].split(",")[0] == str(CASH)
    assert isinstance(next(iter(engine_from(demo_settings()).roster.seats.values())), Seat)


def test_every_kind_of_record_is_documented_with_its_table() -> None:
    table = {cells[0].strip("`"): cells[1] for cells in rows(JOURNAL, "## Kinds")}
    table.pop("kind")
    kinds = {kind.__name__: "market" if kind in record.MARKET else "account" for kind in entries()}
    assert table == kinds


def entries() -> tuple[type, ...]:
    return (*get_args(record.Record), record.LedgerSnapshot)


def test_the_lines_and_the_manifest_of_recordings_are_documented() -> None:
    assert set(FrameLine.__struct_fields__) <= set(named(FRAMES, "## Lines"))
    expected = {
        *(f"files[].{name}" for name in FileEntry.__struct_fields__),
        *(f"gaps[].{name}" for name in Gap.__struct_fields__),
        *({*Manifest.__struct_fields__} - {"files", "gaps"}),
    }
    assert set(named(FRAMES, "## Manifest")) == expected


@pytest.fixture(scope="module")
def venue() -> Venue:
    flow = make_flow(ExchangeOptions(markets=2), 1_785_000_000_000_000_000)
    return Venue(flow, VirtualClock(flow.start_ns, 1.0))


def test_the_routes_of_the_local_exchange_are_documented(venue: Venue) -> None:
    side = AccountSide(ExchangeOptions(), venue, Channel(venue, 15.0, lambda: None))
    account_side, account_control = web.Application(), web.Application()
    side.add_to(account_side.router)
    AccountControl(venue, side.accounts).add_to(account_control.router)
    for heading, application in (
        ("## CLOB REST", Rest(venue).application()),
        ("## Accounts", account_side),
        ("## Funding", account_control),
        ("## Catalogue", Gamma(venue).application()),
        ("## Data API", data_api.application(venue)),
    ):
        routes = {
            f"{route.method} {route.resource.canonical}"
            for route in application.router.routes()
            if route.method != "HEAD" and route.resource is not None
        }
        assert set(named(EXCHANGE, heading)) == routes, heading


def test_the_tiers_of_the_limiter_are_documented() -> None:
    documented = {
        cells[0].strip("`"): tuple(map(int, cells[1:]))
        for cells in rows(EXCHANGE, "## Limits")
        if cells[0] != "tier"
    }
    assert documented == {name: tuple(tier) for name, tier in TIERS.items()}


def test_the_control_commands_are_documented(venue: Venue) -> None:
    runner = Runner(venue)
    control = Control(venue, Channel(venue, 15.0, runner.reader_came), runner)
    documented = named(EXCHANGE, "## Control")
    assert sorted(documented) == sorted(control._commands)


def options_of(path: tuple[str, ...]) -> set[str]:
    command = app
    for name in path:
        command = command[name]
    arguments = command.assemble_argument_collection()
    long = {name for one in arguments for name in one.names if name.startswith("--")}
    return {name for name in long if not name.startswith(("--no-", "--empty-"))}


def commands() -> list[str]:
    return sorted(name for name in app if not name.startswith("-"))


@pytest.mark.parametrize("name", commands())
def test_every_option_of_a_command_is_documented(name: str) -> None:
    parts = [each for each in app[name] if not each.startswith("-")]
    paths = [(name, part) for part in parts] or [(name,)]
    documented = {each for each in named(COMMANDS, f"## {name}") if each.startswith("--")}
    assert documented == set().union(*map(options_of, paths))
