"""Keys, proofs and wallets: who gets in, and who must not."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from polywire.exchange.accounts import Accounts, Caller, Signed, hmac_of
from polywire.exchange.quotes import RefusedError
from polywire.exchange.signatures import SignatureType
from polywire.exchange.wallet_addresses import wallets_of

SIGNER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
OTHER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
NOW = (1_767_225_600, 1_767_225_600)
UNAUTHORIZED = "Unauthorized/Invalid api key"


@pytest.fixture
def accounts() -> Accounts:
    return Accounts(1, lambda _: None)


def auth(vectors: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((vectors / "vectors/polymarket_auth.json").read_text())
    return told


def test_the_hmac_is_that_of_the_vectors(vectors: Path) -> None:
    told = auth(vectors)
    for one in told["l2"]:
        signed = Signed(one["method"], one["path"], (one["body"] or "").encode())
        made = hmac_of(told["api_credentials"]["secret"], "1767225600", signed)
        assert made == one["headers"]["POLY_SIGNATURE"]


def headers(accounts: Accounts, address: str = SIGNER, **changed: str) -> dict[str, str]:
    """An honest request for the orders, by arithmetic of the test's own."""
    made = accounts.derive(address, 0)
    timestamp = changed.get("POLY_TIMESTAMP", str(NOW[0]))
    key = base64.urlsafe_b64decode(made.secret)
    digest = hmac.new(key, f"{timestamp}GET/data/orders".encode(), hashlib.sha256).digest()
    honest = {
        "POLY_ADDRESS": address,
        "POLY_API_KEY": made.key,
        "POLY_PASSPHRASE": made.passphrase,
        "POLY_TIMESTAMP": timestamp,
        "POLY_SIGNATURE": base64.urlsafe_b64encode(digest).decode(),
    }
    return honest | changed


ORDERS = Signed("GET", "/data/orders", b"")


def test_an_honest_request_is_its_senders(accounts: Accounts) -> None:
    made = accounts.create(SIGNER, 0)
    assert accounts.l2(ORDERS, headers(accounts), NOW) == Caller(SIGNER, made.key)
    lower = headers(accounts, POLY_ADDRESS=SIGNER.lower())
    assert accounts.l2(ORDERS, lower, NOW) == Caller(SIGNER, made.key)


@pytest.mark.parametrize(
    "changed",
    [
        {"POLY_ADDRESS": OTHER},
        {"POLY_API_KEY": "00000000-0000-4000-8000-000000000000"},
        {"POLY_PASSPHRASE": "guessed"},
        {"POLY_SIGNATURE": "AAAA"},
        {"POLY_SIGNATURE": "\u00e9"},
        {"POLY_TIMESTAMP": "1767225539"},
        {"POLY_TIMESTAMP": "1767225661"},
        {"POLY_TIMESTAMP": "soon"},
        {"POLY_TIMESTAMP": "\u00b2"},
    ],
)
def test_a_request_that_is_off_in_one_thing_is_nobodys(
    accounts: Accounts, changed: dict[str, str]
) -> None:
    accounts.create(SIGNER, 0)
    accounts.create(OTHER, 0)
    with pytest.raises(RefusedError, match=UNAUTHORIZED) as refused:
        accounts.l2(ORDERS, headers(accounts, **changed), NOW)
    assert refused.value.status == 401


@pytest.mark.parametrize(
    "other",
    [Signed("POST", "/data/orders", b""), Signed("GET", "/data/order", b""),
     Signed("GET", "/data/orders", b" ")],
)  # fmt: skip
def test_method_path_and_every_byte_of_the_body_are_covered(
    accounts: Accounts, other: Signed
) -> None:
    accounts.create(SIGNER, 0)
    with pytest.raises(RefusedError, match=UNAUTHORIZED):
        accounts.l2(other, headers(accounts), NOW)


@pytest.mark.parametrize("missing", ["POLY_ADDRESS", "POLY_API_KEY", "POLY_PASSPHRASE",
                                     "POLY_TIMESTAMP", "POLY_SIGNATURE"])  # fmt: skip
def test_no_header_can_be_left_out(accounts: Accounts, missing: str) -> None:
    accounts.create(SIGNER, 0)
    told = headers(accounts)
    del told[missing]
    with pytest.raises(RefusedError, match=UNAUTHORIZED):
        accounts.l2(ORDERS, told, NOW)


def test_either_clock_will_do(accounts: Accounts) -> None:
    accounts.create(SIGNER, 0)
    assert accounts.l2(ORDERS, headers(accounts), (1, NOW[0] + 60)).address == SIGNER
    assert accounts.l2(ORDERS, headers(accounts), (NOW[0] - 60, 1)).address == SIGNER
    with pytest.raises(RefusedError):
        accounts.l2(ORDERS, headers(accounts), (NOW[0] + 61, NOW[0] - 61))


