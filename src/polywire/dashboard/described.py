"""What the API says of itself to programs, its refusals included: the gate's as plain text.

A route's own refusals are JSON, with `status_code` and `detail`.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, OpenAPI, SecurityScheme
from litestar.params import HeaderParameter
from msgspec import Struct

from polywire import __version__
from polywire.dashboard.rules import Rules

COOKIE: Final = "cookie"
FromPage = Annotated[Literal["1"], HeaderParameter(name="X-Polywire")]
"""What no form of another site can send."""


def _refusal(why: str) -> ResponseSpec:
    return ResponseSpec(str, generate_examples=False, description=why, media_type="text/plain")


LOOKING: Final[Mapping[int, ResponseSpec]] = {
    401: _refusal("no cookie of this start"),
    403: _refusal("asked by the page of another site"),
    421: _refusal("asked by a name that is not this machine's"),
}
"""What the gate may say to any request."""
ACTING: Final[Mapping[int, ResponseSpec]] = {
    **LOOKING,
    403: _refusal("not from the page, or the dashboard is read-only"),
    411: _refusal("without a length"),
    413: _refusal("too long"),
    415: _refusal("no JSON"),
    429: _refusal("too many in a minute"),
}
"""And to one that acts."""


REPORT: Final = ResponseSpec(
    bytes, generate_examples=False, description="a page of its own", media_type="text/html"
)


def without_more(described: OpenAPI, kind: type[Struct]) -> None:
    """Say of a body that it has no other keys, which Litestar does not read of msgspec's."""
    assert described.components is not None, "there are bodies"
    body = (described.components.schemas or {})[kind.__name__]
    body.additional_properties = False


def openapi(rules: Rules) -> OpenAPIConfig:
    """What it says at `/api/schema/openapi.json`."""
    cookie = SecurityScheme(type="apiKey", name=rules.cookie, security_scheme_in=COOKIE)
    return OpenAPIConfig(
        title="Polywire's dashboard",
        version=__version__,
        path="/api/schema",
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        components=Components(security_schemes={COOKIE: cookie}),
        security=[{COOKIE: []}],
    )
