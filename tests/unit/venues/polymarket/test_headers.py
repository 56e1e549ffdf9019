"""L1 and L2 headers against the vectors: over the bytes that are sent, without the query."""

import json
from pathlib import Path
from typing import Any

import pytest
from coincurve import PrivateKey

from polywire.core.errors import DecodeError
from polywire.core.units import Ns
from polywire.venues.polymarket.eip712 import Address, auth_digest
from polywire.venues.polymarket.headers import Credentials, Seal, key_headers
from polywire.venues.secret import Secret

VECTORS = Path(__file__).parents[3] / "vectors" / "polymarket_auth.json"
TOLD = json.loads(VECTORS.read_text())
ADDRESS = Address(TOLD["address"])
GIVEN = TOLD["api_credentials"]
NOW = Ns(1_767_225_600_999_999_999)


def seal(secret: str = GIVEN["secret"]) -> Seal:
    credentials = Credentials(GIVEN["apiKey"], Secret(secret), Secret(GIVEN["passphrase"]))
    return Seal(ADDRESS, credentials)


@pytest.mark.parametrize("told", TOLD["l1"], ids=str)
def test_a_key_asks_for_credentials_as_told(told: dict[str, Any]) -> None:
    key = PrivateKey(bytes.fromhex(TOLD["private_key"][2:]))
    digest = auth_digest(ADDRESS, told["timestamp"], told["nonce"], told["chain_id"])
    assert "0x" + digest.hex() == told["digest"]
    raw = key.sign_recoverable(digest, hasher=None)
    headers = key_headers(
        ADDRESS,
        raw[:64] + bytes([raw[64] + 27]),
        timestamp_s=told["timestamp"],
        nonce=told["nonce"],
    )
    assert headers == told["headers"]


@pytest.mark.parametrize("told", TOLD["l2"], ids=[one["name"] for one in TOLD["l2"]])
def test_a_request_is_signed_as_told(told: dict[str, Any]) -> None:
    body = (told["body"] or "").encode()
    headers = seal().headers(told["method"], told["path"] + told["query"], body, NOW)
    assert headers == told["headers"]


def test_a_secret_that_is_no_base64_is_not_quoted() -> None:
    with pytest.raises(DecodeError) as caught:
        seal("sécret!")
    assert str(caught.value) == "the API secret is not base64"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
