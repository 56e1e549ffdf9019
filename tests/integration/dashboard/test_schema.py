"""Whatever is asked within its own schema or against it, the API answers as the schema says."""

import json
from collections.abc import Iterator
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from tests.conftest import Counts
from tests.integration.dashboard.serving import served
from tests.unit.dashboard.asking import TOKEN

OPERATIONS = (
    "GET /api/hello",
    "GET /api/orders/{order_id}",
    "GET /api/why",
    "GET /api/backtests",
    "GET /api/backtests/{name}",
    "POST /api/operate",
)
SCHEMA = "/api/schema/openapi.json"
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard."""
    with served(tmp_path_factory.mktemp("journal")) as address:
        yield address


def page(home: str) -> dict[str, str]:
    """What a browser sends with each request of the dashboard's own page."""
    return {"cookie": f"polywire-{urlsplit(home).port}={TOKEN}"}


@pytest.fixture(scope="module")
def described(home: str) -> dict:
    """What it says of itself."""
    with urlopen(Request(home + SCHEMA, headers=page(home))) as reply:
        return json.load(reply)


@pytest.fixture(scope="module")
def schema(home: str, described: dict) -> schemathesis.BaseSchema:
    """The same but for the cookie, which would be guessed at; the gate has tests of its own."""
    known = {**described, "security": []}
    known["components"] = {"schemas": described["components"]["schemas"]}
    found = schemathesis.openapi.from_dict(known)
    found.config.update(base_url=home)
    return found


def test_the_cookie_is_described_too(described: dict, home: str) -> None:
    (scheme,) = described["components"]["securitySchemes"].values()
    name = f"polywire-{urlsplit(home).port}"
    assert scheme == {"type": "apiKey", "in": "cookie", "name": name}
    assert described["security"] == [{"cookie": []}]


def test_every_request_is_described(schema: schemathesis.BaseSchema) -> None:
    found = [one.ok().label for one in schema.get_all_operations()]
    assert sorted(found) == sorted(OPERATIONS)


@pytest.mark.parametrize(
    ("label", "mode"),
    [
        *((label, GenerationMode.POSITIVE) for label in OPERATIONS),
        ("GET /api/why", GenerationMode.NEGATIVE),
        ("POST /api/operate", GenerationMode.NEGATIVE),
    ],
)
def test_each_answer_is_one_that_the_schema_describes(
    schema: schemathesis.BaseSchema, home: str, label: str, mode: GenerationMode, counts: Counts
) -> None:
    method, _, path = label.partition(" ")

    @settings(max_examples=counts(25, 500), suppress_health_check=SLOW)
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def answered(case: schemathesis.Case) -> None:
        case.call_and_validate(headers=page(home))

    answered()


def test_what_there_is_is_shown_as_the_schema_describes(
    schema: schemathesis.BaseSchema, home: str
) -> None:
    def shown(path: str, **told: dict[str, object]) -> schemathesis.Response:
        case = schema[path]["GET"].Case(**told)
        found = case.call_and_validate(headers=page(home))
        assert found.status_code == 200
        return found

    order = shown("/api/orders/{order_id}", path_parameters={"order_id": "run-1"}).json()
    for at_ms in (0, order["at_ms"] + 1):
        shown("/api/why", query={"market": order["market_id"], "at_ms": at_ms})
    assert [one["name"] for one in shown("/api/backtests").json()] == ["maker"]
    shown("/api/backtests/{name}", path_parameters={"name": "maker"})
