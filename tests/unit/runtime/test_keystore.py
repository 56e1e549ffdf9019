"""Key and account files: what is in them, who may read them, and what is refused."""

import json
from pathlib import Path

import pytest

from polywire.core.errors import ConfigError
from polywire.runtime import keystore
from polywire.runtime.keystore import Account
from polywire.venues.polymarket.eip712 import Address
from polywire.venues.polymarket.headers import Credentials
from polywire.venues.polymarket.orders import SignatureType, Wallet
from polywire.venues.secret import Secret

KEY = Secret("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
ADDRESS = Address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
OTHER = Address("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
PASSPHRASE = Secret("correct horse")
WALLET = Wallet(SignatureType.DEPOSIT, OTHER, ADDRESS, delegated=True)
ACCOUNT = Account(
    "https://clob.example", 137, WALLET, Credentials("key", Secret("shh"), Secret("pass"))
)


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keystore, "SCRYPT_N", 2)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_key_comes_back_with_its_passphrase_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "keys"
    assert keystore.write_key(folder, KEY, PASSPHRASE) == ADDRESS
    path = keystore.key_path(folder, ADDRESS)
    wire = json.loads(path.read_text())
    assert (wire["version"], wire["crypto"]["kdf"]) == (3, "scrypt")
    assert wire["address"] == ADDRESS[2:]
    assert (mode(path), mode(folder)) == (0o600, 0o700)
    assert keystore.addresses_in(folder) == [ADDRESS]
    assert keystore.read_key(folder, ADDRESS, PASSPHRASE).address == ADDRESS
    with pytest.raises(ConfigError, match="a wrong passphrase, or no keystore"):
        keystore.read_key(folder, ADDRESS, Secret("incorrect horse"))


def test_a_key_file_is_never_written_over(tmp_path: Path) -> None:
    keystore.write_key(tmp_path, KEY, PASSPHRASE)
    before = keystore.key_path(tmp_path, ADDRESS).read_bytes()
    with pytest.raises(ConfigError, match="is there already; it was left as it is"):
        keystore.write_key(tmp_path, KEY, Secret("another one"))
    assert keystore.key_path(tmp_path, ADDRESS).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [f"{ADDRESS}.key.json"]


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"version":3,"crypto":{}}', "\udcff", "0x", '{"crypto":7}']
)
def test_a_file_that_is_no_keystore_is_refused(tmp_path: Path, text: str) -> None:
    keystore.key_path(tmp_path, ADDRESS).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ConfigError, match="does not open"):
        keystore.read_key(tmp_path, ADDRESS, PASSPHRASE)


def test_a_file_with_another_key_in_it_is_refused(tmp_path: Path) -> None:
    keystore.write_key(tmp_path, KEY, PASSPHRASE)
    keystore.key_path(tmp_path, ADDRESS).rename(keystore.key_path(tmp_path, OTHER))
    with pytest.raises(ConfigError, match=f"holds the key of {ADDRESS}"):
        keystore.read_key(tmp_path, OTHER, PASSPHRASE)


def test_a_folder_without_keys_and_one_with_a_stranger(tmp_path: Path) -> None:
    assert keystore.addresses_in(tmp_path / "missing") == []
    (tmp_path / "0xstranger.key.json").write_text("{}")
    with pytest.raises(ConfigError, match="is not called by its address"):
        keystore.addresses_in(tmp_path)


def test_an_account_comes_back_and_replaces_an_earlier_one(tmp_path: Path) -> None:
    path = keystore.write_account(tmp_path, ACCOUNT)
    assert keystore.write_account(tmp_path, ACCOUNT) == path
    assert mode(path) == 0o600
    found = keystore.read_account(tmp_path, ADDRESS)
    assert (found.clob, found.chain_id, found.wallet) == ("https://clob.example", 137, WALLET)
    assert found.credentials.api_key == "key"
    assert found.credentials.secret.reveal() == "shh"
    assert found.credentials.passphrase.reveal() == "pass"
    assert "shh" not in repr(found)


def test_an_account_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = keystore.write_account(tmp_path, ACCOUNT)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match=r"others may read .*; type: chmod 600"):
        keystore.read_account(tmp_path, ADDRESS)


def test_an_account_that_is_none_is_refused_without_a_word_of_it(tmp_path: Path) -> None:
    path = keystore.account_path(tmp_path, ADDRESS)
    whole = json.loads(keystore.write_account(tmp_path, ACCOUNT).read_text())
    assert whole["version"] == 1
    later = json.dumps(whole | {"version": 2})
    for text in ("", '{"secret":"shh"}', '["shh"]', later):
        path.write_text(text)
        path.chmod(0o600)
        with pytest.raises(ConfigError, match="is no account") as caught:
            keystore.read_account(tmp_path, ADDRESS)
        assert "shh" not in str(caught.value)
        assert caught.value.__suppress_context__
    path.unlink()
    with pytest.raises(ConfigError, match="cannot read"):
        keystore.read_account(tmp_path, ADDRESS)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot write"):
        keystore.write_account(tmp_path / "file", ACCOUNT)


def test_keys_lie_in_the_users_configuration_folder() -> None:
    assert keystore.key_folder({"XDG_CONFIG_HOME": "/x"}) == Path("/x/polywire/keys")
    assert keystore.key_folder({}) == Path.home() / ".config/polywire/keys"


@pytest.mark.parametrize("name", ["folder", "key"])
def test_a_folder_or_a_key_that_others_may_read_is_no_place_for_secrets(
    tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "keys"
    keystore.check_private(folder)  # there is none yet: it will be made for its owner alone
    address = keystore.write_key(folder, KEY, PASSPHRASE)
    keystore.check_private(folder, address)
    loose = {"folder": folder, "key": keystore.key_path(folder, address)}[name]
    loose.chmod(loose.stat().st_mode | 0o040)
    with pytest.raises(ConfigError, match="others may read"):
        keystore.check_private(folder, address)
