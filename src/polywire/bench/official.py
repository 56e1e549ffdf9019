"""The official client's own way from an order's terms to bytes and headers, and to the wire.

The yardstick of `polywire bench signing` and `wire`; its curve arithmetic is chosen by name.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import (
    ApiCreds,
    CreateOrderOptions,
    OrderArgsV2,
    RequestArgs,
)
from py_clob_client_v2.headers.headers import (
    create_level_2_headers,
)
from py_clob_client_v2.order_builder.builder import (
    ROUNDING_CONFIG,
)
from py_clob_client_v2.order_utils.model.order_data_v2 import (
    order_to_json_v2,
)

NOWHERE = "http://127.0.0.1:1"
BACKEND = "ECC_BACKEND_CLASS"
PYTHON = "eth_keys.backends.NativeECCBackend"
"""What the client signs with as it is installed by default."""
C = "eth_keys.backends.CoinCurveECCBackend"
"""What it takes where coincurve happens to be installed, as it is here."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What would go out: the body, its headers, and the fields of the order in it."""

    body: str
    headers: dict[str, str]

    @property
    def order(self) -> dict[str, object]:
        """The order in the body."""
        order: dict[str, object] = json.loads(self.body)["order"]
        return order


class OfficialClient:
    """py-clob-client-v2 with tick size and neg risk known, so that it need not ask for them."""

    def __init__(
        self, key: str, api_key: str, secret: str, passphrase: str, url: str = NOWHERE
    ) -> None:
        credentials = ApiCreds(api_key, secret, passphrase)
        self._client = ClobClient(url, 137, key, credentials)
        self._options = CreateOrderOptions(tick_size="0.01", neg_risk=False)

    def place(self, token: str, price: float, size: float, side: str) -> Sent:
        """A GTC order built, signed, written and sealed as `create_and_post_order` does it."""
        client = self._client
        terms = OrderArgsV2(token_id=token, price=price, size=size, side=side)
        order = client.builder.build_order(terms, self._options)
        payload = order_to_json_v2(order, client.creds.api_key, "GTC", False, False)
        body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False)
        request = RequestArgs("POST", "/order", body=payload, serialized_body=body)
        return Sent(body, create_level_2_headers(client.signer, client.creds, request))

    def post(self, token: str, price: float, size: float, side: str) -> None:
        """A GTC order built, signed and sent; returns once it is answered."""
        terms = OrderArgsV2(token_id=token, price=price, size=size, side=side)
        self._client.post_order(self._client.builder.build_order(terms, self._options))

    def amounts(self, side: str, size: float, price: float, tick: str) -> tuple[int, int]:
        """What it makes of shares at a price: maker and taker amount."""
        rounding = ROUNDING_CONFIG[tick]
        _, maker, taker = self._client.builder.get_order_amounts(side, size, price, rounding)
        return maker, taker

    def amounts_for_dollars(self, dollars: float, price: float, tick: str) -> tuple[int, int]:
        """What it makes of dollars to spend at once: maker and taker amount."""
        builder, rounding = self._client.builder, ROUNDING_CONFIG[tick]
        _, maker, taker = builder.get_market_order_amounts("BUY", dollars, price, rounding)
        return maker, taker


@contextmanager
def curve(backend: str) -> Iterator[None]:
    """Have the client's libraries use this arithmetic; they look the name up each time."""
    before = os.environ.get(BACKEND)
    os.environ[BACKEND] = backend
    try:
        yield
    finally:
        if before is None:
            del os.environ[BACKEND]
        else:
            os.environ[BACKEND] = before