def test_keys_follow_from_seed_address_and_nonce(accounts: Accounts) -> None:
    made = [accounts.create(SIGNER, 0), accounts.create(SIGNER, 5), accounts.create(OTHER, 0)]
    assert len({one.key for one in made} | {one.secret for one in made}) == 6
    again = Accounts(1, lambda _: None)
    assert again.create(SIGNER, 0) == made[0]
    assert Accounts(2, lambda _: None).create(SIGNER, 0) != made[0]
    assert accounts.keys(SIGNER) == [made[0].key, made[1].key]


def test_a_key_is_made_once_and_derived_only_when_made(accounts: Accounts) -> None:
    with pytest.raises(RefusedError, match="Could not derive api key!"):
        accounts.derive(SIGNER, 0)
    made = accounts.create(SIGNER, 0)
    with pytest.raises(RefusedError, match="Could not create api key"):
        accounts.create(SIGNER, 0)
    assert accounts.derive(SIGNER, 0) == made
    accounts.delete(Caller(SIGNER, made.key))
    assert accounts.keys(SIGNER) == []


def test_each_new_key_is_told() -> None:
    opened: list[str] = []
    made = Accounts(1, opened.append).create(SIGNER, 0)
    assert opened == [made.key]


def test_only_the_owner_of_an_address_gets_its_keys(vectors: Path, accounts: Accounts) -> None:
    one = auth(vectors)["l1"][0]["headers"]
    assert accounts.l1(one, NOW) == (SIGNER, 0)
    for changed in (
        {"POLY_ADDRESS": OTHER}, {"POLY_NONCE": "1"}, {"POLY_TIMESTAMP": "1767225601"},
        {"POLY_SIGNATURE": "0x12"}, {"POLY_ADDRESS": "me"}, {"POLY_NONCE": "-1"},
    ):  # fmt: skip
        with pytest.raises(RefusedError, match="Invalid L1 Request headers") as refused:
            accounts.l1(one | changed, NOW)
        assert refused.value.status == 401
    with pytest.raises(RefusedError, match="Invalid L1"):
        accounts.l1(one, (NOW[0] + 61, NOW[0] + 61))


def test_secrets_are_in_no_repr(accounts: Accounts) -> None:
    made = accounts.create(SIGNER, 0)
    assert made.secret not in repr(made)
    assert made.passphrase not in repr(made)


def test_a_wallet_is_spent_from_by_its_own_key_alone(accounts: Accounts) -> None:
    accounts.create(SIGNER, 0)
    accounts.create(OTHER, 0)
    for kind, (first, *_) in wallets_of(SIGNER).items():
        assert accounts.owns(SIGNER, kind, first)
        assert not accounts.owns(OTHER, kind, first)
    stranger = "0x" + "12" * 20
    assert not accounts.owns(SIGNER, SignatureType.SAFE, stranger)
    assert accounts.owns(SIGNER, SignatureType.DEPOSIT, stranger)
    assert not accounts.owns(OTHER, SignatureType.DEPOSIT, stranger)
    assert accounts.wallets(SIGNER, SignatureType.DEPOSIT)[0] == stranger


def test_a_user_channel_wants_all_three_words(accounts: Accounts) -> None:
    made = accounts.create(SIGNER, 0)
    told = {"apiKey": made.key, "secret": made.secret, "passphrase": made.passphrase}
    assert accounts.channel(told) == Caller(SIGNER, made.key)
    for wrong in (None, [], {}, told | {"secret": ""}, told | {"passphrase": "x"},
                  told | {"apiKey": "x"}, {"apiKey": made.key}):  # fmt: skip
        assert accounts.channel(wrong) is None


def test_further_keys_belong_to_who_made_them(accounts: Accounts) -> None:
    me, you = (Caller(one, accounts.create(one, 0).key) for one in (SIGNER, OTHER))
    readonly, builder = accounts.create_readonly(me), accounts.create_builder(me)
    assert accounts.readonly_keys(SIGNER) == [readonly]
    assert not accounts.delete_readonly(you, readonly)
    assert accounts.delete_readonly(me, readonly)
    assert accounts.readonly_keys(SIGNER) == []
    assert accounts.builder_keys(SIGNER) == [builder.key]
    signed = Signed("DELETE", "/auth/builder-api-key", b"")
    told = {
        "POLY_BUILDER_API_KEY": builder.key,
        "POLY_BUILDER_PASSPHRASE": builder.passphrase,
        "POLY_BUILDER_TIMESTAMP": str(NOW[0]),
        "POLY_BUILDER_SIGNATURE": hmac_of(builder.secret, str(NOW[0]), signed),
    }
    assert accounts.builder(signed, told, NOW) == builder.key
    with pytest.raises(RefusedError, match="Invalid API key"):
        accounts.builder(signed, told | {"POLY_BUILDER_PASSPHRASE": "x"}, NOW)
    accounts.revoke_builder(builder.key)
    assert accounts.builder_keys(SIGNER) == []
